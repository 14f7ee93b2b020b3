"""The link checker finds every DOI, and tells one that is registered from one that is not."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pages
import pytest

from tools import links


@pytest.fixture
def registry():
    """The address of a registry, on this machine, that knows one DOI."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/10.1162/known" else 404)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_every_doi_of_the_book_is_asked_for():
    asked = links.dois()
    bibliography = (pages.CHAPTERS / "references.bib").read_text(encoding="utf-8")
    text = "".join(pages.prose(n) for n in pages.NOTEBOOKS)
    assert all(f"https://doi.org/{name}" in text or name in bibliography for name in asked)
    assert text.count("](https://doi.org/") == sum(text.count(f"](https://doi.org/{name})") for name in asked) > 5


@pytest.mark.planted_fault("a DOI that is not registered", caught_by="make links")
def test_a_planted_doi_that_does_not_exist_is_caught(registry):
    assert list(links.not_registered(["10.1162/known", "10.1162/mistyped"], registry)) == [
        "10.1162/mistyped: no such DOI"
    ]


def test_a_registry_that_does_not_answer_is_told():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    (complaint,) = links.not_registered(["10.1162/known"], address)
    assert complaint.startswith("10.1162/known: ") and "refused" in complaint
