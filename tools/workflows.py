"""Lint the workflows of GitHub Actions: ``python -m tools.workflows``, part of ``make lint``.

Their schema, their safety and their style are checked by check-jsonschema, zizmor and yamllint, all without a
network. None of these knows what an expression may name, so the last check is our own: every context, function,
matrix key, step and job that stands in ``${{ … }}`` must exist. (actionlint, which knows all of that and more,
is fetched from the internet as it is installed; the workflow `tests` runs it.)
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

CONTEXTS = {"env", "github", "inputs", "job", "matrix", "needs", "runner", "secrets", "steps", "strategy", "vars"}
FUNCTIONS = {"always", "cancelled", "contains", "endsWith", "failure", "format", "fromJSON", "hashFiles", "join"}
FUNCTIONS |= {"startsWith", "success", "toJSON"}
# What we use of these; whoever needs another property of theirs looks it up, and adds it.
GITHUB = {"actor", "event", "event_name", "head_ref", "ref", "ref_name", "repository", "repository_owner", "run_id"}
GITHUB |= {"server_url", "sha", "token", "workflow"}


def lint_commands(files):
    """Return the commands of the three linters."""
    names = [str(file) for file in files]
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or "zizmor"
    config = ROOT / ".github"
    return [
        [sys.executable, "-m", "check_jsonschema", "--quiet", "--builtin-schema", "vendor.github-workflows", *names],
        [zizmor, "--offline", "--quiet", "--no-progress", "--config", str(config / "zizmor.yml"), *names],
        [sys.executable, "-m", "yamllint", "--strict", "--config-file", str(config / "yamllint.yml"), *names],
    ]


def _strings(node):
    """Yield every text in a piece of YAML; a condition is an expression even without its braces."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from [f"${{{{ {value} }}}}"] if key == "if" and "${{" not in str(value) else _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
    elif isinstance(node, str):
        yield node


def _names(node):
    """Yield ``(path, whether it is called)`` for every name in the expressions of a piece of YAML."""
    for text in _strings(node):
        for expression in re.findall(r"\$\{\{(.*?)\}\}", text, re.S):
            bare = re.sub(r"'(?:[^']|'')*'", "''", expression)
            for path, call in re.findall(r"(?<![\w.-])([A-Za-z_][\w-]*(?:\.[\w*-]+)*)\s*(\()?", bare):
                if path not in ("true", "false", "null"):
                    yield path.split("."), bool(call)


def expression_complaints(file):
    """List the expressions of a workflow that name something that does not exist."""
    workflow = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    parts = [({key: value for key, value in workflow.items() if key != "jobs"}, {})]
    for job in workflow["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        keys = {*matrix} - {"include", "exclude"} | {key for extra in matrix.get("include", []) for key in extra}
        needs = job.get("needs", [])
        steps = {step["id"] for step in job.get("steps", []) if "id" in step}
        parts.append((job, {"matrix": keys, "needs": {needs} if isinstance(needs, str) else {*needs}, "steps": steps}))
    found = []
    for part, local in parts:
        for (first, *rest), call in _names(part):
            known = {"github": GITHUB, **local}.get(first)
            if call and not rest:
                wrong = first not in FUNCTIONS
            else:
                wrong = first not in CONTEXTS or (known is not None and bool(rest) and rest[0] not in known)
            if wrong:
                found.append(f"{Path(file).name}: ${{{{ {'.'.join([first, *rest])} }}}}: there is no such thing")
    return found


def main(argv=None):
    """Run every check; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.workflows", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help="workflows; all of .github/workflows if none is named")
    files = parser.parse_args(argv).files or sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    failed = [command for command in lint_commands(files) if subprocess.run(command).returncode]
    found = [complaint for file in files for complaint in expression_complaints(file)]
    print("\n".join(found), end="\n" if found else "")
    return int(bool(failed or found))


if __name__ == "__main__":
    sys.exit(main())
