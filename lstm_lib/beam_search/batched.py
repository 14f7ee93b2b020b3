"""Beam search for many source words at once, over a PyTorch model; same answers as :mod:`lstm_lib.beam_search`.

Chapter ``10_beam_search``. All prefixes of all words go through the decoder in one call. ``model.step(tokens, state)``
takes ``tokens`` of shape (N,) and returns ``log_p`` (N, V) and the next state, a dict of tensors with N rows each;
what is never written, such as padding, has a log-probability of -inf.
"""

from lstm_lib.beam_search.search import Hypothesis, best_first, best_possible, score
from lstm_lib.data.symbols import BOS, EOS
from lstm_lib.frameworks.torch_parts import torch


@torch.no_grad()
def batched_beam_search(
    model: torch.nn.Module,
    state: dict[str, torch.Tensor],
    beam_width: int,
    max_len: int,
    length_penalty: float = 0.0,
    n_best: int = 1,
) -> list[list[Hypothesis]]:
    """Find likely output sequences for a batch of source words.

    Parameters
    ----------
    model : lstm_lib.seq2seq.Seq2Seq or lstm_lib.seq2seq.Ensemble
        In evaluation mode.
    state : dict of str to torch.Tensor
        What ``model.encode`` returned: B rows each, a word a row.
    beam_width, max_len, length_penalty
        As in :func:`lstm_lib.beam_search.beam_search`.
    n_best : int
        Sequences wanted for each word.

    Returns
    -------
    list of list of tuple
        For each word ``(tokens, score)``, at most ``n_best``, the best first.

    Raises
    ------
    ValueError
        If ``beam_width``, ``max_len`` or ``n_best`` is less than 1.
    """
    if min(beam_width, max_len, n_best) < 1:
        raise ValueError(f"beam_width, max_len and n_best must be at least 1, got {beam_width}, {max_len}, {n_best}")
    some_part = next(iter(state.values()))
    N, device = len(some_part), some_part.device
    finished = [[] for _ in range(N)]
    words = torch.arange(N, device=device)  # those still searched
    # Log-probabilities; -inf is an empty place in the beam.
    totals = torch.zeros(N, 1, dtype=torch.float64, device=device)
    prefixes = torch.empty(N, 1, 0, dtype=torch.int64, device=device)
    last = torch.full((N,), BOS, device=device)
    # Scores of the finished, sorted.
    best = torch.full((N, n_best), -torch.inf, dtype=torch.float64, device=device)
    for length in range(1, max_len + 1):
        alive = totals > -torch.inf  # these places have a row each in `last` and `state`
        log_p, after = model.step(last, state)
        V = log_p.shape[1]
        candidates = torch.full((*alive.shape, V), -torch.inf, dtype=torch.float64, device=device)
        candidates[alive] = totals[alive][:, None] + log_p.double()
        totals, places = _highest(candidates.flatten(1), beam_width)
        parents, tokens = places // V, places % V
        prefixes = torch.cat([prefixes.take_along_dim(parents[:, :, None], 1), tokens[:, :, None]], 2)

        ended = (totals > -torch.inf) & ((tokens == EOS) | (length == max_len))
        owners = words[:, None].expand_as(ended)[ended]
        for word, written, log_p in zip(owners.tolist(), prefixes[ended].tolist(), totals[ended].tolist(), strict=True):
            finished[word].append((written, score(log_p, length, length_penalty)))
        scores = score(totals, length, length_penalty).where(ended, -torch.inf)
        best = torch.cat([best, scores], 1).topk(n_best).values

        hopeless = best_possible(totals, length, max_len, length_penalty) <= best[:, -1:]
        totals = totals.masked_fill(ended | hopeless, -torch.inf)
        going = (totals > -torch.inf).any(1)
        if length == max_len or not going.any():
            break
        row_of = alive.flatten().cumsum(0).view_as(alive) - 1
        rows = row_of.take_along_dim(parents, 1)[totals > -torch.inf]
        last = tokens[totals > -torch.inf]
        state = {name: part.index_select(0, rows) for name, part in after.items()}
        words, totals, prefixes, best = words[going], totals[going], prefixes[going], best[going]
    return [best_first(hypotheses)[:n_best] for hypotheses in finished]


def _highest(values, number):
    """Return the highest values of each row and their places; of ties the first, which ``topk`` does not promise."""
    values, places = values.sort(dim=1, descending=True, stable=True)
    return values[:, :number], places[:, :number]
