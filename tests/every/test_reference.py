"""The pages to look things up: nothing is missing, and everything comes from its one place."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from docs.builder.reference import functions, sources
from tests.every.built import LANGUAGES, Node, Page, Site

ROOT = Path(__file__).parents[2]
every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def built(site) -> Site:
    return Site(site)


@pytest.fixture
def pages(built, language) -> dict[str, Page]:
    """The pages of a language, in the order of its navigation."""
    found = {page.slug: page for page in built.content if page.language == language}
    links = [built.resolve(node.get("href"), found["index"].url)[0] for node in found["index"].root.all("a")
             if "md-nav__link" in node.classes]
    order = [path.removeprefix(f"{language}/").removesuffix("index.html").strip("/") or "index" for path in links if path]
    return {slug: found[slug] for slug in dict.fromkeys(order) if slug in found}


def target(page: Page, link: Node) -> tuple[str, str]:
    """Page and anchor that a link leads to."""
    path, anchor = page.site.resolve(link.get("href"), page.url)
    return page.site.pages[path].slug, anchor


def groups(page: Page, kind: str) -> list[tuple[Node, Node]]:
    """Each second-level heading with the list of a kind behind it."""
    nodes = [node for node in page.article.walk() if node.tag == "h2" or node.tag == "dl" and kind in node.classes]
    return [(head, block) for head, block in zip(nodes, nodes[1:]) if head.tag == "h2" and block.tag == "dl"]


def link_of(heading: Node) -> Node | None:
    return next((node for node in heading.all("a") if "headerlink" not in node.classes), None)


# Snippets ---------------------------------------------------------------------


def offered(module) -> dict[str, object]:
    """The public functions and classes of a module, as Python sees them."""
    return {name: thing for name, thing in vars(module).items() if not name.startswith("_")
            and (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == module.__name__}


def parameters(callable_) -> list[tuple]:
    return [(one.name, one.kind, one.default) for one in inspect.signature(callable_).parameters.values()]


@every_language
def test_every_public_function_is_listed_as_it_is(pages):
    listed = {}
    for _, block in groups(pages["snippets"], "snippets"):
        file = block.parent.children[block.parent.children.index(block) - 2].text()
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        listed[module.__name__] = shown = {}
        for term, meaning in zip(block.all("dt"), block.all("dd"), strict=True):
            names = dict(vars(module))
            exec(f"def {term.text()}: pass", names)  # what is shown is Python
            name = term.text().partition("(")[0]
            thing = getattr(module, name)
            wanted = parameters(thing)
            if inspect.isclass(thing):
                wanted = [(name, kind, default) for name, kind, default in wanted]
            assert parameters(names[name]) == wanted, name
            assert meaning.text() == inspect.getdoc(thing).splitlines()[0] and meaning.get("lang") == "en"
            shown[name] = thing
        assert shown == offered(module)
    assert listed.keys() == {f"snippets.{path.stem}" for path in (ROOT / "snippets").glob("[!_]*.py")}


@every_language
def test_snippets_stand_in_the_order_of_their_pages(pages):
    homes = [(slug, node.get("data-snippet")) for slug, page in pages.items() for node in page.article.with_("data-snippet")]
    found = []
    for heading, block in groups(pages["snippets"], "snippets"):
        file = block.parent.children[block.parent.children.index(block) - 2].text()
        link = link_of(heading)
        found.append((link and target(pages["snippets"], link), Path(file).stem))
    assert [(place[0], name) for place, name in found if place] == homes
    assert {place[1] for place, _ in found if place} == {"run-it", "checks"}
    assert [place for place, _ in found[len(homes):]] == [None] * (len(found) - len(homes)), "what has no page comes last"


def test_a_signature_is_read_as_it_is_written(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("def _hidden():\n    pass\n\n\ndef long(a, b=(1, 2),\n         *, c=1e-6) -> int:\n    \"\"\"One.\n\n    Two.\n    \"\"\"\n"
                    "\n\nclass State:\n    \"\"\"A state.\"\"\"\n\n    n: int\n    w: float = 0.5\n", "utf-8")
    assert [(one.signature, one.summary) for one in functions(path)] == [
        ("long(a, b=(1, 2), *, c=1e-6)", "One."), ("State(n, w=0.5)", "A state.")]


# Bibliography -----------------------------------------------------------------


@every_language
def test_the_bibliography_has_every_source_and_the_pages_that_cite_it(pages):
    citing: dict[str, list[str]] = {}
    for slug, page in pages.items():
        if slug != "corrections":  # says again what the pages say
            for link in page.article.all("a"):
                if "cite" in link.classes and slug not in citing.setdefault(link.get("href").partition("#source-")[2], []):
                    citing[link.get("href").partition("#source-")[2]].append(slug)
    page = pages["bibliography"]
    items = page.article.one("ul").all("li")
    listed = {item.get("id").removeprefix("source-"): [target(page, link)[0] for link in item.one(class_="cited").all("a")] for item in items}
    assert listed == citing
    assert not sources().keys() - listed.keys(), "a source that no page cites"


@every_language
def test_a_source_can_be_looked_up(pages):
    items = {item.get("id").removeprefix("source-"): item for item in pages["bibliography"].article.one("ul").all("li")}
    names = [item.text() for item in items.values()]
    assert names == sorted(names), "in the order of the alphabet"
    for key, item in items.items():
        source, reference = sources()[key], item.one("span", lang="en")
        assert reference.one("a").get("href") == source.link and reference.one("a").text() == source.title
        assert str(source.year) in reference.text() and source.number in reference.text()


# Corrections ------------------------------------------------------------------


def said(node: Node) -> str:
    """Text without the English behind a term, which stands at its first use on a page."""
    return re.sub(r" ?[（(][）)]", "", node.text(lambda inner: "gloss" in inner.classes or "headerlink" in inner.classes))


@every_language
def test_corrections_say_what_the_pages_say(pages):
    wanted = []
    for slug, page in pages.items():
        for box in page.article.all("div"):
            if "mistake" in box.classes:
                title, *right = [node for node in box.children if isinstance(node, Node)]
                wanted.append((slug, said(title), " ".join(said(node) for node in right)))
    page, found = pages["corrections"], []
    for heading, block in groups(page, "corrections"):
        slug, anchor = target(page, link_of(heading))
        assert anchor == "mistakes"
        for term, right in zip(block.all("dt"), block.all("dd"), strict=True):
            found.append((slug, said(term), " ".join(said(node) for node in right.children if isinstance(node, Node)) or said(right)))
    assert found == wanted and len(found) > 80


@every_language
def test_citations_of_corrections_lead_to_the_bibliography(pages):
    cites = [link for link in pages["corrections"].article.all("a") if "cite" in link.classes]
    assert cites and {target(pages["corrections"], link)[0] for link in cites} == {"bibliography"}


# Cheat sheet ------------------------------------------------------------------


@every_language
def test_each_row_of_the_cheat_sheet_has_words_a_page_and_a_call(pages):
    page = pages["cheat-sheet"]
    rows = page.article.one("tbody").all("tr")
    assert 16 <= len(rows) <= 20
    for row in rows:
        symptom, cause, remedy, call = row.all("td")
        assert symptom.text() and cause.text() and remedy.text()
        assert {target(page, link)[0] for link in row.all("a")} <= pages.keys() - {"cheat-sheet"} and row.all("a"), symptom.text()
        ast.parse(call.one("code").text())


# Where the ideas came from ----------------------------------------------------


def seeds() -> list[list[str]]:
    """The rows of the table in CONTRIBUTING.md: seed, idea, page, verdict."""
    text = (ROOT / "docs/CONTRIBUTING.md").read_text("utf-8").partition("\n## Where the ideas came from\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")][2:]


def fault(row: list[str]) -> str:
    """What is wrong with a row; "" for nothing."""
    if len(row) != 4 or not row[1]:
        return "a row is seed, idea, page, verdict"
    link = re.fullmatch(r"\[([\w-]+)\]\((en/\1\.md)#([\w-]+)\)", row[2])
    if not link or not (ROOT / "docs" / link[2]).exists() or f"{{#{link[3]}}}" not in (ROOT / "docs" / link[2]).read_text("utf-8"):
        return f"no such place: {row[2]}"
    return "" if re.match(r"(confirmed|corrected)\b", row[3]) else f"no verdict: {row[3]}"


def test_every_idea_of_the_seeds_has_its_place_and_a_verdict():
    rows = seeds()
    assert not [f"{row}: {what}" for row in rows if (what := fault(row))]
    assert {row[0] for row in rows} == set("12345") and len(rows) >= 60
    assert len({tuple(row[:2]) for row in rows}) == len(rows), "an idea twice"


@pytest.mark.parametrize("old, new, message", [
    ("en/adam.md", "en/adma.md", "no such place"), ("#why", "#wyh", "no such place"), ("[adam]", "[Adam]", "no such place"),
    ("confirmed", "", "no verdict"), ("confirmed", "unconfirmed", "no verdict")])
def test_a_fault_in_a_row_is_seen(old, new, message):
    row = "1 | an idea | [adam](en/adam.md#why) | confirmed".split(" | ")
    assert not fault(row)
    assert fault(" | ".join(row).replace(old, new).split(" | ")).startswith(message)
