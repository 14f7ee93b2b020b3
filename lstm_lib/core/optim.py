"""Turn gradients into steps: SGD, Adam, clipping by the global norm, the one-cycle schedule.

An optimizer holds the dictionary of parameters that the model gave it and changes the arrays in place.
"""

import numpy as np


def _check_names(parameters, gradients):
    if parameters.keys() != gradients.keys():
        odd = sorted(parameters.keys() ^ gradients.keys())
        raise ValueError(f"parameters and gradients must have the same names; only one side has {odd}")


class SGD:
    """Step against the gradient.

    Parameters
    ----------
    parameters : dict of str to numpy.ndarray
        Changed in place by :meth:`step`.
    learning_rate : float
        May be changed between steps.
    """

    def __init__(self, parameters: dict[str, np.ndarray], learning_rate: float) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate

    def step(self, gradients: dict[str, np.ndarray]) -> None:
        """Change every parameter by ``-learning_rate * gradient``."""
        _check_names(self.parameters, gradients)
        for name, p in self.parameters.items():
            p -= p.dtype.type(self.learning_rate) * gradients[name]  # eq: sgd


class Adam:
    """Step against the average gradient, in units of its own typical size.

    Chapter ``03_training``, equations (adam-moments) and (adam-step).

    Parameters
    ----------
    parameters : dict of str to numpy.ndarray
        Changed in place by :meth:`step`.
    learning_rate : float
        About the largest change of one parameter in one step. May be changed between steps.
    betas : tuple of float
        Memory of the two running means, in [0, 1).
    epsilon : float
        Added to the denominator.

    References
    ----------
    Kingma & Ba (2015), arXiv:1412.6980.
    """

    def __init__(
        self,
        parameters: dict[str, np.ndarray],
        learning_rate: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.betas = betas
        self.epsilon = epsilon
        self.steps = 0
        self.mean = {name: np.zeros_like(p) for name, p in parameters.items()}
        self.square = {name: np.zeros_like(p) for name, p in parameters.items()}
        self._scratch = {name: np.empty_like(p) for name, p in parameters.items()}

    def step(self, gradients: dict[str, np.ndarray]) -> None:
        """Update the running means with one gradient and move every parameter."""
        _check_names(self.parameters, gradients)
        self.steps += 1
        beta_1, beta_2 = self.betas
        bias_1, bias_2 = 1 - beta_1**self.steps, 1 - beta_2**self.steps
        for name, p in self.parameters.items():
            grad, m, v, s = gradients[name], self.mean[name], self.square[name], self._scratch[name]
            m *= beta_1  # eq: adam-moments
            m += np.multiply(grad, 1 - beta_1, out=s)
            v *= beta_2
            np.multiply(grad, grad, out=s)
            s *= 1 - beta_2
            v += s
            np.sqrt(np.divide(v, bias_2, out=s), out=s)  # eq: adam-step
            s += self.epsilon
            np.divide(m, s, out=s)
            s *= self.learning_rate / bias_1
            p -= s

    def state(self) -> dict[str, np.ndarray]:
        """Return everything besides the parameters that the next step depends on, for a checkpoint."""
        arrays = {"steps": np.array(self.steps)}
        for name in self.parameters:
            arrays[f"mean.{name}"], arrays[f"square.{name}"] = self.mean[name], self.square[name]
        return arrays

    def load_state(self, arrays: dict[str, np.ndarray]) -> None:
        """Take back what :meth:`state` returned, or raise ``ValueError`` if these can't be such means."""
        self.steps = int(arrays["steps"])
        for name, p in self.parameters.items():
            mean, square = arrays[f"mean.{name}"], arrays[f"square.{name}"]
            finite = np.isfinite(mean).all() and np.isfinite(square).all()
            if not finite or mean.shape != p.shape or square.shape != p.shape or (square < 0).any() or self.steps < 0:
                raise ValueError(f"the means of {name} are none")
            self.mean[name][...], self.square[name][...] = mean, square


def clip_global_norm(gradients: dict[str, np.ndarray], max_norm: float) -> float:
    """Shorten the whole gradient if it is longer than ``max_norm``; keep its direction.

    Chapter ``03_training``, equation (clip).

    Parameters
    ----------
    gradients : dict of str to numpy.ndarray
        Changed in place.
    max_norm : float
        Longest Euclidean length allowed, over all arrays together.

    Returns
    -------
    float
        The length before clipping.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), arXiv:1211.5063.
    """
    norm = float(np.sqrt(sum(float(np.vdot(grad, grad)) for grad in gradients.values())))
    if not np.isfinite(norm):  # the squares of large float32 numbers overflow
        norm = float(np.sqrt(sum(np.sum(np.square(grad, dtype=np.float64)) for grad in gradients.values())))
    if norm > max_norm:
        for grad in gradients.values():
            grad *= grad.dtype.type(max_norm / norm)  # eq: clip
    return norm


def one_cycle(progress: float, *, warm_up: float = 0.1, start: float = 1 / 101, end: float = 0.0) -> float:
    """Return the learning rate at a progress, relative to its highest: a straight rise, then half a cosine down.

    Parameters
    ----------
    progress : float
        Share of the training that is done, in [0, 1].
    warm_up : float
        Share of the training spent rising.
    start, end : float
        Where the rise begins and the fall ends.

    Returns
    -------
    float
        Between ``end`` and 1.

    References
    ----------
    Smith & Topin (2018), arXiv:1708.07120 (theirs falls in a straight line).
    """
    if progress < warm_up:
        return start + (1 - start) * progress / warm_up
    return end + (1 - end) * _half_cosine(progress - warm_up, 1 - warm_up)


def one_cycle_step(step: int, steps: int) -> float:
    """Return the relative rate of :func:`one_cycle` for step ``step`` of ``steps``, counted from 0.

    The first step is no waste: the rise takes a tenth of the steps, one at least, and begins one step above 0.
    """
    rise = max(1.0, 0.1 * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return _half_cosine(step - rise, steps - rise)


def _half_cosine(done, whole):
    """Return where half a cosine from 1 down to 0 has come to.

    It stays NumPy's float64. Optimizers multiply float32 arrays with it in double precision, but with a Python float in
    single: another last digit of each weight, and after 1,000 steps another network.
    """
    return (1 + np.cos(np.pi * done / whole)) / 2
