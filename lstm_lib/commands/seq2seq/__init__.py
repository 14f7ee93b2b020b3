"""The command ``lstm-lib seq2seq``."""
