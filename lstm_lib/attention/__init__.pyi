from .maps import attention_maps as attention_maps
from .rivals import nearest_targets as nearest_targets
from .scores import (
    additive_scores as additive_scores,
    attention_weights as attention_weights,
    dot_scores as dot_scores,
    look_back as look_back,
)
from .translator import SmallTranslator as SmallTranslator, fit as fit
