"""What each sub-command of ``lstm-lib`` does; :mod:`lstm_lib.cli` reads its settings and calls it."""
