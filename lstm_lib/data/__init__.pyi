from . import labelled_csv as labelled_csv, labelled_npz as labelled_npz, times as times
from .brackets import (
    bracket_entropy as bracket_entropy,
    bracket_errors as bracket_errors,
    bracket_text as bracket_text,
)
from .columns import swapped as swapped, titles as titles
from .dates import LANGUAGES as LANGUAGES, written_dates as written_dates
from .dna import (
    ALL_STACKS as ALL_STACKS,
    Oligos as Oligos,
    melting_temperature as melting_temperature,
    other_strand as other_strand,
    random_oligos as random_oligos,
)
from .labelled import (
    Labelled as Labelled,
    class_names as class_names,
    japanese_vowels as japanese_vowels,
    pad as pad,
    read_labelled as read_labelled,
)
from .labelled_text import (
    LabelledTexts as LabelledTexts,
    cut_text as cut_text,
    frequent_symbols as frequent_symbols,
    one_hot_texts as one_hot_texts,
    read_texts as read_texts,
)
from .lexicons import (
    Lexicon as Lexicon,
    Pairs as Pairs,
    as_pairs as as_pairs,
    cmudict as cmudict,
    hold_out as hold_out,
    in_form as in_form,
    load_pairs as load_pairs,
    parse_cmudict as parse_cmudict,
    require_short as require_short,
)
from .negation import negation_sentences as negation_sentences, one_hot_words as one_hot_words
from .own_series import filled as filled, plain_numbers as plain_numbers, read_series as read_series
from .parts import split as split, stratified_split as stratified_split
from .pieces import learn_pieces as learn_pieces, piece_rows as piece_rows
from .rivers import river as river
from .series import (
    Series as Series,
    noisy_sine as noisy_sine,
    read_csv_column as read_csv_column,
    stock_prices as stock_prices,
    sunspots as sunspots,
    windows as windows,
)
from .symbols import (
    BOS as BOS,
    EOS as EOS,
    PAD as PAD,
    PAIRS as PAIRS,
    ROWS as ROWS,
    SPECIAL as SPECIAL,
    TEXT as TEXT,
    UNKNOWN as UNKNOWN,
    Symbols as Symbols,
    listed as listed,
    separator_of as separator_of,
    shortened as shortened,
)
from .tasks import (
    ORDERS as ORDERS,
    SYMBOLS as SYMBOLS,
    adding_problem as adding_problem,
    marked_number as marked_number,
    temporal_order as temporal_order,
)
from .texts import (
    PLAYS as PLAYS,
    Text as Text,
    contiguous_rows as contiguous_rows,
    encode_parts as encode_parts,
    load_text as load_text,
    overlapping_rows as overlapping_rows,
    plain_play as plain_play,
    require_windows as require_windows,
    shakespeare as shakespeare,
    text_windows as text_windows,
)
from .tokens import Tokens as Tokens
