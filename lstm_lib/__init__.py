"""LSTM course library."""
