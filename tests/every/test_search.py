"""Readers find pages in their language: Material's own search, in Chromium."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

# What a reader types, and the page that must come first; several where each would do.
QUERIES = {
    "en": {
        "learning rate": ("learning-slowdown/", "cross-entropy/", "notation/"),
        "cross-entropy": ("cross-entropy/",),
        "cross entropy": ("cross-entropy/",),
        "softmax": ("softmax/",),
        "learning slowdown": ("learning-slowdown/",),
        "saturation": ("learning-slowdown/",),
        "multi-label": ("softmax/",),
        "hidden layers": ("cross-entropy/",),
        "initial loss": ("softmax/",),
        "notation": ("notation/",),
    },
    "zh": {
        "学习率": ("learning-slowdown/", "cross-entropy/", "notation/"),
        "交叉熵": ("cross-entropy/",),
        "学习缓慢": ("learning-slowdown/",),
        "饱和": ("learning-slowdown/",),
        "梯度": ("learning-slowdown/", "cross-entropy/", "softmax/", "notation/"),
        "损失函数": ("learning-slowdown/", "cross-entropy/", "softmax/"),
        "隐藏层": ("cross-entropy/",),
        "softmax": ("softmax/",),
        "多标签分类": ("softmax/",),
        "术语表": ("glossary/",),
    },
    "de": {
        "Lernrate": ("learning-slowdown/", "cross-entropy/", "notation/"),
        "Kreuzentropie": ("cross-entropy/",),
        "Verlustfunktion": ("learning-slowdown/", "cross-entropy/", "softmax/"),
        "Funktion": ("learning-slowdown/", "cross-entropy/", "softmax/", "notation/"),
        "Gradienten abstieg": ("cross-entropy/", "learning-slowdown/"),
        "Sättigung": ("learning-slowdown/",),
        "Softmax": ("softmax/",),
        "verborgene Schicht": ("cross-entropy/",),
        "quadratischer Verlust": ("learning-slowdown/", "cross-entropy/", "softmax/"),
        "Glossar": ("glossary/",),
    },
}
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


class Search:
    """The search of one language, as a reader uses it."""

    def __init__(self, browser, address: str, language: str) -> None:
        self.home = address + HOMES[language]
        self.asked: list[str] = []
        self.problems: list[str] = []
        self.page = browser.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda line: line.type == "error" and self.problems.append(line.text))
        self.page.goto(self.home)
        self.box = self.page.locator("[data-md-component=search-query]")
        self.box.click()
        words = self.page.evaluate("() => JSON.parse(document.getElementById('__config').textContent).translations")
        self.idle = words["search.result.placeholder"]

    def ask(self, query: str) -> list[str]:
        """Addresses of the pages found, the first one first."""
        self._type("")
        self._wait("meta.textContent.trim() === idle")
        self._type(query)
        self._wait("meta.textContent.trim() !== idle")
        links = self.page.locator(".md-search-result__list a")
        return [urlsplit(link).path for link in links.evaluate_all("links => links.map(link => link.href)")]

    def _type(self, text: str) -> None:
        self.box.fill(text)
        self.box.dispatch_event("keyup")

    def _wait(self, condition: str) -> None:
        self.page.wait_for_function(
            f"idle => {{ const meta = document.querySelector('.md-search-result__meta'); return {condition} }}",
            arg=self.idle)


@pytest.fixture(scope="module")
def searches(browser, address):
    made: dict[str, Search] = {}  # by language

    def search(language: str) -> Search:
        if language not in made:
            made[language] = Search(browser, address, language)
        return made[language]

    return search


CASES = [(language, query) for language, queries in QUERIES.items() for query in queries]


@pytest.mark.parametrize("language, query", CASES)
def test_query_finds_its_page_first(searches, language, query):
    found = searches(language).ask(query)
    assert found, "nothing found"
    home = HOMES[language]
    assert all(path.startswith(home) for path in found), found
    others = [other for other in HOMES.values() if other not in ("/", home)]
    assert not [path for path in found if path.startswith(tuple(others))], found
    assert found[0].removeprefix(home) in QUERIES[language][query], found


def test_part_of_a_german_compound_finds_it(searches):
    """No page says Funktion alone as often as cross-entropy says Verlustfunktion."""
    assert "/de/cross-entropy/" in searches("de").ask("Funktion")
    assert set(searches("de").ask("Verlust funktion")) >= set(searches("de").ask("Verlustfunktion"))


@pytest.mark.parametrize("language", HOMES)
def test_ten_queries(language):
    assert len(QUERIES[language]) >= 10


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
    assert [url for url in search.asked if url.endswith("search_index.json")] == [
        f"{search.home}search/search_index.json"]
    assert not [url for url in search.asked if not url.startswith((address, "data:", "blob:"))]
    assert not search.problems
