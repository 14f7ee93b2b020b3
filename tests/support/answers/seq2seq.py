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


def encode_step_by_step(net, xs, lengths):
    h = torch.zeros(1, len(xs), net.encoder.hidden_size)
    c = torch.zeros_like(h)
    for t in range(xs.shape[1]):
        _, (h_t, c_t) = net.encoder(net.source_embedding(xs[:, t : t + 1]), (h, c))
        there = (t < lengths)[None, :, None]
        h, c = torch.where(there, h_t, h), torch.where(there, c_t, c)
    return h, c


def encode_all_packed(net, xs, lengths):
    packed = pack_padded_sequence(net.source_embedding(xs), lengths.tolist(), batch_first=True, enforce_sorted=False)
    return net.encoder(packed)


def encode_h_twice(net, xs, lengths):
    _, (h, _) = encode_all_packed(net, xs, lengths)
    return h, h


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


def _decoded(net, state, inputs):
    return net.output(net.decoder(net.target_embedding(inputs), state)[0]).log_softmax(2)


def decode_by_normalizing(net, state, ys):
    scores = decode_scores(net, state, ys)
    return (scores - scores.logsumexp(2, keepdim=True)).numpy()


def decode_rolled_alone(net, state, ys):
    return _decoded(net, state, ys.roll(1, dims=1))


def decode_covered(net, state, ys):
    return _decoded(net, state, torch.cat([torch.full_like(ys[:, :1], BOS), ys[:, 1:]], dim=1))


def decode_shifted_rows(net, state, ys):
    return _decoded(net, state, torch.cat([torch.full_like(ys[:1], BOS), ys[:-1]], dim=0))


def decode_exchanged(net, state, ys):
    h, c = state
    return _decoded(net, (c, h), F.pad(ys[:, :-1], (1, 0), value=BOS))


def decode_in_place(net, state, ys):
    ys[:, 1:] = ys[:, :-1].clone()
    ys[:, 0] = BOS
    return _decoded(net, state, ys)


def decode_own_writing(net, state, ys):
    last, found = torch.full((len(ys), 1), BOS), []
    for _ in range(ys.shape[1]):
        hs, state = net.decoder(net.target_embedding(last), state)
        found.append(net.output(hs).log_softmax(2))
        last = found[-1].argmax(2)
    return torch.cat(found, dim=1)


def decode_forgetful(net, state, ys):
    inputs = F.pad(ys[:, :-1], (1, 0), value=BOS)
    return torch.cat([_decoded(net, state, inputs[:, t : t + 1]) for t in range(ys.shape[1])], dim=1)


def decode_states(net, state, ys):
    return net.decoder(net.target_embedding(F.pad(ys[:, :-1], (1, 0), value=BOS)), state)[0]


def decode_softmax_of_states(net, state, ys):
    return torch.log_softmax(decode_states(net, state, ys), dim=-1)


def decode_targets_alone(net, state, ys):
    return decode_at_once(net, state, ys).gather(2, ys[:, :, None])[:, :, 0]


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


def loss_one_axis_more(log_p, ys):
    return -log_p.gather(2, ys[:, :, None])[ys != 0].mean()


def loss_one_hot(log_p, ys):
    right = F.one_hot(ys, log_p.shape[2])
    right[:, :, 0] = 0
    return -(log_p * right).sum() / right.sum()


def loss_of_all_symbols(log_p, ys):
    return -log_p[ys != 0].mean()


def loss_of_all_symbols_summed(log_p, ys):
    there = ys != 0
    return -(log_p * there[:, :, None]).sum() / there.sum()


def loss_of_padding(log_p, ys):
    return -log_p.gather(2, ys[:, :, None])[:, :, 0][ys == 0].mean()


def loss_shifted_again(log_p, ys):
    before = F.pad(ys[:, :-1], (1, 0), value=BOS)
    return -log_p.gather(2, before[:, :, None])[:, :, 0][ys != 0].mean()


def loss_perplexity(log_p, ys):
    return torch.exp(loss_by_mask(log_p, ys))


