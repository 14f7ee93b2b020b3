"""Show how far a training has come."""

import time

from tqdm import tqdm


class Progress:
    """A bar on the standard error with the loss and the speed; none where that is not a terminal.

    Parameters
    ----------
    name : str
    unit : str
        What is read: "characters", "pairs".
    parts : int
        Trainings that the bar is made of.
    """

    def __init__(self, name, unit, *, parts=1):
        self.unit, self.parts, self.done, self.part = unit, parts, 0, name
        form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
        self.bar = tqdm(total=100, desc=name, disable=None, bar_format=form, leave=False)
        self._begin()

    def _begin(self):
        self.started, self.read, self.loss = time.monotonic(), 0, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    def step_of(self, name, progress, loss, read):
        """Show a step of the training that is named ``name``."""
        if name.upper() != self.part:
            self.part, self.done = name.upper(), self.done + 1
            self.bar.set_description(self.part)
            self._begin()
        self.step(progress, loss, read)

    def step(self, progress, loss, read):
        """Show a step."""
        self.read += read
        self.loss = loss if self.loss is None else 0.95 * self.loss + 0.05 * loss
        self.bar.update(100 * (self.done + progress) / self.parts - self.bar.n)
        speed = self.read / max(time.monotonic() - self.started, 1e-3)
        if progress >= 1:
            self.bar.set_postfix_str("scoring")
            return
        self.bar.set_postfix({"loss": f"{self.loss:.3f}", f"{self.unit}/s": f"{speed:,.0f}"}, refresh=False)
