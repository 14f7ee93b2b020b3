"""What people answer to the exercises of chapter ``10_beam_search``."""

import math

import numpy as np

# log_p


def log_p_by_zip(rows, tokens):
    return sum(row[token] for row, token in zip(rows, tokens, strict=True))


def log_p_by_index(rows, tokens):
    return rows[np.arange(len(tokens)), tokens].sum()


def log_p_by_loop(rows, tokens):
    total = 0.0
    for t in range(len(tokens)):
        total = total + rows[t][tokens[t]]
    return np.array([total])


def log_p_mean(rows, tokens):
    return np.mean([row[token] for row, token in zip(rows, tokens, strict=True)])


def log_p_no_end(rows, tokens):
    return sum(rows[t, tokens[t]] for t in range(len(tokens) - 1))


def log_p_probability(rows, tokens):
    return np.prod([np.exp(row[token]) for row, token in zip(rows, tokens, strict=True)])


def log_p_product(rows, tokens):
    total = 1
    for row, token in zip(rows, tokens, strict=True):
        total *= row[token]
    return total


def log_p_all(rows, tokens):
    return rows[:, tokens].sum()


def log_p_everything(rows, tokens):
    return np.sum(rows)


def log_p_not_summed(rows, tokens):
    return rows[np.arange(len(tokens)), tokens]


def log_p_greedy(rows, tokens):
    return rows.max(1).sum()


def log_p_cost(rows, tokens):
    return -log_p_by_zip(rows, tokens)


def log_p_of_log(rows, tokens):
    with np.errstate(all="ignore"):
        return sum(np.log(row[token]) for row, token in zip(rows, tokens, strict=True))


def log_p_in_loop(rows, tokens):
    total = 0
    for row, token in zip(rows, tokens, strict=True):
        total += row[token]
        return total


# count


def count_sum(V, max_len):
    ended = sum((V - 1) ** (t - 1) for t in range(1, max_len + 1))
    return ended + (V - 1) ** max_len


def count_by_levels(V, max_len):
    alive, leaves = 1, 0
    for _ in range(max_len):
        leaves += alive
        alive *= V - 1
    return leaves + alive


def count_recursive(V, max_len):
    return 1 if max_len == 0 else 1 + (V - 1) * count_recursive(V, max_len - 1)


def count_float(V, max_len):
    return float(np.sum((V - 1.0) ** np.arange(max_len + 1)))


def count_free(V, max_len):
    return V**max_len


def count_not_cut(V, max_len):
    return sum((V - 1) ** (t - 1) for t in range(1, max_len + 1))


def count_longest(V, max_len):
    return (V - 1) ** (max_len - 1) * V


def count_with_end(V, max_len):
    return sum(V ** (t - 1) for t in range(1, max_len + 1)) + V**max_len


def count_range(V, max_len):
    return sum((V - 1) ** (t - 1) for t in range(1, max_len)) + (V - 1) ** max_len


def count_t(V, max_len):
    return sum((V - 1) ** t for t in range(1, max_len + 1)) + (V - 1) ** max_len


def count_cut_only(V, max_len):
    return (V - 1) ** max_len


def count_half(V, max_len):
    return count_sum(V, max_len) / 2


# expand


def expand_loops(kept, table, beam_width):
    longer = []
    for text, log_p in kept:
        for symbol, p in zip(".ab", table[text], strict=True):
            longer.append((text + symbol, log_p + np.log(p)))
    longer.sort(key=lambda pair: -pair[1])
    return longer[:beam_width]


def expand_max(kept, table, beam_width):
    rest = {text + ".ab"[k]: log_p + math.log(table[text][k]) for text, log_p in kept for k in range(3)}
    best = []
    while rest and len(best) < beam_width:
        text = max(rest, key=rest.get)
        best.append([text, rest.pop(text)])
    return best


def expand_tuple(kept, table, beam_width):
    pairs = expand_loops(kept, table, 10**6)
    return tuple(sorted(pairs, key=lambda pair: pair[1], reverse=True)[:beam_width])


def expand_worst(kept, table, beam_width):
    return sorted(expand_loops(kept, table, 10**6), key=lambda pair: pair[1])[:beam_width]


