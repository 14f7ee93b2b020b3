"""Read the pairs that ``lstm-lib seq2seq`` learns and scores, and warn of what looks wrong in them."""

from lstm_lib.commands.seq2seq import report
from lstm_lib.data.lexicons import cmudict, hold_out, load_pairs, swapped
from lstm_lib.data.symbols import Symbols, separator_of
from lstm_lib.errors import InputError


def read_training(settings):
    """Read the pairs to learn and those to measure on; warn of columns that look swapped."""
    if settings.train is None:
        lexicon = cmudict(stress=settings.stress)
        return lexicon.train, lexicon.validation
    columns = {"source": settings.source_column, "target": settings.target_column}
    pairs = load_pairs(settings.train, **columns)
    warn_if_swapped(pairs)
    if settings.dev is None:
        try:
            return hold_out(pairs)
        except InputError as error:
            raise InputError(f"{error}, with --dev") from None
    validation = load_pairs(settings.dev, **columns)
    warn_if_swapped(validation, pairs)
    rows = set(zip(pairs.sources, pairs.targets, strict=True))
    seen = sum(row in rows for row in zip(validation.sources, validation.targets, strict=True))
    if seen > len(validation) / 2:
        report.warn(
            f"{validation.name}: {seen} of its {len(validation)} pairs are also in {pairs.name}; it should be other"
            " pairs"
        )
    return pairs, validation


def warn_if_swapped(pairs, learned=None):
    """Warn of columns that look swapped, or wrong, and name the flags that choose them."""
    complaint = swapped(pairs, learned)
    report.warn(complaint and f"{complaint} (--source-column, --target-column)")


def learn_symbols(settings, pairs, validation):
    """Collect the symbols of both sides of the training pairs; warn of those that only the others have."""
    separators = {"characters": "", "tokens": " "}
    symbols = []
    for side, units in (("sources", settings.source_units), ("targets", settings.target_units)):
        texts = getattr(pairs, side)
        learned = Symbols.learn(texts, separator=separators.get(units, separator_of(texts)))
        strange, count = learned.unknown_in(getattr(validation, side))
        if strange:
            lacking = f"{count} {side} have symbols that {pairs.name} lacks: {report.shown(strange)}"
            report.warn(f"{validation.name}: {lacking}")
        symbols.append(learned)
    return symbols


def file_to_score(settings, trained):
    """Return the file to score: the one that was named, else the one that the training named; None for neither."""
    return settings.test or trained.get("test")


def read_test(settings, trained):
    """Read the pairs to score, for the settings of the training, in which a model that no command trained lacks some.

    Without a file, a model that was trained on the pronouncing dictionary is scored on the dictionary's test part.
    """
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
    pairs = load_pairs(path, **columns)
    warn_if_swapped(pairs)
    return pairs
