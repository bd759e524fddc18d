"""The cheat sheet on paper: one page of A4 in each language, and readable."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page
from server import Host

from docs.builder.project import LANGUAGES, ORIGINAL

FITS = """() => { const box = document.querySelector(".cheat-sheet"); return box.scrollWidth <= box.clientWidth + 1; }"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll(".cheat-sheet :is(td, td code, p)")].map((one) => parseFloat(getComputedStyle(one).fontSize)))"""


def paper(page: Page) -> int:
    """How many pages a printer would need."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


@pytest.fixture
def sheet(page: Page, whole_host: Host, language: str) -> Page:
    page.goto(whole_host.address + ("/" if language == ORIGINAL else f"/{language}/") + "cheat-sheet/", wait_until="networkidle")
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cheat_sheet_is_one_page_of_a4(sheet: Page, language: str) -> None:
    assert paper(sheet) == 1
    sheet.set_viewport_size({"width": 703, "height": 1000})  # A4 without the sheet's margins
    sheet.emulate_media(media="print")
    assert sheet.evaluate(FITS), "nothing is wider than the paper"
    assert sheet.evaluate(SMALLEST) >= 8, "pixels, 6 pt"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_longer_sheet_is_more_than_one_page(sheet: Page, language: str) -> None:
    sheet.evaluate("() => { const rows = document.querySelector('.cheat-sheet tbody'); rows.append(...rows.cloneNode(true).children); }")
    assert paper(sheet) > 1
