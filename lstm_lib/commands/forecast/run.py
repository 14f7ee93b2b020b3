"""What ``lstm-lib forecast`` does with its settings: load, split, train, compare, show; or use a saved model.

Chapter ``04_forecasting`` does the same by hand; here it is one call.
"""

import dataclasses
import hashlib
import os
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lstm_lib.commands import output
from lstm_lib.commands.forecast import own, report, settings as st
from lstm_lib.commands.forecast.data import load_series, read_own, split
from lstm_lib.commands.parsing import parse, start_log
from lstm_lib.commands.settings import as_dict, from_dict
from lstm_lib.core.losses import mse
from lstm_lib.data.series import windows
from lstm_lib.errors import InputError
from lstm_lib.forecasting.automatic import KIND as AUTOMATIC, AutomaticForecaster
from lstm_lib.forecasting.forecaster import Forecaster
from lstm_lib.forecasting.rivals import LinearAR, best_sine_forecast, persistence
from lstm_lib.storage import checkpoint

AHEAD = 11  # values forecast beyond the end of a series if not said otherwise: one solar cycle
RESULTS, NEXT, MODEL, PLOT = "results.json", "next.csv", "model.safetensors", "forecast.png"
WITH_A_MODEL = {"model", "data.csv", "data.column", "data.time", "data.where", "data.fill", "data.name"}
WITH_A_MODEL |= {"config", "output", "plot", "forecast_csv", "horizon"}  # what then has a meaning


def main(argv):
    """``lstm-lib forecast``: see chapter ``04_forecasting``."""
    settings, options = parse(
        argv,
        command="forecast",
        description="Train a NumPy LSTM on a series and forecast it. Without --data or --config: the yearly sunspots.",
        settings=st.ForecastSettings,
        options={
            "model": output.MODEL,
            "output": output.describe((RESULTS, NEXT, MODEL, PLOT)),
            "plot": "draw the forecast to this image file (png, svg or pdf)",
            "forecast_csv": f"write the next values to this CSV file, as {NEXT} in the --output folder",
            **output.RESUME,
        },
    )
    if options["plot"]:
        report.require_image_name(options["plot"])
    if options["model"]:
        use(settings, options)
    else:
        train(settings, options)


def train(settings, options):
    """Train on a series, test, forecast what comes next, and keep it all."""
    out = locate(settings, options, (RESULTS, NEXT, MODEL, PLOT))
    automatic = own.is_wanted(settings, options)
    series = load_series(settings.data, horizon=settings.model.output_dim)
    # Every complaint about the data comes before the first file.
    data = own.split(series, settings.data.n_test) if automatic else split(series, settings)
    decisive = {key: value for key, value in as_dict(settings).items() if key != "logging"} | {"automatic": automatic}
    digest = hashlib.sha256(series.values.tobytes() + (b"" if series.inputs is None else series.inputs.tobytes()))
    log = start_log(settings.logging)
    with out.training("forecast", decisive | {"values_sha256": digest.hexdigest()}, resume=options["resume"]) as keep:
        if automatic:
            log.info("choosing for %s: %s", series.name, as_dict(settings))
            members = {"members": settings.model.members} if "model.members" in options["named"] else {}
            result, forecaster = own.run(series, data, settings, keep=keep, **members)
        else:
            result, forecaster = run(series, data, settings, keep=keep, log=log)
        written = write(out, options, series, result, forecaster)
    print(report.table_of_own(result) if automatic else report.table(result), *written, sep="\n")


def use(settings, options):
    """Forecast with a saved model, and test it on what it was not trained on."""
    unused = sorted(options["given"] - WITH_A_MODEL)
    if unused:
        raise InputError(f"--model trains nothing: leave out --{unused[0].replace('_', '-')}, or --model")
    file = output.find_model(options["model"], MODEL)
    out = locate(settings, options, (RESULTS, NEXT, PLOT), model=file)
    if out.folder and os.path.realpath(out.folder) == os.path.dirname(os.path.realpath(file)):
        raise InputError(f"--output {out.folder} holds the model and what its training wrote; name another folder")
    forecaster = load(file)
    series, data = series_for(forecaster, settings.data, options)
    inputs = own.inputs_of(series, data)
    try:
        result = scored(forecaster, series, inputs) | {"model": file}
        result["forecast"] = continued(forecaster, series, settings.horizon, inputs)
        own.warn_of_known(series, data, len(result["forecast"]["values"]))
    except InputError as error:
        raise InputError(f"{settings.data.csv or series.name}: {error}") from None
    written = write(out, options, series, result, forecaster)
    print(report.table_of_use(result), *written, sep="\n")


def locate(settings, options, names, *, model=None):
    """Find the places of what will be written, and refuse those that can't be or that are read."""
    plot = options["plot"]
    out = output.locate(options["output"], [name for name in names if not (plot and name == PLOT)])
    out.require_apart(
        {
            "--config": options["config"],
            "--data": settings.data.csv,
            "--model": model,
            "logging.file": settings.logging.file,
            "--plot": plot,
            "--forecast-csv": options["forecast_csv"],
        }
    )
    for place in filter(None, (plot, options["forecast_csv"])):
        checkpoint.require_writable(place)
    return out


