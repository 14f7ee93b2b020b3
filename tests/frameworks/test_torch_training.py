"""Progress is counted in steps or in seconds, and a state is taken back on whatever device the model is."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks import torch_training
from lstm_lib.frameworks.torch_training import (
    TrainingProgress,
    own_random_numbers,
    require_finite,
    resume_state,
    save_state,
    seed_epoch,
    set_rate,
)
from lstm_lib.storage.checkpoint import Run

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def clocks(monkeypatch):
    """Two clocks that count how often they were read, a CPU's by ones and the wall's by tens; and what was waited."""
    waited = []
    cpu, wall = itertools.count(), itertools.count(step=10)
    monkeypatch.setattr(torch_training.time, "process_time", lambda: float(next(cpu)))
    monkeypatch.setattr(torch_training.time, "perf_counter", lambda: float(next(wall)))
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    return waited


def steps(progress, n, read=3):
    for _ in range(n):
        with progress.next_step(read):
            pass


def test_epochs_are_counted_in_steps():
    progress = TrainingProgress(2, None, 4, "pairs", CPU)
    steps(progress, 6)
    assert progress.share == 6 / 8 and not progress.done and progress.read == 18
    steps(progress, 2)
    assert progress.done and progress.share == 1


@pytest.mark.parametrize(("device", "seconds", "waits"), [(CPU, 1.0, 0), (CUDA, 10.0, 2)])
def test_a_budget_is_cpu_time_on_the_cpu_and_wall_time_on_a_gpu_that_has_caught_up(clocks, device, seconds, waits):
    progress = TrainingProgress(None, 4 * seconds, 99, "pairs", device)
    steps(progress, 3)
    assert progress.seconds == 3 * seconds and progress.share == 3 / 4
    assert clocks == [device] * 3 * waits
    steps(progress, 2)
    assert progress.done and progress.share == 1


def test_a_row_counts_the_epoch_that_goes_on_and_another_training_goes_on_from_it(clocks):
    progress = TrainingProgress(None, 100.0, 4, "pairs", CUDA)
    steps(progress, 2, read=7)
    progress.record(train_loss=0.5, validation_loss=0.7)
    counted = {"epoch": 1, "step": 2, "pairs": 14, "seconds": 20.0}
    assert progress.history == [counted | {"train_loss": 0.5, "validation_loss": 0.7}]
    again = TrainingProgress(None, 100.0, 4, "pairs", CUDA)
    progress.end_epoch()
    again.go_on(progress.state())
    assert (again.epoch, again.within) == (1, 0)
    steps(again, 3, read=1)
    again.record()
    assert again.history[-1] == {"epoch": 2, "step": 5, "pairs": 17, "seconds": 50.0} and again.share == 0.5


@pytest.mark.parametrize("limits", [(None, None), (3, 4.0)])
def test_a_training_needs_one_limit(limits):
    with pytest.raises(ValueError, match="either epochs or budget"):
        TrainingProgress(*limits, 4, "pairs", CPU)


def test_losses_that_are_not_finite_end_a_training():
    require_finite(0.1, 3.0, 1e30)
    for loss in (np.nan, np.inf):
        with pytest.raises(DivergedError, match=r"not finite; lower the learning rate \(now 0\.1\)"):
            require_finite(0.1, 3.0, loss)


def test_an_epoch_s_random_numbers_follow_from_its_number_and_those_of_others_are_left_alone():
    torch.manual_seed(0)
    expected, drawn = torch.rand(3), {}
    torch.manual_seed(0)
    with own_random_numbers(CPU):
        for seed, epoch, rank in itertools.product((0, 1), (0, 1), (0, 1)):
            seed_epoch(seed, epoch, rank)
            drawn[seed, epoch, rank] = torch.rand(3)
        seed_epoch(1, 0, 1)
        assert torch.equal(torch.rand(3), drawn[1, 0, 1])
    assert len({tuple(x.tolist()) for x in drawn.values()}) == 8
    assert torch.equal(torch.rand(3), expected)


def test_the_rate_is_that_of_all_groups():
    a, b = nn.Linear(2, 3), nn.Linear(3, 2)
    optimizer = torch.optim.AdamW([{"params": a.parameters()}, {"params": b.parameters()}], 0.1)
    set_rate(optimizer, 0.03)
    assert [group["lr"] for group in optimizer.param_groups] == [0.03, 0.03]


def trained(fused, n=3):
    """A model, an optimizer with two groups in another order than the model's, after some steps."""
    torch.manual_seed(4)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = optimizer_of(model, fused)
    for k in range(n):
        step(model, optimizer, k)
    return model, optimizer


