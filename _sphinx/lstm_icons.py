"""Draw the theme's icons as SVG in the page, instead of by a script of 1.5 MB that knows two thousand of them.

The theme writes ``<i class="fa-solid fa-bars"></i>`` and loads Font Awesome, whose script replaces each by an SVG.
The same SVG is put there when the book is built, from the shapes in that very script.
"""

import functools
import html
import re

# What the script and the style sheet of Font Awesome are called in a page.
LOADED = re.compile(
    r'\s*<link href="[^"]*vendor/fontawesome/[^"]*" rel="stylesheet" />'
    r'|\s*<script src="[^"]*vendor/fontawesome/[^"]*"></script>'
    r'|\s*<link rel="preload" as="font"[^>]*vendor/fontawesome/[^>]*>'
)
ICON = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
NAME = re.compile(r"\bfa-(?!solid\b|regular\b|brands\b|lg\b)([a-z0-9-]+)")


class UnknownIcon(ValueError):
    """A page asks for an icon that Font Awesome does not have."""


@functools.cache
def shape(script, name):
    """Return width, height and path of an icon in Font Awesome's script; the solid form, if it has several."""
    drawn = r'\[(\d+),(\d+),\[{}\],"[0-9a-f]+","([^"]+)"'
    found = re.findall(rf'[{{,]"?{re.escape(name)}"?:' + drawn.format(r"[^\]]*"), script)
    found = found or re.findall(drawn.format(rf'[^\]]*"{re.escape(name)}"[^\]]*'), script)  # an older name of it
    if not found:
        raise UnknownIcon(f"Font Awesome has no icon {name!r}")
    return found[-1]  # brands, regular and solid stand in this order


def inline(page, script):
    """Return a page whose icons are SVG, and that loads no Font Awesome."""

    def drawn(match):
        classes, attributes = match[2], match[3]
        name = NAME.search(classes)[1]
        width, height, path = shape(script, name)
        return (
            f'<svg class="book-icon {html.escape(classes)}"{attributes} aria-hidden="true" focusable="false"'
            f' viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
        )

    return ICON.sub(drawn, LOADED.sub("", page))
