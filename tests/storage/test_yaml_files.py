"""YAML from elsewhere is read as keys, texts and plain numbers, at once; what it can say beyond that is refused."""

import time

import numpy as np
import pytest
import yaml

from lstm_lib.errors import InputError
from lstm_lib.storage.yaml_files import parse_yaml, read_yaml

pytestmark = pytest.mark.numpy

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text", ["2024-01-31", "2024-01-31 10:00:00", "1:30", "1:30.5", "1_000", "1_0.5", "0x1f", "017"]
)
def test_what_only_some_read_as_numbers_or_dates_is_text(text):
    assert parse_yaml(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": [-2.5, 1e-05, 1e22, float("inf"), -(2**62)], "c": {"d": None, "e": True, "f": "no", 7: "x"}},
        {
            "date": "2024-01-31",
            "time": "1:30",
            "number": "1_000",
            "sign": "=",
            "merge": "<<",
            "empty": "",
            "tilde": "~",
        },
        {"odd": "a: b #c\n\u00fc \U0001f600 \\ & * ! | > % @ `", "long": "x " * 500},
    ],
)
def test_what_pyyaml_writes_is_read_back(value):
    assert parse_yaml(yaml.safe_dump(value)) == value


def test_numbers_are_read_as_they_are_written():
    texts = ["1e5", "1E-5", "1.", ".5", "-.5e+3", "+3", "0", "12.25"]
    numbers = parse_yaml("[" + ", ".join(texts) + "]")
    np.testing.assert_array_equal(numbers, [float(text) for text in texts])
    assert [type(n) for n in numbers] == [float] * 5 + [int] * 2 + [float]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 1: anchors and aliases"),
        ("a: *b\n", "line 1: anchors and aliases"),
        ("a: 1\nb: !!timestamp 2024-01-31\n", "line 2: tags are not read"),
        ("a: !!python/object/apply:os.system [x]\n", "line 1: tags are not read"),
        ("[" * 100_000, "line 1: nested too deeply, in more than 50 levels"),
        ("- " * 100_000, "line 1: nested too deeply, in more than 50 levels"),
        ("{a: " * 51, "line 1: nested too deeply, in more than 50 levels"),
        ("b: 1\na: 1\na: 2\n", "line 3: 'a' is given twice, first in line 2"),
        ("1: a\n1.0: b\n", "line 2: '1.0' is given twice"),
        ("a: 99999999999999999999\n", "line 1: a number of 20 digits"),
        ("? [a]\n: 1\n", "line 1: a key must be a text or a number"),
        ("a: 1\n---\nb: 2\n", "line 2: not YAML"),
        ("a: [1\n", "line 2: not YAML"),
        ("a: \x00", "not YAML: "),
        ("[1, 2]\n", "must hold settings as 'key: value', but holds a list"),
        ("", "must hold settings as 'key: value', but is empty"),
        ("a: b\n" * 250_000, "a.yaml: 1,250,000 bytes; settings fit into 1,000,000"),
    ],
)
def test_a_hostile_or_ambiguous_file_is_refused_in_a_line_and_at_once(tmp_path, text, message):
    (tmp_path / "a.yaml").write_text(text)
    started = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert time.perf_counter() - started < 2
    assert message in str(caught.value) and len(str(caught.value)) < 400 and "\n" not in str(caught.value)
