from .layers import LSTM as LSTM, Dense as Dense
from .loops import (
    LoopLSTM as LoopLSTM,
    lstm_sequence as lstm_sequence,
    lstm_sequence_backward as lstm_sequence_backward,
    train_layer as train_layer,
)
from .model import SequenceRegressor as SequenceRegressor
from .rnn import RNN as RNN
from .stream import LSTMStream as LSTMStream
