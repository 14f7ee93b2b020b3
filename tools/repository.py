"""Move the repository's address everywhere: ``make repository URL=https://github.com/owner/name``.

The address stands once, as ``repository: url`` in ``_config.yml``. What can't read it there holds a copy,
and ``PLACES`` lists them. ``python -m tools.repository URL`` writes the address into all of them, and
``--check`` says which copy differs and where a copy stands that ``PLACES`` does not list. Moving to
another address and back changes nothing.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from lstm_lib.errors import InputError
from lstm_lib.storage.checkpoint import atomic

ROOT = Path(__file__).resolve().parent.parent

# Every copy: a file (or a pattern of files), and the text around the copy. {slug} stands for owner/name,
# {pages} for the address at which GitHub publishes the book.
PLACES = [
    ("_config.yml", "  url: https://github.com/{slug}\n"),
    ("_config.yml", "  baseurl: {pages}\n"),
    ("pyproject.toml", 'Repository = "https://github.com/{slug}"\n'),
    ("pyproject.toml", 'Documentation = "{pages}"\n'),
    ("CITATION.cff", "repository-code: https://github.com/{slug}\n"),
    ("CITATION.cff", "url: {pages}\n"),
    ("CONTRIBUTING.md", "git clone https://github.com/{slug} &&"),
    ("README.md", "https://github.com/{slug}/actions/"),
    ("README.md", "https://mybinder.org/v2/gh/{slug}/"),
    ("README.md", "https://colab.research.google.com/github/{slug}/blob/"),
    ("README.md", "({pages})"),
    ("chapters/how_to.md", "(https://github.com/{slug}#readme)"),
    ("chapters/cite.md", "(https://github.com/{slug}#to-cite)"),
    ("chapters/*.ipynb", "git+https://github.com/{slug}"),
]
OWNER, NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", r"[A-Za-z0-9._-]{1,100}"
SHAPES = {"slug": rf"{OWNER}/{NAME}", "pages": rf"https://{OWNER}\.github\.io/(?:{NAME}/)?"}


def slug_of(url):
    """Return ``owner/name`` of an address.

    Parameters
    ----------
    url : str
        ``https://github.com/owner/name``, perhaps with ``.git`` or a slash at its end.

    Raises
    ------
    InputError
        If it is anything else: the buttons of Binder and Colab know GitHub alone.
    """
    found = re.fullmatch(rf"https://github\.com/({OWNER})/({NAME})", url.removesuffix("/").removesuffix(".git"))
    if not found or found[2] in (".", ".."):
        raise InputError(f"not a repository's address: {url!r}; give URL=https://github.com/owner/name")
    return f"{found[1]}/{found[2]}"


def spellings(slug):
    """Return what ``{slug}`` and ``{pages}`` stand for."""
    owner, name = slug.split("/")
    host = f"{owner.lower()}.github.io"
    return {"slug": slug, "pages": f"https://{host}/" + ("" if name.lower() == host else f"{name}/")}


def pattern(template):
    """Return the regular expression that finds a copy, whatever address it holds."""
    parts = re.split(r"\{(slug|pages)\}", template)  # text, kind, text
    return re.compile("".join(SHAPES[part] if k % 2 else re.escape(part) for k, part in enumerate(parts)))


def places(root):
    """Yield ``(file, template)`` for every listed copy."""
    for glob, template in PLACES:
        for file in sorted(root.glob(glob)):
            yield file, template


def current_slug(root):
    """Read ``owner/name`` where the address stands."""
    found = pattern(PLACES[0][1]).search((root / "_config.yml").read_text(encoding="utf-8"))
    if not found:
        raise InputError("_config.yml: no line '  url: https://github.com/owner/name' under repository")
    return slug_of(found.group().removeprefix("  url: ").strip())


def move(root, slug):
    """Write an address into every copy; return the files that changed."""
    texts = {}
    for file, template in places(root):
        text = texts.get(file) or file.read_bytes().decode("utf-8")
        written = template.format(**spellings(slug))
        texts[file] = pattern(template).sub(lambda _, written=written: written, text)
    changed = [file for file, text in texts.items() if file.read_bytes() != text.encode("utf-8")]
    for file in changed:
        with atomic(file) as temporary:
            temporary.write_bytes(texts[file].encode("utf-8"))
    return changed


def complaints(root):
    """List the copies that differ from the address, are missing, or stand where nobody listed them."""
    slug, found = current_slug(root), []
    ours = spellings(slug)
    listed = {}
    for file, template in places(root):
        listed.setdefault(file, []).append(template)
        copies = set(pattern(template).findall(file.read_text(encoding="utf-8")))
        where = f"{file.relative_to(root)}: {template.strip()}"
        if not copies:
            found.append(f"{where}: there is no such line")
        elif copies != {template.format(**ours)}:
            found.append(f"{where}: holds another address; run make repository URL=https://github.com/{slug}")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    # Not as part of longer words: the names may be short.
    anywhere = re.compile("|".join(rf"(?<![\w.-]){re.escape(text.rstrip('/'))}(?![\w-])" for text in ours.values()))
    for name in filter(None, names):
        file = root / name
        if not file.is_file():
            continue
        content = file.read_bytes()
        if b"\0" in content:  # weights or an image, in which a short name can stand by chance
            continue
        text = content.decode("utf-8", errors="replace")
        for template in listed.get(file, []):
            text = pattern(template).sub("", text)
        if anywhere.search(text):
            found.append(f"{name}: names the repository where tools/repository.py does not list it")
    return found


def main(argv=None, root=ROOT):
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.repository", description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", default="", metavar="URL", help="https://github.com/owner/name")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a copy is not as it should be")
    arguments = parser.parse_args(argv)
    try:
        if arguments.check:
            found = complaints(root)
            print("\n".join(found), end="\n" if found else "")
            return int(bool(found))
        changed = move(root, slug_of(arguments.url))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.url}: {len(changed)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
