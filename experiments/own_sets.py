"""Sets that the course was not tuned on, for ``experiments/own_data.py``: files inside installed packages.

Nothing is downloaded, and no package is imported for its data. Each function names where the data come from.
"""

import csv
import hashlib
import json
import re
import sysconfig
import unicodedata
from pathlib import Path

import numpy as np

from lstm_lib.data.labelled import pad
from lstm_lib.data.lexicons import Lexicon, Pairs
from lstm_lib.data.texts import Text
from lstm_lib.storage.files import read_packaged

SKTIME, STATSMODELS, CHEMICALS = "sktime==1.2.0", "statsmodels==0.15.0", "chemicals==1.5.2"
SHA256 = {  # of the content with the line ends of Unix
    "datasets/nile/nile.csv": "88e97bea7249e5832a85e41aec6ce4b8f7b1b14aae930c8363da7f193286b598",
    "datasets/elnino/elnino.csv": "b647be00e0fd264be9764e317e6b963f35030014ecca2b21b204521716e463ad",
    "datasets/macrodata/macrodata.csv": "d93c0d3a7a77ef83c3af14e46032bb1d02ae3a512b22ab94159a8ca226fcf708",
    "datasets/co2/co2.csv": "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
    "datasets/data/Airline/Airline.csv": "28af0eb869db6d9fbd31d5af03993a0cbf36c0857c3eb046a068c094b60da851",
    "datasets/data/Lynx/Lynx.csv": "aa531751f1570541924e78c53fa9ef56422c9593a89faeb01513bba7b2015c77",
    "datasets/data/seatbelts/seatbelts.csv": "a1cf71093fd69545babe0ded15362835b0f67df3cb75b5f7f98a342a850fb365",
    "ArrowHead TEST": "5417dab42626d41df5e435bb22458c2df40dfad4bcd3b59559bbe72e20e84904",
    "ArrowHead TRAIN": "a83c470aaf611a5f5284377cce27a5fc9f6292bc3d110257b0fd4905ced5ee72",
    "BasicMotions TEST": "79213102bc6fca1a398ad98ce1185dff0208fa3d1465e687f48288946b0ff8dc",
    "BasicMotions TRAIN": "8dc43cc6306cb679c888c01e26f91772ac4441a916da43bac8b79734a538b9d6",
    "GunPoint TEST": "79332750788a6227b325b96bd0d70130c8eb707b9731f8d7dec62b7a7d36017e",
    "GunPoint TRAIN": "f842401779fd9800d247d8b33121a1a4643710a19b24917dbdd9a060ca8630d5",
    "ItalyPowerDemand TEST": "26122451f87dd0387ef90b18bc8a86c041371b8a1c068004922b939971247144",
    "ItalyPowerDemand TRAIN": "341269cb7e6cef96846b30e774580beec79addb93848ba360145219115a74b7c",
    "Phase Change/OpenNotebook Melting Points.tsv": "a41cec098dce1dd603652342d4a9f0171b2f67625ebe80a1d3ab4b02a52f0bed",
    "Identifiers/chemical identifiers pubchem large.tsv": (
        "3b9aac5ae8d270bafc9e72a6af5441ce580f0ce444d1dee48dc37e47474b91fc"
    ),
    "Identifiers/chemical identifiers pubchem small.tsv": (
        "21fc5441ba4e159ec3b3993459d7cd0c6d375a1565c7304cc55580e8999ba42e"
    ),
    "vader_lexicon.txt": "aa8fa9d086ba912d99d03a320c4fe379992cd07313ed2ed6be10d5b09fb7bef4",
    "nouns.csv": "8d6c5dfd8a78373128f59a7310e6602aec977d0b10af9eb7fc91e8e712ce3fc8",
    "phrases_dict.json": "a45ff140a6b631ca9c82127b280a2f414e0aba6bb2824a0e9d1e77fff359c665",
}
ROOM = {"train": 12_000, "validation": 500, "test": 2000}  # pairs of a lexicon


def _read(requirement, file, what, sha256=None, deps=False):
    return read_packaged(requirement, file, sha256=sha256 or SHA256[file], what=what, deps=deps)


# --- series -----------------------------------------------------------------------------------


