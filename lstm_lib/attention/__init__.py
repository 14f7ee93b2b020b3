"""Attention: how a decoder looks back at its source, and where it looked.

Chapter ``09_attention``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
