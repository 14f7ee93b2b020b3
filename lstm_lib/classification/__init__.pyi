from .model import SequenceClassifier as SequenceClassifier, build as build
from .padding import (
    PADDING as PADDING,
    feature_moments as feature_moments,
    inside as inside,
    mask as mask,
    shuffle_time as shuffle_time,
)
from .rivals import logistic_baseline as logistic_baseline, order_free_features as order_free_features
from .scoring import chance as chance, confusion as confusion, score as score
