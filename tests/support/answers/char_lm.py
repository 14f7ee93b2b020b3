"""What people answer to the exercises of chapter ``07_char_lm``."""

import math

import numpy as np
import torch
from torch import nn

from lstm_lib.core.functions import sigmoid

F = nn.functional

# scores


def scores_by_log(p):
    nats = -np.log(p).mean()
    return nats, nats / np.log(2), np.exp(nats)


def scores_as_array(p):
    nats = np.mean([-np.log(q) for q in p])
    return np.array([nats, nats * np.log2(np.e), 2 ** (nats / np.log(2))])


def scores_by_product(p):
    bits = -np.log2(p).sum() / len(p)
    return [bits * np.log(2), bits, np.prod(p) ** (-1 / len(p))]


def scores_of_mean(p):
    nats = -np.log(np.mean(p))
    return nats, nats / np.log(2), np.exp(nats)


def scores_negative(p):
    nats = np.mean(np.log(p))
    return nats, nats / np.log(2), np.exp(nats)


def scores_summed(p):
    nats = -sum(np.log(p))
    return nats, nats / np.log(2), np.exp(nats)


def scores_two_to_nats(p):
    nats = -np.log(p).mean()
    return nats, nats / np.log(2), 2**nats


def scores_e_to_bits(p):
    nats = -np.log(p).mean()
    bits = nats / np.log(2)
    return nats, bits, np.exp(bits)


def scores_times_ln2(p):
    nats = -np.log(p).mean()
    return nats, nats * np.log(2), np.exp(nats)


def scores_log2_as_nats(p):
    nats = -np.log2(p).mean()
    return nats, nats / np.log(2), np.exp(nats)


def scores_exchanged(p):
    nats, bits, perplexity = scores_by_log(p)
    return bits, nats, perplexity


def scores_halved(p):
    nats = -np.log(p).mean()
    return nats, nats / 2, np.exp(nats)


def scores_two(p):
    return scores_by_log(p)[:2]


def scores_odd_perplexity(p):
    nats = -np.log(p).mean()
    return nats, nats / np.log(2), nats**2


def scores_by_loop(p):
    nats = 0.0
    for q in p:
        nats -= math.log(q) / len(p)
    return nats, nats / math.log(2), math.e**nats


def scores_for_each(p):
    nats = -np.log(p)
    return nats, nats / np.log(2), np.exp(nats)


def scores_as_entropy(p):
    nats = -(p * np.log(p)).sum()
    return nats, nats / np.log(2), np.exp(nats)


def scores_of_inverse(p):
    return *scores_by_log(p)[:2], np.mean(1 / p)


def scores_no_root(p):
    return *scores_by_log(p)[:2], 1 / np.prod(p)


# witten_bell


def wb_by_formula(counts, shorter):
    kinds = np.count_nonzero(counts)
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def wb_by_loop(counts, shorter):
    kinds = sum(1 for n in counts if n > 0)
    total = sum(counts)
    return [(n + kinds * s) / (total + kinds) for n, s in zip(counts, shorter, strict=True)]


def wb_as_mixture(counts, shorter):
    kinds = (counts > 0).sum()
    share = kinds / (counts.sum() + kinds)
    return (1 - share) * counts / counts.sum() + share * shorter


def wb_all_symbols(counts, shorter):
    kinds = len(counts)
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def wb_sum_as_kinds(counts, shorter):
    total = counts.sum()
    return (counts + total * shorter) / (2 * total)


def wb_no_shorter(counts, shorter):
    return counts / counts.sum()


def wb_back_off(counts, shorter):
    return np.array([n / counts.sum() if n else s for n, s in zip(counts, shorter, strict=True)])


def wb_not_normalised(counts, shorter):
    kinds = np.count_nonzero(counts)
    return (counts + kinds * shorter) / counts.sum()


def wb_added_kinds(counts, shorter):
    kinds = np.count_nonzero(counts)
    return (counts + kinds) / (counts.sum() + kinds)


def wb_plain_shorter(counts, shorter):
    kinds = np.count_nonzero(counts)
    return (counts + shorter) / (counts.sum() + kinds)


def wb_add_one(counts, shorter):
    return (counts + 1) / (counts.sum() + len(counts))


def wb_exchanged(counts, shorter):
    kinds, total = np.count_nonzero(counts), counts.sum()
    return total / (total + kinds) * shorter + kinds / (total + kinds) * counts / total


