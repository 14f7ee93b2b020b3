"""The command ``lstm-lib tune``."""
