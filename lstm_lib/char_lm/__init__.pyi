from .analysis import (
    cell_states as cell_states,
    excess_by_context as excess_by_context,
    gradient_by_lag as gradient_by_lag,
    readable_unit as readable_unit,
    within_brackets as within_brackets,
)
from .comparison import (
    CELLS as CELLS,
    compare as compare,
    count_and_score as count_and_score,
    learn_brackets as learn_brackets,
    train_and_score as train_and_score,
    training_memory as training_memory,
)
from .kneser_ney import KneserNey as KneserNey
from .model import (
    Architecture as Architecture,
    CharLM as CharLM,
    cross_entropy as cross_entropy,
    detach as detach,
    hidden_size_for as hidden_size_for,
    loss as loss,
    whole_loss as whole_loss,
)
from .rivals import Level as Level, NGram as NGram, find_keys as find_keys
from .saved import SHIPPED as SHIPPED, CharModel as CharModel
from .scoring import (
    closed_brackets as closed_brackets,
    distinct_word_ngrams as distinct_word_ngrams,
    longest_copy as longest_copy,
    quality as quality,
    real_words as real_words,
)
from .training import (
    Recipe as Recipe,
    make_optimizer as make_optimizer,
    train as train,
    train_step as train_step,
    validation_loss as validation_loss,
)
from .writing import draw as draw, sample as sample
