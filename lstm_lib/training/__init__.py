"""Train the NumPy networks: mini-batches, clipping, truncated backpropagation, and tasks with a long lag.

Chapter ``03_training``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