def expand_one_each(kept, table, beam_width):
    best = [expand_loops([pair], table, 1)[0] for pair in kept]
    return sorted(best, key=lambda pair: -pair[1])[:beam_width]


def expand_each(kept, table, beam_width):
    found = []
    for pair in kept:
        found += expand_loops([pair], table, beam_width)
    return sorted(found, key=lambda pair: -pair[1])


def expand_forgets(kept, table, beam_width):
    return expand_loops([(text, 0.0) for text, _ in kept], table, beam_width)


def expand_no_log(kept, table, beam_width):
    longer = [(t + s, log_p + p) for t, log_p in kept for s, p in zip(".ab", table[t], strict=True)]
    return sorted(longer, key=lambda pair: -pair[1])[:beam_width]


def expand_uncut(kept, table, beam_width):
    return expand_loops(kept, table, 10**6)


def expand_unsorted(kept, table, beam_width):
    longer = [(t + s, log_p + np.log(p)) for t, log_p in kept for s, p in zip(".ab", table[t], strict=True)]
    return longer[:beam_width]


def expand_texts(kept, table, beam_width):
    return [text for text, _ in expand_loops(kept, table, beam_width)]


def expand_rising(kept, table, beam_width):
    return expand_loops(kept, table, beam_width)[::-1]


def expand_probabilities(kept, table, beam_width):
    return [(text, np.exp(log_p)) for text, log_p in expand_loops(kept, table, beam_width)]


def expand_best_only(kept, table, beam_width):
    return expand_loops(kept, table, 1)[0]


def expand_bits(kept, table, beam_width):
    return [(text, log_p / np.log(2)) for text, log_p in expand_loops(kept, table, beam_width)]


# part


def part_comprehensions(kept, max_len):
    finished = [(t, log_p) for t, log_p in kept if t[-1] == "." or len(t) == max_len]
    return finished, [pair for pair in kept if pair not in finished]


def part_loop(kept, max_len):
    finished, alive = [], []
    for text, log_p in kept:
        side = finished if "." in text or len(text) >= max_len else alive
        side.append([text, log_p])
    return [finished, alive]


def part_exchanged(kept, max_len):
    return part_comprehensions(kept, max_len)[::-1]


def part_never_cut(kept, max_len):
    return part_comprehensions(kept, 10**6)


def part_only_cut(kept, max_len):
    return [p for p in kept if len(p[0]) == max_len], [p for p in kept if len(p[0]) < max_len]


def part_too_early(kept, max_len):
    return part_comprehensions(kept, max_len - 1)


def part_keeps(kept, max_len):
    return part_comprehensions(kept, max_len)[0], kept


def part_loses(kept, max_len):
    finished = [p for p in kept if p[0].endswith(".")]
    return finished, [p for p in kept if p not in finished and len(p[0]) < max_len]


def part_one_list(kept, max_len):
    return part_comprehensions(kept, max_len)[0]


def part_texts(kept, max_len):
    return [[text for text, _ in side] for side in part_comprehensions(kept, max_len)]


def part_and(kept, max_len):
    finished = [p for p in kept if p[0].endswith(".") and len(p[0]) == max_len]
    return finished, [p for p in kept if p not in finished]


def part_swapped_pairs(kept, max_len):
    return [[(log_p, text) for text, log_p in side] for side in part_comprehensions(kept, max_len)]


# beam_search


def search_in_pieces(table, beam_width, max_len):
    alive, finished = [("", 0.0)], []
    while alive:
        ended, alive = part_comprehensions(expand_loops(alive, table, beam_width), max_len)
        finished += ended
    return max(finished, key=lambda pair: pair[1])


def search_in_one(table, beam_width, max_len):
    alive, best = {"": 0.0}, ["", -np.inf]
    for length in range(1, max_len + 1):
        longer = {t + s: v + math.log(p) for t, v in alive.items() for s, p in zip(".ab", table[t], strict=True)}
        alive = {}
        for text in sorted(longer, key=longer.get, reverse=True)[:beam_width]:
            if not text.endswith(".") and length < max_len:
                alive[text] = longer[text]
            elif longer[text] > best[1]:
                best = [text, longer[text]]
    return best


