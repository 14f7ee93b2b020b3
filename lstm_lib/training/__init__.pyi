from .long_lags import (
    STARTS as STARTS,
)
from .long_lags import (
    AddingRun as AddingRun,
)
from .long_lags import (
    LongLagRun as LongLagRun,
)
from .long_lags import (
    TemporalOrderRun as TemporalOrderRun,
)
from .long_lags import (
    constant_error as constant_error,
)
from .loop import Step as Step
from .loop import fit as fit
from .loop import fit_truncated as fit_truncated
from .loop import train_step as train_step
