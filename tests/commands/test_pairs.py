"""What users bring to ``lstm-lib seq2seq``: two forms of Unicode, unknown symbols, headers, lists, long texts."""

import csv
import os
import unicodedata

import pytest

from lstm_lib import cli
from lstm_lib.seq2seq import Translator
from lstm_lib.seq2seq.files import read_file

SMALL = ("--hidden-size", "24", "--embedding-size", "8", "--readout-size", "16", "--batch-size", "16", "--dropout", "0")
PLAIN = {"é": "e", "à": "a", "ç": "c", "t": "t", "n": "n"}


def run(capsys, *argv):
    capsys.readouterr()
    code = cli.main(["seq2seq", *map(str, argv)])
    return code, *capsys.readouterr()


def write_accents(path, form="NFC", words=200, header=""):
    """Write words with accents and without them."""
    letters, lines = list(PLAIN), []
    for k in range(words):
        word = "".join(letters[(k // 5**place + place) % 5] for place in range(2 + k % 3))
        lines.append(f"{word}\t{''.join(PLAIN[letter] for letter in word)}\n")
    path.write_text(header + unicodedata.normalize(form, "".join(lines)), encoding="utf-8")


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with words in both forms of Unicode, and a model that takes accents away."""
    folder = tmp_path_factory.mktemp("accents")
    write_accents(folder / "nfc.tsv")
    write_accents(folder / "nfd.tsv", "NFD")
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert cli.main(["seq2seq", "train", "--train", "nfc.tsv", *SMALL, "--epochs", "15", "--output", "run"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def in_trained(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def test_words_in_either_form_of_unicode_are_scored_and_translated_alike(in_trained, capsys):
    assert read_file("run")[1]["form"] == "NFC"
    results = []
    for name in ("nfc", "nfd"):
        code, out, err = run(capsys, "evaluate", "--run", "run", "--test", f"{name}.tsv", "--output", f"{name}-scores")
        assert (code, err) == (0, "")
        results.append(out.replace(name, "").splitlines()[:-2])
    assert results[0] == results[1]
    code, out, err = run(capsys, "translate", "--run", "run", "\u00e9t\u00e9", "e\u0301te\u0301")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[2:5] == lines[6:9] and len(lines) == 10
    translator = Translator.load("run")
    assert len(set(translator.translate(["\u00e9t", "e\u0301t"]))) == 1
    assert translator.score([("e\u0301t", "et")])["unknown"] == 0


def test_a_training_takes_both_forms_for_one(in_tmp, capsys):
    digests = []
    for form in ("NFC", "NFD"):
        write_accents(in_tmp / "train.tsv", form)
        flags = ("train", "--train", "train.tsv", *SMALL, "--epochs", 1)
        assert run(capsys, *flags, "--output", form)[0] == 0
        about = read_file(form)[1]
        assert about["source"]["names"] == sorted(PLAIN)
        digests.append(about["record"]["train_sha256"])
    assert digests[0] == digests[1]
    assert run(capsys, *flags, "--form", "NFD", "--output", "apart")[0] == 0
    about = read_file("apart")[1]
    assert about["form"] == "NFD" and "\u0301" in about["source"]["names"] and "é" not in about["source"]["names"]
    code, _, err = run(capsys, "evaluate", "--run", "apart", "--test", "train.tsv")
    assert (code, err) == (0, "")


def test_a_symbol_that_is_unknown_does_not_keep_others_from_being_translated(in_trained, capsys):
    _, alone, _ = run(capsys, "translate", "--run", "run", "ténà")
    code, out, err = run(capsys, "translate", "--run", "run", "té'n", "ténà", "?!")
    assert code == 0 and alone.splitlines()[2] in out.splitlines()
    assert err == (
        "lstm-lib: warning: 2 of 3 words have symbols that the model does not know: '!' \"'\" '?', the first"
        ' "té\'n"; they are translated all the same, but for 1 of which it knows nothing\n'
    )
    lines = out.splitlines()
    assert lines[1] == "té'n" and lines[2].startswith("  1 ") and lines[9:11] == ["?!", "  – no symbol of it is known"]
    assert Translator.load("run").translate(["té'n"], strict=False) == [lines[2].split()[1]]


def test_capitals_are_read_as_small_letters_where_a_model_knows_no_others(in_trained, in_tmp, capsys):
    code, out, err = run(capsys, "translate", "--run", in_trained / "run", "--n-best", 1, "Ténà", "TÉNÀ", "ténà")
    assert code == 0 and len(set(out.splitlines()[2::2])) == 1 and out.splitlines()[1] == "Ténà"
    assert err == "lstm-lib: warning: 2 of 3 words are read in small letters, the only ones that the model knows\n"
    (in_tmp / "t.tsv").write_text("".join(f"{w}\tx\n" for w in ("Ab", "ba", "bb")) * 20)
    (in_tmp / "dev.tsv").write_text("bA\tx\n")
    flags = ("--train", "t.tsv", "--dev", "dev.tsv", *SMALL, "--epochs", 1, "--output", "capitals")
    assert run(capsys, "train", *flags)[0] == 0
    code, _, err = run(capsys, "translate", "--run", "capitals", "aB")
    assert code == 0 and "do not know" not in err and "does not know: 'B'" in err and "small" not in err


def test_a_list_of_words_becomes_a_table_with_a_row_for_each(in_trained, in_tmp, capsys):
    (in_tmp / "words.txt").write_text("\ufeffténà\r\n\r\n?\r\nTé'n\r\nçàé\r\n", encoding="utf-8")
    flags = ("translate", "--run", in_trained / "run", "--file", "words.txt", "--output", "out.tsv")
    code, out, err = run(capsys, *flags)
    assert code == 0 and out == "wrote out.tsv\n" and err.count("\n") == 2
    heading, *rows = rows_of("out.tsv")
    assert heading == ["word", "translation", "score"] and [row[0] for row in rows] == ["ténà", "", "?", "Té'n", "çàé"]
    assert rows[1][1:] == rows[2][1:] == ["", ""]
    best = Translator.load(in_trained / "run").translate(["ténà", "té'n", "çàé"], n_best=3, strict=False)
    assert [row[1:] for row in (rows[0], rows[3], rows[4])] == [[b[0][0], f"{b[0][1]:.6f}"] for b in best]
    assert run(capsys, *flags, "--n-best", 3)[0] == 0
    assert [row[1:] for row in rows_of("out.tsv")[1:4]] == [[text, f"{score:.6f}"] for text, score in best[0]]
    assert len(rows_of("out.tsv")) == 1 + 3 + 1 + 1 + 3 + 3
    assert run(capsys, *flags[:-1], "folder")[0] == 0 and os.listdir("folder") == ["translations.tsv"]
    _, listed, _ = run(capsys, *flags[:-2])
    assert "probability" in listed and "ténà" in listed.splitlines()


def test_what_a_spreadsheet_would_compute_is_marked_on_request(in_trained, in_tmp, capsys):
    (in_tmp / "words.txt").write_text("=té\n", encoding="utf-8")
    flags = ("translate", "--run", in_trained / "run", "--file", "words.txt", "--output", "out.tsv")
    for extra, word in (((), "=té"), (("--escape-formulas",), "'=té")):
        assert run(capsys, *flags, *extra)[0] == 0
        assert rows_of("out.tsv")[1][0] == word
    (in_tmp / "test.tsv").write_text("=té\tte\n", encoding="utf-8")
    flags = ("evaluate", "--run", in_trained / "run", "--test", "test.tsv", "--output", "p.tsv")
    for extra, word in (((), "=té"), (("--escape-formulas",), "'=té")):
        assert run(capsys, *flags, *extra)[0] == 0
        assert rows_of("p.tsv")[1][0] == word


@pytest.mark.parametrize(
    ("header", "why"),
    [("word\tplain\n", "are unlike all other rows"), ("source\ttarget\n", "are names of columns")],
)
def test_a_header_is_passed_over_with_a_warning_or_as_it_was_said(in_tmp, capsys, header, why):
    write_accents(in_tmp / "train.tsv", header=header)
    flags = ("train", "--train", "train.tsv", *SMALL, "--epochs", 1)
    code, _, err = run(capsys, *flags, "--output", "run")
    assert code == 0 and read_file("run")[1]["source"]["names"] == sorted(PLAIN)
    assert err.startswith("lstm-lib: warning: train.tsv: the first line is passed over: ") and err.count("\n") == 1
    assert why in err and err.endswith("; if it is a pair, say --header false\n")
    code, out, err = run(capsys, "evaluate", "--run", "run", "--test", "train.tsv")
    assert code == 0 and "passed over" in err and " in 200 rows" in out
    code, _, err = run(capsys, *flags, "--header", "true", "--output", "said")
    assert (code, err) == (0, "") and read_file("said")[1]["source"]["names"] == sorted(PLAIN)
    code, out, err = run(capsys, "evaluate", "--run", "said", "--test", "train.tsv")  # as in training
    assert (code, err) == (0, "") and " in 200 rows" in out
    assert run(capsys, *flags, "--header", "false", "--output", "learned")[0] == 0
    assert "r" in read_file("learned")[1]["source"]["names"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("train", "--train", "long.tsv"), "long.tsv, line 2: the source (column 0) has 20,000 characters and max_le"),
        (("evaluate", "--run", "m.safetensors", "--test", "long.tsv"), "long.tsv, line 2: the source (column 0) has"),
        (
            ("translate", "--run", "m.safetensors", "t" * 20_000),
            "tttt...' has 20,000 characters and max_length is 1,000",
        ),
        (("translate", "--run", "m.safetensors", "--file", "long.txt"), "long.txt, line 2: the word has 20,000 chara"),
        (("translate", "--run", "m.safetensors", "--file", "tab.txt"), "tab.txt, line 2: a tab; the file has one word"),
        (("translate", "--run", "m.safetensors", "--file", "blank.txt"), "blank.txt: the file is empty"),
        (("translate", "--run", "m.safetensors", "--file", "none.txt"), "none.txt: no such file"),
        (("translate", "--run", "m.safetensors", "--file", "tab.txt", "té"), "given in one way"),
        (
            ("translate", "--run", "m.safetensors", "--file", "in.tsv", "--output", "in.tsv"),
            "--output and --file are the same file, in.tsv",
        ),
        (("translate", "--run", "m.safetensors", "té", "--output", "out.csv"), "a file that ends in .tsv"),
        (
            ("translate", "--run", "m.safetensors", "a\tb", "é", "--output", "out.tsv"),
            "'a\\tb' has a tab or a line break",
        ),
        (("translate", "--run", "m.safetensors", *["té"] * 21, "--plot", "a.png"), "--plot draws at most 20 words"),
        (("train", "--train", "header.tsv", "--header", "true"), "header.tsv: a header and no pairs"),
        (("train", "--train", "long.tsv", "--max-length", "0"), "max_length must be at least 1"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(in_trained, in_tmp, capsys, argv, message):
    (in_tmp / "m.safetensors").write_bytes((in_trained / "run" / "model.safetensors").read_bytes())
    long = "t" * 20_000
    for name, text in {
        "long.tsv": f"t\tt\n{long}\tt\n",
        "long.txt": f"t\n{long}\n",
        "tab.txt": "t\nt\tt\n",
        "blank.txt": "\n \n",
        "in.tsv": "t\n",
        "header.tsv": "a\tb\n",
    }.items():
        (in_tmp / name).write_text(text)
    before = sorted(os.listdir(in_tmp))
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "") and err.count("\n") == 1 and message in err, err
    assert len(err) < 500 and sorted(os.listdir(in_tmp)) == before


def test_a_longer_text_is_taken_where_it_was_asked_for(in_tmp, capsys):
    (in_tmp / "t.tsv").write_text(f"a\tb\n{'ab' * 600}\tb\n" + "ab\tba\n" * 40)
    (in_tmp / "dev.tsv").write_text("b\ta\n")
    flags = ("--train", "t.tsv", "--dev", "dev.tsv", *SMALL, "--epochs", 1, "--max-length", 1200)
    code, _, err = run(capsys, "train", *flags)
    assert (code, err) == (0, "")


def test_names_of_files_and_words_that_are_not_utf_8_survive(in_trained, in_tmp, capsys):
    odd = os.fsdecode(b"caf\xe9")
    (in_tmp / f"{odd}.tsv").write_bytes((in_trained / "nfc.tsv").read_bytes())
    (in_tmp / f"{odd}.txt").write_text("té\n", encoding="utf-8")
    flags = ("--train", f"{odd}.tsv", "--test", f"{odd}.tsv", *SMALL, "--epochs", 1, "--output", odd)
    assert run(capsys, "train", *flags)[0] == 0
    assert run(capsys, "evaluate", "--run", odd)[0] == 0
    assert run(capsys, "translate", "--run", odd, "--file", f"{odd}.txt", "--output", f"{odd}.out.tsv")[0] == 0
    assert run(capsys, "translate", "--run", odd, f"t{odd}", "--output", "words.tsv", "--plot", f"{odd}.png")[0] == 0
    assert rows_of("words.tsv")[1][0] == "tcaf\\udce9"
