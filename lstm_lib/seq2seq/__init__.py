"""Turn one text into another with an encoder and a decoder in PyTorch, beside a table of letters.

Chapter ``08_seq2seq``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
