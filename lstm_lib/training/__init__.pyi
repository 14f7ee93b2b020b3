from .diagnosis import last_state_knows as last_state_knows, reach as reach
from .long_lags import (
    STARTS as STARTS,
    AddingRun as AddingRun,
    LongLagRun as LongLagRun,
    TemporalOrderRun as TemporalOrderRun,
    constant_error as constant_error,
)
from .loop import Step as Step, fit as fit, fit_truncated as fit_truncated, train_step as train_step
from .streams import recall_stream as recall_stream
