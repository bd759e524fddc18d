"""What holds for every page of the built site, in three languages."""

import ast
import csv
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest

from docs.builder import labs
from docs.builder.results import results
from docs.builder.search import separator
from tests.every.built import (HEADINGS, LANGUAGES, Node, Page, Site, is_english, is_quiet, parse,
                               sections)
from tests.plays import number_of, says

ROOT = Path(__file__).parents[2]
SLUGS = sorted(path.stem for path in (ROOT / "docs/en").glob("*.md"))
TRANSLATIONS = [language for language in LANGUAGES if language != "en"]

every_page = pytest.mark.parametrize("slug", SLUGS)
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_translation = pytest.mark.parametrize("language", TRANSLATIONS)


@pytest.fixture(scope="module")
def built(site) -> Site:
    return Site(site)


@pytest.fixture
def page(built, language, slug) -> Page:
    return page_of(built, language, slug)


@pytest.fixture
def original(built, slug) -> Page:
    return page_of(built, "en", slug)


def page_of(built: Site, language: str, slug: str) -> Page:
    folder = "" if language == "en" else f"{language}/"
    return built.pages[f"{folder}index.html" if slug == "index" else f"{folder}{slug}/index.html"]


def is_added(node: Node) -> bool:
    """What only a translation has: the banner, and the English behind a term."""
    return bool({"stale", "gloss"} & set(node.classes))


# The whole --------------------------------------------------------------------


def test_every_page_is_there_in_three_languages(built):
    wanted = {page_of(built, language, slug).path for language in LANGUAGES for slug in SLUGS}
    assert {page.path for page in built.content} == wanted
    assert len(wanted) >= 18
    assert {page.path for page in built.pages.values() if page.is_404} == {"404.html", "zh/404.html", "de/404.html"}


def test_every_page_says_its_language(built):
    for page in built.pages.values():
        assert page.root.one("html").get("lang") == page.language, page
        assert page.root.one("meta", charset="utf-8"), page


def test_titles_and_descriptions_are_in_the_language_and_differ(built):
    for what in (lambda page: page.root.one("head").one("title").text(),
                 lambda page: page.root.one("meta", name="description").get("content")):
        texts = Counter(what(page) for page in built.content)
        assert "" not in texts
        same = [text for text, count in texts.items() if count > 1]
        assert all(is_name(text, "de") or is_name(text, "zh") for text in same), same


def test_ids_are_unique_in_a_page_and_names_refer_to_them(built):
    for page in built.pages.values():
        twice = [name for name, count in Counter(page.ids).items() if count > 1]
        assert not twice, f"{page}: {twice}"
        for node in page.root.walk():
            for key in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
                missing = set(node.get(key).split()) - set(page.ids) - {"__toc"}  # Material's, on pages without contents
                assert not missing, f"{page}: {key}={missing}"


def test_no_markup_is_left_in_the_text(built):
    """What the builder did not understand would stand in the page as it was typed."""
    for page in built.content:
        text = page.article.raw(is_quiet) + " ".join(
            value for node in page.article.walk() for key, value in node.attributes.items() if key != "data-tex")
        for mark in ("{{", "}}", ":::", "[@", "](", "(term:", "{#", "{ .", "$", "**", "!!!", "???", "&lt;", "&amp;"):
            assert mark not in text, f"{page}: {mark} in {text[max(0, text.find(mark) - 60):][:120]!r}"


def test_no_path_of_the_machine_is_in_the_site(built):
    for path in built.folder.rglob("*"):
        if path.is_file():
            assert str(ROOT).encode() not in path.read_bytes(), path


def test_no_inline_styles_in_figures_and_formulas(built):
    for page in built.content:
        for node in page.article.walk():
            if node.tag in ("figure", "svg") or "formula" in node.classes:
                assert not [inner for inner in node.walk() if inner.has("style") or inner.tag == "style"], page


def test_no_line_begins_with_the_comma_behind_a_formula(built):
    """Browsers may break a line beside a drawing, even where text forbids it."""
    held = 0
    for page in built.content:
        for node in page.article.walk():
            for formula, after in pairwise(node.children):
                if (isinstance(formula, Node) and "formula" in formula.classes and isinstance(after, str)
                        and after.startswith(tuple("，。、；：！？）”,.;:!?)"))):
                    assert "unbroken" in node.classes, f"{page}: {formula.get('data-tex')}{after}"
                    held += 1
    assert held > 100


