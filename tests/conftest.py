"""Fixtures that several test files use."""

import os
import re

import matplotlib as mpl
import pytest
from book_fixtures import built_book  # noqa: F401

mpl.use("Agg")


def pytest_ignore_collect(collection_path, config):
    """With ``-m numpy`` pass over files without that marker: where no framework is, many can't even be imported."""
    wanted = re.search(r"(?<!not )\bnumpy\b", config.option.markexpr)
    if wanted and collection_path.name.startswith("test_") and collection_path.suffix == ".py":
        return "pytest.mark.numpy" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_terminal_summary(terminalreporter):
    """Print what tests have to tell, tables and costs: ``record_property("told", text)``."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    told = [text for report in reports for name, text in report.user_properties if name == "told"]
    if told:
        terminalreporter.section("told by the tests")
        terminalreporter.write_line("\n".join(told))


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
