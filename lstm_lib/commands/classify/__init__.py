"""The command ``lstm-lib classify``."""
