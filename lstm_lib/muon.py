"""Muon: step by a rotation instead of by the gradient, for the square recurrent matrices.

A gradient of a matrix is mostly a few strong directions. Muon keeps the directions and makes them equally strong: it
replaces the running mean of the gradient by the orthogonal matrix nearest to it.
"""

import torch


def orthogonalize(G, steps=4):
    """Make all singular values of matrices about 1, and keep their singular vectors.

    Parameters
    ----------
    G : torch.Tensor
        Shape (..., H, H).
    steps : int
        Newton-Schulz steps. Each applies ``a s + b s**3 + c s**5`` to every singular value s, with coefficients that
        lift small values fast and leave large ones between 0.7 and 1.2.

    Returns
    -------
    torch.Tensor
        Same shape.

    References
    ----------
    Jordan et al. (2024), https://kellerjordan.github.io/posts/muon/. In float32: on a CPU the usual bfloat16 is slow.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    X = G / (torch.linalg.matrix_norm(G, keepdim=True) + 1e-7)
    for _ in range(steps):
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X
    return X


class Muon(torch.optim.Optimizer):
    """Momentum, then :func:`orthogonalize`, each gate's block by itself.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
        Stacked square blocks, shape (G*H, H).
    lr : float
        Size of a step: how far each singular direction moves.
    momentum : float
    """

    def __init__(self, parameters, lr=0.06, *, momentum=0.95):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        """Move every matrix by one step."""
        for group in self.param_groups:
            for W in group["params"]:
                state = self.state[W]
                if not state:
                    state["mean"] = torch.zeros_like(W)
                mean = state["mean"].lerp_(W.grad, 1 - group["momentum"])
                ahead = W.grad.lerp(mean, group["momentum"])  # Nesterov: where the mean is going
                H = W.shape[1]
                W -= group["lr"] * orthogonalize(ahead.view(-1, H, H)).view_as(W)