# Same structure ---------------------------------------------------------------


def block(node: Node):
    """What comes in the same order in all languages."""
    if node.tag in HEADINGS:
        return node.tag, node.get("id")
    for key in ("data-snippet", "data-figure"):
        if node.has(key):
            return key, node.get(key)
    if "admonition" in node.classes and not is_added(node):
        return "admonition", node.get("class")
    if node.tag == "div" and "formula" in node.classes:
        return "formula", tex(node)
    if "highlight" in node.classes:
        return "code", node.raw()
    if node.tag in ("ul", "ol", "table", "details", "dl"):
        return node.tag, len(node.all("li", "tr", "dt"))
    return None


def tex(node: Node) -> str:
    """A formula without white space, with either decimal sign."""
    return re.sub(r"\s+", "", node.get("data-tex")).replace("{,}", ".")


def small(node: Node):
    """What a section has in any order: word order differs between languages."""
    if node.has("data-fact"):
        return "fact", node.get("data-fact")
    if node.tag == "span" and "formula" in node.classes:
        return "formula", tex(node)
    if "cite" in node.classes:
        return "cite", node.get("href")
    return None


@every_translation
@every_page
def test_blocks_are_the_same_in_the_same_order(page, original):
    ours, theirs = ([item for node in one.article.walk() if (item := block(node))] for one in (page, original))
    assert ours == theirs


@every_translation
@every_page
def test_facts_and_formulas_are_the_same_in_each_section(page, original):
    ours, theirs = ([(head, Counter(items)) for head, items in sections(one.article, small)]
                    for one in (page, original))
    assert ours == theirs


def test_there_are_facts_and_formulas(built):
    """The comparisons above would hold for empty pages too."""
    page = page_of(built, "en", "cross-entropy")
    kinds = Counter(item[0] for node in page.article.walk() if (item := small(node) or block(node)))
    for kind, least in (("fact", 20), ("formula", 15), ("data-figure", 3), ("data-snippet", 1), ("h2", 9),
                        ("admonition", 4), ("cite", 3), ("table", 1), ("code", 3)):
        assert kinds[kind] >= least, kinds


def links_of(page: Page, node: Node) -> str | None:
    """A link's target, modulo language; terms are compared a page at a time."""
    if node.tag != "a" or "headerlink" in node.classes or "term" in node.classes:
        return None
    if any(is_added(around) for around in node.above()):
        return None
    place = page.site.resolve(node.get("href"), page.url)
    if place is None:
        return node.get("href")
    path, anchor = place
    return f"{path.removeprefix(page.language + '/')}#{anchor}"


@every_translation
@every_page
def test_links_lead_to_the_same_places_in_each_section(page, original):
    ours, theirs = ([(head, set(items)) for head, items in sections(one.article, lambda node: links_of(one, node))]
                    for one in (page, original))
    assert ours == theirs


@every_translation
@every_page
def test_pages_quote_the_same_code(page, original):
    """`lr=0.005` in a sentence is code too. A translation may quote more, such as an English word that a function returns: a word of its programs."""
    ours, theirs = ({node.text() for node in one.article.all("code") if node.parent.tag != "pre"} for one in (page, original))
    assert theirs <= ours
    programs = "\n".join(node.text() for node in page.article.all("pre"))
    assert not [code for code in ours - theirs if code not in programs]


@every_translation
@every_page
def test_figures_have_the_same_curves(page, original):
    def curves(one):
        return {figure.get("data-figure"): [node.get("d") for node in figure.all("path")]
                for figure in one.article.all("figure")}

    assert curves(page) == curves(original)


# Code -------------------------------------------------------------------------

