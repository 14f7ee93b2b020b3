"""The long runs of chapter ``03_training`` on the adding problem: lags of 40 and 100 steps, and who will learn them.

Rates are chosen on seeds from 100 on, scores are of seeds from 0 on.
"""

import numpy as np

from experiments.grids import LOWER, best_rate
from lstm_lib.core import compare, compare_all
from lstm_lib.data.tasks import adding_problem
from lstm_lib.training import STARTS, AddingRun, constant_error, last_state_knows, reach

# A hundred steps

ADDING_RATES, MOST = (0.005, 0.01, 0.02, 0.05), 24_000
CONTENDERS = {
    "chrono": {"start": "chrono"},
    "forget_bias_1": {"start": "forget bias 1"},
    "rnn": {"cell": "rnn", "hidden_size": 33},  # about as many weights
}


def adding_run(rate, seed, **options):
    """Train at T = 100 on 24,000 sequences; return after how many it was solved (or None), wrong answers, and MSE."""
    run = AddingRun(100, seed=seed, learning_rate=rate, **options)
    solved = run.sequences if run.train(MOST) else None
    while run.sequences + run.batch_size <= MOST:
        run.step()
    return solved, *run.test()


def adding():
    """Train on the adding problem at T = 100: chrono biases, forget bias 1, and a simple network."""
    per_seed, grids, recipes, verdicts, seeds = {}, {}, {}, {}, range(5)
    values = {"adding_constant": constant_error(100)}
    for name, options in CONTENDERS.items():
        rate, grids[name] = best_rate(lambda r, s: adding_run(r, s, **options)[2], ADDING_RATES, range(100, 103))  # noqa: B023
        found = [adding_run(rate, seed, **options) for seed in seeds]
        for key, column in zip(("sequences", "wrong", "mse"), zip(*found, strict=True), strict=True):
            per_seed[key if name == "chrono" else f"{name}_{key}"] = list(column)
        mse = [error for _, _, error in found]
        values |= {f"adding_{name}_mse": float(np.mean(mse)), f"adding_{name}_best": min(mse)}
        constant = [constant_error(100)] * len(seeds)
        verdicts[f"adding_{name}_constant"] = compare(mse, constant, kind="seeds", **LOWER).as_dict()
        model = AddingRun(100, seed=0, **options).model
        recipes["simple network" if name == "rnn" else name.replace("_", " ")] = {
            "weights": sum(p.size for p in model.parameters.values()),
            "optimizer": "Adam, rate halved every 6,000 sequences",
            "rate": rate,
            "rates tried": len(grids[name]["scores"]),
            "batch": 16,
            "sequences": MOST,
        }
    rivals = {name: per_seed[f"{name}_mse"] for name in CONTENDERS if name != "chrono"}
    for name, verdict in compare_all(per_seed["mse"], rivals, kind="seeds", **LOWER).items():
        verdicts[f"adding_chrono_{name}"] = verdict
    solved = [n for n in per_seed["sequences"] if n]
    values |= {
        "adding_solved": len(solved),
        "adding_fewest": min(solved, default=0),
        "adding_most": max(solved, default=0),
        "adding_wrong": max(per_seed["wrong"]),
    }
    found = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": {"T": 100, "streak": 2000}, "seeds": seeds, "values": values, "per_seed": per_seed} | found


# What the halves of the chrono biases do, and which measurement tells who will learn

T, HALVES_MOST, EARLY, DIAGNOSIS_LAG = 40, 12_000, 1600, 30


def halves_run(start, rate, seed):
    """Train at T = 40; return the MSE on new sequences and what was measured at the start and after 1,600 sequences."""
    run = AddingRun(T, seed=seed, start=start, learning_rate=rate)
    probe = dict(zip(("xs", "ys", "lengths"), adding_problem(np.random.default_rng([seed, 2]), 2000, T), strict=True))
    measured = [reach(run.model, probe["xs"][:16, :T])[DIAGNOSIS_LAG], last_state_knows(run.model, **probe)]
    while run.sequences + run.batch_size <= HALVES_MOST:
        run.step()
        if run.sequences == EARLY:
            measured.append(last_state_knows(run.model, **probe))
    return run.test()[1], *map(float, measured)


def short_run(rate, seed):
    """Train with forget bias 1 at T = 10, for as long; return the MSE on new sequences."""
    run = AddingRun(10, seed=seed, start="forget bias 1", learning_rate=rate)
    while run.sequences + run.batch_size <= HALVES_MOST:
        run.step()
    return run.test()[1]


MEASURES = ("mse", "reach", "knows", "knows_early")


