from .maps import attention_maps as attention_maps
from .scores import (
    additive_scores as additive_scores,
    attention_weights as attention_weights,
    dot_scores as dot_scores,
)
