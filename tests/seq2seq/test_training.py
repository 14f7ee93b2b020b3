"""Padding counts nowhere, biases do not decay, and a run goes on as if it had never stopped."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from lstm_lib.data.lexicons import Pairs
from lstm_lib.data.symbols import BOS, EOS, PAD, UNKNOWN, Symbols
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks import torch_training
from lstm_lib.seq2seq.batches import bucketed_batches, shifted, take_batch
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.training import (
    Recipe,
    make_optimizer,
    masked_loss,
    train,
    train_step,
)
from lstm_lib.storage.checkpoint import Run

LETTERS = "abcdefg"
RECIPE = Recipe(batch_size=16, learning_rate=0.01)


def backwards(n, seed=0, longest=5):
    """Words and what they are read backwards, in capitals."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list(LETTERS), size=rng.integers(1, longest + 1))) for _ in range(n)]
    return Pairs("backwards", words, [word[::-1].upper() for word in words])


SOURCE, TARGET = Symbols.learn([LETTERS]), Symbols.learn([LETTERS.upper()])


def encoded(pairs):
    return SOURCE.encode_rows(pairs.sources), TARGET.encode_rows(pairs.targets, end=True)


def model(*, seed=0, **options):
    shape = {"hidden_size": 12, "embedding_size": 6, "dropout": 0.0} | options
    return Seq2Seq(Architecture(SOURCE.size, TARGET.size, **shape), seed=seed)


def weights(m):
    return {n: p.detach().numpy().copy() for n, p in m.named_parameters()}


def assert_same(a, b):
    for name, array in weights(a).items():
        np.testing.assert_array_equal(weights(b)[name], array, err_msg=name)


def random_log_p(shape, seed=0):
    logits = torch.from_numpy(np.random.default_rng(seed).normal(size=shape))
    logits[..., [PAD, BOS, UNKNOWN]] = -torch.inf
    return torch.log_softmax(logits, dim=-1)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_is_that_of_a_loop_over_real_symbols(smoothing):
    B, T, V = 3, 5, 9
    log_p = random_log_p((B, T, V)).requires_grad_()
    ys = torch.tensor([[4, 8, EOS, PAD, PAD], [6, EOS, PAD, PAD, PAD], [7, 5, UNKNOWN, 4, EOS]])
    expected = 0.0
    for b, t in itertools.product(range(B), range(T)):
        if ys[b, t] in (PAD, UNKNOWN):
            continue
        p = {v: smoothing / 6 for v in (EOS, 4, 5, 6, 7, 8)}
        p[ys[b, t].item()] += 1 - smoothing
        expected -= sum(share * log_p[b, t, v].item() for v, share in p.items())
    loss = masked_loss(log_p, ys, label_smoothing=smoothing)
    assert loss.item() == pytest.approx(expected, rel=1e-12)
    loss.backward()
    assert (log_p.grad[ys == PAD] == 0).all() and torch.isfinite(log_p.grad).all()


def test_padding_counts_neither_in_the_loss_nor_in_the_gradient():
    sources, targets = encoded(backwards(20))
    m = model().double()
    found = []
    for extra in (0, 4):
        ys = torch.from_numpy(np.pad(targets[0], ((0, 0), (0, extra))))
        xs = torch.from_numpy(np.pad(sources[0], ((0, 0), (0, extra))))
        loss = masked_loss(m(xs, torch.from_numpy(sources[1]), shifted(ys)), ys, label_smoothing=0.2)
        found.append([loss, *torch.autograd.grad(loss, list(m.parameters()))])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b)
    assert (found[0][2][PAD] == 0).all()  # the embedding of padding in the target is never used


def test_a_batch_holds_pairs_of_about_one_length_and_each_pair_once():
    rng = np.random.default_rng(0)
    sources, targets = rng.integers(1, 9, size=(2, 500))
    batches = bucketed_batches(sources, targets, 32, rng)
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert {len(batch) for batch in batches} == {31, 32}
    assert sum(len(set(sources[batch])) > 1 for batch in batches) <= 7  # where one length ends and the next begins
    again = bucketed_batches(sources, targets, 32, rng)
    assert any((a != b).any() for a, b in zip(batches, again, strict=True) if len(a) == len(b))
    xs, lengths, ys = take_batch((np.ones((500, 8), int), sources), (np.ones((500, 9), int), targets), batches[3])
    assert xs.shape == (len(lengths), max(lengths)) and ys.shape[1] == targets[batches[3]].max()


