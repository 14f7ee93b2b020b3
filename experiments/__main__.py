"""Run the experiments of a chapter and store them: ``python -m experiments STEM [NAME ...]``."""

import argparse
import importlib
import re
import sys
import time
from pathlib import Path

from lstm_lib.storage import results
from lstm_lib.storage.checkpoint import write_json

RESULTS = Path(results.__file__).parents[1] / "results"


def main(argv=None):
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("stem", help="chapter, such as 02_numpy_lstm, or own_data")
    parser.add_argument("names", nargs="*", help="experiments; all of the chapter if none is named")
    arguments = parser.parse_args(argv)
    module = re.sub(r"^\d\d_", "", arguments.stem)
    experiments = importlib.import_module(f"experiments.{module}").EXPERIMENTS
    stored = results.load(arguments.stem) if (RESULTS / f"{arguments.stem}.json").exists() else {}
    for name in arguments.names or experiments:
        print(f"{arguments.stem}: {name}", flush=True)
        start = time.process_time()
        found = experiments[name]()
        stored[name] = results.record(
            name,
            command=f"make experiments STEM={arguments.stem} NAMES={name}",
            cpu_seconds=time.process_time() - start,
            **found,
        )
        print(f"  {stored[name]['cpu_seconds']} CPU-s: {stored[name]['values']}", flush=True)
        write_json(RESULTS / f"{arguments.stem}.json", [stored[n] for n in experiments if n in stored])
    return 0


if __name__ == "__main__":
    sys.exit(main())