def _column(requirement, file, column, what):
    text = _read(requirement, file, what, deps=requirement == STATSMODELS)
    return np.array([float(row[column]) for row in csv.DictReader(text.splitlines())])


def air_passengers():
    """Return the passengers of airlines in thousands a month, 1949 to 1960 (Box & Jenkins 1970); 144 values."""
    return _column(SKTIME, "datasets/data/Airline/Airline.csv", "Passengers", "airline passengers")


def nile():
    """Return the volume of the Nile at Aswan in 1e8 cubic metres, 1871 to 1970 (Cobb 1978); 100 values."""
    return _column(STATSMODELS, "datasets/nile/nile.csv", "volume", "volumes of the Nile")


def lynx():
    """Return the lynx trapped in the Mackenzie River district, 1821 to 1934 (Elton & Nicholson 1942); 114 values."""
    return _column(SKTIME, "datasets/data/Lynx/Lynx.csv", "0", "lynx trappings")


def road_casualties():
    """Return the car drivers killed or hurt on British roads a month, 1969 to 1984 (Harvey & Durbin 1986); 192."""
    return _column(SKTIME, "datasets/data/seatbelts/seatbelts.csv", "KSI", "road casualties")


def unemployment():
    """Return the unemployment of the United States in percent, 1959 to 2009, a quarter each; 203 values."""
    return _column(STATSMODELS, "datasets/macrodata/macrodata.csv", "unemp", "macroeconomic data")


def el_nino():
    """Return the sea surface temperature off Peru in degrees, 1950 to 2010, a month each; 732 values."""
    text = _read(STATSMODELS, "datasets/elnino/elnino.csv", "sea surface temperatures", deps=True)
    return np.array([float(v) for row in list(csv.reader(text.splitlines()))[1:] for v in row[1:]])


def co2():
    """Return the carbon dioxide over Mauna Loa in ppm, 1958 to 2001: monthly means of weeks; 526 values.

    Five months without a value lie on the straight line between their neighbours.
    """
    text = _read(STATSMODELS, "datasets/co2/co2.csv", "carbon dioxide", deps=True)
    months = {}
    for row in csv.DictReader(text.splitlines()):
        months.setdefault(row["date"][:6], []).extend([float(row["co2"])] if row["co2"] else [])
    means = np.array([np.mean(months[m]) if months[m] else np.nan for m in sorted(months)])
    known = np.flatnonzero(np.isfinite(means))
    return np.interp(np.arange(len(means)), known, means[known])


SERIES = {f.__name__: f for f in (air_passengers, co2, el_nino, lynx, nile, road_casualties, unemployment)}


# --- labelled sequences -----------------------------------------------------------------------

CLASSIFICATION = ("ArrowHead", "BasicMotions", "GunPoint", "ItalyPowerDemand")


def labelled(name, part):
    """Read one part of a set of the UCR and UEA archives (Dau et al. 2019), as those who made it split it.

    Parameters
    ----------
    name : str
        One of :data:`CLASSIFICATION`.
    part : {"train", "test"}

    Returns
    -------
    xs : numpy.ndarray
        Shape (N, T, D), float32.
    labels : list of str
        N.
    lengths : numpy.ndarray of int
        Shape (N,).
    """
    part = part.upper()
    text = _read(SKTIME, f"datasets/data/{name}/{name}_{part}.ts", name, sha256=SHA256[f"{name} {part}"])
    rows = [line.split(":") for line in text.split("@data\n")[1].splitlines() if line.strip()]
    xs, lengths = pad([np.array([channel.split(",") for channel in row[:-1]], np.float32).T for row in rows])
    return xs, [row[-1].strip() for row in rows], lengths


# --- a number for each text -------------------------------------------------------------------


