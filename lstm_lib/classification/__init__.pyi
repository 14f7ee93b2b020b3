from .bounds import (
    best_by_counts as best_by_counts,
    negation_bound as negation_bound,
    negation_kinds as negation_kinds,
)
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
from .words import (
    StressedWords as StressedWords,
    family_split as family_split,
    one_hot_letters as one_hot_letters,
    stressed_words as stressed_words,
)
