"""The Python-Markdown extension that fills a page's places.

It needs nothing of the engine that builds the site: the page is recognized by
the id of its first heading, the language comes as an option, and everything
else is read from the project's folders.
"""

import html
import json
import logging
import re
from functools import cache
from importlib.metadata import version
from xml.etree import ElementTree as etree

from markdown import Extension, Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from . import downloads, labs, runtime
from . import page as pages
from .formula import FormulaError, set_formula
from .numbers import localize, plain
from .project import CACHE, DOCS, EXPERIMENTS, LANGUAGES, ORIGINAL, SNIPPETS, PageError, words
from .reference import Source, Term, functions, glossary, sources
from .results import Results, figure_file, fingerprint, frames_file, frames_url, is_experiment, results, snippet_names, snippet_output

log = logging.getLogger("mkdocs.unstuck")
FIRST_HEADING = re.compile(r"^# .*\{ *#([\w-]+) *\}", re.M)


class UnstuckExtension(Extension):
    def __init__(self, **options) -> None:
        self.config = {"language": ["en", "language of the pages, one of " + ", ".join(LANGUAGES)]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.registerExtensions(["pymdownx.arithmatex"], {"pymdownx.arithmatex": {"generic": True}})
        filler = Filler(md, self.getConfig("language"))
        md.preprocessors.register(Open(md, filler), "unstuck-open", 100)
        md.parser.blockprocessors.register(Blocks(md.parser, filler), "unstuck-blocks", 95)
        md.inlinePatterns.register(Facts(md, filler), "unstuck-facts", 185)
        md.inlinePatterns.register(Cites(md, filler), "unstuck-cites", 184)
        md.treeprocessors.register(Terms(md, filler), "unstuck-terms", 5)
        md.postprocessors.register(Formulas(md, filler), "unstuck-formulas", 5)


class Filler:
    """The page at hand, and what its places become."""

    def __init__(self, md: Markdown, language: str) -> None:
        self.md = md
        self.language = language
        self.words = words(language)
        self.page: pages.Page | None = None

    def open(self, text: str) -> None:
        """Find the page that this text is the body of, and check it."""
        match = FIRST_HEADING.search(text)
        path = DOCS / self.language / f"{match[1] if match else '?'}.md"
        if not (path.exists() and text.strip() in path.read_text("utf-8")):
            self.page = None
            for other in sorted((DOCS / self.language).glob("*.md")):
                if text.strip() and text.strip() in other.read_text("utf-8"):
                    pages.read(other)  # says what is wrong with its first heading
            if next(pages.find_places(text, 1), None) is not None:
                raise PageError(path, 1, "a page's first heading carries its file's name: # Title {#file-name}")
            return
        self.page = pages.read(path)
        self.page.check()
        if self.language == ORIGINAL:
            for language in LANGUAGES:
                if not (DOCS / language / path.name).exists():
                    log.warning("docs/%s/%s has no translation docs/%s/%s", ORIGINAL, path.name, language, path.name)
        self.check_cells()

    def check_cells(self) -> None:
        """A lab is shown whole and in its order: that is how it ran."""
        placed, wanted = self.page.named("cell"), []
        if self.page.lab:
            wanted = list(labs.outcome(self.page.lab)[1])
            for cell in (cell for cell in placed if cell not in wanted):
                raise self.error("cell", cell, f"unknown cell {cell!r}; known are {', '.join(wanted)}")
        if placed != wanted:
            raise self.page.error(self.page.first_line, f"the page shows the cells {', '.join(placed) or 'none'}; "
                                                        f"its lab has {', '.join(wanted) or 'none'}")

    def error(self, kind: str, name: str, message: str) -> PageError:
        return self.page.error(self.page.line_of(kind, name), message)

    # What a place becomes -----------------------------------------------------

    def given(self, experiment: str) -> tuple[str, Results | None]:
        """What an experiment found; where none is named, the page's own, or its lab."""
        if not experiment and self.page.lab:
            return self.page.lab, labs.outcome(self.page.lab)[0]
        name = experiment or self.page.experiment
        return name, results(name) if name and is_experiment(name) else None

    def fact(self, name: str) -> str:
        experiment, _, fact = name.rpartition(".")
        experiment, given = self.given(experiment)
        if given is None:
            raise self.error("fact", name, f"fact {name!r}: no experiment {experiment or 'of this page'}")
        if fact not in given.facts:
            raise self.error("fact", name, f"unknown fact {fact!r} of experiment {experiment!r}; "
                                           f"known are {', '.join(given.facts)}")
        return given.text(fact, self.language)

    def snippet(self, parent: etree.Element, name: str) -> None:
        """The whole file and what it prints."""
        if name not in snippet_names():
            raise self.error("snippet", name, f"unknown snippet {name!r}; known are {', '.join(snippet_names())}")
        actions = ("run", "stop", "reset", "copy") if runtime.ready() else ("copy",)
        self.program(parent, {"data-snippet": name, "data-state": "idle"}, f"{name}.py", actions,
                     (SNIPPETS / f"{name}.py").read_text("utf-8"), snippet_output(name))

    def program(self, parent: etree.Element, marks: dict, name: str, actions: tuple, source: str, printed: str) -> None:
        """A box with code, buttons, and what was printed."""
        # Not a div: the search plugin takes the end of a div inside for the end of what it leaves out.
        block = etree.SubElement(parent, "section", {"class": "snippet", "aria-label": name, **marks, "data-search-exclude": ""})
        buttons = "".join(f'<button type="button" data-action="{action}"{" disabled" if action == "stop" else ""}>'
                          f"{self.words[action]}</button>" for action in actions)
        key = f"{name.removesuffix('.py')}-output"
        whole = "data-snippet" in marks
        named = f'aria-labelledby="{key}"' if whole else f'aria-label="{self.words["output"]} {name}"'  # a lab has many
        output = (f'<div class="snippet-output"><span class="snippet-output-name" id="{key}">{self.words["output"]}</span>'
                  f'<pre data-role="output" tabindex="0" role="region" {named}>{html.escape(printed, quote=False)}</pre></div>') if printed else ""
        block.text = self.md.htmlStash.store(
            f'<div class="snippet-bar"><span class="snippet-file" translate="no">{name}</span><span class="snippet-buttons">{buttons}</span></div>'
            f'{code(source, self.words["snippet_of"] + f" {name}" if whole else "")}<p class="snippet-status" role="status"></p>{output}')

    def cell(self, parent: etree.Element, name: str) -> None:
        """A cell of the page's lab, what it prints, and what it draws."""
        shown = labs.outcome(self.page.lab)[1][name]
        marks = {"data-cell": name, "aria-label": f"{self.words['cell']} {name}"}
        self.program(parent, marks, name, ("copy",), labs.cells(self.page.lab)[name], shown.text)
        if shown.drawings:
            wording = self.page.figure(name)
            self.check_facts(name, f"{wording.alt} {wording.caption}")
            words = html.escape(self.plain(wording.alt), quote=False)
            svg = shown.drawings[self.language].replace("<text ", '<text lang="en" ')  # the words of a drawing stand in the lab's code
            self.caption(self.drawing(parent, f"{self.page.slug}/{name}", svg.replace(labs.WORDS, words, 1)), wording)
        elif name in (self.page.meta.get("figures") or {}):
            raise self.page.error(self.page.line_in_meta("figures", name), f"figure {name!r} has words, but the cell draws nothing")

    def drawing(self, parent: etree.Element, name: str, svg: str) -> etree.Element:
        """<figure> with a drawing."""
        figure = etree.SubElement(parent, "figure", {"data-figure": name})
        drawing = etree.SubElement(figure, "div", {"class": "figure-drawing", "data-search-exclude": ""})
        drawing.text = self.md.htmlStash.store(svg)
        return figure

    @staticmethod
    def caption(figure: etree.Element, wording: pages.FigureWords) -> etree.Element:
        """What a figure ends with, in Markdown."""
        caption = etree.SubElement(figure, "figcaption")
        etree.SubElement(caption, "span").text = wording.caption
        return caption

    def figure(self, parent: etree.Element, name: str) -> None:
        """<figure> with the drawing, and a caption in Markdown."""
        experiment = self.page.experiment
        if experiment is None:
            raise self.error("figure", name, f"figure {name!r}: this page has no experiment")
        wording = self.page.figure(name)
        self.check_facts(name, f"{wording.alt} {wording.caption} {' '.join(wording.labels.values())}")
        drawings = results(experiment).figures
        if name not in drawings:
            raise self.error("figure", name, f"unknown figure {name!r}; known are {', '.join(drawings)}")
        svg = figure_file(self.page, name).read_text("utf-8")
        svg = svg.replace(html.escape(wording.alt, quote=False), html.escape(self.plain(wording.alt), quote=False), 1)
        figure = self.drawing(parent, f"{experiment}/{name}", svg)
        if drawings[name]:
            self.controls(figure, name, drawings[name], wording)
        elif wording.reading:
            raise self.error("figure", name, f"figure {name!r} has a reading but does not play")
        caption = self.caption(figure, wording)
        if self.page.named("experiment"):
            link = etree.SubElement(caption, "a", {"href": "#the-experiment", "class": "figure-code"})
            link.text = self.words["figure_code"]

    def controls(self, figure: etree.Element, name: str, parameters: dict, wording: pages.FigureWords) -> None:
        """Native sliders, the reading of the state, and where the frames are."""
        experiment = self.page.experiment
        states = json.loads(frames_file(experiment, name).read_text("utf-8"))
        start = 0
        for parameter in parameters.values():
            start = start * len(parameter["values"]) + parameter["at"]
        numbers = dict(zip(states["reading"], states["readings"].get(self.language, states["readings"]["en"])[start]))
        try:
            reading = wording.reading.format(**numbers)
        except (KeyError, IndexError, ValueError) as error:
            raise self.page.error(self.page.line_in_meta("figures", name, "reading"),
                                  f"figure {name!r}: the reading asks for {error}; known are "
                                  f"{', '.join(states['reading'])}") from None
        figure.set("data-play", frames_url(experiment, name))
        figure.set("data-reading", wording.reading)
        controls = etree.SubElement(figure, "div", {"class": "play", "data-search-exclude": ""})
        for parameter, grid in parameters.items():
            texts = [wording.labels[name] for name in grid["names"]] or [
                localize(plain(value, grid["form"]), self.language) for value in grid["values"]]
            marks = grid["names"] or [plain(value, "g") for value in grid["values"]]
            slider = etree.SubElement(controls, "div", {"class": "play-slider"})
            key = f"{name}-{parameter}"
            label = etree.SubElement(slider, "label", {"class": "play-name", "for": key})
            label.text = AtomicString(wording.labels[parameter])
            etree.SubElement(slider, "input", {
                "type": "range", "id": key, "name": parameter, "min": "0", "max": str(len(texts) - 1), "step": "1",
                "value": str(grid["at"]), "autocomplete": "off", "data-values": "|".join(texts), "data-numbers": "|".join(marks),
                "aria-valuetext": texts[grid["at"]]})
            etree.SubElement(slider, "output", {"aria-live": "off", "for": key}).text = AtomicString(texts[grid["at"]])
        button = etree.SubElement(controls, "button", {"type": "button", "data-action": "reset"})
        button.text = AtomicString(self.words["reset"])
        line = etree.SubElement(figure, "p", {"class": "play-reading", "role": "status", "data-search-exclude": ""})
        line.text = AtomicString(reading)

    def check_facts(self, figure: str, text: str) -> None:
        """A wrong fact in a figure's words is reported at those words."""
        for match in pages.FACT.finditer(text):
            experiment, _, fact = match[1].rpartition(".")
            _, given = self.given(experiment)
            known = given.facts if given else {}
            if fact not in known:
                raise self.page.error(self.page.line_in_meta("figures", figure),
                                      f"figure {figure!r}: unknown fact {match[1]!r}; known are {', '.join(known)}")

    def plain(self, text: str) -> str:
        """Words with their facts, as text."""
        return pages.FACT.sub(lambda match: self.fact(match[1]), text)

    def experiment(self, parent: etree.Element) -> None:
        """The experiment's file in a closed box: the code of every figure above."""
        name = self.page.experiment
        if name is None:
            raise self.error("experiment", "", "::: experiment: this page has no experiment")
        box = etree.SubElement(parent, "details", {"class": "experiment", "id": "the-experiment",
                                                   "data-search-exclude": ""})
        etree.SubElement(box, "summary").text = AtomicString(self.words["experiment"])
        etree.SubElement(box, "p").text = AtomicString(self.words["experiment_note"])
        file = etree.SubElement(box, "p", {"class": "experiment-file"})
        etree.SubElement(file, "code").text = AtomicString(f"docs/experiments/{name}.py")
        body = etree.SubElement(box, "div")
        source = (EXPERIMENTS / f"{name}.py").read_text("utf-8")
        body.text = self.md.htmlStash.store(code(source, self.words["experiment"]))

    def glossary(self, parent: etree.Element) -> None:
        """The terms in three languages side by side, the page's own first."""
        own = [self.language] + [language for language in LANGUAGES if language != self.language]
        box = etree.SubElement(parent, "div", {"class": "glossary", "tabindex": "0", "role": "region",
                                               "aria-labelledby": "glossary"})
        table = etree.SubElement(box, "table")
        head = etree.SubElement(etree.SubElement(table, "thead"), "tr")
        for language in own:
            cell = etree.SubElement(head, "th", {"scope": "col", "lang": language})
            cell.text = AtomicString(LANGUAGES[language])
        body = etree.SubElement(table, "tbody")
        for term in sorted(glossary().values(), key=lambda term: alphabet(term, self.language)):
            row = etree.SubElement(body, "tr", {"id": term.id})
            for language in own:
                first = language == self.language
                cell = etree.SubElement(row, "th" if first else "td", {"lang": language})
                if first:
                    cell.set("scope", "row")
                cell.text = AtomicString(getattr(term, language))
                if language == "de" and term.de_gender:
                    cell.text += " "
                    etree.SubElement(cell, "span", {"class": "gender"}).text = AtomicString(term.de_gender)

    def sources(self, parent: etree.Element) -> None:
        """What the page cites, in the order of the alphabet."""
        cited = {name: self.source(name) for name in self.page.named("source")}
        if not cited:
            raise self.error("sources", "", "::: sources: this page cites nothing")
        block = etree.SubElement(parent, "ul", {"class": "sources"})
        for source in sorted(cited.values(), key=lambda source: (source.authors, source.year)):
            refer(etree.SubElement(block, "li", {"id": f"source-{source.key}", "lang": "en"}), source)

    def bibliography(self, parent: etree.Element) -> None:
        """What all pages cite, in the order of the alphabet, with the pages that do."""
        citing: dict[str, list[pages.Page]] = {}
        for page in pages.in_order(self.language):
            for key in dict.fromkeys(page.named("source")):
                citing.setdefault(self.at(page).source(key).key, []).append(page)
        block = etree.SubElement(parent, "ul", {"class": "sources", "data-search-exclude": ""})
        for source in sorted((sources()[key] for key in citing), key=lambda source: (source.authors, source.year)):
            item = etree.SubElement(block, "li", {"id": f"source-{source.key}"})
            refer(etree.SubElement(item, "span", {"lang": "en"}), source)
            cited = etree.SubElement(item, "span", {"class": "cited"})
            cited.text = AtomicString(self.words["cited_on"])
            for page in citing[source.key]:
                link = etree.SubElement(cited, "a", {"href": f"{page.path.name}#sources"})
                link.text = AtomicString(page.title)
                link.tail = AtomicString("" if page is citing[source.key][-1] else self.words["comma"])

    def corrections(self, parent: etree.Element) -> None:
        """The mistakes that all pages put right, page by page; a lab's facts cannot be quoted."""
        for page in pages.in_order(self.language):
            if page.lab or not page.mistakes:
                continue
            there = self.at(page)
            for kind, look_up in (("fact", there.fact), ("source", there.source), ("term", there.term)):
                for name in page.named(kind):
                    look_up(name)
            self.heading(parent, page.slug, page, "mistakes")
            block = etree.SubElement(parent, "dl", {"class": "corrections"})
            for said, right in page.mistakes:
                etree.SubElement(block, "dt").text = said
                self.chunk(etree.SubElement(block, "dd"), right)

    def snippets(self, parent: etree.Element) -> None:
        """What the snippets offer, in the order of the pages that they stand on."""
        homes = {name: page for page in pages.in_order(self.language) for name in page.named("snippet")}
        order = [*homes, *snippet_names()]
        for name in sorted(snippet_names(), key=order.index):
            home = homes.get(name)
            self.heading(parent, name.replace("_", "-"), home, home.section_of("snippet", name) if home else "")
            file = etree.SubElement(parent, "p", {"class": "snippet-file"})
            etree.SubElement(file, "code").text = AtomicString(f"snippets/{name}.py")
            block = etree.SubElement(parent, "dl", {"class": "snippets"})
            for function in functions(SNIPPETS / f"{name}.py"):
                signature = etree.SubElement(etree.SubElement(block, "dt"), "code", {"translate": "no"})
                signature.text = AtomicString(function.signature)
                summary = etree.SubElement(block, "dd", {"lang": "en", "translate": "no"})
                summary.text = AtomicString(function.summary)

    def heading(self, parent: etree.Element, name: str, page: pages.Page | None, section: str) -> etree.Element:
        """A heading that leads to a section of a page, where search finds what follows; None for what is no page's own."""
        heading = etree.SubElement(parent, "h2", {"id": name, "data-search-exclude": ""})
        if page is None:
            heading.text = AtomicString(self.words["no_page"])
        else:
            etree.SubElement(heading, "a", {"href": f"{page.path.name}#{section}"}).text = AtomicString(page.title)
        return heading

    def at(self, page: pages.Page) -> "Filler":
        """The same for another page, which its errors name."""
        filler = Filler(self.md, self.language)
        filler.page = page
        return filler

    def term(self, key: str) -> Term:
        if key not in glossary():
            raise self.error("term", key, f"unknown term {key!r}; docs/glossary.csv has no such id")
        return glossary()[key]

    def downloads(self, parent: etree.Element) -> None:
        """What one can take along besides a page. These files are made when the site is: the engine knows no such links."""
        up = "../" if self.language == ORIGINAL else "../../"
        files = (f"{up}downloads/{downloads.wheel().name}", "download_package"), (f"{up}{downloads.ARCHIVE}", "download_site"), ("../llms.txt", "download_contents")
        block = etree.SubElement(parent, "ul", {"class": "downloads"})
        for href, text in files:
            link = f'<a href="{href}"{"" if href.endswith(".txt") else " download"}><code>{href.rpartition("/")[2]}</code></a>'
            etree.SubElement(block, "li").text = self.raw(self.words[text].format(link=link))

    def chunk(self, parent: etree.Element, text: str) -> None:
        """Markdown that a page does not hold itself; without Markdown, as it is."""
        if self.md:
            self.md.parser.parseChunk(parent, text)
        else:
            parent.text = text

    def raw(self, code: str) -> str:
        """HTML that Markdown leaves alone; without Markdown, its text."""
        return self.md.htmlStash.store(code) if self.md else re.sub("<[^>]*>", "", code)

    def source(self, key: str) -> Source:
        if key not in sources():
            raise self.error("source", key, f"unknown source {key!r}; known are {', '.join(sources())}")
        return sources()[key]


def refer(parent: etree.Element, source: Source) -> None:
    """A source as a list of references has it."""
    parent.text = AtomicString(f"{source.authors} ({source.year}). ")
    link = etree.SubElement(parent, "a", {"href": source.link})
    link.text = AtomicString(source.title)
    number = f" {source.number}" if source.number else ""
    end = "" if source.title[-1] in "?!" else "."
    link.tail = AtomicString(f"{end} {source.where}.{number}")


def alphabet(term: Term, language: str) -> str:
    """German by German, with umlauts as their vowels; Chinese and English by English."""
    name = term.de if language == "de" else term.en
    return name.lower().translate(str.maketrans("äöüß", "aous"))


def code(source: str, label: str) -> str:
    """A program, highlighted; its text is the program's to the byte. A long one is a region with a name, which the keyboard scrolls."""
    region = f' tabindex="0" role="region" aria-label="{html.escape(label)}"' if label else ""
    return f'<div class="highlight"><pre{region}><code translate="no">{coloured(source)}</code></pre></div>'


@cache
def coloured(source: str) -> str:
    """A program as HTML, made once and kept."""
    kept = CACHE / "coloured" / f"{fingerprint(source, version('pygments'))}.html"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)), "utf-8")
    return kept.read_text("utf-8")


