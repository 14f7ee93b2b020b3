"""The library behind the course "LSTM, from gates to sequences".

=====================  =========================================================================
chapter                modules
=====================  =========================================================================
``01_gates``           :mod:`~lstm_lib.gates`, :mod:`~lstm_lib.core.weights`
``02_numpy_lstm``      :mod:`~lstm_lib.numpy_lstm`, :mod:`~lstm_lib.regressor`,
                       :mod:`~lstm_lib.training`, :mod:`~lstm_lib.forecasting`,
                       :mod:`~lstm_lib.numpy_rnn`, :mod:`~lstm_lib.long_lags`
``03_classification``  :mod:`~lstm_lib.classification`, :mod:`~lstm_lib.keras_setup`,
                       :mod:`~lstm_lib.labelled`, :mod:`~lstm_lib.negation`
``04_tuning``          :mod:`~lstm_lib.dna`, :mod:`~lstm_lib.vocabulary`,
                       :mod:`~lstm_lib.sequence_regression`, :mod:`~lstm_lib.tuning`
``05_char_lm``         :mod:`~lstm_lib.char_lm`, :mod:`~lstm_lib.char_training`,
                       :mod:`~lstm_lib.char_comparison`, :mod:`~lstm_lib.char_analysis`,
                       :mod:`~lstm_lib.ngrams`, :mod:`~lstm_lib.text_quality`,
                       :mod:`~lstm_lib.texts`, :mod:`~lstm_lib.brackets`
``06_seq2seq``         :mod:`~lstm_lib.seq2seq`, :mod:`~lstm_lib.seq2seq_training`,
                       :mod:`~lstm_lib.seq2seq_scoring`, :mod:`~lstm_lib.lexicons`,
                       :mod:`~lstm_lib.metrics`, :mod:`~lstm_lib.letter_rules`,
                       :mod:`~lstm_lib.torch_parts`
``07_beam_search``     :mod:`~lstm_lib.beam_search`, :mod:`~lstm_lib.batched_beam`,
                       :mod:`~lstm_lib.search_errors`, :mod:`~lstm_lib.metrics`,
                       :mod:`~lstm_lib.toy_decoders`
=====================  =========================================================================

:mod:`lstm_lib.core` holds what all of them stand on; :mod:`lstm_lib.checks` answers exercises;
:mod:`lstm_lib.cli` is the command ``lstm-lib``. Importing the package imports nothing else.
"""
