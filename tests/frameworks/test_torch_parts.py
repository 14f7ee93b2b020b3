"""A model's mode comes back whatever happens, a device is what was asked for, and a missing PyTorch is named."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import (
    evaluating,
    linear,
    parameter_arrays,
    pick_device,
    recurrent,
    set_parameters,
)


@pytest.fixture
def model():
    """A model in training mode, one part of which is not."""
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.1)))
    model[1].eval()
    return model


def modes(model):
    return [module.training for module in model.modules()]


def test_a_model_is_evaluated_without_gradients_and_then_trained_on(model):
    before = modes(model)
    with evaluating(model):
        assert not any(modes(model)) and not model(torch.ones(4, 2)).requires_grad
    assert modes(model) == before == [True, True, False, True, True] and torch.is_grad_enabled()


def test_an_exception_leaves_the_mode_as_it_was(model):
    before = modes(model)
    with pytest.raises(KeyError), evaluating(model):
        raise KeyError
    assert modes(model) == before and torch.is_grad_enabled()


def test_evaluations_can_be_nested(model):
    before = modes(model)
    with evaluating(model):
        with evaluating(model):
            pass
        assert not any(modes(model)) and not torch.is_grad_enabled()
    assert modes(model) == before


def test_a_model_that_was_evaluated_stays_so(model):
    model.eval()
    with evaluating(model):
        pass
    assert not any(modes(model))


@pytest.mark.parametrize(
    ("name", "gpu", "device"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_a_device_is_the_one_asked_for_and_auto_is_the_gpu_where_there_is_one(monkeypatch, name, gpu, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert pick_device(name) == torch.device(device)


def test_a_gpu_that_is_not_there_and_an_unknown_device_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device cuda: PyTorch finds no GPU here; take cpu, or auto"):
        pick_device("cuda")
    with pytest.raises(InputError, match="device must be one of auto, cpu, cuda, not 'tpu'"):
        pick_device("tpu")


def test_arrays_go_into_a_model_and_come_out_of_it():
    first, second = (recurrent("gru", 3, 4, np.random.default_rng(seed), layers=2) for seed in (0, 1))
    set_parameters(second, parameter_arrays(first))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(ValueError, match="another model"):
        set_parameters(linear(3, 4, np.random.default_rng(0)), parameter_arrays(first))


BLOCKED = "import sys; sys.modules['torch'] = None\n"


def test_without_pytorch_an_import_error_says_what_to_install():
    code = BLOCKED + "from lstm_lib.char_lm import NGram\ntry:\n    from lstm_lib.char_lm import CharLM\n"
    code += "except ImportError as error:\n    print(type(error).__name__, error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingFrameworkError PyTorch can't be loaded (")
    assert done.stdout.endswith("pip install 'lstm-lib[torch]'\n")


@pytest.mark.parametrize("argv", [["chars", "sample"], ["seq2seq", "translate", "cat"]])
def test_without_pytorch_a_command_ends_in_one_line(argv):
    code = BLOCKED + f"from lstm_lib.cli import main; sys.exit(main({argv}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    assert done.stderr.startswith("lstm-lib: error: PyTorch can't be loaded")
