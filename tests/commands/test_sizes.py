"""What does not fit into memory is refused before it is built, and the message says what would fit."""

import os
import re

import pytest

from lstm_lib import cli
from lstm_lib.commands import sizes
from lstm_lib.errors import InputError

GB = 10**9


def test_a_network_that_fits_is_let_through_and_so_is_any_where_memory_is_not_known(monkeypatch):
    sizes.require_room(10**6, 10**5, 32, free=GB)
    monkeypatch.setattr(sizes, "available", lambda: None)
    sizes.require_room(10**12, 10**9, 32)


def test_weights_that_do_not_fit_are_refused_with_what_they_need():
    with pytest.raises(
        InputError, match=r"^300,000,000 weights need 4\.8 GB to be trained, and 4\.0 GB are free; take a"
    ):
        sizes.require_room(300 * 10**6, 1000, 1, free=4 * GB)


def test_the_batch_that_is_named_fits_and_one_more_row_does_not():
    with pytest.raises(InputError) as refused:
        sizes.require_room(10**7, 10**6, 2000, free=GB)
    fits = int(re.search(r"a batch_size of (\d+) would fit", str(refused.value))[1])
    sizes.require_room(10**7, 10**6, fits, free=GB)
    with pytest.raises(InputError):
        sizes.require_room(10**7, 10**6, fits + 1, free=GB)


@pytest.mark.skipif(not os.path.exists("/proc/meminfo"), reason="only Linux says how much memory is free")
def test_what_is_free_is_what_the_system_and_the_limit_leave():
    import resource

    free, limits = sizes.available(), resource.getrlimit(resource.RLIMIT_AS)
    assert free > 10**8
    try:
        resource.setrlimit(resource.RLIMIT_AS, (10**11, limits[1]))
        assert sizes.available() <= min(free * 1.1, 10**11)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.mark.parametrize("command", ["train", "compare"])
def test_chars_refuses_a_window_that_needs_more_than_there_is(in_tmp, capsys, monkeypatch, command):
    (in_tmp / "t.txt").write_text("to be or not to be, that is the question\n" * 300)
    monkeypatch.setattr(sizes, "available", lambda: GB // 2)
    line = ["chars", command, "--data", "t.txt", "--epochs", "1", "--window", "250", "--batch-size", "40"]
    assert cli.main([*line, "--parameters", "40000000"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "0.5 GB are free; take a smaller hidden_size" in error


def test_seq2seq_refuses_units_that_need_more_than_there_is(in_tmp, capsys, monkeypatch):
    (in_tmp / "t.tsv").write_text("".join(f"ab{k}\tba{k}\n" for k in range(400)))
    monkeypatch.setattr(sizes, "available", lambda: GB)
    assert cli.main(["seq2seq", "train", "--train", "t.tsv", "--epochs", "1", "--hidden-size", "9000"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "GB are free; take a smaller hidden_size" in error


def test_a_start_that_takes_long_to_draw_is_announced(capsys):
    sizes.announce(3999, 2)
    assert capsys.readouterr().err == ""
    sizes.announce(12_000, 1)
    assert capsys.readouterr().err == "drawing the first weights of 12,000 units takes about 2.0 minutes\n"
