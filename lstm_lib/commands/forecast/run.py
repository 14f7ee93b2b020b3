"""What ``lstm-lib forecast`` does with its settings: load, split, train, compare, show.

Chapter ``04_forecasting`` does the same by hand; here it is one call.
"""

import hashlib
import warnings
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lstm_lib.commands.forecast import settings as st
from lstm_lib.commands.parsing import parse, require_apart, start_log
from lstm_lib.commands.settings import as_dict
from lstm_lib.core.losses import mse
from lstm_lib.data.series import noisy_sine, read_csv_column, sunspots, windows
from lstm_lib.errors import InputError
from lstm_lib.forecasting.model import LSTMForecaster, closed_loop
from lstm_lib.forecasting.rivals import LinearAR, best_sine_forecast, persistence
from lstm_lib.storage import checkpoint

AHEAD = 11  # values forecast beyond the end of a series: one solar cycle
IMAGES = (".png", ".svg", ".pdf")


def main(argv):
    """``lstm-lib forecast``: see chapter ``04_forecasting``."""
    settings, options = parse(
        argv,
        command="forecast",
        description="Train a NumPy LSTM on a series and forecast it. Without --config: the yearly sunspots.",
        settings=st.ForecastSettings,
        options={
            "output": "write losses, baselines and forecast to this JSON file",
            "plot": "draw the forecast to this image file (png, svg or pdf)",
            "checkpoint": "keep the training state in this folder after each epoch, and resume from it",
        },
    )
    if options["plot"]:
        require_image_name(options["plot"])
    require_apart(
        {
            "--config": options["config"],
            "data.csv": settings.data.csv,
            "logging.file": settings.logging.file,
            "--output": options["output"],
            "--plot": options["plot"],
        }
    )
    for place in filter(None, (options["output"], options["plot"])):
        checkpoint.require_writable(place)
    series = load_series(settings.data, horizon=settings.model.output_dim)
    data = split(series, settings)  # every complaint about the data comes before the first file
    log = start_log(settings.logging)
    keep = None
    if options["checkpoint"]:
        decisive = {key: value for key, value in as_dict(settings).items() if key != "logging"}
        digest = hashlib.sha256(series.values.tobytes()).hexdigest()
        keep = checkpoint.Run(options["checkpoint"], decisive | {"values_sha256": digest})

    result = run(series, data, settings, keep=keep, log=log)
    if options["output"]:
        checkpoint.write_json(options["output"], result)
    if options["plot"]:
        draw(options["plot"], series, result)
    print(table(result))
    for place in filter(None, (options["output"], options["plot"])):
        print(f"wrote {place}")


def load_series(data, *, horizon=1):
    """Make or read the series that the :class:`~lstm_lib.commands.forecast.settings.DataSettings` name.

    A sine is made long enough for windows followed by ``horizon`` values.
    """
    if data.csv is not None:
        series = read_csv_column(data.csv, data.column)
    elif data.name == "sunspots":
        series = sunspots()
    else:
        n = data.n_train + data.n_test + data.sequence_length + 2 * horizon - 1
        series = noisy_sine(n, noise_std=data.noise_std, seed=data.random_seed)
    if data.transform == "sqrt" and (series.values < 0).any():
        row = int(np.argmax(series.values < 0))
        raise InputError(
            f"{series.name}: value {series.values[row]:g} at {series.times[row]:g} has no square root;"
            " set data.transform to none"
        )
    return series


