"""Fixtures that several test files use."""

import os

import matplotlib as mpl
import pytest
from book_fixtures import built_book  # noqa: F401

mpl.use("Agg")


@pytest.fixture
def in_tmp(tmp_path, monkeypatch):
    """An empty working folder with no seed in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RANDOM_SEED", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def close_figures():
    """Leave no figure open for the next test."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="session")
def torch():
    """PyTorch as an oracle; where it is not installed the test is skipped, but not in CI."""
    if os.environ.get("CI"):
        import torch

        return torch
    return pytest.importorskip("torch")