def write(out, options, series, result, forecaster):
    """Write what was asked for, and return a line about each file."""
    places = list(out.files.items())
    places += [(name, place) for name, place in ((PLOT, options["plot"]), (NEXT, options["forecast_csv"])) if place]
    writers = {
        RESULTS: lambda place: checkpoint.write_json(place, result),
        NEXT: lambda place: report.write_next(place, result["forecast"]),
        MODEL: forecaster.save,
        PLOT: lambda place: report.draw(place, series, result),
    }
    for name, place in places:
        writers[name](place)
    return [f"wrote {place}" for _, place in places]


def run(series, data, settings, *, keep=None, log=None):
    """Train, test against the baselines, and forecast beyond the end.

    Parameters
    ----------
    series : lstm_lib.data.Series
    data : dict
        What :func:`~lstm_lib.commands.forecast.data.split` returned.
    settings : lstm_lib.commands.forecast.settings.ForecastSettings
    keep : lstm_lib.storage.checkpoint.Run, optional
    log : logging.Logger, optional

    Returns
    -------
    result : dict
        Ready for JSON. Losses are mean squared errors in squared units of the series.
    forecaster : lstm_lib.forecasting.Forecaster
    """
    (xs, ys), (test_xs, test_ys) = data["train"], data["test"]
    model, training, seed = settings.model, settings.training, settings.data.random_seed
    forecaster = Forecaster(
        model.hidden_dim,
        window=settings.data.sequence_length,
        horizon=model.output_dim,
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

        recipe = {key: value for key, value in as_dict(training).items() if key != "targets"}
        forecaster.fit(data["learned"], run=keep, on_epoch=on_epoch, **recipe)
    forecasts = forecaster.model.predict(test_xs)
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
        "train_loss": mse(forecaster.model.predict(xs), ys)[0],
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
    result["forecast"] = continued(forecaster, series, settings.horizon)
    result["test"] = tested(series, test_ys, forecasts)
    result["seed"] = seed
    result["config"] = as_dict(settings)
    if log:
        log.info("test loss %.6f, baselines %s", result["test_loss"], result["baselines"])
    forecaster.record |= {key: result[key] for key in ("series", "test_loss", "baselines")}
    file = settings.data.csv and {"csv": Path(settings.data.csv).name, "column": series.name}
    forecaster.record["data"] = as_dict(settings.data) | (file or {})
    return result, forecaster


def load(file):
    """Return the forecaster that a file holds, of either kind."""
    return AutomaticForecaster.load(file) if checkpoint.is_kind(file, AUTOMATIC) else Forecaster.load(file)


def continued(forecaster, series, horizon=None, inputs=None):
    """Return the values that come next, with their times and, where it is known, an interval, ready for JSON."""
    half = forecaster.record.get("widths") if isinstance(forecaster, AutomaticForecaster) else None
    steps = horizon or (len(half) if half else AHEAD)
    others = {"inputs": inputs} if isinstance(forecaster, AutomaticForecaster) else {}
    values = forecaster.predict(series.values, steps, **others).tolist()
    found = {"times": own.later_times(series.times, steps), "values": values}
    return found | (own.interval(values, [*half, *[None] * steps][:steps]) if half else {})


def tested(series, ys, forecasts):
    """Return the last value of each test window's targets and its forecast, with their times, ready for JSON."""
    observed, forecast = ys[:, -1].tolist(), forecasts[:, -1].tolist()
    times = [own.label(time) for time in series.times[-len(ys) :]]
    return {"times": times, "observed": observed, "forecast": forecast}


def series_for(forecaster, data, options):
    """Read the series that a saved model is to continue: the one named, or else the packaged one it was trained on.

    Returns
    -------
    series : lstm_lib.data.Series
    data : lstm_lib.commands.forecast.settings.DataSettings
        With the inputs of the model.
    """
    trained = trained_on(forecaster)
    if data.csv:
        known = trained and trained.column
        if known and data.column not in (None, known):
            raise InputError(
                f"--column {data.column}: the model was trained on the column {known!r}; name that, or train another"
            )
        if trained:
            data = dataclasses.replace(data, inputs=trained.inputs, known=trained.known)
        return read_own(data, data.column or known), data
    if "data.name" not in options["given"]:
        if trained is None or trained.csv:
            raise InputError("--model needs the series to continue: give it with --data FILE.csv")
        data = trained
    return load_series(data, horizon=forecaster.settings["horizon"]), data


def trained_on(forecaster):
    """Return the settings of the data that a forecaster was trained on by this command, None if it was not."""
    try:
        stored = forecaster.record.get("data")
        return stored and from_dict(st.DataSettings, stored)
    except (AttributeError, TypeError):
        raise InputError("the record of the model can't be read; train it again") from None


def scored(forecaster, series, inputs=None):
    """Test a trained forecaster against persistence on what it was not trained on, as far as there is any."""
    if isinstance(forecaster, AutomaticForecaster):
        return own.scored(forecaster, series, inputs)
    window, horizon = forecaster.settings["window"], forecaster.settings["horizon"]
    result = {"series": series.name, "test_loss": None, "baselines": {}, "test": None}
    # The first window all of whose targets come after the part that was learned.
    first = max(0, forecaster.trained_until(series.values) - window)
    if len(series.values) < first + window + horizon:
        return result
    xs, ys = (part[first:] for part in windows(series.values, window, horizon=horizon))
    forecasts = forecaster.model.predict(xs)
    result["test_loss"] = mse(forecasts, ys)[0]
    result["baselines"] = {"persistence": mse(persistence(xs, horizon=horizon), ys)[0]}
    result["test"] = tested(series, ys, forecasts)
    return result
