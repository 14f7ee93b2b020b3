"""A fit in Keras that is stopped at any step goes on to the weights and the history of one that is not."""

import numpy as np
import pytest

from lstm_lib.errors import InputError
from lstm_lib.frameworks.keras_resume import fit
from lstm_lib.frameworks.keras_setup import keras, start
from lstm_lib.storage import checkpoint, stopping
from lstm_lib.storage.checkpoint import Run

STEPS, EPOCHS = 4, 3


class Died(Exception):
    pass


def made(hidden_size=3):
    """Return a network with dropout, and callbacks that remember something."""
    start(5)
    layers = [keras.Input((2,)), keras.layers.Dense(hidden_size, "tanh"), keras.layers.Dropout(0.3)]
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.2), "mse", metrics=["mae"])
    watch = {"monitor": "val_loss", "mode": "min"}
    plateau = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, **watch)
    return model, [plateau, keras.callbacks.EarlyStopping(patience=9, restore_best_weights=True, **watch)]


def fitted(run, *, dies=None, monkeypatch=None, **shape):
    """Fit, and die as soon as so many states are saved; return the weights and the history."""
    model, callbacks = made(**shape)
    rng = np.random.default_rng(1)
    xs, held = rng.normal(size=(30, 2)), rng.normal(size=(7, 2))
    data = xs, xs[:, :1] - xs[:, 1:] ** 2
    if dies is not None:
        saved, save = [], checkpoint.Run.save

        def save_and_die(self, *state):
            save(self, *state)
            saved.append(state)
            if len(saved) == dies:
                raise Died

        monkeypatch.setattr(checkpoint.Run, "save", save_and_die)
    history = fit(
        model, *data, callbacks=callbacks, run=run, validation_data=(held, held[:, :1]), epochs=EPOCHS, batch_size=8,
        verbose=0,
    )  # fmt: skip
    return [w.tobytes() for w in model.get_weights()], history.history


@pytest.fixture(scope="module")
def whole():
    return fitted(None)


@pytest.mark.parametrize("dies", range(1, STEPS * EPOCHS + 1))
def test_a_fit_that_dies_after_any_step_goes_on_to_the_same(tmp_path, monkeypatch, whole, dies):
    monkeypatch.setattr(stopping, "EVERY", 0.0)
    with monkeypatch.context() as patch, pytest.raises(Died):
        fitted(Run(tmp_path, {}), dies=dies, monkeypatch=patch)
    assert fitted(Run(tmp_path, {})) == whole


def test_a_run_that_is_not_stopped_changes_nothing(tmp_path, whole):
    assert fitted(Run(tmp_path, {})) == whole


def test_it_can_die_again_and_again(tmp_path, monkeypatch, whole):
    monkeypatch.setattr(stopping, "EVERY", 0.0)
    for _ in range(4):
        with monkeypatch.context() as patch, pytest.raises(Died):
            fitted(Run(tmp_path, {}), dies=2, monkeypatch=patch)
    assert fitted(Run(tmp_path, {})) == whole


def test_the_state_of_another_model_is_refused(tmp_path):
    fitted(Run(tmp_path, {}))
    with pytest.raises(InputError, match="the state 'model' is that of another model"):
        fitted(Run(tmp_path, {}), hidden_size=4)


@pytest.mark.parametrize(
    ("name", "value"), [("model.0", np.nan), ("step.3", np.inf), ("best.0", np.nan), ("metric.0", np.zeros(2)),
                        ("step.0", None)]
)  # fmt: skip
def test_a_state_that_was_tampered_with_is_refused(tmp_path, name, value):
    fitted(Run(tmp_path, {}))
    arrays, meta = Run(tmp_path, {}).resume("model")
    array = arrays.pop(name)
    if value is not None:
        arrays[name] = np.full_like(array, value) if np.isscalar(value) else value
    Run(tmp_path, {}).save("model", arrays, meta)
    with pytest.raises(InputError, match="the state 'model' is that of another model"):
        fitted(Run(tmp_path, {}))
