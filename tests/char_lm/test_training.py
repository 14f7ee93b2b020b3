"""Training learns what can be learned, stops when it should, and resumes as if it had never stopped."""

import itertools

import numpy as np
import pytest
import torch

from lstm_lib.char_lm import training as char_training
from lstm_lib.char_lm.comparison import training_memory
from lstm_lib.char_lm.model import Architecture, CharLM, loss
from lstm_lib.char_lm.rivals import NGram
from lstm_lib.char_lm.training import Recipe, train, train_step, validation_loss
from lstm_lib.data.brackets import bracket_entropy, bracket_text
from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks import torch_training
from lstm_lib.storage.checkpoint import Run

V = 7
RECIPE = Recipe(batch_size=4, window=6)


def model(*, seed=0, **options):
    return CharLM(Architecture(V, **({"hidden_size": 8, "embedding_size": 3} | options)), seed=seed)


def ids(n, seed=0):
    return np.random.default_rng(seed).integers(0, V, size=n)


def weights(m):
    return {n: p.detach().numpy().copy() for n, p in m.named_parameters()}


def assert_same(a, b):
    for name, array in weights(a).items():
        np.testing.assert_array_equal(weights(b)[name], array, err_msg=name)


def test_an_lstm_learns_the_brackets_almost_as_well_as_possible_and_better_than_counting():
    text = bracket_text(60_000, np.random.default_rng(0), deepest=4)
    symbols = Symbols.learn([text], special=TEXT, least=2)
    learn, unseen = symbols.encode(text)[:50_000], symbols.encode(text)[50_000:]
    m = CharLM(Architecture(symbols.size, hidden_size=24, embedding_size=4), seed=0)
    history = train(m, learn, Recipe(0.03, batch_size=16, window=32), epochs=8, validation=unseen)
    floor = bracket_entropy(deepest=4)
    assert floor - 0.01 < loss(m, unseen) < floor + 0.06 < NGram(learn, 3, symbols.size).loss(unseen)
    cut = loss(m, unseen, batch_size=16, window=32)  # each row begins without knowing what came before
    assert history[-1]["validation_loss"] == pytest.approx(cut, abs=1e-6)
    assert validation_loss(m, unseen[:999], Recipe(batch_size=16)) == pytest.approx(loss(m, unseen[:999]), abs=1e-6)
    assert history[0]["train_loss"] > history[-1]["train_loss"]


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_a_run_stopped_after_any_epoch_ends_with_the_same_weights(tmp_path, stopped_after):
    shape = {"layers": 2, "dropout": 0.2, "recurrent_dropout": 0.3}
    options = {"epochs": 4, "seed": 3, "validation": ids(40, 1)}
    whole = model(**shape)
    history = train(whole, ids(300), RECIPE, **options)
    steps_in_epoch = history[-1]["step"] // 4
    steps = itertools.count(1)

    def stop(*_):
        if next(steps) == steps_in_epoch * stopped_after + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model(**shape), ids(300), RECIPE, run=Run(tmp_path, {}), on_step=stop, **options)
    resumed = model(**shape, seed=99)  # its own first weights must not matter
    torch.manual_seed(stopped_after)  # nor what else draws random numbers
    again = train(resumed, ids(300), RECIPE, run=Run(tmp_path, {}), **options)
    assert_same(whole, resumed)
    without_time = [[{k: v for k, v in row.items() if k != "seconds"} for row in h] for h in (history, again)]
    assert without_time[0] == without_time[1]


def test_each_epoch_drops_other_units():
    still = Recipe(learning_rate=1e-30, batch_size=4, window=6)
    for dropout in (0.0, 0.5):
        first, second = train(model(dropout=dropout), ids(300), still, epochs=2, rows_of_history=1)[-2:]
        assert (first["train_loss"] == second["train_loss"]) == (dropout == 0)


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    m = model(dropout=0.5)
    torch.manual_seed(0)
    train(m, ids(100), RECIPE, epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_the_state_of_another_model_is_refused(tmp_path):
    train(model(), ids(100), RECIPE, epochs=1, run=Run(tmp_path, {}))
    for other in (model(hidden_size=9), model(cell="gru")):
        with pytest.raises(InputError, match="that of another model"):
            train(other, ids(100), RECIPE, epochs=2, run=Run(tmp_path, {}))


def test_the_state_is_carried_and_no_gradient_flows_into_the_window_before():
    m = model()
    optimizer = char_training.make_optimizer(m, RECIPE)
    xs, ys = torch.from_numpy(ids(24)).reshape(4, 6), torch.from_numpy(ids(24, 1)).reshape(4, 6)
    first, state = train_step(m, optimizer, xs, ys, None, 1.0)
    assert all(part.abs().max() > 0 and not part.requires_grad for part in state)
    before = weights(m)
    assert train_step(m, optimizer, xs, ys, state, 1.0)[0] != first
    assert any((weights(m)[n] != before[n]).any() for n in before)


def test_a_step_is_clipped_to_the_longest_gradient(monkeypatch):
    m = model()
    seen = []
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self: seen.extend(p.grad.clone() for p in m.parameters()))
    xs = torch.from_numpy(ids(24)).reshape(4, 6)
    train_step(m, char_training.make_optimizer(m, RECIPE), xs, xs, None, 1e-3)
    assert np.sqrt(sum((g**2).sum().item() for g in seen)) == pytest.approx(1e-3, rel=1e-4)