# Runs a file as if nothing but NumPy were installed.
NUMPY_ONLY = """
import runpy, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {*sys.stdlib_module_names, "numpy"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def run_alone(code: str, folder: Path) -> str:
    """What a program prints in a fresh interpreter, in an empty folder, with NumPy only."""
    folder.mkdir()
    program = folder.with_suffix(".py")
    program.write_text(code, "utf-8", newline="")
    done = subprocess.run([sys.executable, "-I", "-B", "-W", "error", "-c", NUMPY_ONLY, program], cwd=folder,
                          capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert not list(folder.iterdir()), "leaves files behind"
    return done.stdout


@cache
def printed(code: str) -> str:
    """The same, once for all languages."""
    with TemporaryDirectory() as folder:
        return run_alone(code, Path(folder) / "alone")


def test_run_alone_has_only_numpy(tmp_path):
    assert run_alone("import numpy; print(numpy.ones(2).sum())", tmp_path / "a") == "2.0\n"
    for name in ("matplotlib", "snippets", "docs"):
        with pytest.raises(AssertionError, match=f"No module named '{name}'"):
            run_alone(f"import {name}", tmp_path / name)


def lab_of(page: Page) -> str:
    return page.slug.removeprefix("lab-").replace("-", "_")


def snippets_of(page: Page) -> list[Node]:
    return [node for node in page.article.walk() if node.has("data-snippet")]


def code_of(node: Node) -> str:
    [code] = [inner for inner in node.all("code") if inner.parent.tag == "pre"]
    return code.raw()


@every_language
def test_every_snippet_is_on_a_page(built, language):
    shown = {node.get("data-snippet") for slug in SLUGS for node in snippets_of(page_of(built, language, slug))}
    shared = {"network"}  # no page's own: the net of the experiments on depth and generalization
    assert shown | shared == {path.stem for path in (ROOT / "snippets").glob("[!_]*.py")} and not shown & shared


@every_language
@every_page
def test_snippets_on_the_page_run_alone_and_print_what_stands_below_them(page):
    for node in snippets_of(page):
        name = node.get("data-snippet")
        code = code_of(node)
        assert code.encode() == (ROOT / "snippets" / f"{name}.py").read_bytes()
        shown = node.one(data_role="output").raw()
        assert shown.strip()
        assert printed(code) == shown
        assert node.get("data-state") == "idle"


@every_language
@every_page
def test_other_code_runs_too(page):
    """All code is a snippet, a cell of the page's lab, the experiment, marked as PyTorch, or a program."""
    for pre in page.article.all("pre"):
        around = list(pre.above())
        classes = {name for node in around for name in node.classes}
        if any(node.has("data-snippet") for node in around):
            continue
        code = pre.raw()
        if cell := next((node.get("data-cell") for node in around if node.has("data-cell")), None):
            _, shown = labs.outcome(lab_of(page))
            assert code == (shown[cell].text if pre.has("data-role") else labs.cells(lab_of(page))[cell])
            continue
        if any(node.tag == "details" and "experiment" in node.classes for node in around):
            file = ROOT / "docs/experiments" / f"{page.slug.replace('-', '_')}.py"
            assert code.encode() == file.read_bytes()
        elif "pytorch" in classes:
            ast.parse(code)
        else:
            assert "language-python" in classes or "language-text" in classes, f"of no language: {code}"
            if "language-python" in classes:
                printed(code)


# Links ------------------------------------------------------------------------

LOADED = {("script", "src"), ("img", "src"), ("img", "srcset"), ("source", "src"), ("source", "srcset"),
          ("video", "src"), ("video", "poster"), ("audio", "src"), ("iframe", "src"), ("embed", "src"),
          ("object", "data"), ("use", "href"), ("use", "xlink:href"), ("image", "href"), ("input", "src"),
          ("track", "src"), ("form", "action"), ("button", "formaction"), ("a", "ping"), ("base", "href")}
