"""Decide where a command writes and which model it reads: the same for ``--output``, ``--resume`` and ``--model``.

A command names the files that it can write, and :func:`locate` finds the place of each::

    out = output.locate(options["output"], ("results.json", "model.safetensors"))
    out.require_apart({"--data": settings.data})
    ...  # every complaint about the data
    with out.training("chars train", decisive_settings, resume=options["resume"]) as run:
        ...  # train with run=run, a checkpoint.Run or None
        if "results.json" in out.files:
            checkpoint.write_json(out.files["results.json"], result)
"""

import contextlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from lstm_lib.commands.parsing import require_apart
from lstm_lib.errors import DivergedError, InputError, StoppedError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.files import FILE, FOLDER, NOTHING, OTHER, kind_of

IMAGES = (".png", ".svg", ".pdf")  # what --plot can name
STATE = "unfinished"  # folder in the --output folder, there while a run has not ended
RESUME = {"resume": {"action": "store_true", "help": "go on with the unfinished run that the --output folder holds"}}
MODEL = "a saved model, or the folder that an earlier --output wrote: use it and train nothing"


@dataclass(frozen=True)
class Output:
    """Where a command writes.

    Attributes
    ----------
    folder : str or None
        None if ``--output`` named one file, or was not given.
    files : dict of str to str
        The place of each file that is to be written, by its name in a folder. Empty without ``--output``.
    """

    folder: str | None = None
    files: dict = field(default_factory=dict)

    def require_apart(self, others):
        """Raise :class:`InputError` if a file that will be written is one of ``others``, a dict of flag to path.

        None of them may lie where the training state is kept either.
        """
        state = os.path.join(self.folder, STATE) if self.folder else None
        for name, place in others.items():
            if place and state and os.path.realpath(state) in map(str, Path(os.path.realpath(place)).parents):
                raise InputError(f"{name} {place} lies in {state}, which is kept for unfinished runs; move it")
        require_apart(others | (self.files if self.folder else {"--output": next(iter(self.files.values()), None)}))

    def announce(self):
        """Print the place of each file that was written."""
        for place in self.files.values():
            print(f"wrote {place}")

    @contextlib.contextmanager
    def training(self, command, settings, *, resume=False):
        """Keep the training state in the folder until the block has ended well, or has diverged.

        Whatever else ends the block leaves a run that ``--resume`` goes on with, if a state had been saved.

        Parameters
        ----------
        command : str
            Whose run it is: ``"chars train"``.
        settings : dict
            Whatever decides the result, a digest of the data too.
        resume : bool
            The flag ``--resume``. If no run is unfinished, one begins.

        Yields
        ------
        lstm_lib.storage.checkpoint.Run or None
            None where there is no folder to keep it in.

        Raises
        ------
        InputError
            If a run is unfinished and ``resume`` is not set, or is one of other settings; or if there is no folder to
            resume from.
        """
        if self.folder is None:
            if resume:
                raise InputError("--resume needs --output FOLDER, the folder that holds the unfinished run")
            yield None
            return
        state = os.path.join(self.folder, STATE)
        if checkpoint.Run.unfinished(state) and not resume:
            raise InputError(f"{self.folder} holds an unfinished run; add --resume, or name another folder")
        run = checkpoint.Run(state, {"command": command} | settings)
        try:
            yield run
        except BaseException as error:
            # Going on would diverge again, or would begin anew; and other settings would be refused.
            if isinstance(error, DivergedError) or run.is_empty():
                run.remove()
            elif isinstance(error, KeyboardInterrupt):
                number = getattr(error, "code", 130) - 128
                message = f"stopped; the state is kept in {state}: the same command with --resume goes on from there"
                raise StoppedError(number, message) from None
            raise
        run.remove()


def locate(path, names):
    """Find out what ``--output PATH`` means, before anything is read or computed.

    Parameters
    ----------
    path : str or None
        What the user gave.
    names : iterable of str
        Names of the files that the command writes into a folder. The first of each ending is also what it writes if
        ``path`` ends so.

    Returns
    -------
    Output

    Raises
    ------
    InputError
        If the command can write nothing of that kind, or the place can't be written to.
    """
    if not path:
        return Output()
    single = {}
    for name in names:
        if Path(name).suffix not in IMAGES:
            single.setdefault(Path(name).suffix, name)
    found, ending = kind_of(path), Path(path).suffix.lower()
    folder = found == FOLDER or str(path).endswith(("/", os.sep))
    if not folder and ending in single:
        checkpoint.require_writable(path)
        return Output(files={single[ending]: str(path)})
    if not folder and (found != NOTHING or re.fullmatch(r"\.[a-z]\w*", ending)):  # but v1.2 is a folder like any other
        raise InputError(f"--output {path}: must be a folder, or a file that ends in {_either(single)}")
    files = {name: os.path.join(path, name) for name in names}
    for written in files.values():
        checkpoint.require_writable(written)
    return Output(str(path), files)


def describe(names):
    """Return the help of ``--output`` for a command that writes files of these names."""
    endings = dict.fromkeys(Path(name).suffix for name in names if Path(name).suffix not in IMAGES)
    return f"where results go: a folder ({', '.join(names)}), or one file that ends in {_either(endings)}"


def _either(words):
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def find_model(path, name="model.safetensors"):
    """Return the file that ``--model PATH`` means: ``path`` itself, or the file of that name in the folder ``path``.

    Raises
    ------
    InputError
        If there is none.
    """
    found = kind_of(path)
    if found == NOTHING:
        raise InputError(f"--model {path}: no such file or folder")
    if found == OTHER:
        raise InputError(f"--model {path}: it is neither a file nor a folder; name a saved model")
    if found == FILE:
        return str(path)
    file = os.path.join(path, name)
    if kind_of(file) != FILE:
        unfinished = checkpoint.Run.unfinished(os.path.join(path, STATE))
        hint = "its run is unfinished: train with --resume first" if unfinished else "name one that --output wrote"
        raise InputError(f"--model {path}: the folder holds no {name}; {hint}")
    return file
