"""Read many damaged copies of a file, and tell what each reading ended in. It is run as a process of its own.

``python fuzzing.py KIND FILE COUNT SEED`` prints how many copies were read and how many refused. It fails at the first
that ends in anything but an answer or an ``InputError`` of one line, or takes more than ten seconds.
"""

import resource
import signal
import sys
import time
from pathlib import Path

import numpy as np

MOST_MEMORY, MOST_SECONDS = 1_500_000_000, 10


def damaged(content, rng):
    """Return a copy of some bytes with a few of them changed, cut off, put in, removed or repeated."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        place, length = int(rng.integers(len(content))), int(rng.integers(1, 17))
        match rng.integers(6):
            case 0:
                content[place] = int(rng.integers(256))
            case 1:
                content[place] ^= 1 << int(rng.integers(8))
            case 2:
                del content[place : place + length]
            case 3:
                content[place:place] = rng.bytes(length)
            case 4:
                content[place:place] = content[place : place + 16 * length]
            case 5:
                content[place : place + 1] = [b"9" * length, b"\x00", b"\xff", b"-", b"[" * 60, b"&a *a"][
                    rng.integers(6)
                ]
        if not content:
            return b""
    return bytes(content[: int(rng.integers(len(content)))] if rng.random() < 0.1 else content)


def reader(kind):
    """Return the function of a path that reads a file of some kind."""
    if kind in ("npz", "csv"):
        from lstm_lib.data.labelled import read_labelled

        return read_labelled
    if kind == "series":
        from lstm_lib.data.own_series import read_series

        return lambda path: read_series(path, "sold", fill="linear", inputs=["price"], known=["price"])
    if kind == "automatic":
        from lstm_lib.forecasting import AutomaticForecaster

        return AutomaticForecaster.load
    if kind == "yaml":
        from lstm_lib.commands.forecast.settings import ForecastSettings
        from lstm_lib.commands.parsing import parse

        options = {"command": "forecast", "description": "", "settings": ForecastSettings, "options": {}}
        return lambda path: parse([f"--config={path}"], **options)
    if kind == "safetensors":
        from lstm_lib.forecasting import Forecaster

        return Forecaster.load
    from lstm_lib.classification import SequenceClassifier

    return SequenceClassifier.load


def main(kind, file, count, seed):
    """Read the copies, one after the other."""
    from lstm_lib.errors import InputError

    read, rng, whole = reader(kind), np.random.default_rng(int(seed)), Path(file).read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copy = Path(file).with_name(f"damaged.{kind}")
    ends = {"read": 0, "refused": 0}
    for k in range(int(count)):
        copy.write_bytes(damaged(whole, rng))
        signal.alarm(MOST_SECONDS)
        started = time.perf_counter()
        try:
            read(copy)
            ends["read"] += 1
        except InputError as error:
            assert "\n" not in str(error) and len(str(error)) < 1000, (k, str(error))
            ends["refused"] += 1
        signal.alarm(0)
        assert time.perf_counter() - started < MOST_SECONDS, k
    taken = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    assert taken < MOST_MEMORY, taken
    print(ends["read"], ends["refused"])


if __name__ == "__main__":
    main(*sys.argv[1:])
