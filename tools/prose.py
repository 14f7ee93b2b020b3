"""Hold the prose of the chapters to its rules: length, objectives, and comparisons that a test supports.

``python -m tools.prose [STEM ...]`` prints a table, one row a chapter, and what is wrong in those it is given, or else
in those of :data:`HELD`; with a complaint it exits with 1. Whether a mark tells the stored verdict, a test checks.

A comparative word is followed, in its sentence and before the next one, by one of these invisible marks:

``<!-- ahead: KEY -->``, ``<!-- behind: KEY -->``, ``<!-- not told apart: KEY -->``
    The verdict of a comparison, stored or printed under that key; ``~KEY`` with the contenders exchanged.
``<!-- one draw -->``
    The sentence itself says that it speaks of one draw, run or network.
``<!-- no comparison: REASON -->``
    It is arithmetic, a definition, a citation, a fact that a cell asserts.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
HELD = ("01_gates", "02_numpy_lstm", "03_training", "04_forecasting", "05_classification", "06_tuning", "08_seq2seq")
MOST_WORDS = 4500  # 60 minutes at the pace of a text with equations

AHEAD, BEHIND, TIE = "ahead", "behind", "not told apart"
# Words by what they claim, the longer phrase first.
CLAIMS = {
    r"not told apart|no better|not better|not (?:clearly )?ahead|as good as|equally good|no difference|a tie|ties?|tied"
    r"|(?:does|do|did) not (?:help|matter)|no help": {TIE},
    r"not worse|no worse|not (?:clearly )?behind": {TIE, AHEAD},
    r"better|beats?|beaten|(?<!steps )(?<!step )(?<!year )(?<!years )ahead|wins?|won|faster|outperforms?"
    r"|leads(?! to)|improves?|superior|helps?|helped": {AHEAD},
    r"worse|behind|loses|slower|hurts?": {BEHIND},
    r"more (?:often )?than|less (?:often )?than|fewer than|matters?|mattered|makes a difference"
    r"|(?:smaller|larger|lower|higher) (?:than|(?:test )?(?:error|loss|accuracy|perplexity))": {AHEAD, BEHIND},
}
WORDS = re.compile("|".join(rf"\b(?P<c{k}>{words})\b" for k, words in enumerate(CLAIMS)), re.IGNORECASE)
MARK = re.compile(
    rf"<!--\s*(?:(?P<verdict>{AHEAD}|{BEHIND}|{TIE}): (?P<key>~?\w+)"
    r"|(?P<draw>one draw)|no comparison: (?P<why>.+?))\s*-->"
)
SENTENCE_END = re.compile(r"[.!?:](?:\*\*)?(?:<!--.*?-->)*\s+(?=[A-Z*$(\[“])|\n\s*\n|\n\s*[-*|] |\n\s*\d+\. |\s\|\s")
ONE_DRAW = re.compile(
    r"\b(?:one|single|this|that|these)\s(?:\w+\s)?(?:draw|run|network|seed|series|split|period)|\bhere\b"
)
DETAILS = re.compile(r"<details.*?</details>", re.DOTALL)
EXERCISE = re.compile(r"\*\*(\d+)\. .*?\*\*")
OBJECTIVES = re.compile(r"^\| You can \| proved by \|\n\|[-| :]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
MINUTES = re.compile(r"about (?:\d+|an?|half an) (?:minutes?|hour)|about an hour", re.IGNORECASE)


@dataclass(frozen=True)
class Hit:
    """A comparative word in prose, what it may claim, its sentence, and the mark that follows it, if one does."""

    word: str
    claims: frozenset
    sentence: str
    mark: re.Match | None


def markdown(path):
    """Return the Markdown of a notebook, or the text of a page."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown") + "\n"


def words(text):
    """Count the words that a reader has before the eyes: not what is folded away, and no comments."""
    return len(re.sub(r"<!--.*?-->", "", DETAILS.sub("", text), flags=re.DOTALL).split())


