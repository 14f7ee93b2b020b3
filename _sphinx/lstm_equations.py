r"""Equations that link: every ``(lstm-cell)`` in the text and every ``# eq: lstm-cell`` in code leads to its equation.

A notebook names an equation by ``\tag{lstm-cell}``, in CommonMark, which Colab and Jupyter show as it stands. The book
gives it the id ``eq-lstm-cell``, makes each mention a link, and shows the formula beside a link that is pointed at.
"""

import html
import json
import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

TAG = re.compile(r"\\tag\*?\{([^}]*)\}")
MENTION = re.compile(r"\(([a-z0-9]+(?:-[a-z0-9]+)*)\)")
IN_CODE = re.compile(r"(?<=# eq: )([a-z0-9-]+)")
CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
SCRIPT = "equations.js"


class TaggedEquations(SphinxTransform):
    r"""Write each ``$$`` block as ``\[...\]``, with an id for its ``\tag{...}``.

    Sphinx wraps a block that holds ``\\`` in ``split``, where ``\tag`` is an error;
    ``nowrap`` keeps it from doing so. The id is an explicit target, so that
    ``[...](#eq-lstm-gates)`` and {eq}`lstm-gates` find it from any page.
    """

    default_priority = 300  # before the passes that collect labels and resolve links

    def apply(self, **kwargs):
        """Rewrite the equations of one page."""
        for block in self.document.findall(nodes.math_block):
            if block.get("nowrap") or block.get("number"):
                continue
            text = block.astext().strip()
            block.clear()
            block += nodes.Text(rf"\[{text}\]")
            block["nowrap"] = True
            for tag in TAG.findall(text):
                self.note_target(block, f"eq-{tag}")

    def note_target(self, block, name):
        """Register an id of the block, so that links on any page can name it."""
        # By hand, since note_explicit_target gives all names of a block its last id.
        if name in self.document.ids:
            logger.warning("this page has two equations with the id %s", name, location=block)
        block["ids"].append(name)
        block["names"].append(name)
        self.document.ids[name] = block
        self.document.nameids[name] = name
        self.document.nametypes[name] = True  # explicit


def home(env, tag):
    """Return the page of an equation and its id there, or two times None."""
    return env.domaindata["std"]["anonlabels"].get(f"eq-{tag}", (None, None))


def resolve_equation(app, env, node, contnode):
    """Link {eq}`lstm-gates` to its equation, and show the tag where Sphinx has a number."""
    if node.get("refdomain") != "math":
        return None
    docname, label = home(env, node["reftarget"])
    if docname is None:
        return None
    return link(app, node["refdoc"], docname, label, node["reftarget"])


def link(app, here, docname, label, tag):
    """Return a link from the page ``here`` to an equation."""
    found = make_refnode(app.builder, here, docname, label, nodes.Text(f"({tag})"))
    found["classes"].append("eq-link")
    return found


def link_mentions(app, doctree, docname):
    """Make each ``(lstm-cell)`` of the text a link, where a page of the book has an equation of this name."""
    for text in list(doctree.findall(nodes.Text)):
        parents = nodes_above(text)
        if any(isinstance(p, nodes.literal | nodes.literal_block | nodes.math | nodes.math_block) for p in parents):
            continue
        reference = next((p for p in parents if isinstance(p, nodes.reference)), None)
        if reference is not None:
            lead_to_equation(app, docname, reference)
        elif not any(isinstance(p, nodes.title | nodes.raw | nodes.comment) for p in parents):
            split = pieces(app, docname, text.astext())
            if len(split) > 1:
                text.parent.replace(text, split)


def nodes_above(node):
    """List what a node lies in, from the inside."""
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def pieces(app, docname, text):
    """Return a text as a list of nodes, mentions of equations as links."""
    found, last = [], 0
    for match in MENTION.finditer(text):
        target, label = home(app.env, match[1])
        if target is not None:
            found += [nodes.Text(text[last : match.start()]), link(app, docname, target, label, match[1])]
            last = match.end()
    return [*found, nodes.Text(text[last:])]


def lead_to_equation(app, docname, reference):
    """Let a link to a page that reads ``(lstm-cell)`` lead to the equation on it."""
    match = MENTION.fullmatch(reference.astext())
    target, label = home(app.env, match[1]) if match else (None, None)
    if target is not None and "eq-link" not in reference["classes"]:
        reference["refuri"] = f"{app.builder.get_relative_uri(docname, target)}#{label}"
        reference["classes"].append("eq-link")


def link_code(page, text, where):
    """Make each ``# eq: lstm-cell`` in the code of a written page a link; ``where`` has the address of each tag.

    Code names equations that the text links, too, so that these links take no stop of the Tab key.
    """

    def linked(match):
        target = where.get(match[1])
        if target is None:
            return match[0]
        file, anchor = target
        path = "" if file == page else os.path.relpath(file, page.parent).replace(os.sep, "/")
        return f'<a class="eq-link" tabindex="-1" href="{path}#{anchor}">{match[1]}</a>'

    return CODE.sub(lambda code: IN_CODE.sub(linked, code[0]), text)


def addresses(app):
    """Return the written file and the id of each equation of the book."""
    labels = app.env.domaindata["std"]["anonlabels"]
    return {
        name.removeprefix("eq-"): (Path(app.outdir, app.builder.get_target_uri(docname)), label)
        for name, (docname, label) in labels.items()
        if name.startswith("eq-")
    }


def write_formulas(app, env):
    """Write what the previews show, before the first page is written: the formula and the chapter of each tag."""
    if app.builder.format != "html":
        return
    formulas = {}
    for tag in addresses(app):
        docname, label = home(env, tag)
        doctree = env.get_doctree(docname)
        tex = doctree.ids[label].astext() if label in doctree.ids else ""
        title = env.titles[docname].astext()
        formulas[tag] = [TAG.sub("", tex).removeprefix(r"\[").removesuffix(r"\]").strip(), title]
    target = Path(app.outdir, "_static", "formulas.js")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"window.lstmFormulas = {json.dumps(formulas)};\n", encoding="utf-8")


def label_for_phones(page):
    """Repeat each tag in a line of its own, which a phone shows instead of the one beside the formula."""

    def labelled(match):
        tag = TAG.search(html.unescape(match[2]))
        return match[0] if not tag else f'{match[1]}{match[2]}<span class="eq-tag">({tag[1]})</span></div>'

    return re.sub(r'(<div class="math[^"]*"[^>]*>)(\s*\\\[.*?\\\]\s*)</div>', labelled, page, flags=re.DOTALL)
