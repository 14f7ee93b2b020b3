"""Recurrent layers over whole sequences in plain NumPy, forward and back.

Chapter ``02_numpy_lstm``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
