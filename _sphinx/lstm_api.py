"""The API reference, made from the docstrings in ``lstm_lib`` while the book is built.

``.. lstm-api:: char_lm`` shows all public names of one part of the library, ``.. lstm-api-index::`` a table of all
parts and names. Nothing of the library is imported, so no framework is needed (:mod:`lstm_source`). A name is
registered where a reader imports it, ``lstm_lib.char_lm.train``, and also found under the module that defines it.

A reference in a docstring may use what its module imports: ``InputError`` stands for ``lstm_lib.errors.InputError``
where that is imported. One that leads nowhere is a warning, with the file and the line of the definition.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import lstm_source
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.ext.napoleon import Config as NapoleonConfig, NumpyDocstring
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

# Types stay text: "numpy.ndarray of int, shape (N,)" is no name that could be looked up.
NUMPYDOC = NapoleonConfig(
    napoleon_use_param=False, napoleon_use_rtype=False, napoleon_custom_sections=[("Attributes", "params_style")]
)
ROLES = {"class": "class", "data": "data", "function": "func"}
DIRECTIVES = {"classmethod": ("method", "classmethod"), "staticmethod": ("method", "staticmethod")}


@functools.cache
def read_library(root):
    """Read every part of the library, by its name; once a build."""
    return {name: lstm_source.read_part(root, name) for name in lstm_source.part_names(root)}


@functools.cache
def kinds_of_names(root):
    """Return the kind of each public name, by the path of the reader and by that in the source."""
    entries = [e for part in read_library(root).values() for module in part.modules for e in module.entries]
    return {path: entry.kind for entry in entries for path in (entry.path, entry.defined)}


def as_rst(doc, kind):
    """Turn a numpydoc docstring into lines of reStructuredText."""
    doc = re.sub(r"(?m)^( +)(?=[A-Za-z]\.(?: |$))", r"\1\\", doc)  # "H." describes a size and numbers no list
    return str(NumpyDocstring(doc, NUMPYDOC, what=kind)).splitlines()


def as_text(line):
    """Write a comment so that nothing in it is markup."""
    return re.sub(r"([\\*`|_])", r"\\\1", line)


def first_line(doc):
    """Return the first paragraph of a docstring as one line."""
    return " ".join(doc.partition("\n\n")[0].split())


class LibraryDirective(SphinxDirective):
    """What both directives need."""

    @property
    def root(self):
        """Where the library lies."""
        return Path(self.env.srcdir)

    def note_files(self, part):
        """Build this page again when a file of a part has changed."""
        for file in part.files:
            self.env.note_dependency(str(file))

    def full_path(self, name, module):
        """Return the full path of a public name that a module defines or imports, else ``None``."""
        head, dot, rest = name.partition(".")
        candidates = (module.imported.get(head, head) + dot + rest, f"{module.home}.{name}")
        return next((path for path in candidates if path in kinds_of_names(self.root)), None)

    def adapt(self, found, module):
        """Resolve what a module imports, link types and chapters, and let the other types of signatures be text."""
        for xref in list(found.findall(addnodes.pending_xref)):
            if xref.get("refdomain") != "py":
                continue
            path = self.full_path(xref["reftarget"], module)
            if path:
                xref["reftarget"] = path
            elif _within(xref, addnodes.desc_signature):
                xref.replace_self(xref.children)
        for type_ in list(found.findall(nodes.emphasis)):
            if _within(type_, nodes.field):
                pieces = re.split(r"([A-Za-z_][\w.]*)", type_.astext())
                type_["support_smartquotes"] = False  # they are Python's own
                type_.children = []
                type_.extend(self.link_class(piece, module) for piece in pieces if piece)
        for literal in list(found.findall(nodes.literal)):
            docname = f"chapters/{literal.astext()}"
            if docname in self.env.found_docs:
                literal.replace_self(self.link("std", "doc", f"/{docname}", literal.deepcopy()))

    def link_class(self, name, module):
        """Return a link where ``name`` is a public class, else its text."""
        path = self.full_path(name, module)
        text = nodes.Text(name)
        return self.link("py", "class", path, text) if kinds_of_names(self.root).get(path) == "class" else text

    def link(self, domain, kind, target, content):
        """Return a link that is resolved when all pages are read."""
        about = {"refdomain": domain, "reftype": kind, "reftarget": target, "refdoc": self.env.docname}
        return addnodes.pending_xref("", content, refexplicit=True, refwarn=True, **about)

    def text(self, line, module):
        """Parse one line of reStructuredText that stands in the context of a module."""
        parsed, messages = self.state.inline_text(line, self.lineno)
        paragraph = nodes.paragraph("", "", *parsed, *messages)
        for xref in paragraph.findall(addnodes.pending_xref):
            if xref.get("refdomain") == "py":
                xref["py:module"] = module.home
        self.adapt(paragraph, module)
        return paragraph


def _within(node, kind):
    while node is not None and not isinstance(node, kind):
        node = node.parent
    return node is not None


class ApiPart(LibraryDirective):
    """``lstm-api``: the public names of one part, each with its signature, its docstring and a link to its source."""

    required_arguments = 1

    def run(self):
        """Return the sections of the part's modules."""
        parts = read_library(self.root)
        name = self.arguments[0]
        if name not in parts:
            raise self.error(f"lstm_lib has no part {name!r}; it has {', '.join(parts)}")
        part = parts[name]
        self.note_files(part)
        top = f"{lstm_source.LIBRARY}.{name}"
        front = [module for module in part.modules if module.path == top]
        if not front:  # nothing is defined in __init__.py
            home = top if any(module.home == top for module in part.modules) else ""
            front = [lstm_source.Module(top, home, part.file, part.doc, {}, ())]
        found = self.parse(front[0], front[0].doc)
        for module in part.modules:
            if module.path != top:
                doc = re.sub(rf"Chapter ``{part.chapter}``\.\s*", "", module.doc)  # the top of the page names it
                found += self.parse(module, doc, title=module.path.rpartition(".")[2])
        return found

    def parse(self, module, doc, title=""):
        """Parse what stands on the page for one module."""
        self.lines, self.module = StringList(), module
        if title:
            self.add([title, "-" * len(title), ""], 1)
        self.add([f".. py:module:: {module.path}", "", *as_rst(doc, "module"), ""], 1)
        if module.home == module.path:
            package, _, name = module.path.rpartition(".")
            self.add([f"``from {package} import {name}``", ""], 1)
        self.add([f".. py:currentmodule:: {module.home or module.path}", ""], 1)
        for entry in module.entries:
            self.add_entry(entry)
        found = nodes.section()
        found.document = self.state.document
        nested_parse_with_titles(self.state, self.lines, found)
        self.adapt(found, module)
        self.link_sources(found)
        return found.children

    def add(self, lines, line, indent=""):
        """Add lines that come from one place of the module's file, which a warning will name."""
        for text in lines:
            self.lines.append(indent + text if text else "", str(self.module.file), line - 1)

    def add_entry(self, entry, indent=""):
        """Add the directive for a name, and within it those for the methods of a class."""
        kind, *flags = DIRECTIVES.get(entry.kind, (entry.kind,))
        head = [f".. py:{kind}:: {entry.name}{'' if kind in ('data', 'property') else entry.signature}"]
        head.append(f"   :canonical: {entry.defined}" if entry.defined != entry.path else "")
        head += [f"   :{flag}:" for flag in flags]
        if entry.signature and kind in ("data", "property"):
            head.append(f"   :{'value' if kind == 'data' else 'type'}: {entry.signature}")
        body = [as_text(entry.doc)] if kind == "data" else as_rst(entry.doc, kind)
        bases = [self.base(base) for base in entry.bases if base != "NamedTuple"]
        if bases:
            body += ["", f"Extends {' and '.join(bases)}."]
        self.add([line for line in head if line] + [""], entry.line, indent)
        self.add([*body, ""], entry.line, indent + "   ")
        for member in entry.members:
            self.add_entry(member, indent + "   ")

    def base(self, name):
        """Name a class that another one extends."""
        return f":py:class:`{name}`" if self.full_path(name, self.module) else f"``{name}``"

    def link_sources(self, found):
        """Put a link to the line on GitHub beside each name."""
        options = self.config.html_theme_options
        address, branch = options.get("repository_url"), options.get("repository_branch", "main")
        if not address:
            return
        entries = {e.path: e for entry in self.module.entries for e in (entry, *entry.members)}
        file = self.module.file.relative_to(self.root).as_posix()
        for signature in found.findall(addnodes.desc_signature):
            entry = entries[f"{signature['module']}.{signature['fullname']}"]
            link = f"{address}/blob/{branch}/{file}#L{entry.line}"
            text = nodes.inline("", "[source]", classes=["viewcode-link"])
            signature += addnodes.only("", nodes.reference("", "", text, internal=False, refuri=link), expr="html")


