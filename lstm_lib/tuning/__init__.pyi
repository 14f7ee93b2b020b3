from .model import (
    READ_OUTS as READ_OUTS,
    Choices as Choices,
    OneCycle as OneCycle,
    TextRegressor as TextRegressor,
    build as build,
    whole_batches as whole_batches,
)
from .rivals import kmer_ridge as kmer_ridge
from .search import (
    HAND_MADE as HAND_MADE,
    Search as Search,
    Trial as Trial,
    best as best,
    declare as declare,
    derived_seed as derived_seed,
    draw as draw,
)