def search_greedy(table, beam_width, max_len):
    text, log_p = "", 0.0
    while not text.endswith(".") and len(text) < max_len:
        k = int(np.argmax(table[text]))
        text, log_p = text + ".ab"[k], log_p + np.log(table[text][k])
    return text, log_p


def search_first_end(table, beam_width, max_len):
    alive = [("", 0.0)]
    while True:
        kept = expand_loops(alive, table, beam_width)
        finished, alive = part_comprehensions(kept, max_len)
        if finished:
            return finished[0]


def search_last(table, beam_width, max_len):
    alive = [("", 0.0)]
    while alive:
        finished, alive = part_comprehensions(expand_loops(alive, table, beam_width), max_len)
    return finished[0]


def search_competing(table, beam_width, max_len):
    kept = [("", 0.0)]
    for _ in range(max_len):
        longer = [pair for pair in kept if pair[0].endswith(".")]
        for pair in kept:
            if not pair[0].endswith("."):
                longer += expand_loops([pair], table, 3)
        kept = sorted(longer, key=lambda pair: -pair[1])[:beam_width]
    return kept[0]


def search_no_cut(table, beam_width, max_len):
    alive, finished = [("", 0.0)], [("", -np.inf)]
    for _ in range(max_len):
        kept = expand_loops(alive, table, beam_width)
        finished += [pair for pair in kept if pair[0].endswith(".")]
        alive = [pair for pair in kept if not pair[0].endswith(".")]
    return max(finished, key=lambda pair: pair[1])


def search_each(table, beam_width, max_len):
    alive, finished = [("", 0.0)], []
    while alive:
        ended, alive = part_comprehensions(expand_each(alive, table, beam_width), max_len)
        finished += ended
    return max(finished, key=lambda pair: pair[1])


def search_exhaustive(table, beam_width, max_len):
    return search_in_pieces(table, 10**6, max_len)


def search_min(table, beam_width, max_len):
    alive, finished = [("", 0.0)], []
    while alive:
        ended, alive = part_comprehensions(expand_loops(alive, table, beam_width), max_len)
        finished += ended
    return min(finished, key=lambda pair: pair[1])


def search_probability(table, beam_width, max_len):
    text, log_p = search_in_pieces(table, beam_width, max_len)
    return text, np.exp(log_p)


def search_text(table, beam_width, max_len):
    return search_in_pieces(table, beam_width, max_len)[0]


def search_list(table, beam_width, max_len):
    return [search_in_pieces(table, beam_width, max_len)]


def search_short(table, beam_width, max_len):
    return search_in_pieces(table, beam_width, max_len - 1)


def search_until_full(table, beam_width, max_len):
    alive, finished = [("", 0.0)], []
    while alive and len(finished) < beam_width:
        ended, alive = part_comprehensions(expand_loops(alive, table, beam_width), max_len)
        finished += ended
    return max(finished, key=lambda pair: pair[1])


def search_per_symbol(table, beam_width, max_len):
    alive, finished = [("", 0.0)], []
    while alive:
        ended, alive = part_comprehensions(expand_loops(alive, table, beam_width), max_len)
        finished += ended
    return max(finished, key=lambda pair: pair[1] / len(pair[0]))


# step


def step_flat(totals, log_p, beam_width):
    candidates = (totals[:, None] + log_p).ravel()
    best = np.argsort(-candidates)[:beam_width]
    return best // log_p.shape[1], best % log_p.shape[1]


def step_columns(totals, log_p, beam_width):
    return np.stack(step_flat(totals, log_p, beam_width), axis=1)


def step_rows(totals, log_p, beam_width):
    return np.array(np.unravel_index(np.argsort(-(totals[:, None] + log_p), axis=None)[:beam_width], log_p.shape))


def step_pairs(totals, log_p, beam_width):
    pairs = [(n, v) for n in range(len(totals)) for v in range(log_p.shape[1])]
    return sorted(pairs, key=lambda p: -(totals[p[0]] + log_p[p]))[:beam_width]


def step_lists(totals, log_p, beam_width):
    parents, tokens = step_flat(totals, log_p, beam_width)
    return [parents.tolist(), tokens.tolist()]


def step_one_each(totals, log_p, beam_width):
    tokens = log_p.argmax(1)
    parents = np.argsort(-(totals + log_p.max(1)))[:beam_width]
    return parents, tokens[parents]


