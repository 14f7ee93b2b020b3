"""What ``lstm-lib tune`` prints: the table of its trials, and what the winner reached beside its rivals."""

TABLE_HEAD = "trial  units  layers  read-out   dropout       l2     rate  epoch  validation MSE"


def print_trial(trial):
    """Print one line of the table of trials."""
    c = trial.choices
    best = min(trial.history, key=lambda row: row["validation_mse"], default=None)
    ended = f"{best['epoch']:5}  {best['validation_mse']:14.5g}" if best else f"{'diverged':>21}"
    row = f"{trial.number:5}  {c.hidden_size:5}  {c.layers:6}  {c.read_out:9}  {c.dropout:7.2f}"
    print(f"{row}  {c.l2:7.0e}  {c.learning_rate:7.4f}  {ended}", flush=True)


NAMES = {
    "mean": "mean of the training part",
    "ridge_counts": "ridge on counts of 1- and 2-mers",
    "ridge_shares": "ridge on shares of 1- and 2-mers",
    "lstm": "LSTM, the winner trained to the end",
}


def summary(result, n):
    """Lay the result out as lines of text."""
    chosen = f"best validation MSE {result['best_validation_mse']:.5g} (trial {result['winner']})"
    lines = [f"{chosen}; trained to the end {result['final_validation_mse']:.5g}"]
    lines.append(f"mean squared error on {n:,} rows that chose nothing:")
    lines += [f"  {NAMES[name]:36}{error:10.5g}" for name, error in result["holdout_mse"].items()]
    if result["train_mse"] >= result["constant_mse"]:
        lines.append(
            f"the network is no better than a constant: on its training part {result['train_mse']:.5g}, the mean"
            f" {result['constant_mse']:.5g}; take more trials or more final epochs"
        )
    seconds = result["seconds"]
    lines.append(f"search and final training took {seconds['wall']:.0f} s, {seconds['cpu']:.0f} s of CPU time")
    return "\n".join(lines)