def loss_in_bits(log_p, ys):
    return loss_by_mask(log_p, ys) / math.log(2)


def loss_sum_over_steps(log_p, ys):
    return loss_sum(log_p, ys) / ys.shape[1]


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


def greedy_reads_from_the_start(net, state, most):
    tokens = [BOS]
    while len(tokens) <= most and tokens[-1] != EOS:
        hs, _ = net.decoder(net.target_embedding(torch.tensor([tokens])), state)
        tokens.append(net.output(hs)[0, -1].argmax().item())
    return np.array(tokens[1:])


def greedy_reads_twice(net, state, most):
    tokens = [BOS]
    while len(tokens) <= most and tokens[-1] != EOS:
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens])), state)
        tokens.append(net.output(hs)[0, -1].argmax().item())
    return tokens[1:]


def greedy_one_more(net, state, most):
    return greedy_for(net, state, most + 1)


def greedy_begin_counted(net, state, most):
    tokens = [BOS]
    while len(tokens) < most and tokens[-1] != EOS:
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
    return tokens


def greedy_until_padding(net, state, most):
    tokens = [BOS]
    while len(tokens) <= most and tokens[-1] != 0:
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(net.output(hs[0, 0]).argmax().item())
    return tokens[1:]


def greedy_of_states(net, state, most):
    tokens = [BOS]
    while len(tokens) <= most and tokens[-1] != EOS:
        hs, state = net.decoder(net.target_embedding(torch.tensor([tokens[-1:]])), state)
        tokens.append(hs[0, 0].argmax().item())
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


def tokens_before_a_mistake(outputs, references):
    hits = 0
    for output, reference in zip(outputs, references, strict=True):
        for y, r in zip(output, reference, strict=False):
            if y != r:
                break
            hits += 1
    return hits / sum(map(len, references))


def tokens_joined(outputs, references):
    ys, rs = [*itertools.chain(*outputs)], [*itertools.chain(*references)]
    return sum(y == r for y, r in zip(ys, rs, strict=False)) / len(rs)


def tokens_of_equal_length(outputs, references):
    pairs = [(o, r) for o, r in zip(outputs, references, strict=True) if len(o) == len(r)]
    return tokens_counted(*zip(*pairs, strict=True)) / sum(map(len, references))


def tokens_over_fewer(outputs, references):
    return tokens_counted(outputs, references) / sum(len(r) - 1 for r in references)


def tokens_without_ends(outputs, references):
    pairs = zip(outputs, references, strict=True)
    hits = sum(y == r for o, ref in pairs for y, r in zip(o, ref, strict=False) if r != EOS)
    return hits / sum(map(len, references))


def tokens_per_sequence(outputs, references):
    return tokens_counted(outputs, references) / len(references)


def tokens_percent(outputs, references):
    return 100 * tokens_by_zip(outputs, references)


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


def sequences_of_anybody(outputs, references):
    every = [r for listed in references for r in listed]
    return np.mean([output in every for output in outputs])


def sequences_by_reference(outputs, references):
    return np.mean([output == r for output, listed in zip(outputs, references, strict=True) for r in listed])


def sequences_percent(outputs, references):
    return 100 * sequences_in(outputs, references)


def sequences_is_the_list(outputs, references):
    return np.mean([output == listed for output, listed in zip(outputs, references, strict=True)])


def sequences_without_ends(outputs, references):
    def bare(tokens):
        return [token for token in tokens if token != EOS]

    pairs = zip(outputs, references, strict=True)
    return np.mean([bare(output) in map(bare, listed) for output, listed in pairs])


