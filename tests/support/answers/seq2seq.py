"""What people answer to the exercises of chapter ``08_seq2seq``."""

import itertools
import math

import numpy as np
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

BOS, EOS = 1, 2

# encode


def encode_packed(net, xs, lengths):
    read = net.source_embedding(xs)
    packed = pack_padded_sequence(read, lengths, batch_first=True, enforce_sorted=False)
    _, state = net.encoder(packed)
    return state


def encode_one_by_one(net, xs, lengths):
    states = [net.encoder(net.source_embedding(x[None, :n]))[1] for x, n in zip(xs, lengths, strict=True)]
    return tuple(torch.cat(parts, dim=1) for parts in zip(*states, strict=True))


def encode_sorted_and_back(net, xs, lengths):
    order = lengths.argsort(descending=True)
    packed = pack_padded_sequence(net.source_embedding(xs[order]), lengths[order], batch_first=True)
    h, c = net.encoder(packed)[1]
    back = order.argsort()
    return [h[:, back], c[:, back]]


def encode_stacked(net, xs, lengths):
    return torch.stack(encode_packed(net, xs, lengths))


def encode_with_padding(net, xs, lengths):
    _, (h, c) = net.encoder(net.source_embedding(xs))
    return h, c


def encode_h_gathered(net, xs, lengths):
    hs, (_, c) = net.encoder(net.source_embedding(xs))
    return hs[torch.arange(len(xs)), lengths - 1][None], c


def encode_everything(net, xs, lengths):
    return net.encoder(net.source_embedding(xs))


def encode_exchanged(net, xs, lengths):
    h, c = encode_packed(net, xs, lengths)
    return c, h


def encode_in_order(net, xs, lengths):
    order = lengths.argsort(descending=True)
    return net.encoder(pack_padded_sequence(net.source_embedding(xs[order]), lengths[order], batch_first=True))[1]


def encode_one_short(net, xs, lengths):
    return encode_packed(net, xs, lengths - 1)


def encode_squeezed(net, xs, lengths):
    h, c = encode_packed(net, xs, lengths)
    return h.squeeze(0), c.squeeze(0)


def encode_h_alone(net, xs, lengths):
    return encode_packed(net, xs, lengths)[0]


# decode


def decode_at_once(net, state, ys):
    inputs = torch.cat([torch.full((len(ys), 1), BOS), ys[:, :-1]], dim=1)
    hs, _ = net.decoder(net.target_embedding(inputs), state)
    return torch.log_softmax(net.output(hs), dim=2)


def decode_by_loop(net, state, ys):
    tokens, log_ps = torch.full_like(ys[:, 0], BOS), []
    for t in range(ys.shape[1]):
        hs, state = net.decoder(net.target_embedding(tokens)[:, None], state)
        log_ps.append(net.output(hs[:, 0]).log_softmax(1))
        tokens = ys[:, t]
    return torch.stack(log_ps, dim=1)


def decode_rolled(net, state, ys):
    inputs = ys.roll(1, dims=1)
    inputs[:, 0] = BOS
    return F.log_softmax(net.output(net.decoder(net.target_embedding(inputs), state)[0]), -1)


def decode_unshifted(net, state, ys):
    return net.output(net.decoder(net.target_embedding(ys), state)[0]).log_softmax(2)


def decode_from_padding(net, state, ys):
    inputs = F.pad(ys[:, :-1], (1, 0))
    return net.output(net.decoder(net.target_embedding(inputs), state)[0]).log_softmax(2)


def decode_from_the_end(net, state, ys):
    inputs = F.pad(ys[:, :-1], (1, 0), value=EOS)
    return net.output(net.decoder(net.target_embedding(inputs), state)[0]).log_softmax(2)


def decode_left(net, state, ys):
    inputs = F.pad(ys[:, 1:], (0, 1))
    return net.output(net.decoder(net.target_embedding(inputs), state)[0]).log_softmax(2)


def decode_one_too_many(net, state, ys):
    inputs = F.pad(ys, (1, 0), value=BOS)
    return net.output(net.decoder(net.target_embedding(inputs), state)[0]).log_softmax(2)


def decode_scores(net, state, ys):
    inputs = F.pad(ys[:, :-1], (1, 0), value=BOS)
    return net.output(net.decoder(net.target_embedding(inputs), state)[0])


def decode_probabilities(net, state, ys):
    return torch.softmax(decode_scores(net, state, ys), dim=2)


def decode_softmax_over_time(net, state, ys):
    return torch.log_softmax(decode_scores(net, state, ys), dim=1)