# The parts of Markdown that need them -----------------------------------------


class Open(Preprocessor):
    def __init__(self, md: Markdown, filler: Filler) -> None:
        super().__init__(md)
        self.filler = filler

    def run(self, lines: list[str]) -> list[str]:
        self.filler.open("\n".join(lines))
        return lines


class Blocks(BlockProcessor):
    """::: kind name"""

    def __init__(self, parser, filler: Filler) -> None:
        super().__init__(parser)
        self.filler = filler

    def test(self, parent: etree.Element, block: str) -> bool:
        return bool(pages.BLOCK.match(block.strip())) and self.filler.page is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        kind, name = pages.BLOCK.match(blocks.pop(0).strip()).groups()
        fill = self.filler
        getattr(fill, kind)(parent, *([name] if name else []))


class Facts(InlineProcessor):
    """{{ name }}"""

    def __init__(self, md: Markdown, filler: Filler) -> None:
        super().__init__(pages.FACT.pattern, md)
        self.filler = filler

    def handleMatch(self, match, data):  # noqa: N802
        span = etree.Element("span", {"data-fact": match[1]})
        span.text = AtomicString(self.filler.fact(match[1]))
        return span, match.start(0), match.end(0)


class Cites(InlineProcessor):
    """[@nielsen2015]"""

    def __init__(self, md: Markdown, filler: Filler) -> None:
        super().__init__(pages.CITE.pattern, md)
        self.filler = filler

    def handleMatch(self, match, data):  # noqa: N802
        source = self.filler.source(match[1])
        own = any(place.kind == "sources" for place in self.filler.page.places)
        link = etree.Element("a", {"href": f"{'' if own else 'bibliography.md'}#source-{source.key}", "class": "cite"})
        link.text = AtomicString(f"{source.short} {source.year}")
        return link, match.start(0), match.end(0)