@pytest.mark.parametrize("options", [{}, {"cell": "gru", "attention": "additive"}, {"bidirectional": False}])
def test_a_model_learns_to_spell_backwards(options):
    learn, unseen = backwards(600, longest=4), backwards(60, seed=1, longest=4)
    m = model(hidden_size=32, **options)
    scorer = Scorer(unseen, SOURCE, TARGET)
    history = train(m, *encoded(learn), RECIPE, epochs=12, measure=scorer.teacher_forced)
    scores = scorer.free_running([tokens for tokens, _ in scorer.write(m)])
    assert scores["sequence_accuracy"] > 0.8 and history[-1]["teacher_forced_token_accuracy"] > 0.9
    assert history[-1]["teacher_forced_loss"] < history[0]["teacher_forced_loss"]


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_a_run_stopped_after_any_epoch_ends_with_the_same_weights(tmp_path, stopped_after):
    shape = {"layers": 2, "dropout": 0.2}
    recipe = dataclasses.replace(RECIPE, teacher_forcing_end=0.5)
    data, options = encoded(backwards(50)), {"epochs": 4, "seed": 3}
    whole = model(**shape)
    history = train(whole, *data, recipe, **options)
    steps = itertools.count(1)

    def stop(*_):
        if next(steps) == 4 * stopped_after + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model(**shape), *data, recipe, run=Run(tmp_path, {}), on_step=stop, **options)
    resumed = model(**shape, seed=99)  # its own first weights must not matter
    torch.manual_seed(stopped_after)  # nor what else draws random numbers
    again = train(resumed, *data, recipe, run=Run(tmp_path, {}), **options)
    assert_same(whole, resumed)
    without_time = [[{k: v for k, v in row.items() if k != "seconds"} for row in h] for h in (history, again)]
    assert without_time[0] == without_time[1]


def test_the_state_of_another_model_is_refused(tmp_path):
    data = encoded(backwards(20))
    train(model(), *data, RECIPE, epochs=1, run=Run(tmp_path, {}))
    for other in (model(hidden_size=13), model(cell="gru"), model(attention="none")):
        with pytest.raises(InputError, match="that of another model"):
            train(other, *data, RECIPE, epochs=2, run=Run(tmp_path, {}))


def test_weights_decay_by_the_rate_and_biases_do_not():
    m = model()
    before = weights(m)
    optimizer = make_optimizer(m, Recipe(learning_rate=0.5, weight_decay=0.1))
    for p in m.parameters():
        p.grad = torch.zeros_like(p)
    m.readout.bias.data += 1
    optimizer.step()
    for name, array in weights(m).items():
        decayed = before[name] + ("readout.bias" in name) if "bias" in name else before[name] * (1 - 0.5 * 0.1)
        np.testing.assert_allclose(array, decayed, rtol=1e-6, err_msg=name)
    assert Recipe().weight_decay == 1e-5


def test_a_step_is_clipped_to_the_longest_gradient(monkeypatch):
    m = model()
    seen = []
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self: seen.extend(p.grad.clone() for p in m.parameters()))
    data = encoded(backwards(9))
    batch = take_batch(*data, np.arange(9))
    train_step(m, make_optimizer(m, RECIPE), batch, dataclasses.replace(RECIPE, clip_norm=1e-3), 0.0, 30)
    assert np.sqrt(sum((g**2).sum().item() for g in seen)) == pytest.approx(1e-3, rel=1e-3)


