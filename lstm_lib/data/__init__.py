"""What the chapters learn from: made up, from an installed package, or the user's own.

No framework, ever.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
