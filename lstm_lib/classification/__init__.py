"""Classify sequences with Keras, beside a classifier that does not see their order.

Chapter ``05_classification``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
