"""Predict a number from a text with a Keras network whose hyperparameters are searched for at random.

Chapter ``06_tuning``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
