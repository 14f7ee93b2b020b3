from .model import (
    READ_OUTS as READ_OUTS,
)
from .model import (
    Choices as Choices,
)
from .model import (
    OneCycle as OneCycle,
)
from .model import (
    TextRegressor as TextRegressor,
)
from .model import (
    build as build,
)
from .model import (
    one_cycle as one_cycle,
)
from .model import (
    whole_batches as whole_batches,
)
from .rivals import kmer_ridge as kmer_ridge
from .search import (
    HAND_MADE as HAND_MADE,
)
from .search import (
    Search as Search,
)
from .search import (
    Trial as Trial,
)
from .search import (
    best as best,
)
from .search import (
    declare as declare,
)
from .search import (
    derived_seed as derived_seed,
)
from .search import (
    drawn as drawn,
)