def split(series, settings):
    """Cut a series into training and test windows.

    Returns
    -------
    dict
        ``train`` and ``test``, each ``(xs, ys)``; the test windows are the last ones. The training
        windows are the ones before them (for the sine: the first ones), with a gap where more than
        one value is forecast, so that no training target is a test target.

    Raises
    ------
    InputError
        If the series is too short.
    """
    data, horizon = settings.data, settings.model.output_dim
    length = data.sequence_length
    available = len(series.values) - length - horizon + 1
    if available < 2:
        raise InputError(
            f"{series.name}: {len(series.values)} values are too few for a window of {length} (data.sequence_length)"
            f" and {horizon} to forecast; take a shorter window"
        )
    gap = horizon - 1
    n_test = data.n_test or max(1, available // 5)
    n_train = data.n_train or available - n_test - gap
    if n_train < 1 or n_train + n_test + gap > available:
        raise InputError(
            f"{series.name}: {len(series.values)} values give {available} windows of {length}, not the"
            f" {n_train + n_test} asked for by data.n_train and data.n_test; ask for fewer, or set data.n_train to null"
        )
    xs, ys = windows(series.values, length, horizon=horizon)
    first = 0 if series.clean is not None else available - n_test - gap - n_train
    return {"train": (xs[first : first + n_train], ys[first : first + n_train]), "test": (xs[-n_test:], ys[-n_test:])}


def run(series, data, settings, *, keep=None, log=None):
    """Train, test against the baselines, and forecast beyond the end.

    Parameters
    ----------
    series : lstm_lib.data.Series
    data : dict
        What :func:`split` returned.
    settings : lstm_lib.commands.forecast.settings.ForecastSettings
    keep : lstm_lib.storage.checkpoint.Run, optional
    log : logging.Logger, optional

    Returns
    -------
    dict
        Ready for JSON. Losses are mean squared errors in squared units of the series.
    """
    (xs, ys), (test_xs, test_ys) = data["train"], data["test"]
    model, training, seed = settings.model, settings.training, settings.data.random_seed
    forecaster = LSTMForecaster(
        model.hidden_dim,
        layers=model.layers,
        members=model.members,
        transform=settings.data.transform,
        targets=training.targets,
        relative_to=model.relative_to,
        seed=seed,
    )
    if log:
        log.info("training on %d windows of %s: %s", len(xs), series.name, as_dict(settings))
    with tqdm(total=model.members * training.epochs, unit="epoch", desc="training", disable=None) as bar:

        def on_epoch(row):
            bar.update()
            bar.set_postfix(loss=f"{row['train_loss']:.5f}")
            if log:
                log.info("epoch %(epoch)d: train loss %(train_loss).6f", row)

        forecaster.fit(
            xs,
            ys,
            epochs=training.epochs,
            batch_size=training.batch_size,
            learning_rate=training.learning_rate,
            optimizer=training.optimizer,
            schedule=training.schedule,
            clip_norm=training.clip_norm,
            validation=training.validation,
            patience=training.patience,
            run=keep,
            on_epoch=on_epoch,
        )
    forecasts = forecaster.predict(test_xs)
    baselines = {
        "training_mean": np.full_like(test_ys, ys.mean()),
        "persistence": persistence(test_xs, horizon=model.output_dim),
        "linear_ar": LinearAR(xs, ys).predict(test_xs),
    }
    if (series.values >= 0).all():  # counts and the like are often easier on the square root
        sqrt_ar = LinearAR(np.sqrt(xs), np.sqrt(ys)).predict(np.sqrt(test_xs))
        baselines["linear_ar_sqrt"] = np.square(np.maximum(sqrt_ar, 0))
    result = {
        "series": series.name,
        "train_loss": mse(forecaster.predict(xs), ys)[0],
        "test_loss": mse(forecasts, test_ys)[0],
        "baselines": {},
        "noise_floor": None,
        "excess_over_clean": None,
    }
    if series.clean is not None:
        clean = windows(series.clean, xs.shape[1], horizon=model.output_dim)[1][-len(test_ys) :]
        result["noise_floor"] = mse(clean, test_ys)[0]
        if settings.data.noise_std >= 0.003:  # below that the grid of phases is too coarse
            baselines["best_possible"] = best_sine_forecast(
                test_xs,
                step=float(series.times[1]),
                noise_std=settings.data.noise_std,
                horizon=model.output_dim,
            )
        result["excess_over_clean"] = {
            "lstm": mse(forecasts, clean)[0],
            **{name: mse(b, clean)[0] for name, b in baselines.items()},
        }
    result["baselines"] = {name: mse(b, test_ys)[0] for name, b in baselines.items()}
    step = series.times[-1] - series.times[-2]
    ahead = closed_loop(forecaster.predict, series.values[-xs.shape[1] :], AHEAD)
    result["forecast"] = {
        "times": [(series.times[-1] + step * k).item() for k in range(1, AHEAD + 1)],
        "values": ahead.tolist(),
    }
    result["test"] = {
        "times": series.times[-len(test_ys) :].tolist(),
        "observed": test_ys[:, -1].tolist(),
        "forecast": forecasts[:, -1].tolist(),
    }
    result["seed"] = seed
    result["config"] = as_dict(settings)
    if log:
        log.info("test loss %.6f, baselines %s", result["test_loss"], result["baselines"])
    return result


NAMES = {
    "training_mean": "mean of the training part",
    "persistence": "persistence (last value)",
    "linear_ar": "linear autoregression",
    "linear_ar_sqrt": "the same on the square root",
    "best_possible": "best possible (only phase unknown)",
}


def table(result):
    """Lay the results out as lines of text."""
    clean = result["excess_over_clean"]
    head = f"{result['series']}: mean squared error on {len(result['test']['observed'])} test windows"
    lines = [head, f"{'':36}{'test':>12}{'above clean':>14}" if clean else f"{'':36}{'test':>12}{'root':>12}"]

    def line(name, loss, excess):
        second = f"{excess:14.6f}" if clean else f"{np.sqrt(loss):12.4g}"
        lines.append(f"{name:36}{loss:12.6g}{second}")

    line("LSTM", result["test_loss"], clean and clean["lstm"])
    for key, loss in result["baselines"].items():
        line(NAMES[key], loss, clean and clean[key])
    if result["noise_floor"] is not None:
        line("the noise itself", result["noise_floor"], 0.0)
    lines.append(f"training loss of the LSTM: {result['train_loss']:.6g}   seed: {result['seed']}")
    ahead = result["forecast"]
    lines.append("next values: " + "  ".join(f"{t:g}: {v:.4g}" for t, v in zip(*ahead.values(), strict=True)))
    return "\n".join(lines)


def require_image_name(path):
    """Raise :class:`InputError` unless the file's ending is that of an image we can write."""
    if Path(path).suffix.lower() not in IMAGES:
        raise InputError(f"--plot {path}: the name must end in {', '.join(IMAGES)}")


def draw(path, series, result):
    """Draw the test values, their forecasts and the values beyond the end, and write the image."""
    import matplotlib as mpl

    mpl.use("Agg")  # no window is wanted, and none may exist
    from lstm_lib.plotting import plot_forecast

    test, ahead = result["test"], result["forecast"]
    shown = slice(-120, None)
    ax = plot_forecast(
        test["times"][shown],
        test["observed"][shown],
        {
            "one step ahead": (test["times"][shown], test["forecast"][shown]),
            "beyond the end, fed back": (ahead["times"], ahead["values"]),
        },
        ylabel=series.name.replace("$", r"\$"),  # a dollar sign would begin a formula
    )
    with checkpoint.atomic(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font lacks is drawn as boxes
        ax.figure.savefig(temporary)