def wb_unique_counts(counts, shorter):
    kinds = len(np.unique(counts))
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def wb_largest(counts, shorter):
    kinds = max(counts)
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def wb_kinds_as_array(counts, shorter):
    kinds = counts > 0
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def wb_no_brackets(counts, shorter):
    kinds = np.count_nonzero(counts)
    return counts + kinds * shorter / (counts.sum() + kinds)


def wb_either_term(counts, shorter):
    kinds = np.count_nonzero(counts)
    return np.where(counts > 0, counts, kinds * shorter) / (counts.sum() + kinds)


# rows


def rows_cut(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(batch_size, length)
    return rows[:, :-1], rows[:, 1:]


def rows_offset(ids, batch_size):
    xs, ys = ids[:-1], ids[1:]
    length = len(xs) // batch_size
    return tuple(part[: length * batch_size].reshape(batch_size, length) for part in (xs, ys))


def rows_by_list(ids, batch_size):
    length = len(ids) // batch_size
    rows = [list(ids[k * length : (k + 1) * length]) for k in range(batch_size)]
    return [row[:-1] for row in rows], [row[1:] for row in rows]


def rows_stacked(ids, batch_size):
    return np.stack(rows_cut(ids, batch_size))


def rows_interleaved(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(length, batch_size).T
    return rows[:, :-1], rows[:, 1:]


def rows_same(ids, batch_size):
    xs, _ = rows_cut(ids, batch_size)
    return xs, xs


def rows_exchanged(ids, batch_size):
    xs, ys = rows_cut(ids, batch_size)
    return ys, xs


def rows_rolled(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(batch_size, length)
    return rows, np.roll(rows, -1, axis=1)


def rows_text_rolled(ids, batch_size):
    length = len(ids) // batch_size
    used = ids[: batch_size * length]
    return used.reshape(batch_size, length), np.roll(used, -1).reshape(batch_size, length)


def rows_next_row(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(batch_size, length)
    return rows[:-1], rows[1:]


def rows_wrong_size(ids, batch_size):
    rows = ids[: len(ids) // batch_size * batch_size].reshape(-1, batch_size)
    return rows[:, :-1], rows[:, 1:]


def rows_transposed(ids, batch_size):
    xs, ys = rows_cut(ids, batch_size)
    return xs.T, ys.T


def rows_only(ids, batch_size):
    length = len(ids) // batch_size
    return (ids[: batch_size * length].reshape(batch_size, length),)


def rows_tensors(ids, batch_size):
    length = len(ids) // batch_size
    rows = torch.from_numpy(ids)[: batch_size * length].view(batch_size, length)
    return rows[:, :-1], rows[:, 1:]


def rows_with_rest(ids, batch_size):
    rows = ids.reshape(batch_size, -1)
    return rows[:, :-1], rows[:, 1:]


def rows_tensors_with_rest(ids, batch_size):
    rows = torch.from_numpy(ids).view(batch_size, -1)
    return rows[:, :-1], rows[:, 1:]


def rows_unequal(ids, batch_size):
    rows = np.array_split(ids, batch_size)
    return [row[:-1] for row in rows], [row[1:] for row in rows]


def rows_xs_too_long(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(batch_size, length)
    return rows, rows[:, 1:]


def rows_rolled_back(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(batch_size, length)
    return rows, np.roll(rows, 1, axis=1)


def rows_last_alone(ids, batch_size):
    xs, ys = rows_cut(ids, batch_size)
    return xs, ys[:, -1]


# lstm_step


def step_chunked(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a = x_t @ W_ih.T + h_prev @ W_hh.T + b
    i, f, g, o = a.chunk(4, dim=1)
    c_t = torch.sigmoid(f) * c_prev + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c_t), c_t


def step_sliced(x_t, h_prev, c_prev, W_ih, W_hh, b):
    n = h_prev.shape[1]
    a = F.linear(x_t, W_ih, b) + F.linear(h_prev, W_hh)
    i, f, o = (a[:, k * n : (k + 1) * n].sigmoid() for k in (0, 1, 3))
    c_t = f * c_prev + i * a[:, 2 * n : 3 * n].tanh()
    return [o * c_t.tanh(), c_t]


def step_by_cell(x_t, h_prev, c_prev, W_ih, W_hh, b):
    cell = nn.LSTMCell(x_t.shape[1], h_prev.shape[1]).double()
    with torch.no_grad():
        for mine, theirs in ((W_ih, cell.weight_ih), (W_hh, cell.weight_hh), (b, cell.bias_ih), (0 * b, cell.bias_hh)):
            theirs.copy_(mine)
    return cell(x_t, (h_prev, c_prev))


def step_stacked(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a = torch.cat([x_t, h_prev], dim=1) @ torch.cat([W_ih, W_hh], dim=1).T + b
    i, f, g, o = torch.split(a, h_prev.shape[1], dim=1)
    i, f, o = (1 / (1 + torch.exp(-gate)) for gate in (i, f, o))
    c_t = f * c_prev + i * torch.tanh(g)
    return torch.stack([o * torch.tanh(c_t), c_t])


def step_in_numpy(x_t, h_prev, c_prev, W_ih, W_hh, b):
    i, f, g, o = np.split(x_t @ W_ih.T + h_prev @ W_hh.T + b, 4, axis=1)
    c_t = sigmoid(f) * c_prev + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c_t), c_t


def step_chunks_of_rows(x_t, h_prev, c_prev, W_ih, W_hh, b):
    i, f, g, o = (x_t @ W_ih.T + h_prev @ W_hh.T + b).chunk(4)
    c_t = torch.sigmoid(f) * c_prev + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c_t), c_t


def step_matrix_product(x_t, h_prev, c_prev, W_ih, W_hh, b):
    i, f, g, o = (x_t @ W_ih.T + h_prev @ W_hh.T + b).chunk(4, dim=1)
    c_t = torch.sigmoid(f) @ c_prev + torch.sigmoid(i) @ torch.tanh(g)
    return torch.sigmoid(o) @ torch.tanh(c_t), c_t


def stepping(mistake):
    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        a = x_t @ W_ih.T + h_prev @ W_hh.T + b
        if mistake == "no bias":
            a = a - b
        if mistake == "no h":
            a = x_t @ W_ih.T + b
        parts = a.chunk(4, dim=1)
        i, f, g, o = (parts[0], parts[1], parts[3], parts[2]) if mistake == "ifog" else parts
        if mistake == "fi":
            i, f = f, i
        if mistake == "every fourth":
            i, f, g, o = (a[:, k::4] for k in range(4))
        if mistake != "plain gates":
            i, f = torch.sigmoid(i), torch.sigmoid(f)
        if mistake not in ("plain gates", "plain o"):
            o = torch.sigmoid(o)
        g = torch.sigmoid(g) if mistake == "sigmoid g" else g if mistake == "plain g" else torch.tanh(g)
        c_t = f * (h_prev if mistake == "h for c" else c_prev) + i * g
        h_t = o * (c_t if mistake == "no tanh" else torch.tanh(c_prev if mistake == "old c" else c_t))
        return (c_t, h_t) if mistake == "exchanged" else (h_t, c_t)

    return step


def step_not_transposed(x_t, h_prev, c_prev, W_ih, W_hh, b):
    return x_t @ W_ih + h_prev @ W_hh + b


# model


class Layered(nn.Module):
    def __init__(self, vocab_size, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 32)
        self.lstm = nn.LSTM(32, hidden_size, batch_first=True)
        self.output = nn.Linear(hidden_size, vocab_size)

    def forward(self, xs, state=None):
        hs, state = self.lstm(self.embedding(xs), state)
        return self.output(hs), state


class OwnLoop(nn.Module):
    def __init__(self, vocab_size, hidden_size):
        super().__init__()
        self.W_ih = nn.Parameter(0.3 * torch.randn(4 * hidden_size, vocab_size))
        self.W_hh = nn.Parameter(0.3 * torch.randn(4 * hidden_size, hidden_size))
        self.b = nn.Parameter(torch.zeros(4 * hidden_size))
        self.output = nn.Linear(hidden_size, vocab_size)
        self.hidden_size = hidden_size

    def forward(self, xs, state=None):
        if state is None:
            state = (torch.zeros(len(xs), self.hidden_size),) * 2
        hs = []
        for x in F.one_hot(xs, self.W_ih.shape[1]).float().unbind(1):
            state = step_chunked(x, *state, self.W_ih, self.W_hh, self.b)
            hs.append(state[0])
        return self.output(torch.stack(hs, 1)), state


class WithCell(nn.Module):
    def __init__(self, V, H):
        super().__init__()
        self.table, self.cell, self.head = nn.Embedding(V, 8), nn.LSTMCell(8, H), nn.Linear(H, V)

    def forward(self, xs, state=None):
        logits = []
        for x in self.table(xs).unbind(1):
            state = self.cell(x, state)
            logits.append(self.head(state[0]))
        return torch.stack(logits, 1).log_softmax(dim=2), state


class TimeFirst(Layered):
    def __init__(self, vocab_size, hidden_size):
        super().__init__(vocab_size, hidden_size)
        self.lstm = nn.LSTM(32, hidden_size)


class Forgetful(Layered):
    def forward(self, xs, state=None):
        hs, state = self.lstm(self.embedding(xs))
        return self.output(hs), state


class LogitsAlone(Layered):
    def forward(self, xs, state=None):
        return super().forward(xs, state)[0]


class Probabilities(Layered):
    def forward(self, xs, state=None):
        logits, state = super().forward(xs, state)
        return logits.softmax(dim=2), state


class LastOnly(Layered):
    def forward(self, xs, state=None):
        hs, state = self.lstm(self.embedding(xs), state)
        return self.output(hs[:, -1]), state


class NoHead(Layered):
    def forward(self, xs, state=None):
        return self.lstm(self.embedding(xs), state)


class NoSuper(nn.Module):
    def __init__(self, vocab_size, hidden_size):
        self.embedding = nn.Embedding(vocab_size, 32)

    def forward(self, xs, state=None):
        return self.embedding(xs), state


class LooksAhead(Layered):
    def __init__(self, vocab_size, hidden_size):
        super().__init__(vocab_size, hidden_size)
        self.lstm = nn.LSTM(32, hidden_size, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden_size, vocab_size)


class Gated(Layered):
    def __init__(self, vocab_size, hidden_size):
        super().__init__(vocab_size, hidden_size)
        self.lstm = nn.GRU(32, hidden_size, batch_first=True)


class Detached(Layered):
    def forward(self, xs, state=None):
        hs, state = self.lstm(self.embedding(xs).detach(), state)
        return self.output(hs), state


class NoState(Layered):
    def forward(self, xs):
        return super().forward(xs)


class OldState(Layered):
    def forward(self, xs, state=None):
        hs, _ = self.lstm(self.embedding(xs), state)
        return self.output(hs), state


class InAList(Layered):
    def forward(self, xs, state=None):
        return list(super().forward(xs, state))


class Rectified(Layered):
    def forward(self, xs, state=None):
        logits, state = super().forward(xs, state)
        return torch.relu(logits), state


class NoLookUp(Layered):
    def forward(self, xs, state=None):
        hs, state = self.lstm(xs, state)
        return self.output(hs), state


class OtherSizes(Layered):
    def __init__(self, vocab_size, hidden_size):
        super().__init__(vocab_size, hidden_size)
        self.output = nn.Linear(vocab_size, hidden_size)


class OtherTable(Layered):
    def __init__(self, vocab_size, hidden_size):
        super().__init__(vocab_size, hidden_size)
        self.embedding = nn.Embedding(32, vocab_size)


class LastState(Layered):
    def forward(self, xs, state=None):
        _, (h, c) = self.lstm(self.embedding(xs), state)
        return self.output(h), (h, c)


class NeedsState(Layered):
    def forward(self, xs, state=None):
        h, c = state
        return super().forward(xs, (h, c))


class WithDropout(Layered):
    def forward(self, xs, state=None):
        hs, state = self.lstm(F.dropout(self.embedding(xs), 0.5, self.training), state)
        return self.output(hs), state


class PlainTable(Layered):
    def __init__(self, vocab_size, hidden_size):
        super().__init__(vocab_size, hidden_size)
        del self.embedding
        self.table = torch.randn(vocab_size, 32)

    def forward(self, xs, state=None):
        hs, state = self.lstm(self.table[xs], state)
        return self.output(hs), state


class ThreeFromLayer(Layered):
    def forward(self, xs, state=None):
        hs, h, c = self.lstm(self.embedding(xs), state)
        return self.output(hs), (h, c)


class FlatZeros(Layered):
    def forward(self, xs, state=None):
        if state is None:
            state = (torch.zeros(len(xs), self.lstm.hidden_size),) * 2
        return super().forward(xs, state)


class TwoStates(Layered):
    def forward(self, xs, h=None, c=None):
        return super().forward(xs, None if h is None else (h, c))


class LocalLayers(nn.Module):
    def __init__(self, vocab_size, hidden_size):
        super().__init__()
        embedding = nn.Embedding(vocab_size, 32)
        self.layers = lambda xs: embedding(xs)

    def forward(self, xs, state=None):
        return self.layers(xs), state


# train_step


def train_plain(model, optimizer, xs, ys, state):
    logits, state = model(xs, state)
    loss = F.cross_entropy(logits.flatten(0, 1), ys.flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item(), tuple(part.detach() for part in state)


def train_transposed(model, optimizer, xs, ys, state):
    optimizer.zero_grad()
    logits, (h, c) = model(xs, state)
    loss = F.cross_entropy(logits.transpose(1, 2), ys)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1)
    optimizer.step()
    return loss, (h.detach(), c.detach())


def train_by_hand(model, optimizer, xs, ys, state):
    if state is not None:
        state = tuple(part.detach() for part in state)
    logits, (h, c) = model(xs, state)
    loss = -logits.log_softmax(dim=-1).gather(2, ys[..., None]).mean()
    model.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item(), (h.data, c.data)


def train_in_a_list(model, optimizer, xs, ys, state):
    logits, state = model(xs, state)
    loss = F.cross_entropy(logits.reshape(-1, logits.shape[2]), ys.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return [float(loss), [part.detach() for part in state]]


def train_without_gradient(model, optimizer, xs, ys, state):
    with torch.no_grad():
        return train_plain(model, optimizer, xs, ys, state)


def train_backward_of_number(model, optimizer, xs, ys, state):
    logits, state = model(xs, state)
    loss = F.cross_entropy(logits.flatten(0, 1), ys.flatten()).item()
    loss.backward()
    return loss, state


def train_not_unpacked(model, optimizer, xs, ys, state):
    logits = model(xs, state)
    return F.cross_entropy(logits.flatten(0, 1), ys.flatten()), state


def training(mistake):
    def train_step(model, optimizer, xs, ys, state):
        logits, after = model(xs, None if mistake == "no state" else state)
        targets = xs if mistake == "xs" else ys
        if mistake == "softmax":
            logits = logits.softmax(dim=2)
        if mistake == "last":
            loss = F.cross_entropy(logits[:, -1], ys[:, -1])
        elif mistake == "not flat":
            loss = F.cross_entropy(logits, ys)
        elif mistake == "too flat":
            loss = F.cross_entropy(logits.flatten(), ys.flatten())
        elif mistake == "targets first":
            loss = F.cross_entropy(targets.flatten(), logits.flatten(0, 1))
        else:
            how = "sum" if mistake == "sum" else "mean"
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=how)
        if mistake == "early":
            optimizer.step()
        if mistake != "no zero":
            optimizer.zero_grad()
        if mistake != "no backward":
            loss.backward()
        if mistake == "late zero":
            optimizer.zero_grad()
        if mistake not in ("no clip", "late clip"):
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if mistake not in ("no step", "early"):
            optimizer.step()
        if mistake == "late clip":
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if mistake == "pair":
            return loss.item(), after.detach()
        if mistake == "state first":
            return tuple(part.detach() for part in after), loss.item()
        if mistake == "old state":
            return loss.item(), state
        if mistake == "attached":
            return loss.item(), after
        if mistake == "loss alone":
            return loss.item()
        return loss.item(), tuple(part.detach() for part in after)

    return train_step


def train_returns_nothing(model, optimizer, xs, ys, state):
    train_plain(model, optimizer, xs, ys, state)


# temperature


def cold_shifted(logits, temperature, k):
    p = np.exp((logits - logits.max()) / temperature)
    p[logits < np.sort(logits)[-k]] = 0
    return p / p.sum()


def cold_masked(logits, temperature, k):
    kept = np.full(len(logits), -np.inf)
    best = np.argsort(logits)[-k:]
    kept[best] = logits[best] / temperature
    return np.exp(kept - np.logaddexp.reduce(kept))


def cold_by_torch(logits, temperature, k):
    a = torch.from_numpy(logits)
    a = a.masked_fill(a < a.topk(k).values[-1], -torch.inf)
    return torch.softmax(a / temperature, dim=0)


def cold_overflowing(logits, temperature, k):
    p = np.exp(logits / temperature)
    p[logits < np.sort(logits)[-k]] = 0
    return p / p.sum()


def cold_times(logits, temperature, k):
    return cold_shifted(logits * temperature**2, temperature, k)


def cold_without(logits, temperature, k):
    return cold_shifted(logits, 1, k)


def cold_all(logits, temperature, k):
    return cold_shifted(logits, temperature, len(logits))


def cold_not_renormalised(logits, temperature, k):
    p = cold_all(logits, temperature, k)
    return np.where(logits < np.sort(logits)[-k], 0, p)


def cold_zero_logits(logits, temperature, k):
    return cold_shifted(np.where(logits < np.sort(logits)[-k], 0, logits), temperature, len(logits))


def cold_one_more(logits, temperature, k):
    return cold_shifted(logits, temperature, k + 1)


def cold_strictly(logits, temperature, k):
    p = np.exp((logits - logits.max()) / temperature)
    p[logits <= np.sort(logits)[-k]] = 0
    return p / p.sum()


def cold_least(logits, temperature, k):
    p = np.exp((logits - logits.max()) / temperature)
    p[np.argsort(logits)[k:]] = 0
    return p / p.sum()


def cold_places(logits, temperature, k):
    p, best = np.zeros(len(logits)), np.argsort(-logits)[:k]
    p[best] = np.exp((logits[best] - logits.max()) / temperature)
    return list(p / p.sum())


def cold_k_alone(logits, temperature, k):
    return cold_shifted(np.sort(logits)[-k:], temperature, k)


def cold_k_descending(logits, temperature, k):
    return cold_k_alone(logits, temperature, k)[::-1]


def cold_sorted(logits, temperature, k):
    return np.sort(cold_shifted(logits, temperature, k))[::-1]


def cold_power_of_shares(logits, temperature, k):
    p = cold_shifted(logits, 1, len(logits)) ** (1 / temperature)
    return np.where(logits < np.sort(logits)[-k], 0, p)


# sample


def write_plain(model, prime, length, temperature):
    xs, state, ids = prime[None], None, []
    for _ in range(length):
        logits, state = model(xs, state)
        p = torch.softmax(logits[0, -1] / temperature, dim=0)
        xs = torch.multinomial(p, 1)[None]
        ids.append(xs.item())
    return ids


def write_read_first(model, prime, length, temperature):
    logits, state = model(prime.unsqueeze(0))
    ids = torch.empty(length, dtype=torch.long)
    for t in range(length):
        ids[t] = torch.distributions.Categorical(logits=logits[:, -1] / temperature).sample()
        logits, state = model(ids[t].view(1, 1), state)
    return ids


def write_all_again(model, prime, length, temperature):
    text = prime.tolist()
    for _ in range(length):
        logits, _ = model(torch.tensor([text]))
        p = np.exp((logits[0, -1] / temperature).double().numpy() - (logits[0, -1] / temperature).max().item())
        text.append(int(torch.multinomial(torch.tensor(p / p.sum()), 1)))
    return text[len(prime) :]


def write_by_character(model, prime, length, temperature):
    state, ids = None, []
    for k in prime:
        logits, state = model(k.view(1, 1), state)
    for _ in range(length):
        ids.append(torch.multinomial(torch.softmax(logits[0, 0] / temperature, dim=-1), 1))
        logits, state = model(ids[-1][None], state)
    return torch.stack(ids)


def write_with_numpy(model, prime, length, temperature):
    logits, state = model(prime[None])
    ids = []
    for _ in range(length):
        a = (logits[0, -1] / temperature).double().numpy()
        p = np.exp(a - a.max())
        ids.append(np.random.choice(len(p), p=p / p.sum()))  # noqa: NPY002 -- as people write it
        logits, state = model(torch.tensor([[ids[-1]]]), state)
    return ids


def write_at_once(model, prime, length, temperature):
    logits, _ = model(prime[None])
    p = torch.softmax(logits[0, -1] / temperature, dim=0)
    return torch.multinomial(p, length, replacement=True).tolist()


def write_state_of_prime(model, prime, length, temperature):
    logits, state = model(prime[None])
    ids = []
    for _ in range(length):
        ids.append(torch.multinomial(torch.softmax(logits[0, -1] / temperature, dim=0), 1).item())
        logits, _ = model(torch.tensor([[ids[-1]]]), state)
    return ids


def write_from_logits(model, prime, length, temperature):
    logits, _ = model(prime[None])
    return [torch.multinomial(logits[0, -1] / temperature, 1).item() for _ in range(length)]


def write_other_axis(model, prime, length, temperature):
    xs, state, ids = prime[None], None, []
    for _ in range(length):
        logits, state = model(xs, state)
        xs = torch.multinomial(torch.softmax(logits[:, -1] / temperature, dim=0), 1)
        ids.append(xs.item())
    return ids


def write_from_every_place(model, prime, length, temperature):
    logits, _ = model(prime[None])
    return torch.multinomial(torch.softmax(logits / temperature, dim=2), 1)


def write_from_batch(model, prime, length, temperature):
    logits, _ = model(prime[None])
    return [torch.multinomial(torch.softmax(logits[-1] / temperature, dim=1), 1).item() for _ in range(length)]


def write_flat_id(model, prime, length, temperature):
    xs, state, ids = prime[None], None, []
    for _ in range(length):
        logits, state = model(xs, state)
        xs = torch.multinomial(torch.softmax(logits[0, -1] / temperature, dim=0), 1)
        ids.append(xs.item())
    return ids


def write_number(model, prime, length, temperature):
    xs, state, ids = prime[None], None, []
    for _ in range(length):
        logits, state = model(xs, state)
        xs = torch.multinomial(torch.softmax(logits[0, -1] / temperature, dim=0), 1).item()
        ids.append(xs)
    return ids


def writing(mistake):
    def write(model, prime, length, temperature):
        xs, state, ids = prime[None], None, []
        if mistake == "last of prime":
            xs = xs[:, -1:]
        if mistake == "twice":
            _, state = model(xs)
            xs = xs[:, -1:]
        for _ in range(length + (mistake == "one more") - (mistake == "one less")):
            logits, after = model(xs, state)
            state = None if mistake == "no state" else after
            a = logits[0, 0 if mistake == "first place" else -1]
            a = a * temperature if mistake == "times" else a if mistake == "ignored" else a / temperature
            ids.append(int(a.argmax() if mistake == "greedy" else torch.multinomial(a.softmax(0), 1)))
            xs = torch.tensor([[ids[-1]]])
            if mistake == "whole text":
                xs = torch.cat([prime, torch.tensor(ids)])[None]
        return prime.tolist() + ids if mistake == "with prime" else ids

    return write


RIGHT = {
    "scores": [scores_by_log, scores_as_array, scores_by_product, scores_by_loop],
    "witten_bell": [wb_by_formula, wb_by_loop, wb_as_mixture],
    "rows": [rows_cut, rows_offset, rows_by_list, rows_stacked, rows_tensors],
    "lstm_step": [step_chunked, step_sliced, step_by_cell, step_stacked],
    "model": [Layered, OwnLoop, WithCell, InAList, WithDropout],
    "train_step": [train_plain, train_transposed, train_by_hand, train_in_a_list],
    "temperature": [cold_shifted, cold_masked, cold_by_torch, cold_places],
    "sample": [write_plain, write_read_first, write_all_again, write_by_character, write_with_numpy],
}
WRONG = {
    "scores": [
        ("average the logarithms", scores_of_mean),
        ("the minus is missing", scores_negative),
        ("that is the sum over the characters", scores_summed),
        ("yours is 2 to the nats", scores_two_to_nats),
        ("yours is e to the bits", scores_e_to_bits),
        ("there are more bits than nats", scores_times_ln2),
        ("log2 gives bits", scores_log2_as_nats),
        ("nats and bits are exchanged", scores_exchanged),
        ("yours divides by 2", scores_halved),
        ("return 3 values", scores_two),
        ("yours has one for each character", scores_for_each),
        ("weighs its surprise with p", scores_as_entropy),
        ("the mean of 1/p", scores_of_inverse),
        ("its N-th root", scores_no_root),
        ("perplexity is wrong; right: nats, bits", scores_odd_perplexity),
    ],
    "witten_bell": [
        ("not all there are", wb_all_symbols),
        ("not the sum of their counts", wb_sum_as_kinds),
        ("the shorter context is missing", wb_no_shorter),
        ("not only where the count is 0", wb_back_off),
        ("it does not sum to 1", wb_not_normalised),
        ("is added to each count as it is", wb_added_kinds),
        ("is not multiplied by K(h)", wb_plain_shorter),
        ("that is add-one smoothing", wb_add_one),
        ("the two weights are exchanged", wb_exchanged),
        ("has the different counts", wb_unique_counts),
        ("not the largest count", wb_largest),
        ("K(h) is one number", wb_kinds_as_array),
        ("put them into brackets", wb_no_brackets),
        ("also for one that has been counted", wb_either_term),
    ],
    "rows": [
        ("yours takes every fourth character", rows_interleaved),
        ("yours is xs itself", rows_same),
        ("xs and ys are exchanged", rows_exchanged),
        ("that row's first character", rows_rolled),
        ("the first character of the text", rows_text_rolled),
        ("moved on by a whole row", rows_next_row),
        ("batch_size is the number of rows", rows_wrong_size),
        ("time must run along axis 1", rows_transposed),
        ("return 2 values", rows_only),
        ("leave the rest at the end out", rows_with_rest),
        ("leave the rest at the end out", rows_tensors_with_rest),
        ("leave the rest at the end out", rows_unequal),
        ("xs is too long", rows_xs_too_long),
        ("gives what came before", rows_rolled_back),
        ("not only the last of each row", rows_last_alone),
    ],
    "lstm_step": [
        ("o stands last, g third", stepping("ifog")),
        ("input and forget gate are exchanged", stepping("fi")),
        ("yours takes every fourth column", stepping("every fourth")),
        ("not through a sigmoid", stepping("sigmoid g")),
        ("g goes through tanh before", stepping("plain g")),
        ("the tanh is missing", stepping("no tanh")),
        ("not h_prev", stepping("h for c")),
        ("h_prev has no effect", stepping("no h")),
        ("the bias b is missing", stepping("no bias")),
        ("h_t and c_t are exchanged", stepping("exchanged")),
        ("look at transposes", step_not_transposed),
        ("yours are used as they are", stepping("plain gates")),
        ("o goes through a sigmoid", stepping("plain o")),
        ("yours takes the old one", stepping("old c")),
        ("do not mix", step_in_numpy),
        ("chunk(4, dim=1)", step_chunks_of_rows),
        ("that is *, not @", step_matrix_product),
    ],
    "model": [
        ("only with batch_first=True", TimeFirst),
        ("the state that is handed in has no effect", Forgetful),
        ("forward returns two things", LogitsAlone),
        ("those are probabilities", Probabilities),
        ("that is the last step alone", LastOnly),
        ("those are hidden states", NoHead),
        ("super().__init__() first", NoSuper),
        ("a later character changes earlier logits", LooksAhead),
        ("the state of an LSTM is (h, c)", Gated),
        ("no gradient reaches embedding", Detached),
        ("forward must take a state", NoState),
        ("return the one after the last step", OldState),
        ("asks for a class", step_chunked),
        ("never below 0", Rectified),
        ("look the ids up", NoLookUp),
        ("the sizes of the layers", OtherSizes),
        ("the sizes of the layers", OtherTable),
        ("the last state alone", LastState),
        ("state is None at first", NeedsState),
        ("keep its layers as attributes", LocalLayers),
        ("no optimizer finds self.table", PlainTable),
        ("nn.LSTM returns two things", ThreeFromLayer),
        ("hand None on at first", FlatZeros),
        ("one argument of forward", TwoStates),
    ],
    "train_step": [
        ("optimizer.zero_grad()", training("no zero")),
        ("the gradient is not clipped", training("no clip")),
        ("which is missing?", training("no step")),
        ("which is missing?", training("no backward")),
        ("which is missing?", training("late zero")),
        ("between backward and step", training("late clip")),
        ("logits.flatten(0, 1)", training("not flat")),
        ("logits.flatten(0, 1)", training("too flat")),
        ("takes the logits first", training("targets first")),
        ("detach each of them", training("pair")),
        ("return the loss first", training("state first")),
        ("begins from zeros", training("old state")),
        ("without no_grad", train_without_gradient),
        ("loss.item() is for the return", train_backward_of_number),
        ("logits, state = model(xs, state)", train_not_unpacked),
        ("begins from zeros", training("no state")),
        ("the targets are ys", training("xs")),
        ("yours is applied twice", training("softmax")),
        ("not only the last of each row", training("last")),
        ("the mean over all characters, not the sum", training("sum")),
        ("detach both parts", training("attached")),
        ("comes before backward", training("early")),
        ("return 2 values", training("loss alone")),
        ("is a return missing", train_returns_nothing),
    ],
    "temperature": [
        ("it overflows", cold_overflowing),
        ("divide the logits by the temperature", cold_times),
        ("the temperature has no effect", cold_without),
        ("only the k likeliest", cold_all),
        ("that are left must sum to 1", cold_not_renormalised),
        ("a logit of 0 is no probability of 0", cold_zero_logits),
        ("one character too many", cold_one_more),
        ("one character too few", cold_strictly),
        ("the k least likely are kept", cold_least),
        ("yours are k", cold_k_alone),
        ("the likeliest first", cold_k_descending),
        ("the probabilities are sorted", cold_sorted),
        ("must sum to 1", cold_power_of_shares),
    ],
    "sample": [
        ("without the prime", writing("with prime")),
        ("one character too many", writing("one more")),
        ("one character is missing", writing("one less")),
        ("the state is lost between characters", writing("no state")),
        ("only the last character of the prime", writing("last of prime")),
        ("is read twice", writing("twice")),
        ("feed the new character alone", writing("whole text")),
        ("after the first character of the prime", writing("first place")),
        ("it still draws at random", writing("times")),
        ("it still draws at random", writing("ignored")),
        ("draw with torch.multinomial", writing("greedy")),
        ("from the logits after the prime", write_at_once),
        ("stays that of the prime", write_state_of_prime),
        ("the softmax comes first", write_from_logits),
        ("softmax over the V numbers", write_other_axis),
        ("logits[0, -1]", write_from_every_place),
        ("logits[0, -1]", write_from_batch),
        ("as (1, 1)", write_flat_id),
        ("as (1, 1)", write_number),
    ],
}
