from .brackets import (
    bracket_entropy as bracket_entropy,
)
from .brackets import (
    bracket_errors as bracket_errors,
)
from .brackets import (
    bracket_text as bracket_text,
)
from .dna import (
    ALL_STACKS as ALL_STACKS,
)
from .dna import (
    Oligos as Oligos,
)
from .dna import (
    melting_temperature as melting_temperature,
)
from .dna import (
    other_strand as other_strand,
)
from .dna import (
    random_oligos as random_oligos,
)
from .labelled import (
    Labelled as Labelled,
)
from .labelled import (
    japanese_vowels as japanese_vowels,
)
from .labelled import (
    pad as pad,
)
from .labelled import (
    read_labelled as read_labelled,
)
from .lexicons import (
    Lexicon as Lexicon,
)
from .lexicons import (
    Pairs as Pairs,
)
from .lexicons import (
    cmudict as cmudict,
)
from .lexicons import (
    hold_out as hold_out,
)
from .lexicons import (
    load_pairs as load_pairs,
)
from .lexicons import (
    parse_cmudict as parse_cmudict,
)
from .lexicons import (
    swapped as swapped,
)
from .negation import negation_sentences as negation_sentences
from .negation import one_hot_words as one_hot_words
from .parts import split as split
from .parts import stratified_split as stratified_split
from .series import (
    Series as Series,
)
from .series import (
    noisy_sine as noisy_sine,
)
from .series import (
    read_csv_column as read_csv_column,
)
from .series import (
    stock_prices as stock_prices,
)
from .series import (
    sunspots as sunspots,
)
from .series import (
    windows as windows,
)
from .symbols import (
    BOS as BOS,
)
from .symbols import (
    EOS as EOS,
)
from .symbols import (
    PAD as PAD,
)
from .symbols import (
    PAIRS as PAIRS,
)
from .symbols import (
    ROWS as ROWS,
)
from .symbols import (
    SPECIAL as SPECIAL,
)
from .symbols import (
    TEXT as TEXT,
)
from .symbols import (
    UNKNOWN as UNKNOWN,
)
from .symbols import (
    Symbols as Symbols,
)
from .symbols import (
    separator_of as separator_of,
)
from .tasks import (
    ORDERS as ORDERS,
)
from .tasks import (
    SYMBOLS as SYMBOLS,
)
from .tasks import (
    adding_problem as adding_problem,
)
from .tasks import (
    temporal_order as temporal_order,
)
from .texts import (
    PLAYS as PLAYS,
)
from .texts import (
    Text as Text,
)
from .texts import (
    contiguous_rows as contiguous_rows,
)
from .texts import (
    encode_parts as encode_parts,
)
from .texts import (
    load_text as load_text,
)
from .texts import (
    plain_play as plain_play,
)
from .texts import (
    shakespeare as shakespeare,
)
from .texts import (
    text_windows as text_windows,
)
