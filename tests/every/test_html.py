"""The Nu checker reads every page of the built site, in one run of Java."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from docs.builder import npm

JUDGES = Path(__file__).parents[1] / "judges"

# What is not ours to repair; everything else fails.
EXCUSED = {
    "Attribute “autocomplete” is only allowed when the input type is":
        "Material's two switches, which Firefox would set as they were before a reload",
    "Trailing slash on void elements has no effect":
        "Python-Markdown writes XHTML",
    "/snippets/index.html:3: This document appears to be written in English":
        "the list of functions, whose docstrings are English and marked so; the checker counts words",
    "violates Content Security Policy":
        "the checker reads files, which have no origin, and takes settings (application/json) for scripts; "
        "browser/test_pages.py lets Chromium judge",
}


def complaints(pages: list[Path]) -> list[str]:
    """What the Nu checker says about pages, one line each."""
    jar = npm.install(JUDGES) / "node_modules/vnu-jar/build/dist/vnu.jar"
    done = subprocess.run(["java", "-Xss4m", "-jar", jar, "--format", "json", *pages],
                          stderr=subprocess.PIPE, text=True, encoding="utf-8")
    if not done.stderr.startswith("{"):
        pytest.fail(f"the Nu checker did not run:\n{done.stderr}", pytrace=False)
    return [f"{unquote(said['url'])}:{said['lastLine']}: {said['message']} {' '.join(said['extract'].split())}"
            for said in json.loads(done.stderr)["messages"]]


def test_every_page_is_good_html(site):
    said = complaints(sorted(site.rglob("*.html")))
    faults = [complaint for complaint in said if not any(known in complaint for known in EXCUSED)]
    assert not faults, "\n".join(faults)
    for known in EXCUSED:
        assert any(known in complaint for complaint in said), f"{known}: mended elsewhere; strike it off the list"


PAGE = '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>A page</title>{}</head><body>{}</body></html>'
FAULTS = {
    "block in a span": ("", "<p>a</p><span><div>a</div></span>", "“div” not allowed as child of element “span”"),
    "two controls in a label": ("", "<label>a <input type=range> <output>1</output></label>", "may contain at most one"),
    "an id twice": ("", '<p id="a">a</p><p id="a">b</p>', "Duplicate ID “a”"),
    "a label for nothing": ("", '<label for="none">a</label>', "must be the ID of"),
    "an image without words": ("", '<img src="a.svg">', "must have an “alt” attribute"),
    "a property misspelt": ("<style>p { colour: red }</style>", "<p>a</p>", "Property “colour” doesn't exist"),
    "no number": ("", '<p tabindex="">a</p>', "Bad value “” for attribute “tabindex”"),
}


def test_planted_faults_are_found(tmp_path):
    """One a page, and a page with none."""
    for name, (head, body, _) in {**FAULTS, "good": ("", "<p>a</p>", "")}.items():
        (tmp_path / f"{name}.html").write_text(PAGE.format(head, body), "utf-8")
    found = complaints(list(tmp_path.glob("*.html")))
    for name, (_, _, message) in FAULTS.items():
        assert any(re.search(f"/{name}.html:.*{message}", complaint) for complaint in found), f"{name}: {found}"
    assert not any("/good.html" in complaint for complaint in found), found