NOT_LOADED = {"alternate", "canonical", "prev", "next", "author", "license"}  # of <link rel>
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
JS_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{0,2}/[^"']+|https?://[^"']+)["']""")


def addresses(page: Page) -> list[tuple[str, bool]]:
    """Every address in a page, and whether the browser loads it unasked."""
    found = []
    for node in page.root.walk():
        for key in ("href", "src", "action", "data", "poster", "srcset", "formaction", "ping", "xlink:href", "data-src", "data-play"):
            if node.has(key):
                loaded = (node.tag, key) in LOADED or key.startswith("data-")
                if key == "data-play":  # from the root of the language
                    found.append((page.home + node.get(key), True))
                    continue
                if node.tag == "link":
                    loaded = not set(node.get("rel").split()) <= NOT_LOADED
                found.append((node.get(key), loaded))
        for key in ("clip-path", "fill", "stroke", "mask", "filter", "marker-end", "style"):
            found += [(first or second, True) for first, second in CSS_URL.findall(node.get(key))]
        if node.tag == "style":
            found += [(first or second, True) for first, second in CSS_URL.findall(node.raw())]
        if node.tag == "meta" and node.get("http-equiv").lower() == "refresh":
            found.append((node.get("content").partition("=")[2], True))
    return found


def is_elsewhere(built: Site, address: str) -> bool:
    return not address.startswith(("data:", "blob:", "#")) and built.resolve(address, built.root) is None


def broken(built: Site, address: str, base: str) -> bool:
    if address.startswith(("data:", "blob:", "mailto:")):
        return False
    place = built.resolve(address, base)
    if place is None:
        return False
    path, anchor = place
    if not (built.folder / path).is_file():
        return True
    return bool(anchor) and (path not in built.pages or anchor not in built.pages[path].ids)


def test_no_link_leads_nowhere(built):
    wrong = [f"{page}: {address}" for page in built.pages.values() for address, _ in addresses(page)
             if broken(built, address, page.url)]
    assert not wrong
    assert sum(len(addresses(page)) for page in built.pages.values()) > 1000


def test_the_search_for_broken_links_finds_them(built):
    url = page_of(built, "de", "softmax").url
    for address in ("../notation/", "../../", "../../zh/softmax/#why", "#why", "../glossary/#logit"):
        assert not broken(built, address, url), address
    for address in ("../missing/", "#missing", "../../zh/softmax/#missing", "notation/", "../../de/de/"):
        assert broken(built, address, url), address


def css_files(built: Site) -> list[Path]:
    return sorted(built.folder.rglob("*.css"))


def test_style_sheets_and_scripts_lead_nowhere_else(built):
    for pattern, files in ((CSS_URL, css_files(built)),
                           (JS_IMPORT, [path for path in sorted(built.folder.rglob("assets/*.js"))])):
        assert files
        for file in files:
            base = built.root + file.relative_to(built.folder).as_posix()
            for match in pattern.findall(file.read_text("utf-8")):
                address = "".join(match)
                assert not is_elsewhere(built, address), f"{file}: {address}"
                assert not broken(built, address, base), f"{file}: {address}"


def test_nothing_is_loaded_from_another_host(built):
    wrong = [f"{page}: {address}" for page in built.pages.values() for address, loaded in addresses(page)
             if loaded and is_elsewhere(built, address)]
    assert not wrong


def test_configured_addresses_exist(built):
    """What Material's script fetches."""
    for page in built.pages.values():
        config = json.loads(page.root.one("script", id="__config").raw())
        base = urljoin(page.url, config["base"].rstrip("/") + "/")
        assert not broken(built, urljoin(page.url, config["search"]), base), page
        assert not broken(built, "search/search_index.json", base), page


# Languages linked to each other -----------------------------------------------


def alternates(page: Page) -> dict[str, str]:
    links = [node for node in page.root.all("link") if node.has("hreflang") and node.get("rel").split() == ["alternate"]]
    found = {node.get("hreflang"): node.get("href") for node in links}
    assert len(links) == len(found), f"{page}: a language twice"
    return found


def test_every_page_names_its_siblings_and_itself(built):
    for page in built.content:
        wanted = {language: built.sibling(page, language).url for language in LANGUAGES}
        assert alternates(page) == wanted | {"x-default": wanted["en"]}, page
        assert page.root.one("link", rel="canonical").get("href") == page.url
    for page in built.pages.values():
        if page.is_404:
            home = {language: page_of(built, language, "index").url for language in LANGUAGES}
            assert alternates(page) == home | {"x-default": home["en"]}, page


def test_the_switch_stays_on_the_page(built):
    for page in built.pages.values():
        switch = page.root.one(class_="languages")
        names = {node.get("lang"): node.text() for node in switch.with_("lang")}
        assert names == {"en": "English", "zh": "中文", "de": "Deutsch"}
        links = {node.get("hreflang"): page.site.resolve(node.get("href"), page.url)[0] for node in switch.all("a")}
        target = page_of(built, "en", "index") if page.is_404 else page
        assert links == {language: built.sibling(target, language).path
                         for language in LANGUAGES if language != page.language}, page
        assert switch.one(aria_current="true").get("lang") == page.language


