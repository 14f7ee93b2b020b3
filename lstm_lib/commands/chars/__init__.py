"""The command ``lstm-lib chars``."""
