"""The library behind the course "LSTM, from gates to sequences": one package per chapter.

=====================  ==========================================================================
chapter                package, and what it holds
=====================  ==========================================================================
``01_gates``           :mod:`~lstm_lib.gates`: one step of each cell, forward and back
``02_numpy_lstm``      :mod:`~lstm_lib.numpy_lstm`: layers over whole sequences, in NumPy
``03_training``        :mod:`~lstm_lib.training`: the loop that trains them, tasks with long lags
``04_forecasting``     :mod:`~lstm_lib.forecasting`: the forecaster of a series, and its rivals
``05_classification``  :mod:`~lstm_lib.classification`: the Keras classifier of sequences
``06_tuning``          :mod:`~lstm_lib.tuning`: from a text to a number; random search
``07_char_lm``         :mod:`~lstm_lib.char_lm`: character models in PyTorch, and counting
``08_seq2seq``         :mod:`~lstm_lib.seq2seq`: encoder and decoder in PyTorch, and metrics
``09_attention``       :mod:`~lstm_lib.attention`: scores, weights and maps of attention
``10_beam_search``     :mod:`~lstm_lib.beam_search`: greedy, exhaustive, beam search
=====================  ==========================================================================

Within a package ``model``, ``training``, ``writing``, ``scoring``, ``rivals`` and ``saved`` mean the same
everywhere; ``rivals`` is what the network has to beat.

All of them stand on :mod:`~lstm_lib.core` (NumPy alone), :mod:`~lstm_lib.data` (series, tasks, texts,
symbols; no framework), :mod:`~lstm_lib.storage` (files, checkpoints, stored results) and
:mod:`~lstm_lib.frameworks` (the only doors to PyTorch and Keras). :mod:`~lstm_lib.plotting`,
:mod:`~lstm_lib.diagrams` and :mod:`~lstm_lib.show` serve the pages, :mod:`~lstm_lib.checks` answers exercises,
:mod:`~lstm_lib.commands` and :mod:`~lstm_lib.cli` are the command ``lstm-lib``, :mod:`~lstm_lib.errors` says what can
go wrong.

Names are handed on when they are asked for, ``from lstm_lib.numpy_lstm import LSTM``: importing this package or
any of the above loads no framework.
"""