def test_short_epochs_are_not_all_measured_within_a_budget(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.process_time", lambda: now[0])
    data, measured, seen = encoded(backwards(50)), [], []

    def real_step(*args):
        now[0] += 1.0
        return train_step(*args)

    def measure(_):
        measured.append(now[0])
        now[0] += 3.0
        return {"score": len(measured)}

    monkeypatch.setattr("lstm_lib.seq2seq.training.train_step", real_step)
    options = {"measure": measure, "on_epoch": lambda rows: seen.append(len(rows))}
    history = train(model(), *data, RECIPE, budget=100, **options)  # 4 steps in an epoch
    assert [row["epoch"] for row in history] == [1, 3, 6, 9, 12, 15, 18, 21, 24, 25]
    assert history[-1]["seconds"] == 100 and now[0] == 100 + 3 * len(history)
    assert [row["score"] for row in history] == seen == list(range(1, 11))
    every = train(model(), *data, RECIPE, epochs=5, measure=measure)
    assert [row["epoch"] for row in every] == [1, 2, 3, 4, 5]


def test_the_loss_of_epochs_that_are_not_measured_counts_in_the_next_row(monkeypatch):
    now, losses = [0.0], []
    monkeypatch.setattr("time.process_time", lambda: now[0])

    def real_step(*args):
        now[0] += 1.0
        losses.append(train_step(*args))
        return losses[-1]

    def measure(_):
        now[0] += 3.0
        return {}

    monkeypatch.setattr("lstm_lib.seq2seq.training.train_step", real_step)
    first, second, *_ = train(model(), *encoded(backwards(50)), RECIPE, budget=20, measure=measure)
    assert (first["step"], second["step"]) == (4, 12)
    assert first["train_loss"] == np.mean(losses[:4]) and second["train_loss"] == np.mean(losses[4:12])


def test_a_budget_ends_with_the_step_that_spends_it_and_measuring_is_free(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(torch_training.time, "process_time", lambda: float(next(clock)))  # each step takes a second
    progress, measured = [], []

    def measure(_):
        next(clock)
        measured.append(len(progress))
        return {"measured": len(measured)}

    history = train(
        model(), *encoded(backwards(50)), RECIPE, budget=10, measure=measure, on_step=lambda *a: progress.append(a[0])
    )
    assert [row["step"] for row in history] == measured == [4, 8, 10] and history[-1]["seconds"] == 10
    assert history[1] | {"epoch": 2, "pairs": 100, "measured": 2} == history[1]
    np.testing.assert_allclose(progress, np.arange(1, 11) / 10)
    with pytest.raises(ValueError, match="either"):
        train(model(), *encoded(backwards(50)), RECIPE)


def test_the_rate_and_the_forcing_follow_their_schedules():
    linear, cycle, constant = (Recipe(learning_rate=2.0, schedule=s) for s in ("linear", "one_cycle", "constant"))
    assert linear.rate(0) < 0.2 and linear.rate(0.1) == linear.rate(0.6) == 2
    assert linear.rate(0.8) == pytest.approx(1) and linear.rate(1) == 0
    assert cycle.rate(0) < 0.05 and cycle.rate(0.1) == pytest.approx(2) and cycle.rate(1) < 0.01
    assert constant.rate(0) == constant.rate(1) == 2
    assert Recipe(teacher_forcing=0.8).forcing(0.7) == 0.8
    assert Recipe(teacher_forcing=1.0, teacher_forcing_end=0.5).forcing(0.5) == 0.75


def test_a_divergence_and_too_few_pairs_are_told():
    with pytest.raises(DivergedError, match="the loss is not finite; lower the learning rate"):
        train(model(), *encoded(backwards(50)), Recipe(learning_rate=1e36), epochs=9)
    with pytest.raises(InputError, match="2 pairs in batches of 16 can't be shared among 4 processes"):
        train(model(), *encoded(backwards(2)), RECIPE, epochs=1, world_size=4)


def _worker(rank, world_size, folder):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{folder}/group", rank=rank, world_size=world_size)
    m = model()
    run = Run(f"{folder}/{rank}", {})
    history = train(m, *encoded(backwards(49)), RECIPE, epochs=2, rank=rank, world_size=world_size, run=run)
    np.savez(f"{folder}/{rank}.npz", steps=history[-1]["step"], loss=history[-1]["train_loss"], **weights(m))
    torch.distributed.destroy_process_group()


def test_two_processes_make_the_steps_of_one(tmp_path):
    alone = model()
    history = train(alone, *encoded(backwards(49)), RECIPE, epochs=2)
    torch.multiprocessing.start_processes(_worker, (2, str(tmp_path)), 2, start_method="fork")
    first, second = (np.load(tmp_path / f"{rank}.npz") for rank in range(2))
    assert first["steps"] == history[-1]["step"]
    assert first["loss"] == second["loss"] == pytest.approx(history[-1]["train_loss"], rel=1e-5)
    for name, p in weights(alone).items():
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(first[name], p, atol=2e-4, err_msg=name)
    assert (tmp_path / "0" / "model.safetensors").exists() and not (tmp_path / "1" / "model.safetensors").exists()


def test_rows_and_sources_are_scored_each_in_its_own_way():
    pairs = Pairs("p", ["ab", "ab", "c", "de"], ["BA", "B", "C", "EED"])
    scorer = Scorer(pairs, SOURCE, TARGET)
    assert scorer.texts == ["ab", "c", "de"] and scorer.listed[0] == ["BA", "B"]
    ids = dict(zip(LETTERS.upper(), range(4, 11), strict=True))
    outputs = [[ids["B"], EOS], [ids["C"], EOS], [ids["E"], ids["D"], EOS]]
    scores = scorer.free_running(outputs)
    assert scores["sequence_accuracy"] == 2 / 3 and scores["row_sequence_accuracy"] == 2 / 4
    assert scores["row_sequence_accuracy_any"] == 3 / 4
    assert scores["token_error_rate"] == 1 / (1 + 1 + 3)  # B of B, C of C, and one left out of EED
    assert scores["row_token_accuracy"] == (1 + 2 + 2 + 1) / (3 + 2 + 2 + 4)
    groups = scorer.by_length({"beam": outputs}, most=2)
    first, second = ({"shortest": n, "longest": n, "sources": n} for n in (1, 2))
    assert groups == [first | {"beam": 1.0}, second | {"beam": 0.5}]
    written = [(tokens, -0.5) for tokens in outputs]
    rows = scorer.predictions({"greedy": written, "beam": written})
    assert [row["right"] for row in rows] == [True, True, False] and [row["edits"] for row in rows] == [0, 0, 1]
    assert rows[2] | {"source": "de", "references": ["EED"], "beam": "ED", "score": -0.5} == rows[2]