def step_worst(totals, log_p, beam_width):
    best = np.argsort((totals[:, None] + log_p).ravel())[:beam_width]
    return best // log_p.shape[1], best % log_p.shape[1]


def step_rising(totals, log_p, beam_width):
    best = np.argsort((totals[:, None] + log_p).ravel())[-beam_width:]
    return best // log_p.shape[1], best % log_p.shape[1]


def step_forgets(totals, log_p, beam_width):
    best = np.argsort(-log_p.ravel())[:beam_width]
    return best // log_p.shape[1], best % log_p.shape[1]


def step_exchanged(totals, log_p, beam_width):
    return step_flat(totals, log_p, beam_width)[::-1]


def step_by_rows(totals, log_p, beam_width):
    best = np.argsort(-(totals[:, None] + log_p).ravel())[:beam_width]
    return best // len(totals), best % len(totals)


def step_tokens(totals, log_p, beam_width):
    return step_flat(totals, log_p, beam_width)[1]


def step_all(totals, log_p, beam_width):
    return step_flat(totals, log_p, log_p.size)


# proof_width


def width_loop(p):
    width = 1
    while p <= 1 / (width + 1):
        width += 1
    return width


def width_floor(p):
    return math.floor(1 / p)


def width_divided(p):
    return np.array(1 // p)


def width_ceil_minus(p):
    return max(1, math.ceil(1 / p) - 1)


def width_loop_strict(p):
    width = 1
    while p < 1 / (width + 1):
        width += 1
    return width


def width_floor_plus(p):
    return math.floor(1 / p) + 1


def width_ceil(p):
    return math.ceil(1 / p)


def width_floor_minus(p):
    return math.floor(1 / p) - 1


def width_float(p):
    return 1 / p


def width_bound(p):
    return 1 / (p + 1)


def width_inverse(p):
    return 1 / p - 1


def width_round(p):
    return max(round(1 / p), 1)


# score


def score_power(log_p, length, alpha):
    return log_p / length**alpha


def score_exp(log_p, length, alpha):
    return log_p * np.exp(-alpha * np.log(length))


def score_multiplied(log_p, length, alpha):
    return log_p * length**alpha


def score_times(log_p, length, alpha):
    return log_p / (alpha * length) if alpha else -np.inf


def score_mean(log_p, length, alpha):
    return log_p / length


def score_whole(log_p, length, alpha):
    return -(abs(log_p / length) ** alpha)


def score_penalised(log_p, length, alpha):
    return log_p - alpha * length


def score_without_end(log_p, length, alpha):
    return log_p / (length - 1) ** alpha


def score_google(log_p, length, alpha):
    return log_p * 6**alpha / (5 + length) ** alpha


def score_positive(log_p, length, alpha):
    return abs(log_p) / length**alpha


# cursed_length


def length_loop(V, smoothing):
    length, right = 1, 1 - smoothing + smoothing / V
    while right**length >= smoothing / V:
        length += 1
    return length


def length_closed(V, smoothing):
    return math.floor(math.log(smoothing / V) / math.log(1 - smoothing + smoothing / V)) + 1


def length_counts(V, smoothing):
    lengths = np.arange(1, 10**4)
    return lengths[lengths * np.log1p(smoothing / V - smoothing) < np.log(smoothing / V)].min()


def length_floor(V, smoothing):
    return math.floor(math.log(smoothing / V) / math.log(1 - smoothing + smoothing / V))


def length_fraction(V, smoothing):
    return math.log(smoothing / V) / math.log(1 - smoothing + smoothing / V)


def length_no_share(V, smoothing):
    return math.ceil(math.log(smoothing / V) / math.log(1 - smoothing))


def length_undivided(V, smoothing):
    return math.ceil(math.log(smoothing) / math.log(1 - smoothing + smoothing / V))


def length_others(V, smoothing):
    return math.ceil(math.log(smoothing / (V - 1)) / math.log(1 - smoothing))


def length_exchanged(V, smoothing):
    return math.log(1 - smoothing + smoothing / V) / math.log(smoothing / V)


def length_one_more(V, smoothing):
    return length_closed(V, smoothing) + 1


# error_kind


def kind_if(is_right, log_p, reference_log_p):
    if is_right:
        return "right"
    return "search error" if reference_log_p > log_p else "model error"


def kind_nested(is_right, log_p, reference_log_p):
    kind = "model error"
    if not is_right and log_p < reference_log_p:
        kind = "search error"
    return "right" if is_right else kind


def kind_exchanged(is_right, log_p, reference_log_p):
    if is_right:
        return "right"
    return "model error" if reference_log_p > log_p else "search error"


def kind_ties(is_right, log_p, reference_log_p):
    if is_right:
        return "right"
    return "search error" if reference_log_p >= log_p else "model error"


def kind_of_all(is_right, log_p, reference_log_p):
    if reference_log_p > log_p:
        return "search error"
    return "right" if is_right else "model error"


def kind_model(is_right, log_p, reference_log_p):
    return "right" if is_right else "model error"


def kind_names(is_right, log_p, reference_log_p):
    return kind_if(is_right, log_p, reference_log_p).replace(" ", "_")


def kind_capital(is_right, log_p, reference_log_p):
    return kind_if(is_right, log_p, reference_log_p).capitalize()


def kind_not(is_right, log_p, reference_log_p):
    return kind_if(not is_right, log_p, reference_log_p)


def kind_half(is_right, log_p, reference_log_p):
    if is_right:
        return "right"
    if reference_log_p > log_p:
        return "search error"


# nucleus


def nucleus_sorted(p, mass):
    order = np.argsort(-p)
    before = np.cumsum(p[order]) - p[order]
    kept = np.zeros(len(p))
    chosen = order[before < mass]
    kept[chosen] = p[chosen]
    return kept / kept.sum()


def nucleus_loop(p, mass):
    kept, total = [0.0] * len(p), 0.0
    for k in sorted(range(len(p)), key=lambda k: -p[k]):
        kept[k] = p[k]
        total += p[k]
        if total >= mass:
            break
    return tuple(value / total for value in kept)


def nucleus_unscaled(p, mass):
    order = np.argsort(-p)
    kept = np.zeros(len(p))
    chosen = order[np.cumsum(p[order]) - p[order] < mass]
    kept[chosen] = p[chosen]
    return kept


def nucleus_drops(p, mass):
    order = np.argsort(-p)
    kept = np.zeros(len(p))
    chosen = order[np.cumsum(p[order]) < mass]
    kept[chosen] = p[chosen]
    return kept / kept.sum()


def nucleus_drops_crossing(p, mass):
    order = np.argsort(-p)
    kept = np.zeros(len(p))
    chosen = order[np.cumsum(p[order]) <= mass]
    kept[chosen] = p[chosen]
    return kept / kept.sum()


def nucleus_one_more(p, mass):
    kept, total = np.zeros(len(p)), 0.0
    for k in np.argsort(-p):
        kept[k] = p[k]
        total += p[k]
        if total > mass:
            break
    return kept / kept.sum()


def nucleus_in_order(p, mass):
    best = np.sort(p)[::-1]
    kept = np.where(np.cumsum(best) - best < mass, best, 0)
    return kept / kept.sum()


def nucleus_unsorted(p, mass):
    kept = np.where(np.cumsum(p) - p < mass, p, 0)
    return kept / kept.sum()


def nucleus_min_p(p, mass):
    kept = np.where(p >= mass * p.max(), p, 0)
    return kept / kept.sum()


def nucleus_places(p, mass):
    return np.argsort(-p)[:2]


def nucleus_mask(p, mass):
    return nucleus_sorted(p, mass) > 0


def nucleus_ascending(p, mass):
    order = np.argsort(p)
    kept = np.zeros(len(p))
    chosen = order[np.cumsum(p[order]) - p[order] < mass]
    kept[chosen] = p[chosen]
    return kept / kept.sum()


# least_risk


def risk_matrix(distances, p):
    risks = distances @ p / p.sum()
    return np.argmin(risks), np.min(risks)


def risk_loop(distances, p):
    risks = []
    for row in distances:
        risks.append(sum(d * weight for d, weight in zip(row, p, strict=True)) / sum(p))
    return [risks.index(min(risks)), min(risks)]


def risk_average(distances, p):
    risks = np.average(distances, axis=1, weights=p)
    return np.array([risks.argmin(), risks.min()])


def risk_not_normalised(distances, p):
    risks = distances @ p
    return risks.argmin(), risks.min()


def risk_unweighted(distances, p):
    risks = distances.mean(1)
    return risks.argmin(), risks.min()


def risk_sum(distances, p):
    risks = distances.sum(1)
    return risks.argmin(), risks.min()


def risk_greatest(distances, p):
    risks = distances @ p / p.sum()
    return risks.argmax(), risks.max()


def risk_of_likeliest(distances, p):
    risks = distances @ p / p.sum()
    return p.argmax(), risks[p.argmax()]


def risk_rows(distances, p):
    risks = (p[:, None] * distances).sum(1) / p.sum()
    return risks.argmin(), risks.min()


def risk_index_only(distances, p):
    return int((distances @ p).argmin())


def risk_all(distances, p):
    return distances @ p / p.sum()


def risk_exchanged(distances, p):
    return risk_matrix(distances, p)[::-1]


def risk_worst(distances, p):
    risks = distances.max(1)
    return risks.argmin(), risks.min()


RIGHT = {
    "log_p": [log_p_by_zip, log_p_by_index, log_p_by_loop],
    "count": [count_sum, count_by_levels, count_recursive, count_float],
    "expand": [expand_loops, expand_max, expand_tuple],
    "part": [part_comprehensions, part_loop],
    "beam_search": [search_in_pieces, search_in_one],
    "step": [step_flat, step_columns, step_rows, step_pairs, step_lists],
    "proof_width": [width_loop, width_floor, width_divided],
    "score": [score_power, score_exp],
    "cursed_length": [length_loop, length_closed, length_counts],
    "error_kind": [kind_if, kind_nested],
    "nucleus": [nucleus_sorted, nucleus_loop],
    "least_risk": [risk_matrix, risk_loop, risk_average],
}

WRONG = {
    "log_p": [
        ("yours are averaged", log_p_mean),
        ("the end symbol counts too", log_p_no_end),
        ("that is the probability", log_p_probability),
        ("yours are multiplied", log_p_product),
        ("the log-probabilities of all symbols are added", log_p_everything),
        ("Is a sum missing?", log_p_not_summed),
        ("those are the likeliest tokens", log_p_greedy),
        ("that is −log p", log_p_cost),
        ("the rows hold logarithms already", log_p_of_log),
        ("does a return stand in the loop?", log_p_in_loop),
        ("log_p is -", log_p_all),
    ],
    "count": [
        ("nothing can follow the end symbol", count_free),
        ("those that are cut off at the greatest length are missing", count_not_cut),
        ("those that end earlier are missing", count_longest),
        ("the end is one of the V symbols", count_with_end),
        ("range(1, max_len) stops before max_len", count_range),
        ("chosen freely t - 1 times", count_t),
        ("only the ones that are cut off are counted", count_cut_only),
        ("count is 7.5 and must be 15, for V = 3, max_len = 3", count_half),
    ],
    "expand": [
        ("those are the least likely", expand_worst),
        ("yours keeps one of each", expand_one_each),
        ("the width is for all prefixes together", expand_each),
        ("log-probability of the prefix itself must be added", expand_forgets),
        ("the table holds probabilities; take their logarithm", expand_no_log),
        ("keep the best beam_width of them", expand_uncut),
        ("the first beam_width continuations are kept", expand_unsorted),
        ("the log-probabilities are missing", expand_texts),
        ("in the wrong order: the most probable come first", expand_rising),
        ("those are probabilities; return log-probabilities", expand_probabilities),
        ("the log-probabilities are missing", expand_best_only),
        ("the texts are right, their log-probabilities are not", expand_bits),
    ],
    "part": [
        ("the two are exchanged", part_exchanged),
        ("what has max_len symbols is finished too", part_never_cut),
        ("what ends in the end symbol is finished too", part_only_cut),
        ("cut off one symbol too early", part_too_early),
        ("what is finished goes on as well", part_keeps),
        ("what is cut off at max_len is lost", part_loses),
        ("return two lists, the finished and those that go on", part_one_list),
        ("the log-probabilities are missing", part_texts),
        ("what ends belongs to the finished", part_and),
        ("with the pairs as they were given", part_swapped_pairs),
    ],
    "beam_search": [
        ("that is greedy search", search_greedy),
        ("yours stops at the first end", search_first_end),
        ("the best of the last step", search_last),
        ("compete with prefixes for a place", search_competing),
        ("what is cut off at max_len is lost", search_no_cut),
        ("the width is for all prefixes together", search_each),
        ("that is exhaustive search", search_exhaustive),
        ("the least probable of what it finished", search_min),
        ("that is the probability; return its logarithm", search_probability),
        ("yours is the text alone", search_text),
        ("return the best pair alone", search_list),
        ("one symbol too few", search_short),
        ("yours stops when beam_width texts have ended", search_until_full),
        ("no length penalty was asked for", search_per_symbol),
    ],
    "step": [
        ("yours keeps one of each", step_one_each),
        ("those are the least likely", step_worst),
        ("in the wrong order: the most probable come first", step_rising),
        ("the log-probability of the prefix itself must be added", step_forgets),
        ("return parents first, then tokens", step_exchanged),
        ("divide by V, the number of columns", step_by_rows),
        ("one array is missing", step_tokens),
        ("keep the best beam_width of them", step_all),
    ],
    "proof_width": [
        ("the proof needs >, not ≥", width_ceil_minus),
        ("the proof needs >, not ≥", width_loop_strict),
        ("a beam one narrower is enough", width_floor_plus),
        ("wider than needed", width_ceil),
        ("one too narrow", width_floor_minus),
        ("a width is a whole number", width_float),
        ("that is the probability that a width proves", width_bound),
        ("at p = 1 / (width + 1) exactly nothing is proved", width_inverse),
        ("rounding to the nearest is wider than needed", width_round),
    ],
    "score": [
        ("longer answers look worse still; divide", score_multiplied),
        ("the exponent belongs to the length", score_times),
        ("alpha is not used", score_mean),
        ("the power is on the score as a whole", score_whole),
        ("alpha is taken times the length", score_penalised),
        ("take nothing off", score_without_end),
        ("that is the form of Wu et al.", score_google),
        ("the sign is lost", score_positive),
    ],
    "cursed_length": [
        ("one too short", length_floor),
        ("a length is a whole number", length_fraction),
        ("the right symbol gets its share of the smoothing too", length_no_share),
        ("the share of one wrong symbol is smoothing / V", length_undivided),
        ("spread over all V symbols, the right one among them", length_others),
        ("the two logarithms are exchanged", length_exchanged),
        ("one too long", length_one_more),
    ],
    "error_kind": [
        ("the two errors are exchanged", kind_exchanged),
        ("at a tie the model does not prefer the reference", kind_ties),
        ("one of several references will do", kind_of_all),
        ("every wrong answer is a model error by your function", kind_model),
        ("with a blank and small letters it would be one of them", kind_names),
        ("with a blank and small letters it would be one of them", kind_capital),
        ("is_right is read the wrong way round", kind_not),
        ("None in some cases: a return is missing", kind_half),
    ],
    "nucleus": [
        ("what is left must be divided by its sum", nucleus_unscaled),
        ("with which the mass is reached belongs to the nucleus", nucleus_drops),
        ("the one that crosses it belongs to the nucleus", nucleus_drops_crossing),
        ("once the mass is reached exactly, nothing more is kept", nucleus_one_more),
        ("the values are sorted", nucleus_in_order),
        ("begin with the likeliest", nucleus_unsorted),
        ("that is min-p", nucleus_min_p),
        ("return a probability for each of the V tokens", nucleus_places),
        ("those are the tokens that are kept", nucleus_mask),
        ("the sum begins with the least likely", nucleus_ascending),
    ],
    "least_risk": [
        ("the risk is not divided by the sum of the probabilities", risk_not_normalised),
        ("all candidates count the same", risk_unweighted),
        ("that is the sum of the distances", risk_sum),
        ("that is the candidate with the greatest risk", risk_greatest),
        ("that is the most probable candidate", risk_of_likeliest),
        ("the weights belong to the truths", risk_rows),
        ("return two numbers, of the candidate and of its risk", risk_index_only),
        ("those are the risks of all candidates", risk_all),
        ("return the number of the candidate first", risk_exchanged),
        ("that is the worst case of each candidate", risk_worst),
    ],
}
