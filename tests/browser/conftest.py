"""A built site on loopback, and a reader before it."""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

sys.path.insert(0, str(Path(__file__).parent))
import small_site  # noqa: E402
from reader import CACHE, SECONDS, Snippet, first_page  # noqa: E402
from server import Host  # noqa: E402

from docs.builder.project import SNIPPETS  # noqa: E402
from docs.builder.results import snippet_names, snippet_output  # noqa: E402


@pytest.fixture(scope="session")
def small(once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """All snippets on one page, in three languages: the site without its text."""

    def make(folder: Path) -> None:
        snippets = {name: ((SNIPPETS / f"{name}.py").read_text("utf-8"), snippet_output(name)) for name in snippet_names()}
        small_site.build(folder, snippets, CACHE)

    return once("small", make)


@pytest.fixture(scope="session")
def whole_host(site: Path) -> Iterator[Host]:
    """The host of the whole site, as it is built."""
    host = Host(site)
    yield host
    host.close()


@pytest.fixture(scope="session")
def small_host(small: Path) -> Iterator[Host]:
    host = Host(small)
    yield host
    host.close()


@pytest.fixture
def host(small_host: Host) -> Iterator[Host]:
    """The small site's host, unbroken and with an empty log."""
    small_host.faults.clear()
    small_host.requests.clear()
    yield small_host
    small_host.faults.clear()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(SECONDS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def snippet(page: Page, host: Host) -> Snippet:
    """The first snippet of the small site's English page."""
    page.goto(host.address + first_page(host.folder))
    return Snippet(page)
