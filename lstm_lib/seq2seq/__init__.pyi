from . import metrics as metrics
from .batches import bucketed_batches as bucketed_batches, shifted as shifted, take_batch as take_batch
from .ensemble import (
    Ensemble as Ensemble,
    constant_loss as constant_loss,
    sample_loss as sample_loss,
    train_in_turn as train_in_turn,
)
from .files import SHIPPED as SHIPPED, read_file as read_file
from .model import Architecture as Architecture, Seq2Seq as Seq2Seq
from .phonemes import SOUNDS as SOUNDS, sounds_of as sounds_of
from .rivals import LetterRules as LetterRules, align as align, windows as windows
from .saved import Translator as Translator
from .scoring import (
    Scorer as Scorer,
    accuracies as accuracies,
    sample_sources as sample_sources,
    teacher_forced_scores as teacher_forced_scores,
)
from .search_errors import likeliest_references as likeliest_references, most_probable as most_probable
from .stems import stem as stem
from .training import (
    Recipe as Recipe,
    make_optimizer as make_optimizer,
    masked_loss as masked_loss,
    train as train,
    train_step as train_step,
)
from .writing import (
    as_read as as_read,
    longest_output as longest_output,
    readable as readable,
    require_known as require_known,
    write as write,
)
