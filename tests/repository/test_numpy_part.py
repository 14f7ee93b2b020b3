"""The tests marked ``numpy`` can be collected where there is no framework, and they are the NumPy part's."""

import subprocess
import sys

import pages

WITHOUT = """
import sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "tensorflow", "keras", "keras_tuner", "sklearn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotInstalled())
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-m", "numpy and not slow"]))
"""


def test_the_numpy_part_is_collected_without_a_framework():
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=pages.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    files = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    for part in ("core", "data", "forecasting", "numpy_lstm", "storage", "training"):
        assert any(file.startswith(f"tests/{part}/") for file in files), part
    assert "tests/test_gates.py" in files and "tests/commands/test_cli.py" in files
    assert not any(file.startswith("tests/frameworks/") for file in files)