def _claiming(text):
    """Return prose without what claims nothing: code, formulas, addresses, references, false options of a quiz."""
    text = text.split("\n## References")[0]
    for pattern in (
        r"```.*?```",
        r"\$\$.*?\$\$",
        r'<details class="quiz wrong"><summary>.*?</summary>',
        r"`[^`\n]*`",
        r"\$[^$\n]+\$",
        r"(?<=\])\([^)\s]*\)",
    ):
        text = re.sub(pattern, " X ", text, flags=re.DOTALL)
    return text


def hits(text):
    """List the comparative words of a text."""
    text = _claiming(text)
    comments = [match.span() for match in re.finditer(r"<!--.*?-->", text, re.DOTALL)]
    found = [m for m in WORDS.finditer(text) if not any(a <= m.start() < b for a, b in comments)]
    ends = [match.end() for match in SENTENCE_END.finditer(text)] + [len(text)]
    listed = []
    for place, word in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        start = max([0, *(end for end in ends if end <= word.start())])
        end = min(end for end in ends if end >= word.end())
        mark = MARK.search(text, word.end(), min(end, following.start() if following else end))
        if text[:end].rstrip().endswith("?"):
            continue  # a question claims nothing
        claims = frozenset(list(CLAIMS.values())[int(word.lastgroup[1:])])
        listed.append(Hit(word.group(), claims, text[start:end].strip(), mark))
    return listed


def hit_complaints(text):
    """Say which comparative word is not marked, or marked as what its sentence is not."""
    complaints, found = [], hits(text)
    for hit in found:
        sentence = " ".join(re.sub(r"<!--.*?-->", "", hit.sentence).split())
        shown = f"{hit.word!r} in: {sentence[:120]}"
        if hit.mark is None:
            complaints.append(f"no verdict and no mark for {shown}")
        elif hit.mark["verdict"] and hit.mark["verdict"] not in hit.claims:
            complaints.append(f"{hit.mark['verdict']!r} does not fit {shown}")
        elif hit.mark["draw"] and not ONE_DRAW.search(sentence):
            complaints.append(f"marked as one draw, which the sentence does not say: {shown}")
    used = {hit.mark.span() for hit in found if hit.mark}
    loose = [mark.group() for mark in MARK.finditer(_claiming(text)) if mark.span() not in used]
    return complaints + [f"{mark} follows no comparative word" for mark in loose]


def objective_complaints(text):
    """Say which objective of a chapter no exercise proves, and which exercise does not say how long it takes."""
    exercises = {}
    starts = [*EXERCISE.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends[: len(starts)], strict=True):
        exercises[match[1]] = text[match.start() : end]
    table = OBJECTIVES.search(text)
    if table is None:
        return ["has no table of objectives, | You can | proved by |"]
    complaints = []
    for row in table[1].strip().splitlines():
        named = re.findall(r"\d+", row.strip().strip("|").split("|")[-1])
        if not named or not set(named) <= exercises.keys():
            complaints.append(f"an objective that no exercise proves: {row}")
    complaints += [f"exercise {number} does not say how long it takes" for number, t in exercises.items()
                   if not MINUTES.search(DETAILS.sub("", t))]  # fmt: skip
    return complaints


def complaints(text):
    """Say what is wrong with the prose of a chapter."""
    found = hit_complaints(text) + objective_complaints(text)
    if (count := words(text)) > MOST_WORDS:
        found.insert(0, f"has {count:,} words, and {MOST_WORDS:,} are the most")
    return found


def main(stems=HELD):
    """Print the table, and what is wrong in some chapters; return the exit code."""
    print(f"{'chapter':18} words  comparisons: a verdict  one draw  none, with a reason  not marked")
    wrong = []
    for path in sorted(CHAPTERS.glob("[0-9]*.ipynb")):
        text, held = markdown(path), path.stem in stems
        marks = [hit.mark for hit in hits(text)]
        kinds = [sum(1 for mark in marks if mark and mark[kind]) for kind in ("verdict", "draw", "why")]
        counts = f"{kinds[0]:9}  {kinds[1]:8}  {kinds[2]:19}  {marks.count(None):10}{'' if held else '  not held yet'}"
        print(f"{path.stem:18} {words(text):5}  {len(marks):11}: {counts}")
        wrong += [f"{path.name}: {complaint}" for complaint in complaints(text)] if held else []
    print("\n".join(wrong), end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or HELD))