def test_sitemap_has_all_pages_with_their_siblings(built):
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    wanted = {page.url: {language: built.sibling(page, language).url for language in LANGUAGES}
              for page in built.content}
    files = sorted(built.folder.rglob("sitemap.xml"))  # Material's script asks for one in each language
    assert built.folder / "sitemap.xml" in files
    for file in files:
        found = {}
        for url in ElementTree.parse(file).getroot().iterfind("s:url", names):
            address = url.findtext("s:loc", None, names)
            assert address not in found, address
            found[address] = {link.get("hreflang"): link.get("href") for link in url.iterfind("x:link", names)
                              if link.get("rel") == "alternate" and link.get("hreflang") != "x-default"}
        assert found == wanted, file


# No English left --------------------------------------------------------------

ALLOWED = {
    "Unstuck": "the site's name",
    "Material for MkDocs": "a program's name",
    "CC BY 4.0": "a licence's name",
    "Symptom": "the same word in German",
    "Notation": "the same word in German",
    "Training": "the same word in German",
    "Navigation": "the same word in German",
    "linear": "the same word in German",
    "Labels": "the same word in German",
    "Test": "the same word in German",
    "proximal": "the same word in German",
}
NAMES = set((ROOT / "tests/words/names.txt").read_text("utf-8").split())  # of methods, programs, people
TEXTS = ("title", "aria-label", "placeholder", "alt", "aria-description", "aria-roledescription", "content", "label")
BLOCKS = {"p", "li", "td", "th", "figcaption", "summary", "button", "label", "a", "span", "title", "text", "div",
          "dt", "dd", "option", "legend", "nav", "output", *HEADINGS}


def texts_of(page: Page) -> set[str]:
    """Every text that a reader of the page can meet, and every one that a script may show."""
    found = set()
    for node in page.root.walk(lambda node: is_quiet(node) or node.has("lang") and node.tag != "html" or is_added(node)):
        for key in TEXTS:
            if node.has(key) and (node.tag != "meta" or node.get("name") == "description"):
                found.add(node.get(key))
        if node.tag in BLOCKS:
            own = [child for child in node.children if isinstance(child, str)]
            found.add(" ".join(" ".join(own).split()))
            if node.tag in ("p", "li", "td", "th", "figcaption", "button"):
                found.add(node.text(lambda inner: is_quiet(inner) or is_added(inner)))
    found |= set(json.loads(page.root.one("script", id="__config").raw())["translations"].values())
    found |= set(json.loads(page.root.one("script", id="unstuck").raw())["words"].values())
    return {text.strip() for text in found if re.search(r"[A-Za-zÀ-ÿ\u4e00-\u9fff]{2,}", text)}


@every_translation
def test_no_english_is_left(built, language):
    """Neither in the text nor in what Material and we say around it."""
    left = set()
    for page in built.pages.values():
        if page.language == language:
            original = built.sibling(page, "en")
            left |= {(text, page.path) for text in texts_of(page) & texts_of(original)
                     if not is_name(text, language)}
    assert not left, "\n".join(sorted(f"{path}: {text}" for text, path in left))


def is_name(text: str, language: str) -> bool:
    """What is the same in both languages: files, authors, symbols, and terms that the glossary gives so."""
    text = text.removesuffix(" · Unstuck")
    if set(re.findall(r"\w{2,}", text)) <= NAMES:
        return True
    return bool(re.fullmatch(r"[a-z_0-9/]+\.py|2/lr = \d+", text)) or text in AUTHORS | NAMES | set(ALLOWED) | SHARED[language]


with (ROOT / "docs/glossary.csv").open(encoding="utf-8", newline="") as file:
    TERMS = list(csv.DictReader(file))
SHARED = {language: {word for term in TERMS for word in (term[language], term[language][:1].upper() + term[language][1:])
                     if term[language].lower().rstrip("s") == term["en"].lower().rstrip("s")} for language in ("zh", "de")}


AUTHORS = {f"{source} {year}" for source, year in re.findall(
    r"short: (.+)\n  year: (\d+\w?)", (ROOT / "docs/sources.yml").read_text("utf-8"))}


