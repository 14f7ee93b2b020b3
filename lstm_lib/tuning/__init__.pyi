from .model import (
    HAND_MADE as HAND_MADE,
    READ_OUTS as READ_OUTS,
    Choices as Choices,
    build as build,
)
from .regressor import TextRegressor as TextRegressor
from .rivals import kmer_ridge as kmer_ridge
from .search import (
    Search as Search,
    Trial as Trial,
    best as best,
    declare as declare,
    derived_seed as derived_seed,
    draw as draw,
)
from .training import OneCycle as OneCycle, whole_batches as whole_batches
