"""Find a likely sequence when only its next token has a probability. Knows no model and no framework but one.

Chapter ``10_beam_search``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