def test_interface_in_chinese_is_chinese(built):
    """Latin words in the frame around the Chinese pages, beyond those that are names."""
    names = re.compile("|".join(map(re.escape, sorted({"Unstuck", "English", "Deutsch", "Material for MkDocs", "CC BY 4.0", "MIT", "Run", "#"}
                                                      | NAMES | SHARED["zh"], key=len, reverse=True))))
    for page in built.pages.values():
        if page.language != "zh":
            continue
        frame = [node for node in page.root.walk(
            lambda node: node.tag == "article" or is_quiet(node) or node.tag == "head")]
        for node in frame:
            own = " ".join(child for child in node.children if isinstance(child, str))
            for text in [own, *(node.get(key) for key in TEXTS)]:
                assert not re.search(r"[A-Za-z]{2,}", names.sub("", text)), f"{page}: {text.strip()}"


@every_translation
def test_404_speaks_the_language(built, language):
    page = built.pages[f"{language}/404.html"]
    assert page.article.one("h1").text()
    shared = texts_of(page) & texts_of(built.pages["404.html"])
    assert all(is_name(text, language) for text in shared), shared


# Figures ----------------------------------------------------------------------


@every_language
@every_page
def test_figures_are_complete(page):
    for figure in page.article.all("figure"):
        name = figure.get("data-figure")
        svg = next(node for node in figure.all("svg") if node.get("role") == "img")
        title = svg.one("title")
        assert title.get("id") and svg.get("aria-labelledby") == title.get("id"), name
        assert len(title.text()) > 20, f"{name}: the alt text is too short to tell what the figure shows"
        assert len(figure.one("figcaption").text()) > 20, name
        assert title.text() != figure.one("figcaption").text()
        assert svg.get("viewbox") and not svg.has("width"), name
        assert svg.all("text"), f"{name}: text is no text any more"


@every_language
@every_page
def test_figures_take_their_colours_from_the_theme(page):
    for figure in page.article.all("figure"):
        for node in figure.one("svg", role="img").walk():
            for key in ("fill", "stroke"):
                value = node.get(key, "none")
                assert value == "none" or value.startswith("var(--"), f"{figure.get('data-figure')}: {key}={value}"


def test_numbers_in_figures_follow_the_language(built):
    commas = 0
    for page in built.content:
        for figure in page.article.all("figure"):
            for node in figure.all("text", "title", "output"):
                text = node.text()
                if page.language == "de":
                    assert not re.search(r"\d\.\d", text), f"{page}: {text}"
                    commas += bool(re.search(r"\d,\d", text))
                else:
                    assert not re.search(r"\d,\d(?!\d\d)", text), f"{page}: {text}"
                assert not re.search(r"(?<!\d)-\d", text), f"{page}: hyphen for a minus in {text}"
    assert commas >= 10


def test_numbers_in_german_text_have_a_comma(built):
    for slug in SLUGS:
        page = page_of(built, "de", slug)
        text = page.article.text(lambda node: is_quiet(node) or is_english(node) or node.has("data-fact")
                                 or node.tag == "svg")
        assert not re.search(r"\d\.\d", text), f"{page}: {re.findall(r'.{20}[0-9][.][0-9].{20}', text)}"
        for node in page.article.with_("data-tex"):
            assert not re.search(r"\d\.\d", node.get("data-tex")), f"{page}: {node.get('data-tex')}"


# Facts ------------------------------------------------------------------------


@every_language
@every_page
def test_facts_are_the_experiment_s_and_written_in_the_language(page):
    for node in page.article.with_("data-fact"):
        name = node.get("data-fact")
        experiment, _, fact = name.rpartition(".")
        if page.slug.startswith("lab-"):
            value, form = labs.outcome(lab_of(page))[0].facts[fact]
        else:
            value, form = results(experiment or page.slug.replace("-", "_")).facts[fact]
        assert says(node.raw(), format(value, form), page.language), name


def test_numbers_are_read_strictly():
    assert number_of("12,345.6", "en") == number_of("12\u202f345,6", "de") == 12345.6
    assert number_of("5\u00a0·\u00a010⁻⁸", "de") == number_of("5\u00a0×\u00a010⁻⁸", "zh") == 5e-8
    for text, language in (("0.5", "de"), ("0,5", "en"), ("12345", "en"), ("-1", "en"), ("1e-3", "zh")):
        with pytest.raises(AssertionError):
            number_of(text, language)


