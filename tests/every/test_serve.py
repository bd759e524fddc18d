"""After edits, `mkdocs serve` shows what a server shows that started after them; and it builds no more than it must."""

import os
import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from docs.builder.project import CACHE
from tests.every.bench_rebuild import Server, multiply, write

PAGES = ("", "cross-entropy/", "softmax/", "glossary/", "corrections/", "search/search_index.json", "sitemap.xml")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    multiply(folder, 3)
    return folder


@pytest.fixture(scope="module")
def serve(root):
    """Starts a server of the copy."""
    environment = os.environ | {"UNSTUCK_CACHE": str(CACHE), "PYTHONPATH": str(root), "PYODIDE_DIR": "", "NO_MKDOCS_2_WARNING": "1"}
    started = []

    def start(port: int = 0) -> Server:
        started.append(Server(root, environment, port))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def edit(root: Path, server: Server, name: str, old: str, new: str) -> bool:
    """Change a file; whether the server built everything."""
    text = (root / name).read_text("utf-8")
    assert old in text, f"{old!r} is not in {name}"
    write(root / name, text.replace(old, new, 1))
    return any("Building documentation" in line for line in server.wait_for("Reloading browsers"))


def shown(server: Server) -> dict[str, str]:
    """Address -> what is there, without the script that reloads the page: it counts requests."""
    addresses = [folder + page for folder in ("", "zh/", "de/") for page in PAGES]
    return {address: re.sub(r"livereload\(\d+, \d+\)", "", urlopen(server.address + address).read().decode()) for address in addresses}


def test_edits_show_as_a_new_server_shows_them(root, serve):
    server = serve()
    assert edit(root, server, "docs/de/softmax.md", "title: ", "title: Neues zu "), "other pages show the old title"
    assert edit(root, server, "docs/glossary.csv", "学习率,Lernrate,", "学习率,Lerntempo,"), "pages show the old term"
    assert edit(root, server, "docs/zh/softmax.md", '!!! mistake "', '!!! mistake "新近'), "another page collects the old mistake"
    before = shown(server)
    assert "新近" in before["zh/corrections/"]
    assert "Neues zu" in before["de/"] and "Lerntempo" in before["zh/glossary/"]

    for name, old, new in (
        ("docs/de/softmax.md", "\n\n## ", " Gradientenverlust\n\n## "),    # a new compound: it changes where the search cuts German words
        ("docs/zh/softmax.md", "\n\n## ", " 学习率下降\n\n## "),
        ("docs/en/index.md", "\n\n## ", " Unheardof.\n\n## "),             # from now on its translations are behind
        ("docs/en/cross-entropy.md", "caption: >-\n", "caption: >-\n      Freshly seen:\n"),
    ):
        assert not edit(root, server, name, old, new), f"words of {name} have changed, and everything was built"
    after = shown(server)
    assert {address for address in before if before[address] != after[address]} == {
        "de/softmax/", "zh/softmax/", "", "zh/", "de/", "cross-entropy/", "zh/cross-entropy/", "de/cross-entropy/",
        "search/search_index.json", "zh/search/search_index.json", "de/search/search_index.json"}
    server.stop()
    assert after == shown(serve(server.port))
