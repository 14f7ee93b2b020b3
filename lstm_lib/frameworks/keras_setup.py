"""Start Keras in one way: on TensorFlow, quiet, on one thread, repeatable; and keep its models in files.

Whoever needs Keras imports it from here, ``from lstm_lib.frameworks.keras_setup import keras``, since the
settings count only before TensorFlow is loaded.

A saved model is a ``.keras`` file as Keras documents it, a zip archive with ``config.json``,
``metadata.json`` and ``model.weights.h5``, to which :func:`save_model` adds a member ``about.json``:
whatever a prediction needs besides the network, such as the names of the classes. Keras itself can
load the file and overlooks that member. Nothing in it is pickled, and code in it is refused.
"""

import contextlib
import json
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lstm_lib.errors import InputError, MissingFrameworkError
from lstm_lib.frameworks.keras_files import ABOUT, read_about, require_weights
from lstm_lib.storage import checkpoint, records


@contextlib.contextmanager
def _no_stderr():
    """Drop what compiled code writes to the standard error; TensorFlow greets there before it reads its settings."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with _no_stderr():
        import keras
        import tensorflow as tf
except ImportError as error:
    message = f"Keras and TensorFlow can't be loaded ({error}); pip install 'lstm-lib[keras]'"
    raise MissingFrameworkError(message) from None

tf.get_logger().setLevel("ERROR")  # it warns of retracing where a process trains several models, which is what we do
with contextlib.suppress(RuntimeError):  # someone has used TensorFlow before us: its threads stay as they are
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

OutOfMemory = tf.errors.ResourceExhaustedError
FileError = tf.errors.OpError  # what TensorFlow raises where it can't write, in place of an OSError


def start(seed: int, *, compiled: bool = False) -> None:
    """Forget earlier models, and seed everything random in Keras with ``seed``.

    Parameters
    ----------
    seed : int
        Below 2**32.
    compiled : bool
        Let Keras compile models with XLA, which halves the time of a step after some seconds of
        compiling. TensorFlow has no check of determinism for compiled models, so none is made; on one
        thread they repeat themselves. It must then be the first call in the process.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    if not compiled:
        tf.config.experimental.enable_op_determinism()


class ProgressBar(keras.callbacks.Callback):
    """One bar for a whole fit, on the standard error; none where that is not a terminal.

    Parameters
    ----------
    desc : str
    """

    def __init__(self, desc: str = "training") -> None:
        super().__init__()
        self.desc = desc

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Open the bar."""
        self.bar = tqdm(total=self.params["epochs"], unit="epoch", desc=self.desc, disable=None)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Move on by one epoch and show its losses and metrics."""
        self.bar.update()
        self.bar.set_postfix({name: f"{float(value):.4g}" for name, value in (logs or {}).items()})

    def on_train_end(self, logs: dict | None = None) -> None:
        """Close the bar."""
        self.bar.close()


def save_model(path: str | os.PathLike, model: keras.Model, about: dict) -> None:
    """Write a model and what belongs to it, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Ends in ``.keras``.
    model : keras.Model
    about : dict
        Anything JSON can hold.

    Raises
    ------
    InputError
        If the name ends otherwise, or the file can't be written.
    """
    if Path(path).suffix != ".keras":
        raise InputError(f"cannot write {path}: the name of a model must end in .keras")

    def write(place):
        model.save(place)
        with zipfile.ZipFile(place, "a") as archive:
            archive.writestr(ABOUT, json.dumps(about, ensure_ascii=False, allow_nan=False))

    checkpoint.write(path, write)


def load_model(
    path: str | os.PathLike, kind: str, form: Mapping[str, Any] | None = None
) -> tuple[keras.Model, dict[str, Any]]:
    """Read what :func:`save_model` wrote.

    Parameters
    ----------
    path : str or Path
    kind : str
        What ``about["kind"]`` must be; nothing is built of a file of another kind.
    form : dict, optional
        Of ``about``, see :mod:`lstm_lib.storage.records`; nothing is built of a file of another form.

    Returns
    -------
    model : keras.Model
        For prediction; it is not compiled.
    about : dict

    Raises
    ------
    InputError
        If the file is missing, cut short, of another kind or form, lacks weights of what it describes, or wants to run
        code of its own.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such model")
    try:
        about = read_about(path)
        found = about.get("kind")
        if found != kind:
            raise InputError(f"{path}: its kind is {found!r:.60}, not {kind!r}; name another model, or train it again")
        if form:
            _require_form(path, about, form)
        require_weights(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True), about
    except InputError:
        raise
    except Exception:  # whatever a broken or hostile file can raise in zipfile, h5py and Keras
        raise InputError(f"{path}: not a model saved by this library, or cut short; train it again") from None


def _require_form(path, about, form):
    try:
        records.require(about, form)
    except ValueError as error:
        message = f"{path}: what it says about its network is incomplete or wrong: {error}; train it again"
        raise InputError(message) from None
