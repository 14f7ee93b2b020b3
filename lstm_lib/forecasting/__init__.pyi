from .forecaster import Forecaster as Forecaster
from .model import LSTMForecaster as LSTMForecaster, closed_loop as closed_loop
from .rivals import LinearAR as LinearAR, best_sine_forecast as best_sine_forecast, persistence as persistence
from .scoring import probability_better as probability_better, rmse as rmse, rolling_origin as rolling_origin
from .sunspots import CHOSEN as CHOSEN, lstm_rule as lstm_rule
