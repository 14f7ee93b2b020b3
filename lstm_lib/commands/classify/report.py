"""What ``lstm-lib classify`` prints: the network beside what it has to beat, and each class by itself."""

import numpy as np

NAMES = {
    "order_free_logistic": "logistic regression that sees no order",
    "majority": "always the most frequent class",
}
MOST_CLASSES = 10  # whose recall is printed; the file has all
MOST_FEATURES = 20  # names in a line
SURE = 0.05  # a p below that tells two rules apart
UNEQUAL = 3  # times as many of one class as of another: then weights are worth a word


def by_class(confusion, classes):
    """Return the recall of each class and the mean of them, from how often each class (row) got each answer.

    A class that is not tested has no recall.
    """
    matrix = np.array(confusion)
    counts, right = matrix.sum(axis=1), matrix.diagonal()
    recall = {name: int(r) / int(n) if n else None for name, r, n in zip(classes, right, counts, strict=True)}
    return {"recall": recall, "balanced_accuracy": float(np.mean([r for r in recall.values() if r is not None]))}


def table(result):
    """Lay the results out as lines of text."""
    test, n, config = result["test"], result["sequences"], result["config"]
    of = f" of {config['test_data']}" if config["test_data"] else ""
    lines = [
        f"{result['data']}: {n['test']} test sequences{of}, {len(result['classes'])} classes;"
        f" trained on {n['train']}, epoch {result['kept_epoch']} of {result['epochs']} kept"
    ]
    if result["features"]:
        more = f", and {len(result['features']) - MOST_FEATURES} more" * (len(result["features"]) > MOST_FEATURES)
        lines.append(f"inputs at each step: {', '.join(result['features'][:MOST_FEATURES])}{more}")
    if result["steps"]:
        lines.append(f"steps: {' to '.join(result['steps'])}")
    lines.append(f"{'':40}{'accuracy':>9}   95 % interval      loss (nats)")
    rows = {f"{config['cell'].upper()}({config['hidden_size']})": test} | {
        NAMES[name]: score for name, score in result["baselines"].items()
    }
    for name, score in rows.items():
        low, high = score["accuracy_95"]
        lines.append(f"{name:40}{score['accuracy']:9.2%}   {low:.2%} to {high:.2%}   {score['loss']:.4f}")
    lines += _classes(result)
    lines += _majority(result)
    if result["train_loss"] >= result["constant_loss"]:
        lines.append(
            f"the network is no better than a constant: on its training part {result['train_loss']:.4f} nats, the"
            f" shares of the classes {result['constant_loss']:.4f}; train longer, or change the learning rate"
        )
    if result["test_also_in_train"]:
        lines.append(f"{result['test_also_in_train']} test sequences also stand in the training part, step by step")
    return "\n".join(lines)


def _classes(result):
    """Return lines with the share of each class that was found."""
    test, lines = result["test"], []
    if len(result["classes"]) <= MOST_CLASSES:
        lines.append("found of each class:")
        for (name, recall), row in zip(test["recall"].items(), test["confusion_matrix"], strict=True):
            share = "      none" if recall is None else f"{recall:10.2%}"
            lines.append(f"  {name:37}{share}   of {sum(row)}")
    mean, one = test["balanced_accuracy"], 1 / sum(recall is not None for recall in test["recall"].values())
    return [*lines, f"{'mean of the classes (balanced accuracy)':39}{mean:10.2%}   {one:.2%} for one answer to all"]


def _majority(result):
    """Return a line in a list where the network is not ahead of one answer to all."""
    rival, balanced = result["beats_majority"], result["config"]["class_weights"] == "balanced"
    if rival["ahead"] or balanced:  # weights give accuracy up for the rare classes
        return []
    n, accuracy = result["sequences"]["test"], result["test"]["accuracy"]
    line = (
        f"the network is no better than {NAMES['majority']}, as far as {n} test sequences tell: {accuracy:.2%} and"
        f" {result['baselines']['majority']['accuracy']:.2%} right (binomial test, p = {rival['p']:.2g})"
    )
    counts = [sum(row) for row in result["test"]["confusion_matrix"]]
    if max(counts) >= UNEQUAL * min(counts):
        line += "; with --class-weights balanced rare classes count as much as others"
    return [line]
