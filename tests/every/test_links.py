"""Links to other sites have the right form, and the weekly check would notice a dead one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.links import ROOT, Link, all_links, ask, fault, links

SOURCES = ROOT / "docs/sources.yml"


def test_links_have_the_right_form():
    found = all_links()
    assert len({link.text for link in found}) > 5 and {link.kind for link in found} >= {"url", "doi"}
    wrong = [f"{link}: {fault(link)}" for link in found if fault(link)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text, message", [
    ("url: http://example.org/", "not https"),
    ("see https://example.org/a?b=1&utm_source=x.", "tracks"),
    ("[x](https://example.org/?ref=home)", "tracks"),
    ("url: https://bit.ly/abc", "shortened"),
    ("url: https://example/abc", "no host"),
    ("url: https://user@example.org/abc", "no host"),
    ("url: https://doi.org/10.1093/imanum/draa038", "give its number: doi"),
    ("url: https://arxiv.org/pdf/1412.6980", "give its number: arxiv"),
    ("doi: 10.109/imanum", "a DOI is"),
    ("doi: doi.org/10.1093/imanum/draa038", "a DOI is"),
    ("arxiv: 1412.698", "an arXiv number"),
    ("arXiv:abs/1412.6980", "an arXiv number"),
])
def test_wrong_form_is_named(text, message):
    [link] = links(f"\n{text}\n", SOURCES)
    assert message in fault(link) and link.line == 2


@pytest.mark.parametrize("text", [
    "url: https://example.org/a?page=2#there", "doi: 10.1093/imanum/draa038", "doi: 10.1016/0004-3702(89)90049-0",
    "arxiv: 1412.6980", "arxiv: cs/0309048", "(arXiv:1412.6980v9)", "url: http://neuralnetworksanddeeplearning.com/a",
])
def test_right_form_is_accepted(text):
    [link] = links(text, SOURCES)
    assert not fault(link)


def test_punctuation_behind_a_link_is_none_of_it():
    text = "See [it](https://example.org/a) and <https://example.org/b>, or https://example.org/c. Not http://127.0.0.1:8000/."
    assert [link.text[-2:] for link in links(text, Path("x.md"))] == ["/a", "/b", "/c"]


class Host(BaseHTTPRequestHandler):
    def do_GET(self):
        code = {"/moved": 301, "/gone": 404, "/shut": 403, "/broken": 500}.get(self.path, 200)
        self.send_response(code)
        if code == 301:
            self.send_header("Location", "/here")
        self.end_headers()
        self.wfile.write(json.dumps({"responseCode": 1 if self.path.endswith("known") else 100}).encode())

    def log_message(self, *args):
        pass


def test_dead_links_are_noticed():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    said = {path: ask(host + path, tries=2, pause=0) for path in (
        "/here", "/moved", "/shut", "/gone", "/broken", "/api/handles/10.1/known", "/api/handles/10.1/lost")}
    server.shutdown()
    assert ask(host + "/here", tries=1) != ""  # nobody there any more
    assert {path for path, text in said.items() if text} == {"/gone", "/broken", "/api/handles/10.1/lost"}
    assert said["/gone"].startswith("404")


def test_a_link_says_where_it_stands():
    assert str(Link(SOURCES, 3, "url", "https://example.org/")) == "docs/sources.yml:3: https://example.org/"