class ApiIndex(LibraryDirective):
    """``lstm-api-index``: one table of all parts, with the chapter that each belongs to, and all public names."""

    def run(self):
        """Return the table."""
        group = nodes.tgroup("", nodes.colspec(colwidth=38), nodes.colspec(colwidth=62), cols=2)
        heads = [nodes.entry("", nodes.paragraph("", text)) for text in ("Name", "What it does or holds")]
        group += nodes.thead("", nodes.row("", *heads))
        body = nodes.tbody()
        for part in read_library(self.root).values():
            self.note_files(part)
            body += self.part_row(part)
            body += [self.name_row(entry, module) for module in part.modules for entry in module.entries]
        group += body
        return [nodes.table("", group, classes=["api-index"])]

    def part_row(self, part):
        """Return the row above the names of a part."""
        path = f"{lstm_source.LIBRARY}.{part.name}"
        context = lstm_source.Module(path, path, part.file, part.doc, {}, ())
        chapter = f"``{part.chapter}``, " if part.chapter else ""
        text = self.text(f"{chapter}:doc:`{path} <{part.name}>`: {first_line(part.doc)}", context)
        return nodes.row("", nodes.entry("", text, morecols=1, classes=["api-part"]))

    def name_row(self, entry, module):
        """Return the row of one name."""
        shown = ".".join(entry.path.split(".")[2:])  # within the part: "metrics.edit_distance"
        name = self.text(f":py:{ROLES[entry.kind]}:`{shown} <{entry.path}>`", module)
        about = entry.signature and f"``{entry.signature}``"
        about = as_text(entry.doc) or about if entry.kind == "data" else first_line(entry.doc)
        return nodes.row("", nodes.entry("", name), nodes.entry("", self.text(about, module)))


def configure(app, config):
    """Show names without the module that the page is about, here and in the lists of contents."""
    config.add_module_names = False
    config.toc_object_entries_show_parents = "hide"
    config.html_domain_indices = False  # the page "API reference" is one


def forget(app):
    """Read the library anew for each build."""
    read_library.cache_clear()
    kinds_of_names.cache_clear()


def setup(app):
    """Register everything above with Sphinx."""
    app.connect("config-inited", configure)
    app.connect("builder-inited", forget)
    app.add_directive("lstm-api", ApiPart)
    app.add_directive("lstm-api-index", ApiIndex)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
