"""Readers find pages in their language: Material's own search, in Chromium."""

import csv
import functools
import threading
from collections import Counter
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from docs.builder import search
from docs.builder.project import DOCS

# What a reader types, the pages of which one is meant, and the place that one has: first (1), among the first three (3: a whole sentence, or a
# symptom that several pages share), or further behind (-: a known miss, of which there may be one in six). A page adds two lines a language.
with open(Path(__file__).with_name("queries.csv"), encoding="utf-8", newline="") as file:
    QUERIES = list(csv.DictReader(file))
HOMES = {"en": "/", "zh": "/zh/", "de": "/de/"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="module")
def address(site):
    """The site on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


# Notes what the page asks its search worker, and the answers: a worker answers in order, the page draws in its own time.
LISTEN = """
window.asked = [], window.answers = [];
window.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({data}) => { if (data.type === 3) answers.push(data.data.items); });
  }
  postMessage(message, ...more) {
    if (message.type === 2) asked.push(message.data);
    super.postMessage(message, ...more);
  }
};
"""


class Search:
    """The search of one language, as a reader uses it."""

    def __init__(self, browser, address: str, language: str) -> None:
        self.home = address + HOMES[language]
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.page = browser.new_page()
        self.page.add_init_script(LISTEN)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda line: line.type == "error" and self.problems.append(line.text))
        self.page.goto(self.home)
        self.box = self.page.locator("[data-md-component=search-query]")
        self.box.click()
        self.page.wait_for_function("() => document.querySelector('.md-search-result__meta').textContent.trim() && "
                                    "asked.length === answers.length")

    def ask(self, query: str) -> list[str]:
        """Addresses of the pages found, the first one first."""
        if self.page.evaluate("asked.at(-1)") != query:
            self.box.fill(query)
            self.box.dispatch_event("keyup")
            self.page.wait_for_function("query => asked.at(-1) === query && asked.length === answers.length", arg=query)
        found = self.page.evaluate("answers.at(-1).flat().map(item => item.location)")
        return [urlsplit(urljoin(self.home, location)).path for location in found]

    def shown(self) -> str:
        """The first address in the list that the reader sees."""
        return urlsplit(self.page.locator(".md-search-result__list a").first.evaluate("link => link.href")).path


@pytest.fixture(scope="module")
def searches(browser, address):
    made: dict[str, Search] = {}  # by language

    def search_in(language: str) -> Search:
        if language not in made:
            made[language] = Search(browser, address, language)
        return made[language]

    return search_in


def address_of(slug: str, language: str) -> str:
    return HOMES[language] + ("" if slug == "index" else f"{slug}/")


def test_chinese_that_was_cut_before_is_not_cut_again(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "CACHE", tmp_path)
    text, words = "梯度消失的网络", ["梯度消失", "的", "网络"]
    first = search.Segmenter()
    assert first.cut(text.encode()) == first.cut(text) == words
    first.keep()
    again = search.Segmenter()
    monkeypatch.setattr(search.Segmenter, "_jieba", None)
    assert again.cut(text) == words
    with pytest.raises(AttributeError):
        again.cut("没有切过的话")


@pytest.mark.parametrize("language", HOMES)
def test_queries_find_their_page(searches, language):
    rows, wrong = [row for row in QUERIES if row["language"] == language], []
    places = Counter(row["place"] for row in rows)
    assert places["1"] >= 30 and places["-"] <= len(rows) / 6 and places.keys() <= {"1", "3", "-"}
    for row in rows:
        found = searches(language).ask(row["query"])
        wanted = {address_of(slug, language) for slug in row["page"].split()}
        known = row["place"] == "-"
        if known == bool(wanted & set(list(dict.fromkeys(found))[:3 if known else int(row["place"])])):
            wrong.append(f"{row['query']}: {found[:3]}, {'no miss any more: its place is 3' if known else 'not ' + row['page']}")
        others = [address for other, address in HOMES.items() if other != language and address != "/"]
        assert not [path for path in found if path.startswith(tuple(others))], f"{row['query']}: another language"
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", HOMES)
def test_the_reader_sees_what_is_found(searches, language):
    search = searches(language)
    found = search.ask("softmax")
    search.page.wait_for_function("path => document.querySelector('.md-search-result__list a')?.href.includes(path)",
                                  arg=found[0])
    assert search.shown() == found[0]


def test_part_of_a_german_compound_finds_it(searches):
    """No page says Funktion alone as often as cross-entropy says Verlustfunktion."""
    assert "/de/cross-entropy/" in searches("de").ask("Funktion")
    assert set(searches("de").ask("Verlust funktion")) >= set(searches("de").ask("Verlustfunktion"))


@pytest.mark.parametrize("typed", ["Saettigung", "saettigung", "Saettig"])
def test_umlauts_may_be_spelt_out(searches, typed):
    assert searches("de").ask(typed)[0] == searches("de").ask("Sättigung")[0]


@pytest.mark.parametrize("language", HOMES)
def test_there_are_thirty_queries_and_some_for_each_page(language):
    rows = [row for row in QUERIES if row["language"] == language]
    assert len({row["query"] for row in rows}) == len(rows) >= 30
    slugs = {path.stem for path in (DOCS / language).glob("*.md")} - {"index"}
    named = {slug for row in rows for slug in row["page"].split()}
    assert named <= slugs, f"no pages: {named - slugs}"
    alone = Counter(row["page"] for row in rows)
    few = [slug for slug in sorted(slugs) if alone[slug] < (1 if slug in ("notation", "glossary") else 2)]
    assert not few, f"fewer than two queries that only this page answers: {few}"


@pytest.mark.parametrize("language, query", [("en", "zyxw"), ("zh", "zyxw"), ("zh", "Verlustfunktion"), ("de", "zyxw"),
                                             ("de", "平台期很长")])
def test_nonsense_finds_nothing(searches, language, query):
    """So the search above can fail."""
    found = searches(language).ask(query)
    assert not [path for path in found if "glossary" not in path]  # which has the words of all three languages


@pytest.mark.parametrize("language", HOMES)
def test_searching_asks_no_other_host_and_has_no_errors(searches, address, language):
    search = searches(language)
    search.ask("softmax")
    assert [url for url in search.requests if url.endswith("search_index.json")] == [
        f"{search.home}search/search_index.json"]
    assert not [url for url in search.requests if not url.startswith((address, "data:", "blob:"))]
    assert not search.problems
