"""The file of a :class:`~lstm_lib.seq2seq.Translator`, read without PyTorch.

Chapter ``08_seq2seq``.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint

SHIPPED = Path(__file__).parents[1] / "weights" / "08_seq2seq.safetensors"  # the course's own model
KIND = "lstm_lib.seq2seq 1"  # what a file says it is: topic and version
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
        ``kind``, ``architecture``, ``models``, ``seed``, ``source`` and ``target`` symbols, ``search`` and ``record``.

    Raises
    ------
    InputError
        If the file is missing, cut short, or of another kind or version.
    """
    path = SHIPPED if path is None else Path(path)
    path = path / MODEL if path.is_dir() else path
    arrays, about = checkpoint.load(path)
    if about.get("kind") != KIND:
        raise InputError(f"{path}: not a translator; its kind is {about.get('kind')!r}, not {KIND!r}")
    if not all(isinstance(about.get(key), dict) for key in ("architecture", "source", "target", "search", "record")):
        raise InputError(f"{path}: its description is incomplete; train the model again")
    return arrays, about