# Terms ------------------------------------------------------------------------


def terms_of(page: Page) -> set[str]:
    return {page.site.resolve(node.get("href"), page.url)[1] for node in page.article.all("a")
            if "term" in node.classes}


@pytest.fixture(scope="module")
def glossary() -> dict[str, dict[str, str]]:
    rows = {term["id"]: term for term in TERMS}
    assert len(rows) == len(TERMS), "a term twice"
    return rows


@every_language
@every_page
def test_terms_lead_to_the_page_s_own_glossary(page, built):
    for node in page.article.all("a"):
        if "term" in node.classes:
            assert not broken(built, node.get("href"), page.url)
            assert built.resolve(node.get("href"), page.url)[0] == page_of(built, page.language, "glossary").path


@every_translation
@every_page
def test_terms_of_the_english_page_are_linked_too(page, original):
    assert not terms_of(original) - terms_of(page)


@every_translation
@every_page
def test_terms_are_the_glossary_s_words(page, glossary):
    """Chinese to the character; German may inflect, so its words must begin alike."""
    for node in page.article.all("a"):
        if "term" not in node.classes:
            continue
        row = glossary[page.site.resolve(node.get("href"), page.url)[1]]
        text, word = node.text().lower(), row[page.language].lower()
        if page.language == "zh":
            assert word in text or text in word, f"{page}: {text} for {word}"
        else:
            stems = [part[:max(4, len(part) - 3)] for part in re.findall(r"\w+", word)]
            assert all(stem in text for stem in stems), f"{page}: {text} for {word}"


@every_translation
@every_page
def test_the_first_use_of_a_term_gives_its_english(page, glossary):
    seen = set()
    for node in page.article.all("a"):
        if "term" not in node.classes:
            continue
        key = page.site.resolve(node.get("href"), page.url)[1]
        siblings = node.parent.children
        behind = siblings[siblings.index(node) + 1:][:2]
        glossed = len(behind) == 2 and isinstance(behind[1], Node) and "gloss" in behind[1].classes
        english, own = glossary[key]["en"].lower(), glossary[key][page.language].lower()
        same = english == node.text().lower() or re.search(rf"\b{re.escape(english)}\b", own)
        assert glossed == (key not in seen and not same), f"{page}: {key}"
        if glossed:
            assert behind[0] == ("（" if page.language == "zh" else " (")
            assert behind[1].get("lang") == "en" and behind[1].text() == glossary[key]["en"]
        seen.add(key)


@every_language
def test_the_glossary_has_every_term(built, language, glossary):
    article = page_of(built, language, "glossary").article
    rows = {row.get("id"): [cell.get("lang") for cell in row.all("td", "th")] for row in article.one("tbody").all("tr")}
    assert rows.keys() == glossary.keys()
    order = [language, *(other for other in LANGUAGES if other != language)]
    assert all(cells == order for cells in rows.values())


# Search -----------------------------------------------------------------------


@every_language
def test_the_search_index_is_of_one_language_and_of_words_only(built, language):
    folder = "" if language == "en" else f"{language}/"
    index = json.loads((built.folder / folder / "search/search_index.json").read_text("utf-8"))
    assert index["config"]["lang"] == [language]
    assert index["config"]["separator"] == separator(language), "Material's own, which cuts no compounds"
    base = built.root + folder
    for entry in index["docs"]:
        assert not broken(built, entry["location"], base), entry["location"]
        path = built.resolve(entry["location"], base)[0]
        assert built.pages[path].language == language
        text = entry["title"] + entry["text"]
        for mark in ("¶", "{{", "\\frac", "data-fact", "import numpy", "<svg", "<math"):
            assert mark not in text, f"{entry['location']}: {mark}"
    assert {entry["location"].split("#")[0] for entry in index["docs"]} == {
        "" if slug == "index" else f"{slug}/" for slug in SLUGS}


# The tests' own reader --------------------------------------------------------


def test_wrong_nesting_is_refused():
    parse("<p>a<br>b</p><svg><path/></svg>")
    for text in ("<p><b></p></b>", "<div>", '<p id="a" id="b"></p>'):
        with pytest.raises(AssertionError):
            parse(text)
