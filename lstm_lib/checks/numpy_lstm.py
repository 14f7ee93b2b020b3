"""Exercises of chapter ``02_numpy_lstm``: the backward pass of an LSTM in small steps, and those of two other cells."""

from lstm_lib.checks import lstm_layer, lstm_sequences, lstm_steps, lstm_whole_step, lstm_windows, other_cells

CHECKS = {
    "d_output": lstm_steps.D_OUTPUT,
    "d_cell": lstm_steps.D_CELL,
    "d_gates": lstm_steps.D_GATES,
    "products": lstm_steps.PRODUCTS,
    "batch": lstm_steps.BATCH,
    "step": lstm_whole_step.STEP,
    "loop": lstm_sequences.LOOP,
    "truncated": lstm_windows.check_truncated,
    "layer": lstm_layer.check_layer,
    "rnn_backward": other_cells.RNN_BACKWARD,
    "gru_backward": other_cells.GRU_BACKWARD,
}