def melting_points():
    """Return SMILES of molecules and their melting points in °C (Open Notebook Science, CC0), by CAS numbers.

    Molecules of more than 40 characters and those with several melting points are left out.
    """
    known, measured = {}, {}
    for size in ("large", "small"):
        file = f"Identifiers/chemical identifiers pubchem {size}.tsv"
        for line in _read(CHEMICALS, file, "names of molecules").splitlines():
            _, cas, _, _, smiles, *_ = line.split("\t")
            known[cas] = smiles
    text = _read(CHEMICALS, "Phase Change/OpenNotebook Melting Points.tsv", "melting points")
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        if len(known.get(row["CAS"], "")) in range(1, 41):
            measured.setdefault(known[row["CAS"]], []).append(float(row["Tm"]) - 273.15)
    found = [(smiles, values[0]) for smiles, values in measured.items() if len(values) == 1]
    return [smiles for smiles, _ in found], np.array([value for _, value in found])


def valences():
    """Return English words and how positive ten people found each, from -4 to 4 (VADER, Hutto & Gilbert 2014)."""
    text = _read("vaderSentiment==3.3.2", "vader_lexicon.txt", "valences of words")
    rows = [line.split("\t")[:2] for line in text.splitlines() if line.strip()]
    rows = [(word, float(value)) for word, value in rows if re.fullmatch("[a-z]{2,}", word)]
    return [word for word, _ in rows], np.array([value for _, value in rows])


TEXT_REGRESSION = {"melting_points": melting_points, "valences": valences}


# --- lexicons ---------------------------------------------------------------------------------


def german_plurals():
    """Return German nouns and their plurals (german-nouns, from Wiktionary, CC BY-SA 4.0)."""
    rows = csv.DictReader(_read("german_nouns==1.2.5", "nouns.csv", "German nouns").splitlines())
    letters = re.compile("[A-Za-zÄÖÜäöüß]{2,25}")
    found = {
        (row["lemma"], row["nominativ plural"])
        for row in rows
        if row["pos"] == "Substantiv" and all(map(letters.fullmatch, (row["lemma"], row["nominativ plural"])))
    }
    return parts_of("German plurals", sorted(found))


def pinyin():
    """Return Chinese phrases and their readings, one syllable for each character (pypinyin, MIT)."""
    phrases = json.loads(_read("pypinyin==0.55.0", "phrases_dict.json", "readings of Chinese phrases"))
    found = [(phrase, " ".join(first for first, *_ in read)) for phrase, read in phrases.items()]
    return parts_of("pinyin", [(a, b) for a, b in found if len(a) == len(b.split())])


def hangul():
    """Return Korean syllables, their letters taken apart, and their names in Latin letters in the Unicode standard."""
    found = [(chr(k), unicodedata.name(chr(k)).split()[-1].lower()) for k in range(0xAC00, 0xD7A4)]
    return parts_of("Hangul", [(unicodedata.normalize("NFD", a), b) for a, b in found])


def parts_of(name, rows):
    """Split pairs by their source, in an order that depends on the sources alone, and keep :data:`ROOM` of each."""
    sources = sorted({source for source, _ in rows}, key=lambda s: hashlib.sha256(s.encode()).hexdigest())
    share = min(1.0, len(sources) / sum(ROOM.values()))
    ends = np.cumsum([int(share * n) for n in ROOM.values()])
    kept = {}
    for part, first, last in zip(ROOM, (0, *ends), ends, strict=False):
        chosen = set(sources[first:last])
        kept[part] = Pairs(f"{name}, {part}", *map(list, zip(*(r for r in rows if r[0] in chosen), strict=True)))
    return Lexicon(name, **kept)


LEXICONS = {f.__name__: f for f in (german_plurals, pinyin, hangul)}


# --- texts ------------------------------------------------------------------------------------


def python_source():
    """Return source text of Python's standard library: its modules in the order of their names, a million characters.

    It is that of the Python that runs.
    """
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return _in_parts("Python source", "".join(file.read_text(encoding="utf-8") for file in files)[:1_000_000])


def python_documentation():
    """Return the help topics of Python, English prose with examples; those of the Python that runs."""
    from pydoc_data.topics import topics

    return _in_parts("Python documentation", "\n\n".join(topics[name] for name in sorted(topics)))


def _in_parts(name, text):
    """Cut a text as :func:`lstm_lib.data.load_text` does."""
    first, second = len(text) * 90 // 100, len(text) * 95 // 100
    return Text(name, text[:first], text[first:second], text[second:])


TEXTS = {f.__name__: f for f in (python_source, python_documentation)}
