"""The long runs of the page ``11_scaling``."""

from bench import __main__ as bench
from bench.workers import CONFIGURATIONS


def speed():
    """Run ``make bench``; the values are ratios of CPU times, other / ours."""
    result = bench.run(9)
    values = {f"speed_{name}_{config}": r for config in "abcd" for name, r in result[config]["ratio"].items()}
    values |= {f"speed_share_{config}": result[config]["share_of_peak"] for config in "abcd"}
    values |= {f"speed_read_{config}": 1 / ratio for config, ratio in result["read"].items()}  # ours / PyTorch's
    values |= {f"speed_stream_{name}": r for name, r in result["stream"].items() if name != "ours"}
    config = {c: dict(zip("BTDH", CONFIGURATIONS[c], strict=True)) for c in ("a", "b", "c", "d", "stream")}
    config |= {name: result[name] for name in ("rounds", "openblas_kernel", "machine")}
    packages = ("numpy", "torch", "keras")
    return {"config": config, "seeds": [], "values": values, "per_seed": {}, "packages": packages}


EXPERIMENTS = {"speed": speed}