class Terms(Treeprocessor):
    """[gradient](term:gradient), and the banner of a page that is behind."""

    def __init__(self, md: Markdown, filler: Filler) -> None:
        super().__init__(md)
        self.filler = filler

    def run(self, root: etree.Element) -> None:
        if self.filler.page is None:
            return
        for link in root.iter("a"):
            if link.get("href", "").startswith("term:"):
                self._link(link)
        self._gloss_first(root)
        if self.filler.page.lab:
            self._download(root)
        if self.filler.page.is_stale:
            self._banner(root)

    def _link(self, link: etree.Element) -> None:
        key = link.get("href").removeprefix("term:")
        self.filler.term(key)
        link.set("href", f"glossary.md#{key}")
        link.set("class", "term")
        link.set("data-term", key)

    def _gloss_first(self, root: etree.Element) -> None:
        """The first use of a term is followed by its English, in brackets."""
        language = self.filler.language
        opening, closing = ("（", "）") if language == "zh" else (" (", ")")
        parents = {child: parent for parent in root.iter() for child in parent}
        seen: set[str] = set()
        for link in [item for item in root.iter("a") if item.get("data-term")]:
            key = link.attrib.pop("data-term")
            gloss = glossary()[key].gloss("".join(link.itertext()), language)
            if key in seen or not gloss:
                continue
            seen.add(key)
            parent = parents[link]
            span = etree.Element("span", {"lang": "en", "class": "gloss"})
            span.text = AtomicString(gloss)
            span.tail = closing + (link.tail or "")
            link.tail = opening
            parent.insert(list(parent).index(link) + 1, span)

    def _download(self, root: etree.Element) -> None:
        """Below a lab's title: the notebook, and what it needs."""
        words, slug, file = self.filler.words, self.filler.page.slug, downloads.wheel().name
        up = "../" if self.filler.language == ORIGINAL else "../../"
        line = etree.Element("p", {"class": "take", "data-search-exclude": ""})
        line.text = self.filler.md.htmlStash.store(
            words["lab_take"].format(
                notebook=f'<a href="{slug}.ipynb" download>{words["lab_notebook"]}</a>', install="<code>pip install numpy matplotlib scikit-learn</code>",
                wheel=f'<a href="{up}downloads/{file}" download>{words["lab_wheel"]}</a>'))
        root.insert(1, line)

    def _banner(self, root: etree.Element) -> None:
        filler = self.filler
        log.info("Behind the English page: docs/%s/%s (follows: %s)", filler.language, filler.page.path.name,
                 filler.page.original.fingerprint)
        banner = etree.Element("div", {"class": "admonition warning stale", "role": "note"})
        slug = filler.page.slug
        href = "../" if slug == "index" else f"../../{slug}/"
        banner.text = filler.md.htmlStash.store(
            f'<p>{filler.words["stale"]} <a href="{href}" hreflang="en">{filler.words["stale_link"]}</a></p>')
        root.insert(1, banner)


class Formulas(Postprocessor):
    """What arithmatex marked becomes an SVG with MathML."""

    MARK = re.compile(r'([（(“„]*)<(?:span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</(?:span|div)>'
                      r'([，。、；：！？）”,.;:!?)]*)', re.S)  # a drawing lets a line break before a comma; text would not

    def __init__(self, md: Markdown, filler: Filler) -> None:
        super().__init__(md)
        self.filler = filler

    def run(self, text: str) -> str:
        return self.MARK.sub(self._set, text)

    def _set(self, match: re.Match) -> str:
        before, kind, tex, after = match.groups()
        tex, display = html.unescape(tex).strip(), kind == "["
        try:
            formula = before + set_formula(tex, display) + after
            return formula if display or not before + after else f'<span class="unbroken">{formula}</span>'
        except FormulaError as error:
            page = self.filler.page
            kind = "display" if display else "formula"
            line = page.line_of(kind, pages._squeeze(tex)) if page else 1
            raise (page.error if page else PageError)(line, f"formula {tex!r}: {error}") from None
