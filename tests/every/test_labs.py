"""Labs: what the builder makes of a program in cells, on a small project of its own; and what readers take along from the site."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from docs.builder.downloads import ARCHIVE
from docs.builder.page import all_pages
from docs.builder.project import LABS, LANGUAGES, ORIGINAL
from tests.every.built import parse
from tests.every.test_builder import Project

LAB = '''\
"""Halves, in cells."""
# %% halve
from snippets import demo

half = demo.halve(1.0)
print("half", half)
# %% draw
import matplotlib.pyplot as plt

plt.plot([1, half, 1000 * half])
plt.yscale("log")
plt.show()
# %% facts
FACTS = {"half": (half, ".2f")}
'''
PAGE = '''\
---
figures:
  draw:
    alt: From one to {{ half }}.
    caption: It falls to {{ half }}.
---
# Race {#lab-race}

It is {{ half }}, a [loss](term:loss), says [@someone2015]. See [more](other.md#other).

::: cell halve

!!! note "Note"
    Still {{ half }}.

::: cell draw

## Sources {#sources}

::: sources
'''
FILE = "docs/labs/race.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("labs"))
    project.write(FILE, LAB)
    for language in LANGUAGES:
        project.write(f"docs/{language}/lab-race.md", PAGE)
    project.render("lab-race")
    project.before.clear()
    yield project
    project.server.stdin.close()
    project.server.wait(10)


@pytest.fixture
def project(made):
    yield made
    made.restore()


def test_a_cell_shows_its_code_what_it_prints_and_what_it_draws(project):
    shown = project.render("lab-race")["html"]
    for language, half in (("en", "0.50"), ("zh", "0.50"), ("de", "0,50")):
        page = parse(f"<html><body><article>{shown[language]}</article></body></html>")
        first, second = page.with_("data-cell")
        assert "".join(first.one("code").text().split()) == "".join(LAB.split("# %% ")[1].removeprefix("halve").split())
        assert first.one(data_role="output").text() == "half 0.5" and not second.all(data_role="output")
        assert f"From one to {half}." in shown[language] and f">{half}</span>" in shown[language]
        assert ">10</text>" in shown[language] and "mathdefault" not in shown[language]
        assert "var(--trains)" in shown[language] and 'href="lab-race.ipynb"' in shown[language]
    assert "FACTS" not in shown["en"]


def test_a_lab_runs_once_for_three_languages_and_again_when_a_snippet_changes(project):
    assert project.render("lab-race")["runs"] == []
    project.change("snippets/demo.py", "return x / 2", "return x / 4")
    answer = project.render("lab-race")
    assert answer["runs"] == ["race"]
    assert "half 0.25" in answer["html"]["zh"] and ">0,25</span>" in answer["html"]["de"]


FAULTS = {  # file, old, new, message
    "an unknown cell": ("docs/en/lab-race.md", "::: cell halve", "::: cell halves", "lab-race.md:11: unknown cell 'halves'; known are halve, draw"),
    "a cell left out": ("docs/en/lab-race.md", "::: cell halve\n\n", "", "lab-race.md:7: the page shows the cells draw; its lab has halve, draw"),
    "a translation that leaves one out": ("docs/de/lab-race.md", "::: cell halve\n\n", "", "admonition 'note' stands where the English page has cell 'halve'"),
    "a cell twice": ("docs/en/lab-race.md", "::: cell halve\n", "::: cell halve\n\n::: cell halve\n", "the page shows the cells halve, halve, draw"),
    "a cell without a lab": ("docs/en/other.md", "::: snippet other", "::: cell halve", "the page shows the cells halve; its lab has none"),
    "a drawing without words": ("docs/en/lab-race.md", PAGE[4:PAGE.index("---\n# ")], "title: Race\n", "figure 'draw' has no words in the front matter"),
    "words without a drawing": ("docs/en/lab-race.md", "figures:\n", "figures:\n  halve: {alt: A, caption: B}\n", "figure 'halve' has words, but the cell draws nothing"),
    "an unknown fact": ("docs/en/lab-race.md", "It is {{ half }}", "It is {{ third }}", "lab-race.md:9: unknown fact 'third' of experiment 'race'; known are half"),
    "a cell that fails": (FILE, "print(", "print(1 / 0, ", "docs/labs/race.py:6: fails: ZeroDivisionError: division by zero"),
    "a cell that warns": (FILE, "half = demo.halve(1.0)", "import numpy as np; half = np.float64(1) / np.float64(0)", "docs/labs/race.py:5: fails: RuntimeWarning: divide by zero"),
    "a cell that is no Python": (FILE, "half = demo", "half == = demo", "docs/labs/race.py:5: cannot be read as Python: invalid syntax"),
    "two drawings": (FILE, "plt.show()", "plt.figure()", "docs/labs/race.py:8: draws 2 figures; a cell draws one"),
    "a drawing that runs off": (FILE, "plt.show()", "plt.text(0, 1, 99 * 'wide ')", "runs off the canvas"),
    "a name twice": (FILE, "# %% draw", "# %% halve", "docs/labs/race.py:7: a cell begins with # %% and a name of its own, got '# %% halve'"),
    "a name with capitals": (FILE, "# %% draw", "# %% Draw it", "docs/labs/race.py:7: a cell begins with # %% and a name of its own"),
    "no facts": (FILE, '# %% facts\nFACTS = {"half": (half, ".2f")}\n', "", "docs/labs/race.py:1: the last cell is # %% facts"),
    "facts without FACTS": (FILE, "FACTS =", "facts =", "docs/labs/race.py:14: the cell facts gives no FACTS"),
    "facts that print": (FILE, "FACTS =", "print(1); FACTS =", "the cell facts prints or draws, and is shown nowhere"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(project, name):
    file, old, new, message = FAULTS[name]
    project.change(file, old, new)
    said = project.error("other" if "other" in file else "lab-race")
    assert message in said, said


# What readers take along from the site ----------------------------------------------------------------------------------------------------------------


def folder(site: Path, page) -> Path:
    return site / ("" if page.language == ORIGINAL else page.language) / ("" if page.slug == "index" else page.slug)


def taken(site: Path, language: str):
    """Each page that has a notebook, and the notebook."""
    for page in all_pages(language):
        if page.named("snippet") or page.lab:
            yield page, nbformat.read(folder(site, page) / f"{page.slug}.ipynb", as_version=nbformat.NO_CONVERT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_notebooks_are_sound_and_have_the_page_s_programs(site, language):
    count = 0
    for page, notebook in taken(site, language):
        nbformat.validate(notebook)
        programs = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        shown = parse((folder(site, page) / "index.html").read_text("utf-8")).one("article")
        codes = [node.all("code")[0].raw().rstrip("\n") for node in shown.all("section") if "snippet" in node.classes]
        assert programs == codes, page.path
        assert notebook.cells[1].source.count(f"/{page.slug}/") == 1, "where it comes from"
        count += 1
    assert count >= 26


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_has_the_page_s_numbers_and_no_marks(site, language):
    for page in all_pages(language):
        text = (folder(site, page) / "index.md").read_text("utf-8")
        words = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
        assert text.startswith("# "), page.path
        assert not re.search(r"^>.*\n[^>\n]", words, re.M), f"{page.path}: what follows a quote would belong to it"
        assert not (left := re.findall(r"\{\{.*|\]\(term:.*|\[@.*|^:::.*|\{ *#.*|^!!!.*|\.md[)#].*", words, re.M)), (page.path, left)
        shown = parse((folder(site, page) / "index.html").read_text("utf-8")).one("article")
        for fact in shown.with_("data-fact"):
            assert fact.text() in " ".join(words.split()), (page.path, fact.get("data-fact"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contents_for_programs_name_every_page(site, language):
    root = site if language == ORIGINAL else site / language
    text = (root / "llms.txt").read_text("utf-8")
    found = re.findall(r"^- \[.+?\]\(\S+?://[^/]+/(\S+)\): \S", text, re.M)
    assert sorted(found) == sorted((folder(site, page) / "index.md").relative_to(site).as_posix() for page in all_pages(language))


def test_the_archive_is_the_site(site):
    with zipfile.ZipFile(site / ARCHIVE) as packed:
        names = {name.removeprefix("unstuck/") for name in packed.namelist()}
        files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
        assert names == files - {ARCHIVE} | {"README.txt"}
        assert all(packed.read(f"unstuck/{name}") == (site / name).read_bytes() for name in sorted(names)[::20] if name != "README.txt")


def test_the_package_is_all_a_reader_needs(site, tmp_path):
    [wheel] = (site / "downloads").glob("unstuck_snippets-*.whl")
    done = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(wheel)!r})\n"
                           "from snippets.softmax import softmax; import snippets; print(softmax([[0.0, 0.0]])[0, 0], snippets.__file__)"],
                          cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith(f"0.5 {wheel}"), done.stderr


@pytest.mark.parametrize("name", sorted(path.stem for path in LABS.glob("*.py")))
def test_a_lab_runs_in_jupyter_and_prints_what_the_page_says(site, tmp_path, name):
    """As a reader does it: the downloaded notebook, an empty folder, the package."""
    for language in LANGUAGES:
        page, notebook = next((page, notebook) for page, notebook in taken(site, language) if page.lab == name)
        programs = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        if language == ORIGINAL:
            first = programs
            printed = ["".join(output.text for output in cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]
            NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}}).execute()
            cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
            streams = ["".join(output.text for output in cell.outputs if output.output_type == "stream") for cell in cells]
            assert streams == printed
            drawn = sum(output.output_type == "display_data" for cell in cells for output in cell.outputs)
            assert drawn == len(page.meta["figures"])
        assert programs == first, "the same code in all languages"