def decode_without_state(net, state, ys):
    inputs = F.pad(ys[:, :-1], (1, 0), value=BOS)
    return net.output(net.decoder(net.target_embedding(inputs))[0]).log_softmax(2)


# masked_loss


def loss_by_mask(log_p, ys):
    there = ys != 0
    picked = log_p.gather(2, ys.unsqueeze(2)).squeeze(2)
    return -(picked * there).sum() / there.sum()


def loss_of_pytorch(log_p, ys):
    return F.nll_loss(log_p.flatten(0, 1), ys.flatten(), ignore_index=0)


def loss_by_loop(log_p, ys):
    surprises = [-log_p[b, t, y].item() for b, row in enumerate(ys) for t, y in enumerate(row) if y]
    return sum(surprises) / len(surprises)


def loss_with_padding(log_p, ys):
    return F.nll_loss(log_p.flatten(0, 1), ys.flatten())


def loss_over_all_places(log_p, ys):
    picked = log_p.gather(2, ys.unsqueeze(2)).squeeze(2)
    return -(picked * (ys != 0)).mean()


def loss_of_means(log_p, ys):
    return sum(loss_by_mask(p[None], y[None]) for p, y in zip(log_p, ys, strict=True)) / len(ys)


def loss_sum(log_p, ys):
    return F.nll_loss(log_p.flatten(0, 1), ys.flatten(), ignore_index=0, reduction="sum")


def loss_sum_over_batch(log_p, ys):
    return loss_sum(log_p, ys) / len(ys)


def loss_without_end(log_p, ys):
    picked = log_p.gather(2, ys.unsqueeze(2)).squeeze(2)
    return -picked[ys > EOS].mean()


def loss_of_the_wrong_sign(log_p, ys):
    return log_p.gather(2, ys.unsqueeze(2)).squeeze(2)[ys != 0].mean()


def loss_each(log_p, ys):
    return -log_p.gather(2, ys.unsqueeze(2)).squeeze(2)[ys != 0]


# greedy


def greedy_for(net, state, most):
    tokens = [BOS]
    for _ in range(most):
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
        if tokens[-1] == EOS:
            break
    return tokens[1:]


def greedy_while(net, state, most):
    token, written = torch.full((1, 1), BOS), []
    while len(written) < most and (not written or written[-1] != EOS):
        hs, state = net.decoder(net.target_embedding(token), state)
        token = net.output(hs).argmax(2)
        written.append(token[0, 0])
    return tuple(written)


def greedy_log_p(net, state, most):
    written, last = [], BOS
    for _ in range(most):
        hs, state = net.decoder(net.target_embedding(torch.LongTensor([[last]])), state)
        last = int(net.output(hs).log_softmax(2).max(2).indices)
        written += [last]
        if last == EOS:
            break
    return torch.tensor(written)


def greedy_goes_on(net, state, most):
    tokens = [BOS]
    for _ in range(most):
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
    return tokens[1:]


def greedy_without_end(net, state, most):
    return [token for token in greedy_for(net, state, most) if token != EOS]


def greedy_with_begin(net, state, most):
    return [BOS, *greedy_for(net, state, most)]


