from . import metrics as metrics
from .model import Architecture as Architecture
from .model import Ensemble as Ensemble
from .model import Seq2Seq as Seq2Seq
from .rivals import LetterRules as LetterRules
from .rivals import align as align
from .rivals import windows as windows
from .saved import SHIPPED as SHIPPED
from .saved import load_model as load_model
from .saved import save_model as save_model
from .scoring import Scorer as Scorer
from .scoring import teacher_forced_scores as teacher_forced_scores
from .search_errors import likeliest_references as likeliest_references
from .search_errors import most_probable as most_probable
from .training import (
    Recipe as Recipe,
)
from .training import (
    bucketed_batches as bucketed_batches,
)
from .training import (
    make_optimizer as make_optimizer,
)
from .training import (
    masked_loss as masked_loss,
)
from .training import (
    shifted as shifted,
)
from .training import (
    take_batch as take_batch,
)
from .training import (
    train as train,
)
from .training import (
    train_step as train_step,
)
from .writing import longest_output as longest_output
from .writing import write as write
