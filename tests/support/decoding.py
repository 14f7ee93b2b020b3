"""A trained model as the framework-free search wants it: the oracle of the batched search."""

import torch


def step_function(model):
    """Return the function ``(token, state) -> (log_p, state)`` of a model in evaluation mode, for one word.

    ``model.encode`` returns, for one word, the state to start from.
    """

    @torch.no_grad()
    def step_fn(token, state):
        log_p, state = model.step(torch.tensor([token]), state)
        return log_p[0].double().numpy(), state

    return step_fn
