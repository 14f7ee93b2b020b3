"""Model a text, a character at a time, with RNN, GRU and LSTM in PyTorch, beside counting.

Chapter ``07_char_lm``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
