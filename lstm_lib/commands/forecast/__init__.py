"""The command ``lstm-lib forecast``."""
