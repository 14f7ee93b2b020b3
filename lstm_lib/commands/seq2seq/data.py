"""Read the pairs that ``lstm-lib seq2seq`` learns and scores, and warn of what looks wrong in them."""

from lstm_lib.commands.seq2seq import report
from lstm_lib.data.lexicons import cmudict, hold_out, load_pairs, swapped
from lstm_lib.data.symbols import Symbols, separator_of
from lstm_lib.errors import InputError


def read_training(settings):
    """Read the pairs to learn and those to measure on; warn of columns that look swapped."""
    if settings.train is None:
        lexicon = cmudict(stress=settings.stress)
        return lexicon.train, lexicon.dev
    columns = {"source": settings.source_column, "target": settings.target_column}
    pairs = load_pairs(settings.train, **columns)
    report.warn(swapped(pairs))
    if settings.dev is None:
        return hold_out(pairs)
    dev = load_pairs(settings.dev, **columns)
    report.warn(swapped(dev, pairs))
    rows = set(zip(pairs.sources, pairs.targets, strict=True))
    seen = sum(row in rows for row in zip(dev.sources, dev.targets, strict=True))
    if seen > len(dev) / 2:
        report.warn(f"{dev.name}: {seen} of its {len(dev)} pairs are also in {pairs.name}; it should be other pairs")
    return pairs, dev


def learn_symbols(settings, pairs, dev):
    """Collect the symbols of both sides of the training pairs; warn of those that only the others have."""
    separators = {"characters": "", "tokens": " "}
    symbols = []
    for side, units in (("sources", settings.source_units), ("targets", settings.target_units)):
        texts = getattr(pairs, side)
        learned = Symbols.learn(texts, separator=separators.get(units, separator_of(texts)))
        strange, count = learned.unknown_in(getattr(dev, side))
        if strange:
            report.warn(f"{dev.name}: {count} {side} have symbols that {pairs.name} lacks: {report.shown(strange)}")
        symbols.append(learned)
    return symbols


def sample(pairs, sources):
    """Give all rows of so many sources, evenly spread over the pairs."""
    distinct = list(dict.fromkeys(pairs.sources))
    chosen = set(distinct[:: -(-len(distinct) // sources)])
    return pairs.where(lambda source, target: source in chosen)


def read_test(settings, trained):
    """Read the pairs to score: the file that was named, else what the training named as test."""
    path = settings.test or trained["test"]
    if path is None:
        if trained["train"] is None:
            return cmudict(stress=trained["stress"]).test
        raise InputError(f"the model was trained on {trained['train']}, without a test file; give --test FILE")
    columns = {}
    for side in ("source", "target"):
        asked = getattr(settings, f"{side}_column")
        columns[side] = trained[f"{side}_column"] if asked is None else asked
    pairs = load_pairs(path, **columns)
    report.warn(swapped(pairs))
    return pairs
