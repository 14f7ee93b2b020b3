from .batched import batched_beam_search as batched_beam_search
from .batched import step_function as step_function
from .search import (
    MODEL_ERROR as MODEL_ERROR,
)
from .search import (
    RIGHT as RIGHT,
)
from .search import (
    SEARCH_ERROR as SEARCH_ERROR,
)
from .search import (
    Prefix as Prefix,
)
from .search import (
    beam_search as beam_search,
)
from .search import (
    beam_search_n_best as beam_search_n_best,
)
from .search import (
    best_first as best_first,
)
from .search import (
    best_possible as best_possible,
)
from .search import (
    error_kind as error_kind,
)
from .search import (
    every_sequence as every_sequence,
)
from .search import (
    exhaustive_search as exhaustive_search,
)
from .search import (
    greedy_search as greedy_search,
)
from .search import (
    is_proved_best as is_proved_best,
)
from .search import (
    rank as rank,
)
from .search import (
    score as score,
)
from .search import (
    sequence_log_p as sequence_log_p,
)
from .toy_decoders import (
    END as END,
)
from .toy_decoders import (
    START as START,
)
from .toy_decoders import (
    hasty_copier as hasty_copier,
)
from .toy_decoders import (
    log_softmax as log_softmax,
)
from .toy_decoders import (
    random_tree as random_tree,
)
from .toy_decoders import (
    table_decoder as table_decoder,
)