def sequences_as_text(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return torch.tensor([float(str(o) in map(str, listed)) for o, listed in pairs]).mean()


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


def mcnemar_of_the_lost(ours, theirs):
    won, lost = _counts(ours, theirs)
    return won, lost, min(1.0, 2 * _tail(lost, won + lost))


def mcnemar_mid_p(ours, theirs):
    from lstm_lib.core import compare

    return *_counts(ours, theirs), compare(ours, theirs, kind="items", lower_is_better=False).p_value


def mcnemar_complement(ours, theirs):
    won, lost, p = mcnemar_comb(ours, theirs)
    return won, lost, 1 - p


def mcnemar_shares(ours, theirs):
    won, lost, p = mcnemar_comb(ours, theirs)
    return won / len(ours), lost / len(ours), p


RIGHT = {
    "encode": [encode_packed, encode_one_by_one, encode_sorted_and_back, encode_stacked, encode_step_by_step],
    "decode": [decode_at_once, decode_by_loop, decode_rolled, decode_by_normalizing],
    "masked_loss": [loss_by_mask, loss_of_pytorch, loss_by_loop, loss_one_axis_more, loss_one_hot],
    "greedy": [greedy_for, greedy_while, greedy_log_p, greedy_reads_from_the_start],
    "token_accuracy": [tokens_by_zip, tokens_by_index, tokens_padded],
    "sequence_accuracy": [sequences_in, sequences_loop, sequences_as_text],
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
        ("those are the outputs, packed, and the state", encode_all_packed),
        ("both are h; the second must be c", encode_h_twice),
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
        ("begins with its own last symbol", decode_rolled_alone),
        ("BOS covers the first symbol", decode_covered),
        ("the rows of the batch are shifted", decode_shifted_rows),
        ("h and c are exchanged", decode_exchanged),
        ("changes one of its arguments in place", decode_in_place),
        ("with teacher forcing it reads the targets", decode_own_writing),
        ("carry the decoder's own state on", decode_forgetful),
        ("those are states; net.output", decode_states),
        ("the softmax is that of the states", decode_softmax_of_states),
        ("log-probabilities alone; return those of all", decode_targets_alone),
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
        ("are in your mean; gather", loss_of_all_symbols),
        ("are in your sum; gather", loss_of_all_symbols_summed),
        ("the mean over the padding alone", loss_of_padding),
        ("the targets are shifted; only", loss_shifted_again),
        ("a perplexity", loss_perplexity),
        ("that is the loss in bits", loss_in_bits),
        ("that is the sum over T", loss_sum_over_steps),
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
        ("all tokens are read again", greedy_reads_twice),
        ("one step too many", greedy_one_more),
        ("counts towards the limit", greedy_begin_counted),
        ("it stops at padding", greedy_until_padding),
        ("the place of the greatest state", greedy_of_states),
    ],
    "token_accuracy": [
        ("not of the outputs", tokens_of_outputs),
        ("does not reach are wrong", tokens_reached),
        ("also where the output is longer", tokens_of_the_longer),
        ("a token in another place is wrong", tokens_anywhere),
        ("pool the tokens", tokens_mean_of_means),
        ("that is the number of hits", tokens_counted),
        ("that is the share of whole sequences", tokens_of_words),
        ("before the first mistake count with you", tokens_before_a_mistake),
        ("joined in one list", tokens_joined),
        ("another length has right places too", tokens_of_equal_length),
        ("and not in what you divide by", tokens_over_fewer),
        ("and not among your hits", tokens_without_ends),
        ("the number of tokens, not of sequences", tokens_per_sequence),
        ("yours is in percent", tokens_percent),
    ],
    "sequence_accuracy": [
        ("not only the first", sequences_first),
        ("you ask for all of them", sequences_all),
        ("a set has none", sequences_sets),
        ("sorting both loses it", sequences_sorted),
        ("goes on after the reference has ended", sequences_beginning),
        ("stops before the end symbol is wrong", sequences_zip),
        ("that is the number of right sequences", sequences_counted),
        ("that is the share that is wrong", sequences_wrong),
        ("right for another source", sequences_of_anybody),
        ("each counts once", sequences_by_reference),
        ("yours is in percent", sequences_percent),
        ("compare with the whole list", sequences_is_the_list),
        ("stops before the end symbol is wrong", sequences_without_ends),
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
        ("the tail runs over the larger count", mcnemar_of_the_lost),
        ("that is the mid-p", mcnemar_mid_p),
        ("that is 1 - p", mcnemar_complement),
        ("won and lost are counts", mcnemar_shares),
    ],
}
