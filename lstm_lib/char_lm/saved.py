"""Keep a character model in a file, with its symbols and how it was trained.

Chapter ``07_char_lm``.
"""

from dataclasses import asdict
from pathlib import Path

from lstm_lib.char_lm.model import Architecture, CharLM
from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import parameter_arrays, set_parameters
from lstm_lib.storage import checkpoint

KIND = "character model"  # what its file says it is
SHIPPED = Path(__file__).parents[1] / "weights" / "07_char_lm.safetensors"  # the course's own model


def save_model(path, model, symbols, record):
    """Write a model, its symbols and how it was trained in one safetensors file.

    Parameters
    ----------
    path : str or Path
    model : CharLM
    symbols : lstm_lib.data.symbols.Symbols
    record : dict
        Whatever should be known of it; anything YAML can hold.
    """
    about = {"kind": KIND, "architecture": asdict(model.architecture), "characters": "".join(symbols.names)}
    checkpoint.save(path, parameter_arrays(model), about | {"record": record})


def load_model(path):
    """Read what :func:`save_model` wrote.

    Returns
    -------
    model : CharLM
        On the CPU.
    symbols : lstm_lib.data.symbols.Symbols
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
        model = CharLM(Architecture(**about["architecture"]), seed=0)
        symbols = Symbols(tuple(about["characters"]), TEXT)
        set_parameters(model, arrays)
        if symbols.size != model.architecture.vocab_size:
            raise ValueError
        return model, symbols, about["record"]
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise InputError(f"{path}: its weights and its description disagree; train the model again") from None
