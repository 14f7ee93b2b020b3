from .analysis import (
    cell_states as cell_states,
)
from .analysis import (
    excess_by_context as excess_by_context,
)
from .analysis import (
    gradient_by_lag as gradient_by_lag,
)
from .analysis import (
    readable_unit as readable_unit,
)
from .analysis import (
    within_brackets as within_brackets,
)
from .comparison import (
    CELLS as CELLS,
)
from .comparison import (
    compare as compare,
)
from .comparison import (
    count_and_score as count_and_score,
)
from .comparison import (
    learn_brackets as learn_brackets,
)
from .comparison import (
    train_and_score as train_and_score,
)
from .model import (
    Architecture as Architecture,
)
from .model import (
    CharLM as CharLM,
)
from .model import (
    cross_entropy as cross_entropy,
)
from .model import (
    detach as detach,
)
from .model import (
    loss as loss,
)
from .model import (
    units_for as units_for,
)
from .rivals import Level as Level
from .rivals import NGram as NGram
from .saved import SHIPPED as SHIPPED
from .saved import load_model as load_model
from .saved import save_model as save_model
from .scoring import (
    closed_brackets as closed_brackets,
)
from .scoring import (
    distinct_word_ngrams as distinct_word_ngrams,
)
from .scoring import (
    longest_copy as longest_copy,
)
from .scoring import (
    quality as quality,
)
from .scoring import (
    real_words as real_words,
)
from .training import (
    Recipe as Recipe,
)
from .training import (
    make_optimizer as make_optimizer,
)
from .training import (
    measure as measure,
)
from .training import (
    set_rate as set_rate,
)
from .training import (
    train as train,
)
from .training import (
    train_step as train_step,
)
from .training import (
    training_memory as training_memory,
)
from .writing import draw as draw
from .writing import sample as sample
