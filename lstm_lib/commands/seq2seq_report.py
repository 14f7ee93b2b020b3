"""What ``lstm-lib seq2seq`` prints, and the files that it writes into the folder of a run."""

import csv
import os
import time

from tqdm import tqdm

from lstm_lib import checkpoint

LOG, TIMES = "log.csv", "times.csv"
EPOCH_HEADING = (
    f"{'epoch':>5}{'CPU s':>9}{'loss':>8} |{'train: tokens':>14}{'sequences':>11} |{'dev: tokens':>12}{'sequences':>11}"
    f" |{'teacher-forced':>15}{'loss':>8}"
)


def describe_start(pairs, dev, symbols, own, parameters):
    """Tell in lines what is learned, and by what."""
    source, target = symbols
    units = {"": "characters", " ": "tokens"}
    chosen = ", ".join(f"{name} {value:g}" for name, value in own.items())
    return (
        f"{pairs.name}: {len(pairs):,} pairs to learn; {dev.name}: {len(dev):,} to measure on\n"
        f"from {len(source.names)} {units[source.separator]} to {len(target.names)} {units[target.separator]};"
        f" {parameters:,} weights; {chosen}"
    )


def describe_epoch(row):
    """Tell in one line what an epoch came to: a share of symbols and of sequences right, free-running (greedy)."""
    return (
        f"{row['epoch']:5}{row['cpu_seconds']:9.1f}{row['train_loss']:8.4f}"
        f" |{percent(row['train_free_token_accuracy']):>14}{percent(row['train_sequence_accuracy']):>11}"
        f" |{percent(row['dev_free_token_accuracy']):>12}{percent(row['dev_sequence_accuracy']):>11}"
        f" |{percent(row['dev_teacher_forced_token_accuracy']):>15}{row['dev_teacher_forced_loss']:8.4f}"
    )


def percent(share):
    """Show a share of one."""
    return f"{100 * share:.2f} %"


def shown(symbols, most=20):
    """List symbols, not too many."""
    return " ".join(map(repr, symbols[:most])) + (f" and {len(symbols) - most} more" if len(symbols) > most else "")


def write_log(folder, history):
    """Write what each epoch came to, and apart from it, since no two runs agree in it, the CPU time it took."""
    names = [name for name in history[0] if name != "cpu_seconds"]
    for file, columns in ((LOG, names), (TIMES, ["epoch", "step", "cpu_seconds"])):
        with checkpoint.atomic(os.path.join(folder, file)) as temporary, open(temporary, "w", newline="") as handle:
            writer = csv.DictWriter(handle, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(history)


class Progress:
    """A bar on the standard error with the loss and the pairs per second; none where that is not a terminal."""

    def __init__(self):
        form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
        self.bar = tqdm(total=100, disable=None, bar_format=form, leave=False)
        self.started, self.pairs, self.loss = time.monotonic(), 0, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    def step(self, progress, loss, pairs):
        """Show a step."""
        self.pairs += pairs
        self.loss = loss if self.loss is None else 0.98 * self.loss + 0.02 * loss
        self.bar.update(100 * progress - self.bar.n)
        speed = self.pairs / max(time.monotonic() - self.started, 1e-3)
        self.bar.set_postfix({"loss": f"{self.loss:.3f}", "pairs/s": f"{speed:,.0f}"}, refresh=False)
