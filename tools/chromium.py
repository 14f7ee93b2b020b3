"""The browser that looks at the book and prints it: whatever Chromium or Chrome this machine has."""

import os
import shutil

MISSING = "no Chromium: install it or set CHROMIUM to its path"

# Without these Chromium looks for updates and fails for want of a network.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium():
    """Return the path of a browser, or None."""
    candidates = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, filter(None, candidates))), None)
