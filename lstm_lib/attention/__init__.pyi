from .maps import attention_maps as attention_maps
from .scores import (
    additive_scores as additive_scores,
)
from .scores import (
    attention_weights as attention_weights,
)
from .scores import (
    dot_scores as dot_scores,
)
