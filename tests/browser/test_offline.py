"""The built folder behind Python's own web server, which knows nothing of the site: everything works."""
from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import gates
import pytest
from playwright.sync_api import BrowserContext
from reader import Snippet, home, pages_with_snippets

from docs.builder.project import LANGUAGES


@pytest.fixture(scope="module")
def plain_host(site: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", site]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        port = re.search(r"port (\d+)", server.stdout.readline())[1]
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_works_from_a_plain_folder(context: BrowserContext, site: Path, plain_host: str, language: str) -> None:
    path = next(path for path in pages_with_snippets(site) if path.startswith(home(language)))
    visit = gates.Visit(context, plain_host + path)
    page = visit.page

    snippet = Snippet(page)
    recorded = snippet.output.text_content()
    assert snippet.run() == recorded and snippet.state() == "done"

    figure = page.locator("figure[data-play]").first
    drawing = figure.locator("svg").first.inner_html()
    assert not gates.stuck(page)
    page.wait_for_function("([figure, before]) => figure.querySelector('svg').innerHTML !== before", arg=[figure.element_handle(), drawing])

    title = page.locator("article h1").evaluate("heading => heading.firstChild.textContent")
    page.locator(".md-search__input").click()
    page.keyboard.insert_text(title)
    page.keyboard.press("End")      # Material looks at what is typed when a key goes up
    found = page.locator(".md-search-result__item a").first
    found.wait_for(state="visible")
    assert urlsplit(found.evaluate("link => link.href")).path == path
    page.keyboard.press("Escape")

    for other in LANGUAGES:
        if other != language:
            page.goto(plain_host + path, wait_until="load")
            page.locator(f"a[data-language={other}]").click()
            page.wait_for_function("language => document.documentElement.lang === language", arg=other)
            assert urlsplit(page.url).path == home(other) + path.removeprefix(home(language))
    assert not gates.strangers(visit) + visit.complaints