def adding_halves():
    """Train at T = 40 with both, one, or none of the halves of the chrono biases, and measure who will learn."""
    per_seed, grids, recipes, verdicts, seeds = {}, {}, {}, {}, range(20)
    values = {"halves_constant": constant_error(T), "halves_solved_below": 0.1 * constant_error(T)}
    for start in STARTS:
        key = start.replace(" ", "_")
        rate, grids[key] = best_rate(lambda r, s: halves_run(start, r, s)[0], (0.01, 0.02, 0.05), range(100, 103))  # noqa: B023
        found = zip(*(halves_run(start, rate, seed) for seed in seeds), strict=True)
        for measure, column in zip(MEASURES, found, strict=True):
            per_seed[f"{key}_{measure}"] = list(column)
            values[f"halves_{key}_{measure}"] = float(np.median(column))
        mse = per_seed[f"{key}_mse"]
        learned = sum(error < values["halves_solved_below"] for error in mse)
        values |= {f"halves_{key}_learned": learned, f"halves_{key}_best": min(mse), f"halves_{key}_worst": max(mse)}
        recipes[start] = {
            "weights": 4 * 16 * (2 + 16 + 1) + 17,
            "optimizer": "Adam, rate halved every 6,000 sequences",
            "rate": rate,
            "rates tried": len(grids[key]["scores"]),
            "batch": 16,
            "sequences": HALVES_MOST,
        }
    logs = {key: np.log10(per_seed[f"{key}_mse"]) for key in (start.replace(" ", "_") for start in STARTS)}
    verdicts |= {
        f"halves_chrono_{k}": v for k, v in compare_all(logs.pop("chrono"), logs, kind="seeds", **LOWER).items()
    }
    for key in (start.replace(" ", "_") for start in STARTS):
        constant = [constant_error(T)] * len(seeds)
        verdicts[f"halves_{key}_constant"] = compare(per_seed[f"{key}_mse"], constant, kind="seeds", **LOWER).as_dict()
    more_values, more_verdicts = diagnosis(per_seed)
    values, verdicts = values | more_values, verdicts | more_verdicts
    per_seed["short_mse"] = [short_run(recipes["forget bias 1"]["rate"], seed) for seed in seeds]
    values["short_mse"], values["short_worst"] = float(np.mean(per_seed["short_mse"])), max(per_seed["short_mse"])
    values["short_constant"] = constant_error(10)
    constant = [constant_error(10)] * len(seeds)
    verdicts["short_constant"] = compare(per_seed["short_mse"], constant, kind="seeds", **LOWER).as_dict()
    found = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": {"T": T, "early": EARLY}, "seeds": seeds, "values": values, "per_seed": per_seed} | found


def diagnosis(per_seed):
    """Judge what the gradient at lag 30 and the probe, both of fresh networks, tell about the errors in the end."""
    keys = [start.replace(" ", "_") for start in STARTS]
    found = {m: np.concatenate([per_seed[f"{key}_{m}"] for key in keys]) for m in MEASURES}
    learned = found["mse"] < 0.1 * constant_error(T)
    able = found["reach"] > 0.01  # something arrives
    values, verdicts = {"halves_able": int(able.sum())}, {}
    for measure in MEASURES[1:]:
        values[f"tells_{measure}"] = _tells(found[measure], learned)
        values[f"rank_{measure}"] = _rank_correlation(found[measure][able], found["mse"][able])
    for key in keys[1:]:
        logs = [np.mean(np.log10(per_seed[f"{k}_mse"])) for k in ("chrono", key)]
        values[f"halves_factor_{key}"] = float(10 ** (logs[1] - logs[0]))  # of geometric means
    medians = [np.median(per_seed[f"{key}_reach"]) for key in ("forget_gates_only", "chrono")]
    values["halves_reach_ratio"] = float(medians[0] / medians[1])
    for key in (key for key in keys if key != "input_gates_only"):
        values[f"rank_knows_{key}"] = _rank_correlation(per_seed[f"{key}_knows"], per_seed[f"{key}_mse"])
    for measure in ("reach", "knows"):
        rivals = {key: per_seed[f"{key}_{measure}"] for key in keys[1:]}
        for key, v in compare_all(per_seed[f"chrono_{measure}"], rivals, kind="seeds", lower_is_better=False).items():
            verdicts[f"fresh_{measure}_{key}"] = v
    return values, verdicts


def _tells(measured, learned):
    """Return how often, of two networks of which one learned, that one had the higher measurement."""
    return float(np.mean(measured[learned][:, None] > measured[~learned]))


def _rank_correlation(a, b):
    """Return Spearman's rank correlation of values without ties."""
    return float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1])
