"""Print the speed table as Markdown and write ``_build/bench.json``: ``python -m bench``."""

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
from lstm_lib.checkpoint import write_json

RIVALS = ("torch_lstm", "torch_cell", "keras", "textbook")
REPEATS = {"a": 40, "b": 6, "c": 2, "d": 1, "stream": 4}
ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
}


class Worker:
    """A process that times one implementation."""

    def __init__(self, name):
        environment = os.environ | ONE_THREAD | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.workers", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def time(self, config, repeats):
        """CPU seconds of one step, the mean over ``repeats``."""
        self.process.stdin.write(f"{config} {repeats}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def measure(workers, config, rounds, repeats):
    """Let the workers take turns; return the median CPU time of each, and the median ratio to ours per round."""
    times = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].append(worker.time(config, repeats))
    ratios = {
        name: statistics.median(t / o for t, o in zip(times[name], times["ours"], strict=True))
        for name in workers
        if "ours" in workers
    }
    return {name: statistics.median(t) for name, t in times.items()}, ratios


def flops(config):
    """Multiply-adds of one training step, counted as two operations."""
    B, T, D, H = CONFIGURATIONS[config]
    return 2 * T * B * 4 * H * (2 * (1 + D + H) + H)


def slope(worker, configs, sizes, rounds):
    """Log-log slope of the time of ours over a size."""
    seconds = [statistics.median(worker.time(c, 2) for _ in range(rounds)) for c in configs]
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="turns of each implementation (default 9)")
    parser.add_argument("--only", nargs="*", choices=RIVALS, default=RIVALS, help="rivals to measure")
    rounds = parser.parse_args(argv).rounds
    workers = {name: Worker(name) for name in ("ours", "matrix_product", *parser.parse_args(argv).only)}
    result = {"date": datetime.date.today().isoformat(), "machine": platform.processor() or platform.machine()}
    try:
        print(
            "| | "
            + " | ".join(f"{c}: B{s[0]} T{s[1]} D{s[2]} H{s[3]}" for c, s in list(CONFIGURATIONS.items())[:4])
            + " |"
        )
        print("|---|---|---|---|---|")
        rows, share, own = {}, [], []
        for config in "abcd":
            seconds, ratios = measure(workers, config, rounds, REPEATS[config])
            result[config] = {"seconds": seconds, "ratio": ratios}
            for name, ratio in ratios.items():
                rows.setdefault(name, []).append(ratio)
            peak = 2 * 512**3 / workers["matrix_product"].time("a", 20)
            result[config]["share_of_peak"] = flops(config) / seconds["ours"] / peak
            share.append(result[config]["share_of_peak"])
            own.append(seconds["ours"])
        print("| ours, CPU ms per step | " + " | ".join(f"{1e3 * s:.2f}" for s in own) + " |")
        for name in workers:
            if name not in ("ours", "matrix_product"):
                print(f"| {name} / ours | " + " | ".join(f"{r:.2f}" for r in rows[name]) + " |")
        print("| share of the matrix-product peak | " + " | ".join(f"{100 * s:.0f} %" for s in share) + " |")

        streaming = {n: w for n, w in workers.items() if n in ("ours", "torch_lstm", "torch_cell")}
        _, ratios = measure(streaming, "stream", rounds, REPEATS["stream"])
        result["stream"] = ratios
        for name in ("torch_lstm", "torch_cell"):
            if name in ratios:
                print(f"\nstreaming, batch 1, H 256: {name} / ours = {ratios[name]:.1f}")
        growth = {
            "T 25 to 400": ([f"T{t}" for t in (25, 50, 100, 200, 400)], (25, 50, 100, 200, 400)),
            "B 1 to 4": (["B1", "B2", "B4"], (1, 2, 4)),
            "B 64 to 256": (["B64", "B128", "B256"], (64, 128, 256)),
            "H 256 to 512": (["H256", "H512"], (256, 512)),
        }
        result["growth"] = {name: slope(workers["ours"], *sizes, rounds) for name, sizes in growth.items()}
        print("\ngrowth of the time, log-log slope: " + ", ".join(f"{n}: {s:.2f}" for n, s in result["growth"].items()))
    finally:
        for worker in workers.values():
            worker.close()
    write_json(Path("_build") / "bench.json", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
