"""Read the pairs that ``lstm-lib seq2seq`` learns and scores, and warn of what looks wrong in them."""

from dataclasses import dataclass

from lstm_lib.commands.parsing import warn
from lstm_lib.data.columns import swapped, titles
from lstm_lib.data.lexicons import MAX_LENGTH, NFC, Pairs, cmudict, hold_out, in_form, load_pairs, require_short
from lstm_lib.data.symbols import Symbols, listed, separator_of, shortened
from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_text

SEPARATORS = {"auto": None, "characters": "", "tokens": " "}


@dataclass(frozen=True)
class Reading:
    """How the files of pairs are read: as :func:`~lstm_lib.data.load_pairs` does, and whether they have a header."""

    source: int = 0
    target: int = 1
    header: bool | None = None
    form: str | None = NFC
    separators: tuple = (None, None)
    max_length: int = MAX_LENGTH

    @classmethod
    def of_training(cls, settings):
        """Return how the settings of a training say."""
        return cls(
            settings.source_column,
            settings.target_column,
            settings.header,
            settings.form,
            (SEPARATORS[settings.source_units], SEPARATORS[settings.target_units]),
            settings.max_length,
        )

    def read(self, path):
        """Read a file; pass its first line over if it names the columns, with a warning if nobody said so."""
        options = {name: value for name, value in vars(self).items() if name != "header"}
        pairs = load_pairs(path, **options)
        why = titles(pairs) if self.header is None else None
        if not (why or self.header):
            return pairs
        if len(pairs) == 1:
            raise InputError(f"{path}: a header and no pairs")
        if why:
            warn(f"{pairs.name}: the first line is passed over: {why}; if it is a pair, say --header false")
        return pairs.take(range(1, len(pairs)))


def read_training(settings):
    """Read the pairs to learn and those to measure on; warn of columns that look swapped."""
    if settings.train is None:
        lexicon = cmudict(stress=settings.stress)
        return lexicon.train, lexicon.validation
    reading = Reading.of_training(settings)
    pairs = reading.read(settings.train)
    warn_if_swapped(pairs)
    if settings.dev is None:
        try:
            return hold_out(pairs)
        except InputError as error:
            raise InputError(f"{error}, with --dev") from None
    validation = reading.read(settings.dev)
    warn_if_swapped(validation, pairs)
    rows = set(zip(pairs.sources, pairs.targets, strict=True))
    seen = sum(row in rows for row in zip(validation.sources, validation.targets, strict=True))
    if seen > len(validation) / 2:
        warn(
            f"{validation.name}: {seen} of its {len(validation)} pairs are also in {pairs.name}; it should be other"
            " pairs"
        )
    return pairs, validation


def warn_if_swapped(pairs, learned=None):
    """Warn of columns that look swapped, or wrong, and name the flags that choose them."""
    complaint = swapped(pairs, learned)
    warn(complaint and f"{complaint} (--source-column, --target-column)")


def learn_symbols(settings, pairs, validation):
    """Collect the symbols of both sides of the training pairs; warn of those that only the others have."""
    symbols = []
    for side, units in (("sources", settings.source_units), ("targets", settings.target_units)):
        texts = getattr(pairs, side)
        learned = Symbols.learn(
            texts, separator=separator_of(texts) if SEPARATORS[units] is None else SEPARATORS[units]
        )
        strange, count = learned.unknown_in(getattr(validation, side))
        if strange:
            lacking = f"{count} {side} have symbols that {pairs.name} lacks: {listed(strange)}"
            warn(f"{validation.name}: {lacking}")
        symbols.append(learned)
    return symbols


def file_to_score(settings, trained):
    """Return the file to score: the one that was named, else the one that the training named; None for neither."""
    return settings.test or trained.get("test")


def read_test(settings, about):
    """Read the pairs to score as the training read its own.

    Without a file, a model that was trained on the pronouncing dictionary is scored on the dictionary's test part.

    Parameters
    ----------
    settings : EvaluateSettings
    about : dict
        What the file of the model says; one that no command trained lacks some settings of the training.
    """
    trained = about["record"].get("settings", {})
    path = file_to_score(settings, trained)
    if path is None:
        learned = trained.get("train", "other pairs")
        if learned is None:
            return cmudict(stress=trained["stress"]).test
        raise InputError(f"the model was trained on {learned}, without a test file; give --test FILE")
    columns = {}
    for side, usual in (("source", 0), ("target", 1)):
        asked = getattr(settings, f"{side}_column")
        columns[side] = trained.get(f"{side}_column", usual) if asked is None else asked
    pairs = Reading(
        **columns,
        header=trained.get("header") if settings.header is None else settings.header,
        form=about["form"],
        separators=(about["source"]["separator"], about["target"]["separator"]),
        max_length=settings.max_length,
    ).read(path)
    warn_if_swapped(pairs, Pairs("", about["source"]["names"], about["target"]["names"]))
    return pairs


def read_words(path):
    """Read the words of a file, one a line; an empty line is an empty word."""
    lines = read_text(path).removesuffix("\n").split("\n")
    if not any(map(str.strip, lines)):
        raise InputError(f"{path}: the file is empty")
    for number, line in enumerate(lines, start=1):
        if "\t" in line.strip():
            raise InputError(f"{path}, line {number}: a tab; the file has one word a line, and nothing else")
    return [line.strip() for line in lines]


def require_words(words, path, about, max_length):
    """Raise :class:`InputError` unless each word, of a file if there is one, can be read by a model."""
    for number, word in enumerate(words, start=1):
        where = f"{path}, line {number}: the word" if path else shortened(word)
        require_short(in_form(word, about["form"]), about["source"]["separator"], max_length, where)
