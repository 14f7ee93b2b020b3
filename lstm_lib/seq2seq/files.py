"""The file of a :class:`~lstm_lib.seq2seq.Translator`, read without PyTorch.

Chapter ``08_seq2seq``.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.data.lexicons import FORMS
from lstm_lib.data.symbols import PAIRS
from lstm_lib.errors import InputError
from lstm_lib.frameworks.layouts import linear_shapes, torch_shapes
from lstm_lib.storage import checkpoint, records

SHIPPED = Path(__file__).parents[1] / "weights" / "08_seq2seq.safetensors"  # the course's own model
KIND = "lstm_lib.seq2seq 1"  # what a file says it is: topic and version
_SIDE = {"names": records.distinct_texts, "separator": records.choice("", " ")}
FORM = {  # of what a file says
    "kind": records.choice(KIND),
    "architecture": {
        **dict.fromkeys(("source_size", "target_size", "hidden_size", "embedding_size"), records.whole(1)),
        "layers": records.whole(1, 1000),
        **dict.fromkeys(("encoder_size", "readout_size"), records.whole(0)),
        "cell": records.choice("rnn", "gru", "lstm"),
        "bidirectional": records.choice(False, True),
        "attention": records.choice("dot", "additive", "none"),
        "dropout": records.number(0, 1),
    },
    "models": records.whole(1, 1000),
    "seed": records.whole(0, 2**63),
    "form": records.optional(records.choice(*FORMS)),  # of Unicode; None: texts are read as they are
    "source": _SIDE,
    "target": _SIDE,
    "search": {"beam_width": records.whole(1), "length_penalty": records.number()},
    "record": records.history,
}
MOST_LAYERS = 10_000  # of all models
MODEL = "model.safetensors"  # its name in the folder of a run


def read_file(path: str | os.PathLike | None = None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the weights of a saved translator, and what its file says of it.

    Parameters
    ----------
    path : str or Path, optional
        A file, or the folder of a run that holds it; left out: the course's own model.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
    about : dict
        ``kind``, ``architecture``, ``models``, ``seed``, ``form`` of Unicode, symbols of ``source`` and ``target``,
        ``search`` and ``record``.

    Raises
    ------
    InputError
        If the file is missing, cut short, or of another kind or version.
    """
    path = SHIPPED if path is None else Path(path)
    path = path / MODEL if path.is_dir() else path
    return checkpoint.load(path, expect=lambda about: _shapes(path, about), types=("F16",))


def _shapes(path, about):
    """Return the shapes of the weights that a file must have by what it says, before memory is taken for them."""
    if about.get("kind") != KIND:
        raise InputError(f"{path}: not a translator; its kind is {about.get('kind')!r:.60}, not {KIND!r}")
    about.setdefault("form", None)  # files of earlier versions do not name it
    records.require(about, FORM)
    a = about["architecture"]
    if about["models"] * a["layers"] > MOST_LAYERS:
        raise ValueError(f"{about['models']} models of {a['layers']} layers")
    for side in ("source", "target"):
        count, size = len(about[side]["names"]), a[f"{side}_size"]
        if size != count + len(PAIRS):
            raise ValueError(f"{count} symbols are not those of a {side}_size of {size}")
    E, H, attends = a["embedding_size"], a["hidden_size"], a["attention"] != "none"
    H_enc, R = a["encoder_size"] or H, a["readout_size"] or H
    M, shape = H_enc * (1 + a["bidirectional"]), {"layers": a["layers"]}
    shapes = {f"{side}_embedding.weight": (a[f"{side}_size"], E) for side in ("source", "target")}
    shapes |= torch_shapes("encoder", a["cell"], E, H_enc, bidirectional=a["bidirectional"], **shape)
    shapes |= torch_shapes("decoder", a["cell"], E, H, **shape)
    if M != H:
        for name in ("hidden", "cell")[: 1 + (a["cell"] == "lstm")]:
            shapes |= linear_shapes(f"bridge.{name}", M, H)
    if attends:
        shapes |= linear_shapes("key", M, H, bias=False)
    if a["attention"] == "additive":
        shapes |= linear_shapes("query", H, H) | linear_shapes("energy", H, 1, bias=False)
    shapes |= linear_shapes("readout", H + M * attends, R) | linear_shapes("output", R, a["target_size"])
    if about["models"] == 1:
        return shapes
    return {f"models.{k}.{name}": shape for k in range(about["models"]) for name, shape in shapes.items()}