def test_a_budget_ends_with_the_step_that_spends_it_and_scoring_is_free(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(torch_training.time, "process_time", lambda: float(next(clock)))  # each step takes a second
    calls = []
    history = train(
        model(), ids(200), RECIPE, budget=20, validation=ids(50), rows_of_history=4, on_step=lambda *a: calls.append(a)
    )
    # Quarters, and ends of epochs of nine steps; but the end of the second comes when scoring, of a second each, has
    # taken more than a fifth of the time.
    assert [row["step"] for row in history] == [5, 9, 10, 15, 20]
    assert history[-1]["seconds"] == 20 and history[-1]["epoch"] == 3
    assert [progress for progress, _, _ in calls] == pytest.approx(np.arange(1, 21) / 20)
    assert sum(n for _, _, n in calls) == history[-1]["characters"] == 2 * 4 * 49 + 2 * 24
    with pytest.raises(ValueError, match="either"):
        train(model(), ids(200), RECIPE)


def test_the_rate_follows_one_cycle_or_stays(monkeypatch):
    rates = []

    def note(m, optimizer, *_):
        rates.append(optimizer.param_groups[0]["lr"])
        return 0.0, None

    monkeypatch.setattr(char_training, "train_step", note)
    train(model(), ids(2404), RECIPE, epochs=1)
    assert len(rates) == 100 and np.argmax(rates) == 10 and rates[10] == pytest.approx(0.01)
    assert rates[0] < rates[10] / 50 and rates[-1] < rates[10] / 1000
    assert rates[55] == pytest.approx(0.005)  # half way down the cosine
    rates.clear()
    train(model(), ids(200), Recipe(batch_size=4, window=6, schedule="constant"), epochs=1)
    assert set(rates) == {0.01}


def test_a_text_that_is_too_short_and_a_divergence_are_told():
    with pytest.raises(InputError, match=r"has 27 characters; 4 rows of one window of 6 need 28"):
        train(model(), ids(27), RECIPE, epochs=1)
    train(model(), ids(28), RECIPE, epochs=1)
    with pytest.raises(DivergedError, match="the loss is not finite; lower the learning rate"):
        train(model(), ids(200), Recipe(learning_rate=1e38, batch_size=4, window=6), epochs=3)


def sgd_step(rank, world_size):
    """Weights after one plain step, which, unlike Adam's, is as long as the gradient."""
    m = model()
    xs, ys = (torch.from_numpy(ids(24, seed)).reshape(4, 6)[rank::world_size] for seed in (0, 1))
    train_step(m, torch.optim.SGD(m.parameters(), lr=5.0), xs, ys, None, 1e9, world_size)
    return weights(m)


def _worker(rank, world_size, folder):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{folder}/group", rank=rank, world_size=world_size)
    m = model()
    history = train(m, ids(300), RECIPE, epochs=2, rank=rank, world_size=world_size, run=Run(f"{folder}/{rank}", {}))
    np.savez(f"{folder}/{rank}.npz", steps=history[-1]["step"], **weights(m))
    np.savez(f"{folder}/sgd{rank}.npz", **sgd_step(rank, world_size))
    torch.distributed.destroy_process_group()


def test_two_processes_make_the_steps_of_one(tmp_path):
    alone = model()
    history = train(alone, ids(300), RECIPE, epochs=2)
    torch.multiprocessing.start_processes(_worker, (2, str(tmp_path)), 2, start_method="fork")
    first, second = (np.load(tmp_path / f"{rank}.npz") for rank in range(2))
    assert first["steps"] == history[-1]["step"]
    for name, p in weights(alone).items():
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(first[name], p, atol=1e-4)
    for name, p in sgd_step(0, 1).items():
        np.testing.assert_allclose(np.load(tmp_path / "sgd0.npz")[name], p, atol=1e-5)
    assert (tmp_path / "0" / "model.safetensors").exists() and not (tmp_path / "1" / "model.safetensors").exists()
    with pytest.raises(ValueError, match="multiple"):
        train(model(), ids(300), RECIPE, epochs=1, world_size=3)


def test_memory_grows_by_the_same_with_every_window():
    sizes = [training_memory(model(), Recipe(batch_size=4, window=T)) for T in (100, 200, 300)]
    assert sizes[2] - sizes[1] == pytest.approx(sizes[1] - sizes[0], rel=0.1)
    assert sizes[1] - sizes[0] > 100 * 4 * 4 * 8  # at the very least h of each step, in four bytes
    m = model()
    assert sizes[0] > 4 * sum(p.nbytes for p in m.parameters())
