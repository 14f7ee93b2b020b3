from . import fingerprint as fingerprint, series_rivals as series_rivals
from .automatic import AutomaticForecaster as AutomaticForecaster
from .forecaster import Forecaster as Forecaster
from .model import LSTMForecaster as LSTMForecaster, closed_loop as closed_loop
from .quantiles import QuantileForecaster as QuantileForecaster, best_sine_quantiles as best_sine_quantiles
from .recipes import (
    Examples as Examples,
    Inputs as Inputs,
    Recipe as Recipe,
    candidates as candidates,
    find_seasons as find_seasons,
    first_validated as first_validated,
    pieces_of as pieces_of,
    scaled as scaled,
    shortlist as shortlist,
    with_inputs as with_inputs,
)
from .rivals import (
    LinearAR as LinearAR,
    best_linear_sine_forecast as best_linear_sine_forecast,
    best_sine_forecast as best_sine_forecast,
    persistence as persistence,
)
from .rivers import (
    RiverLSTM as RiverLSTM,
    running_means as running_means,
    snow_store as snow_store,
    summer_starts as summer_starts,
)
from .scoring import rmse as rmse, rolling_origin as rolling_origin
from .sunspots import CHOSEN as CHOSEN, lstm_rule as lstm_rule
