from .batched import batched_beam_search as batched_beam_search
from .risk import minimum_risk as minimum_risk
from .sampling import min_p as min_p, nucleus as nucleus, sample_sequences as sample_sequences
from .search import (
    MODEL_ERROR as MODEL_ERROR,
    RIGHT as RIGHT,
    SEARCH_ERROR as SEARCH_ERROR,
    Prefix as Prefix,
    beam_search as beam_search,
    beam_search_n_best as beam_search_n_best,
    best_first as best_first,
    best_possible as best_possible,
    error_kind as error_kind,
    every_sequence as every_sequence,
    exhaustive_search as exhaustive_search,
    greedy_search as greedy_search,
    is_proved_best as is_proved_best,
    rank as rank,
    score as score,
    sequence_log_p as sequence_log_p,
)
from .toy_decoders import (
    END as END,
    START as START,
    hasty_copier as hasty_copier,
    log_softmax as log_softmax,
    random_tree as random_tree,
    table_decoder as table_decoder,
)