def optimizer_of(model, fused):
    groups = [{"params": [p for n, p in model.named_parameters() if kind in n]} for kind in ("bias", "weight")]
    return torch.optim.AdamW(groups, 0.1, fused=fused)


def step(model, optimizer, k):
    xs = torch.from_numpy(np.random.default_rng(k).normal(size=(5, 2))).float()
    model.zero_grad()
    (model(xs) ** 2).mean().backward()
    optimizer.step()


@pytest.mark.parametrize("fused", [False, True])
def test_a_state_is_taken_back_to_the_last_bit(tmp_path, fused):
    model, optimizer = trained(fused)
    progress = TrainingProgress(9, None, 4, "pairs", CPU)
    steps(progress, 4)
    progress.record(train_loss=1.0)
    progress.end_epoch()
    save_state(Run(tmp_path, {}), "s", model, optimizer, progress)
    other = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    its_optimizer, its_progress = optimizer_of(other, fused), TrainingProgress(9, None, 4, "pairs", CPU)
    resume_state(Run(tmp_path, {}), "none", other, its_optimizer, its_progress)
    assert its_progress.step == 0 and not torch.equal(other[0].weight, model[0].weight)
    resume_state(Run(tmp_path, {}), "s", other, its_optimizer, its_progress)
    assert (its_progress.epoch, its_progress.step, its_progress.history) == (1, 4, progress.history)
    for k in (7, 8):
        step(model, optimizer, k)
        step(other, its_optimizer, k)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_state_goes_to_the_device_of_the_model(tmp_path):
    model, optimizer = trained(fused=False)
    progress = TrainingProgress(9, None, 4, "pairs", CPU)
    steps(progress, 4)
    progress.record(train_loss=1.0)
    save_state(Run(tmp_path, {}), "s", model, optimizer, progress)
    elsewhere = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).to("meta")
    its_optimizer = optimizer_of(elsewhere, fused=False)
    resume_state(Run(tmp_path, {}), "s", elsewhere, its_optimizer, TrainingProgress(9, None, 4, "pairs", CPU))
    for p in elsewhere.parameters():
        state = its_optimizer.state[p]
        assert p.is_meta and state["exp_avg"].is_meta and state["exp_avg_sq"].is_meta and state["step"].item() == 3


def test_the_state_of_another_model_is_refused(tmp_path):
    model, optimizer = trained(fused=False)
    progress = TrainingProgress(9, None, 4, "pairs", CPU)
    steps(progress, 4)
    progress.record(train_loss=1.0)
    save_state(Run(tmp_path, {}), "s", model, optimizer, progress)
    other = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    with pytest.raises(InputError, match="the state 's' is that of another model"):
        resume_state(Run(tmp_path, {}), "s", other, optimizer_of(other, False), progress)


@pytest.mark.parametrize(
    ("name", "value"),
    [("exp_avg_sq", -1.0), ("exp_avg_sq", np.nan), ("exp_avg", np.inf), ("exp_avg", np.zeros(2)), ("step", -3.0)],
)
def test_a_state_that_was_tampered_with_is_refused(tmp_path, name, value):
    model, optimizer = trained(fused=False)
    progress = TrainingProgress(9, None, 4, "pairs", CPU)
    steps(progress, 4)
    progress.record(train_loss=1.0)
    run = Run(tmp_path, {})
    save_state(run, "s", model, optimizer, progress)
    arrays, meta = run.resume("s")
    array = arrays[f"{name}.0.weight"]
    run.save("s", arrays | {f"{name}.0.weight": value + 0 * array if np.isscalar(value) else value}, meta)
    with pytest.raises(InputError, match="the state 's' is that of another model"):
        resume_state(run, "s", model, optimizer, progress)
