from . import metrics as metrics
from .batches import bucketed_batches as bucketed_batches, shifted as shifted, take_batch as take_batch
from .model import Architecture as Architecture, Ensemble as Ensemble, Seq2Seq as Seq2Seq
from .rivals import LetterRules as LetterRules, align as align, windows as windows
from .saved import SHIPPED as SHIPPED, load_model as load_model, save_model as save_model
from .scoring import Scorer as Scorer, teacher_forced_scores as teacher_forced_scores
from .search_errors import likeliest_references as likeliest_references, most_probable as most_probable
from .training import (
    Recipe as Recipe,
    make_optimizer as make_optimizer,
    masked_loss as masked_loss,
    train as train,
    train_step as train_step,
)
from .writing import longest_output as longest_output, write as write
