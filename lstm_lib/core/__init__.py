"""What every chapter stands on, in NumPy alone: activation, losses, optimizers, first weights, the gradient check."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
