"""Check that every other site that the book links to answers: ``make links``. Needs the internet.

Sphinx's own checker follows the links, but for DOIs: publishers answer machines with "forbidden". The registry
of DOIs itself is asked whether each is registered.
"""

import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = "https://doi.org/api/handles/"


def dois():
    """List every DOI that a chapter, a page or the bibliography names."""
    files = [f for kind in ("*.ipynb", "*.md", "*.bib") for f in sorted((ROOT / "chapters").glob(kind))]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    linked = re.findall(r"https://doi\.org/(10\.[^\s)>\"\\]+)", text)
    return sorted({*linked, *re.findall(r"\bdoi\s*=\s*[{\"](10\.[^}\"]+)", text)})


def not_registered(names, registry=REGISTRY):
    """Yield ``"DOI: reason"`` for each that the registry does not know, or did not answer for."""
    for name in names:
        try:
            urllib.request.urlopen(registry + urllib.parse.quote(name), timeout=30).close()
        except OSError as error:  # what urllib raises is one
            yield f"{name}: {'no such DOI' if getattr(error, 'code', None) == 404 else error}"


def main():
    """Check all; return the exit code."""
    broken = list(not_registered(dois()))
    print("\n".join(broken), end="\n" if broken else "")
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    target = str(ROOT / "_build" / "links")
    command = [*jupyter_book, "build", str(ROOT), "--builder", "linkcheck", "--path-output", target, "--quiet"]
    return int(subprocess.run(command).returncode != 0 or bool(broken))


if __name__ == "__main__":
    sys.exit(main())
