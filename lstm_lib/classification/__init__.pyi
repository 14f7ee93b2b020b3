from .model import SequenceClassifier as SequenceClassifier
from .model import build as build
from .padding import (
    PADDING as PADDING,
)
from .padding import (
    feature_moments as feature_moments,
)
from .padding import (
    inside as inside,
)
from .padding import (
    mask as mask,
)
from .padding import (
    shuffle_time as shuffle_time,
)
from .rivals import logistic_baseline as logistic_baseline
from .rivals import order_free_features as order_free_features
from .scoring import confusion as confusion
from .scoring import score as score
