from .layers import LSTM as LSTM, Dense as Dense
from .model import SequenceRegressor as SequenceRegressor
from .rnn import RNN as RNN
from .stream import LSTMStream as LSTMStream
