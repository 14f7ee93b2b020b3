"""Building blocks in plain NumPy: functions, losses, optimizers and the gradient check."""
