"""A disk that fills up, and a process that has ended."""

import errno
import os
import subprocess
import sys
import tempfile

import pytest
from safetensors import SafetensorError

import lstm_lib.storage.checkpoint


@pytest.fixture
def ended_process():
    """Return the number of a process that has ended."""

    def start():
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            pass
        return process.pid

    return start


class FullDisk:
    """Make two folders; after :meth:`fill` nothing more fits into the first, and the second is the temporary one."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def __call__(self, tmp_path):
        self.folder, self.elsewhere = tmp_path / "full", tmp_path / "elsewhere"
        self.folder.mkdir()
        self.elsewhere.mkdir()
        self.monkeypatch.setattr(tempfile, "tempdir", str(self.elsewhere))
        return self.folder, self.elsewhere

    def fill(self, *, too_full_to_begin=False):
        """Refuse each write into the folder, or even to make a file there."""
        module = lstm_lib.storage.checkpoint
        save_file, mkstemp, rename = module.save_file, tempfile.mkstemp, os.replace

        def save(arrays, place, **options):
            if self.folder in place.parents:
                place.write_bytes(b"half")
                raise SafetensorError(
                    "Error while serializing: I/O error: No space left on device (os error 28)"  # what it says
                )
            save_file(arrays, place, **options)

        def replace(source, target):
            if self.folder in target.parents:
                raise OSError(errno.ENOSPC, "No space left on device")
            rename(source, target)

        def make(*arguments, dir=None, **options):
            if dir is not None and self.folder in [dir, *dir.parents]:
                raise OSError(errno.ENOSPC, "No space left on device")
            return mkstemp(*arguments, dir=dir, **options)

        self.monkeypatch.setattr(module, "save_file", save)
        self.monkeypatch.setattr(os, "replace", replace)
        if too_full_to_begin:
            self.monkeypatch.setattr(tempfile, "mkstemp", make)


@pytest.fixture
def full_disk(monkeypatch):
    """Return a :class:`FullDisk`."""
    return FullDisk(monkeypatch)