def greedy_reads_begin(net, state, most):
    tokens = []
    for _ in range(most):
        hs, state = net.decoder(net.target_embedding(torch.tensor([[BOS]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
        if tokens[-1] == EOS:
            break
    return tokens


def greedy_forgets_state(net, state, most):
    tokens = [BOS]
    for _ in range(most):
        hs, _ = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
        if tokens[-1] == EOS:
            break
    return tokens[1:]


def greedy_one_short(net, state, most):
    return greedy_for(net, state, most - 1)


def greedy_from_padding(net, state, most):
    tokens = [0]
    for _ in range(most):
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
        if tokens[-1] == EOS:
            break
    return tokens[1:]


def greedy_least(net, state, most):
    tokens = [BOS]
    for _ in range(most):
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmin().item())
        if tokens[-1] == EOS:
            break
    return tokens[1:]


# token_accuracy


def tokens_by_zip(outputs, references):
    hits = sum(y == r for o, ref in zip(outputs, references, strict=True) for y, r in zip(o, ref, strict=False))
    return hits / sum(map(len, references))


def tokens_by_index(outputs, references):
    hits = total = 0
    for output, reference in zip(outputs, references, strict=True):
        for t in range(len(reference)):
            hits += t < len(output) and output[t] == reference[t]
            total += 1
    return np.float64(hits) / total


def tokens_padded(outputs, references):
    width = max(map(len, outputs + references))
    a, b = (
        np.array([row + [fill] * (width - len(row)) for row in rows])
        for rows, fill in ((outputs, -1), (references, -2))
    )
    return torch.tensor((a == b).sum() / (b >= 0).sum())


def tokens_of_outputs(outputs, references):
    return tokens_by_zip(outputs, references) * sum(map(len, references)) / sum(map(len, outputs))


def tokens_reached(outputs, references):
    pairs = [(y, r) for o, ref in zip(outputs, references, strict=True) for y, r in zip(o, ref, strict=False)]
    return np.mean([y == r for y, r in pairs])


def tokens_of_the_longer(outputs, references):
    total = sum(max(len(o), len(r)) for o, r in zip(outputs, references, strict=True))
    return tokens_by_zip(outputs, references) * sum(map(len, references)) / total


def tokens_anywhere(outputs, references):
    hits = sum(y in ref for o, ref in zip(outputs, references, strict=True) for y in o)
    return hits / sum(map(len, references))


def tokens_mean_of_means(outputs, references):
    return np.mean([tokens_by_zip([o], [r]) for o, r in zip(outputs, references, strict=True)])


def tokens_counted(outputs, references):
    return sum(y == r for o, ref in zip(outputs, references, strict=True) for y, r in zip(o, ref, strict=False))


def tokens_of_words(outputs, references):
    return sum(o == r for o, r in zip(outputs, references, strict=True)) / len(outputs)


# sequence_accuracy


def sequences_in(outputs, references):
    return np.mean([output in listed for output, listed in zip(outputs, references, strict=True)])


def sequences_loop(outputs, references):
    right = 0
    for output, listed in zip(outputs, references, strict=True):
        if any(tuple(output) == tuple(r) for r in listed):
            right += 1
    return right / len(outputs)


def sequences_first(outputs, references):
    return np.mean([output == listed[0] for output, listed in zip(outputs, references, strict=True)])


def sequences_all(outputs, references):
    return np.mean([all(output == r for r in listed) for output, listed in zip(outputs, references, strict=True)])


def sequences_sets(outputs, references):
    return np.mean([any(set(o) == set(r) for r in listed) for o, listed in zip(outputs, references, strict=True)])


def sequences_sorted(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return np.mean([any(sorted(a) == sorted(b) for b in listed) for a, listed in pairs])


def sequences_beginning(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return np.mean([any(o[: len(r) - 1] == r[:-1] for r in listed) for o, listed in pairs])


def sequences_zip(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return np.mean([any(all(a == b for a, b in zip(o, r, strict=False)) for r in listed) for o, listed in pairs])


def sequences_counted(outputs, references):
    return sum(output in listed for output, listed in zip(outputs, references, strict=True))


def sequences_wrong(outputs, references):
    return np.mean([output not in listed for output, listed in zip(outputs, references, strict=True)])


# mcnemar


def mcnemar_comb(ours, theirs):
    won, lost = sum((ours == 1) & (theirs == 0)), sum((ours == 0) & (theirs == 1))
    n, k = won + lost, min(won, lost)
    return won, lost, min(1, 2 * sum(math.comb(int(n), j) for j in range(k + 1)) / 2.0**n)


def mcnemar_scipy(ours, theirs):
    from scipy.stats import binomtest

    won, lost = np.sum(ours > theirs), np.sum(theirs > ours)
    return np.array([won, lost, binomtest(int(won), int(won + lost)).pvalue])


def mcnemar_by_loop(ours, theirs):
    won = lost = 0
    for a, b in zip(ours, theirs, strict=True):
        won, lost = won + (a and not b), lost + (b and not a)
    row = [1]
    for _ in range(won + lost):  # a row of Pascal's triangle
        row = [1, *map(sum, itertools.pairwise(row)), 1]
    p = 2 * sum(row[: min(won, lost) + 1]) / sum(row)
    return [won, lost, min(p, 1.0)]


def _counts(ours, theirs):
    return int(np.sum(ours > theirs)), int(np.sum(ours < theirs))


def _tail(k, n):
    return sum(math.comb(n, j) for j in range(k + 1)) / 2**n


def mcnemar_one_sided(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, _tail(min(won, lost), won + lost)


def mcnemar_above_one(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, 2 * _tail(min(won, lost), won + lost)


def mcnemar_all_items(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, min(1.0, 2 * _tail(min(won, lost), len(ours)))


def mcnemar_one_term(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, min(1.0, 2 * math.comb(won + lost, min(won, lost)) / 2 ** (won + lost))


def mcnemar_range_short(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, 2 * sum(math.comb(won + lost, j) for j in range(min(won, lost))) / 2 ** (won + lost)


def mcnemar_chi_squared(ours, theirs):
    from scipy.stats import chi2

    won, lost = _counts(ours, theirs)
    return won, lost, chi2.sf((won - lost) ** 2 / (won + lost), 1)


def mcnemar_corrected(ours, theirs):
    from scipy.stats import chi2

    won, lost = _counts(ours, theirs)
    return won, lost, chi2.sf(max(abs(won - lost) - 1, 0) ** 2 / (won + lost), 1)


def mcnemar_exchanged(ours, theirs):
    return mcnemar_comb(theirs, ours)


def mcnemar_larger(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, min(1.0, 2 * _tail(max(won, lost), won + lost))


def mcnemar_totals(ours, theirs):
    a, b = int(ours.sum()), int(theirs.sum())
    return a, b, min(1.0, 2 * _tail(min(a, b), min(a + b, len(ours))))


RIGHT = {
    "encode": [encode_packed, encode_one_by_one, encode_sorted_and_back, encode_stacked],
    "decode": [decode_at_once, decode_by_loop, decode_rolled],
    "masked_loss": [loss_by_mask, loss_of_pytorch, loss_by_loop],
    "greedy": [greedy_for, greedy_while, greedy_log_p],
    "token_accuracy": [tokens_by_zip, tokens_by_index, tokens_padded],
    "sequence_accuracy": [sequences_in, sequences_loop],
    "mcnemar": [mcnemar_comb, mcnemar_scipy, mcnemar_by_loop],
}

WRONG = {
    "encode": [
        ("the padding is read too", encode_with_padding),
        ("but c has read the padding", encode_h_gathered),
        ("those are the outputs and the state", encode_everything),
        ("h and c are exchanged", encode_exchanged),
        ("in the order of their lengths", encode_in_order),
        ("the last symbol of each source is not read", encode_one_short),
        ("have lost their first axis", encode_squeezed),
        ("return 2 values (h, c), not 1", encode_h_alone),
    ],
    "decode": [
        ("the very token that it should predict", decode_unshifted),
        ("the inputs begin with padding", decode_from_padding),
        ("the inputs begin with the end symbol", decode_from_the_end),
        ("shifted the wrong way", decode_left),
        ("one step too many", decode_one_too_many),
        ("those are scores", decode_scores),
        ("the logarithm is missing", decode_probabilities),
        ("the softmax runs over the steps", decode_softmax_over_time),
        ("the decoder starts from zeros", decode_without_state),
    ],
    "masked_loss": [
        ("the padding is in your mean", loss_with_padding),
        ("not by B times T", loss_over_all_places),
        ("mean of the means", loss_of_means),
        ("that is the sum; divide", loss_sum),
        ("that is the sum over B", loss_sum_over_batch),
        ("the end symbol counts too", loss_without_end),
        ("the sign is wrong", loss_of_the_wrong_sign),
        ("one number for each token", loss_each),
    ],
    "greedy": [
        ("it goes on after the end symbol", greedy_goes_on),
        ("the end symbol is missing", greedy_without_end),
        ("read, not written", greedy_with_begin),
        ("every step reads the begin symbol", greedy_reads_begin),
        ("carry the decoder's own state on", greedy_forgets_state),
        ("one step too few", greedy_one_short),
        ("the first step reads padding", greedy_from_padding),
        ("greedy takes the likeliest", greedy_least),
    ],
    "token_accuracy": [
        ("not of the outputs", tokens_of_outputs),
        ("does not reach are wrong", tokens_reached),
        ("also where the output is longer", tokens_of_the_longer),
        ("a token in another place is wrong", tokens_anywhere),
        ("pool the tokens", tokens_mean_of_means),
        ("that is the number of hits", tokens_counted),
        ("that is the share of whole sequences", tokens_of_words),
    ],
    "sequence_accuracy": [
        ("not only the first", sequences_first),
        ("you want all of them", sequences_all),
        ("a set has none", sequences_sets),
        ("sorting both loses it", sequences_sorted),
        ("goes on after the reference has ended", sequences_beginning),
        ("zip stops at the shorter", sequences_zip),
        ("that is the number of right sequences", sequences_counted),
        ("that is the share that is wrong", sequences_wrong),
    ],
    "mcnemar": [
        ("p is one-sided", mcnemar_one_sided),
        ("p comes out above 1", mcnemar_above_one),
        ("those on which both agree say nothing", mcnemar_all_items),
        ("the chance of exactly this count", mcnemar_one_term),
        ("the sum leaves out the count itself", mcnemar_range_short),
        ("chi-squared approximation; sum", mcnemar_chi_squared),
        ("chi-squared approximation, corrected", mcnemar_corrected),
        ("won and lost are exchanged", mcnemar_exchanged),
        ("the tail runs over the larger count", mcnemar_larger),
        ("all that each got right", mcnemar_totals),
    ],
}
