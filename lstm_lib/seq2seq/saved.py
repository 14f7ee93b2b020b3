"""Keep an encoder and decoder in a file, with their symbols and how they were trained.

Chapter ``08_seq2seq``.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from lstm_lib.data.symbols import Symbols
from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import parameter_arrays, set_parameters
from lstm_lib.seq2seq.model import Architecture, Ensemble, Seq2Seq
from lstm_lib.storage import checkpoint

SHIPPED = Path(__file__).parents[1] / "weights" / "08_seq2seq.safetensors"  # the course's own model
KIND = "sequence-to-sequence model"  # what its file says it is


def save_model(path, model, source_symbols, target_symbols, record):
    """Write a model, its symbols and how it was trained in one safetensors file.

    Weights are stored in 16 bits each, and set to what is stored, so that what is scored is what a reader will load.

    Parameters
    ----------
    path : str or Path
    model : Seq2Seq or Ensemble
        Its weights are rounded.
    source_symbols, target_symbols : lstm_lib.data.Symbols
    record : dict
        Whatever should be known of it; anything YAML can hold.
    """
    arrays = {name: array.astype(np.float16) for name, array in parameter_arrays(model).items()}
    set_parameters(model, arrays)
    about = {
        "kind": KIND,
        "architecture": asdict(model.architecture),
        "models": len(model.models) if isinstance(model, Ensemble) else 1,
        "source": {"names": list(source_symbols.names), "separator": source_symbols.separator},
        "target": {"names": list(target_symbols.names), "separator": target_symbols.separator},
    }
    checkpoint.save(path, arrays, about | {"record": record})


def load_model(path):
    """Read what :func:`save_model` wrote.

    Returns
    -------
    model : Seq2Seq or Ensemble
        In evaluation mode, on the CPU.
    source_symbols, target_symbols : lstm_lib.data.Symbols
    record : dict

    Raises
    ------
    InputError
        If the file is missing, cut short, or holds something else.
    """
    arrays, about = checkpoint.load(path)
    if about.get("kind") != KIND:
        raise InputError(f"{path}: not a {KIND}; choose a file that one was saved in")
    try:
        models = [Seq2Seq(Architecture(**about["architecture"]), seed=0) for _ in range(about.get("models", 1))]
        model = Ensemble(models) if len(models) > 1 else models[0]
        symbols = [
            Symbols(tuple(about[side]["names"]), separator=about[side]["separator"]) for side in ("source", "target")
        ]
        set_parameters(model, arrays)
        if [s.size for s in symbols] != [model.architecture.source_size, model.architecture.target_size]:
            raise ValueError
        return model.eval(), *symbols, about["record"]
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise InputError(f"{path}: its weights and its description disagree; train the model again") from None
