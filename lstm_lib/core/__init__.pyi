from .functions import sigmoid as sigmoid
from .gradcheck import numerical_gradient as numerical_gradient
from .gradcheck import relative_error as relative_error
from .losses import mse as mse
from .optim import SGD as SGD
from .optim import Adam as Adam
from .optim import clip_global_norm as clip_global_norm
from .optim import one_cycle as one_cycle
from .weights import (
    GATES as GATES,
)
from .weights import (
    chrono_bias as chrono_bias,
)
from .weights import (
    glorot_uniform as glorot_uniform,
)
from .weights import (
    initial_weights as initial_weights,
)
from .weights import (
    orthogonal as orthogonal,
)
from .weights import (
    parameter_count as parameter_count,
)
