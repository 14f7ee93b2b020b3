"""Turn values into bytes and back without pickle: what came from a process that is not trusted stays data."""

import io
import json
from typing import Any

import numpy as np

DEEPEST = 50


class Opaque:
    """Stands for a value of a kind that is not carried over.

    Attributes
    ----------
    kind : str
        Name of its type.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self):
        return f"<{self.kind}>"


def pack(value: object) -> bytes:
    """Return the bytes of a value.

    Parameters
    ----------
    value : object
        Numbers, text, None, arrays without objects, tensors, and lists, tuples, sets and dictionaries of those. Any
        other object becomes an :class:`Opaque`.

    Returns
    -------
    bytes
    """
    arrays = {}
    described = json.dumps(_describe(value, arrays, 0))
    file = io.BytesIO()
    np.savez(file, description=np.frombuffer(described.encode(), np.uint8), **arrays)
    return file.getvalue()


def unpack(data: bytes) -> Any:
    """Return the value of what :func:`pack` made; ``ValueError`` if it is something else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _restore(json.loads(arrays.pop("description").tobytes()), arrays)
    except Exception as error:  # whatever a forged message can raise
        raise ValueError(f"not a packed value: {type(error).__name__}") from None


def _describe(value, arrays, depth):
    if depth > DEEPEST:
        return ["opaque", "nested value"]
    if value is None or type(value) in (bool, str):
        return ["plain", value]
    if value is Ellipsis:
        return ["ellipsis"]
    if type(value) is int:
        return ["int", str(value)] if abs(value) < 10**1000 else ["opaque", "int"]
    if type(value) is float:
        return ["float", repr(value)]
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # a tensor
        value = value.detach().cpu().numpy()
    elif type(value).__module__.startswith("tensorflow") and hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufcUS":
        name = f"a{len(arrays)}"
        arrays[name] = np.array(value, subok=False)
        return ["scalar" if isinstance(value, np.generic) else "array", name]
    for kind, types in (("list", list), ("tuple", tuple), ("set", set | frozenset)):
        if isinstance(value, types):
            return [kind, [_describe(part, arrays, depth + 1) for part in value]]
    if isinstance(value, dict):
        pairs = [[_describe(part, arrays, depth + 1) for part in pair] for pair in value.items()]
        return ["dict", pairs]
    return ["opaque", type(value).__name__]


def _restore(description, arrays):
    kind, *rest = description
    if kind == "ellipsis":
        return Ellipsis
    content = rest[0]
    if kind in ("list", "tuple", "set"):
        parts = [_restore(part, arrays) for part in content]
        return {"list": list, "tuple": tuple, "set": set}[kind](parts)
    if kind == "dict":
        return {_restore(key, arrays): _restore(part, arrays) for key, part in content}
    return {
        "plain": lambda: content,
        "int": lambda: int(content),
        "float": lambda: float(content),
        "array": lambda: arrays[content],
        "scalar": lambda: arrays[content][()],
        "opaque": lambda: Opaque(content),
    }[kind]()


def arrays_in(arguments: tuple) -> list[np.ndarray]:
    """List the arrays among arguments, and in tuples among them; of a tensor, the array that shares its memory."""
    found = []
    for argument in arguments:
        if isinstance(argument, tuple):
            found += arrays_in(argument)
        elif isinstance(argument, np.ndarray):
            found.append(argument)
        elif type(argument).__module__ == "torch" and hasattr(argument, "detach"):
            found.append(argument.detach().numpy())
    return found
