"""Damaged files of every kind that a command reads are read or refused in a line: no traceback, no hang, no memory."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from running import ONE_THREAD

from lstm_lib.classification import SequenceClassifier
from lstm_lib.forecasting import AutomaticForecaster, Forecaster, Recipe

FUZZING = Path(__file__).parents[1] / "support" / "fuzzing.py"
X = np.sin(np.arange(240.0)).reshape(12, 10, 2)
YAML = {
    "data": {"n_train": 20, "noise_std": 0.1},
    "model": {"hidden_dim": 4},
    "training": {"epochs": 2, "clip_norm": 1.0},
}


def write(kind, path):
    """Write a small file that is whole."""
    if kind == "npz":
        np.savez_compressed(path, x=X, y=np.array(["no", "yes"] * 6), lengths=np.full(12, 10))
    elif kind == "csv":
        rows = [f"s{n},{t},{'ab'[n % 2]},{x:.3f},{y:.3e}" for n, xs in enumerate(X) for t, (x, y) in enumerate(xs)]
        path.write_text("\n".join(["id,step,label,u,v", *rows, ""]))
    elif kind == "series":
        rows = [f"2024-{1 + k // 28:02}-{1 + k % 28:02};{v:.3f};{k},5" for k, v in enumerate(np.sin(np.arange(90.0)))]
        path.write_text("\n".join(["day;sold;price", *rows, "2024-05-01;;91", ""]).replace(".", ","))
    elif kind == "automatic":
        forecaster = AutomaticForecaster(members=1)
        forecaster.fit(np.sin(np.arange(40.0)), recipe=Recipe(window=6), regime=(150, 0.0))
        forecaster.save(path)
    elif kind == "yaml":
        path.write_text(yaml.safe_dump(YAML))
    elif kind == "safetensors":
        forecaster = Forecaster(hidden_size=3, window=4)
        forecaster.fit(np.sin(np.arange(30.0)), epochs=40)
        forecaster.save(path)
    else:
        classifier = SequenceClassifier(hidden_size=3)
        ys = np.arange(12) % 2
        classifier.fit(X.astype(np.float32), ys, validation=(X.astype(np.float32), ys), epochs=1)
        classifier.save(path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["npz", "csv", "series", "yaml", "safetensors", "automatic", "keras"])
def test_fifteen_hundred_damaged_files_end_in_an_answer_or_a_line(tmp_path, kind):
    file = tmp_path / f"whole.{kind}"
    write(kind, file)
    command = [sys.executable, str(FUZZING), kind, str(file), "1500", "7"]
    done = subprocess.run(
        command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False, timeout=1500
    )
    assert (done.returncode, done.stderr) == (0, "")
    read, refused = map(int, done.stdout.split())
    assert read + refused == 1500 and refused > 300
