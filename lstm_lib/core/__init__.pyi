from .functions import sigmoid as sigmoid
from .gradcheck import numerical_gradient as numerical_gradient, relative_error as relative_error
from .losses import entropy as entropy, mse as mse, pinball as pinball, require_learned as require_learned
from .optim import (
    SGD as SGD,
    Adam as Adam,
    clip_global_norm as clip_global_norm,
    one_cycle as one_cycle,
    one_cycle_step as one_cycle_step,
)
from .several import adjusted as adjusted, compare_all as compare_all, compare_pairs as compare_pairs, holm as holm
from .verdicts import Verdict as Verdict, compare as compare
from .weights import (
    GATES as GATES,
    chrono_bias as chrono_bias,
    glorot_uniform as glorot_uniform,
    initial_weights as initial_weights,
    orthogonal as orthogonal,
    parameter_count as parameter_count,
)
