"""Forecast a series with an ensemble of NumPy LSTMs, beside rules that need no network.

Chapter ``04_forecasting``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
