"""The workflows of GitHub Actions are linted by tools, and each kind of fault is caught by one."""

import re
import subprocess

import pytest
import yaml
from book_fixtures import ROOT

from tools import workflows as tool

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflows_are_without_fault(capfd):
    assert tool.main([]) == 0, capfd.readouterr()


def caught_by(file):
    """Name the linters that refuse a workflow."""
    names = ("schema", "zizmor", "yamllint")
    codes = [subprocess.run(command, capture_output=True).returncode for command in tool.lint_commands([file])]
    found = {name for name, code in zip(names, codes, strict=True) if code}
    return found | ({"expressions"} if tool.expression_complaints(file) else set())


@pytest.mark.parametrize(
    ("name", "old", "new", "linter"),
    [
        ("tests.yml", "    runs-on: ${{ matrix.os }}", "    run-on: ${{ matrix.os }}", "schema"),
        ("book.yml", "      pages: write", "      pages: wirte", "schema"),
        ("book.yml", "run: make book", "run: make book && echo ${{ github.head_ref }}", "zizmor"),
        ("weekly.yml", "actions/setup-python@v5", "someone/setup-python@v5", "zizmor"),
        ("book.yml", "${{ github.repository }}", "${{ github.repositry }}", "expressions"),
        ("book.yml", "${{ steps.deploy.outputs.page_url }}", "${{ steps.deployment.outputs.page_url }}", "expressions"),
        ("tests.yml", "${{ matrix.python }}", "${{ matrix.pyhton }}", "expressions"),
        ("tests.yml", "tests-${{ github.ref }}", "tests-${{ gihtub.ref }}", "expressions"),
        ("tests.yml", "tests-${{ github.ref }}", "tests-${{ fromJson(github.ref) }}", "expressions"),
        ("tests.yml", "permissions:\n", "permissions:\n  contents: write\n", "yamllint"),
    ],
)
@pytest.mark.planted_fault("`{new}` for `{old}` in `{name}`", caught_by=test_workflows_are_without_fault)
def test_a_planted_fault_in_a_workflow_is_caught(tmp_path, name, old, new, linter):
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert linter in caught_by(tmp_path / name)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_target_that_a_workflow_makes_is_in_the_makefile(file):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values()
    commands = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])
    assert set(re.findall(r"^make ([\w-]+)", commands, re.M)) <= {*targets}


def test_the_supported_pythons_are_tested():
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    runs = {(os, p, o) for os in matrix["os"] for p in matrix["python"] for o in matrix["outputs"]}
    runs |= {(run["os"], run["python"], run["outputs"]) for run in matrix["include"]}
    assert {p for os, p, _ in runs if os.startswith("ubuntu")} == {"3.11", "3.12", "3.13"}
    assert [(os, p) for os, p, outputs in runs if outputs == "compare"] == [("ubuntu-latest", "3.11")]
    assert {os for os, _, _ in runs} == {"ubuntu-latest", "macos-latest"}
