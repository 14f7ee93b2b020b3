"""Print the speed table as Markdown and write ``_build/bench.json``: ``make bench``.

One thread each, float32 but for the textbook; a turn is a full training step (forward, mean squared
error on all hidden states, backward, Adam), repeated until it has taken some CPU time.
"""

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

from bench.workers import CONFIGURATIONS
from lstm_lib.storage.checkpoint import write_json

RIVALS = ("torch_lstm", "torch_cell", "keras", "textbook")
ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
}
# Each library picks its kernels for this processor, as it does on a machine where nobody has set these.
FORCED_KERNEL = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA")
MUST = {  # what the layer is built to reach, at a to d
    "torch_lstm": (1.1, 1.0, 1.1, 1.1),
    "textbook": (2.6, 2.6, 2.6, 2.6),
    "share_of_peak": (0.12, 0.55, 0.60, 0.72),
}
MUST_STREAM = {"torch_lstm": 7.0, "torch_cell": 2.5}
GROWTH = {  # sizes that grow, and the exponent's range
    "T": ((25, 50, 100, 200, 400), (0.9, 1.1)),
    "B": ((1, 2, 4), (0.0, 0.2)),
    "B large": ((64, 128, 256), (0.9, 1.1)),
    "H": ((256, 512), (1.6, 2.0)),
}


class Worker:
    """A process that times one implementation."""

    def __init__(self, name):
        environment = os.environ | ONE_THREAD | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        for variable in FORCED_KERNEL:
            environment.pop(variable, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.workers", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if name == "keras" else None,  # TensorFlow greets on it
            text=True,
            env=environment,
        )

    def ask(self, line):
        """Send a line and return the answer."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"the worker ended at {line!r}; run `python -m bench.workers NAME` to see why")
        return answer

    def time(self, config):
        """CPU seconds of one step, the mean over a turn."""
        return float(self.ask(config))

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def measure(workers, config, rounds):
    """Time the workers in turn.

    Returns
    -------
    seconds : dict of str to float
        Median CPU seconds of a step, by worker.
    ratios : dict of str to float
        Median over the rounds of a worker's time over ours in the same round.
    """
    times = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].append(worker.time(config))
    ratios = {
        name: statistics.median(t / o for t, o in zip(times[name], times["ours"], strict=True)) for name in workers
    }
    return {name: statistics.median(t) for name, t in times.items()}, ratios


def flops(config):
    """Multiply-adds of one training step, counted as two operations."""
    B, T, D, H = CONFIGURATIONS[config]
    return 2 * T * B * 4 * H * (2 * (1 + D + H) + H)


def slope(worker, letter, sizes, rounds):
    """Log-log slope of our time over a size; the sizes take turns too."""
    seconds = [[worker.time(f"{letter}{n}") for n in sizes] for _ in range(rounds)]
    return float(np.polyfit(np.log(sizes), np.log(np.median(seconds, axis=0)), 1)[0])


def run(rounds, rivals=RIVALS):
    """Measure everything.

    Parameters
    ----------
    rounds : int
        Turns of each implementation.
    rivals : sequence of str

    Returns
    -------
    dict
        ``a`` to ``d``: ``seconds`` and ``ratio`` by worker, ``share_of_peak``, ``peak_gflops``; ``read``: ratio to
        PyTorch of the forward pass alone; ``stream``: ratios; ``growth``: exponents; and what it was measured with.
    """
    workers = {name: Worker(name) for name in ("ours", "matrix_product", *rivals)}
    result = {"date": datetime.date.today().isoformat(), "machine": platform.machine(), "rounds": rounds}
    try:
        result["openblas_kernel"] = workers["ours"].ask("kernel")
        for config in "abcd":
            seconds, ratios = measure(workers, config, rounds)
            peak = 2 * 512**3 / seconds["matrix_product"]
            share = flops(config) / seconds["ours"] / peak
            del ratios["ours"], ratios["matrix_product"]
            result[config] = {"seconds": seconds, "ratio": ratios, "share_of_peak": share, "peak_gflops": peak / 1e9}
        reading = {name: worker for name, worker in workers.items() if name in ("ours", "torch_lstm")}
        result["read"] = {c: measure(reading, f"read_{c}", rounds)[1].get("torch_lstm") for c in "abcd"}
        streaming = {name: worker for name, worker in workers.items() if name in ("ours", *MUST_STREAM)}
        result["stream"] = measure(streaming, "stream", rounds)[1]
        result["growth"] = {name: slope(workers["ours"], name[0], sizes, rounds) for name, (sizes, _) in GROWTH.items()}
    finally:
        for worker in workers.values():
            worker.close()
    return result


def table(result):
    """Lay the result of :func:`run` out as Markdown, with what the layer is built to reach."""
    at = [result[config] for config in "abcd"]
    rows = {"ours, CPU ms a step": [f"{1e3 * r['seconds']['ours']:.2f}" for r in at]}
    for name in at[0]["ratio"]:
        rows[f"{name} / ours"] = [f"{r['ratio'][name]:.2f}" for r in at]
        if name in MUST:
            rows[f"*{name}: at least*"] = [f"*{least}*" for least in MUST[name]]
    rows["share of the matrix-product peak"] = [f"{100 * r['share_of_peak']:.0f} %" for r in at]
    rows["*share: at least*"] = [f"*{100 * least:.0f} %*" for least in MUST["share_of_peak"]]
    rows["that peak, GFLOP/s"] = [f"{r['peak_gflops']:.0f}" for r in at]
    if "torch_lstm" in at[0]["ratio"]:
        rows["reading only: torch_lstm / ours"] = [f"{result['read'][c]:.2f}" for c in "abcd"]
    head = [f"{c}: B{s[0]} T{s[1]} D{s[2]} H{s[3]}" for c, s in CONFIGURATIONS.items() if c in "abcd"]
    lines = [["", *head], ["---"] * 5, *([name, *cells] for name, cells in rows.items())]
    lines = ["| " + " | ".join(cells) + " |" for cells in lines]
    lines += ["", "Streaming, batch 1, H 256, one-hot input:"]
    for name, least in MUST_STREAM.items():
        if name in result["stream"]:
            lines.append(f"- {name} / ours = {result['stream'][name]:.1f} (at least {least})")
    lines += ["", "Growth of our time, log-log slope:"]
    for name, (sizes, (low, high)) in GROWTH.items():
        lines.append(f"- {name[0]} from {sizes[0]} to {sizes[-1]}: {result['growth'][name]:.2f} ({low} to {high})")
    lines += ["", f"OpenBLAS kernel {result['openblas_kernel']}, one thread, {result['rounds']} rounds"]
    return "\n".join(lines)


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="turns of each implementation (default 9)")
    parser.add_argument("--only", nargs="*", choices=RIVALS, default=RIVALS, help="rivals to measure")
    arguments = parser.parse_args(argv)
    result = run(arguments.rounds, arguments.only)
    print(table(result))
    write_json(Path("_build") / "bench.json", result)
    print("\nwrote _build/bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
