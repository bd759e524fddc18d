"""A page as its author writes it: words, and places for results.

A place is one of

    ::: snippet softmax        the file snippets/softmax.py and what it prints
    ::: figure outputs         a figure of the page's experiment
    ::: cell train             a cell of the page's lab, what it prints and draws
    ::: experiment             the experiment itself, at the end of the page
    ::: glossary               the table of terms
    ::: sources                what the page cites
    ::: bibliography           what all pages cite
    ::: corrections            the mistakes that all pages put right
    ::: snippets               what all snippets offer
    ::: downloads              the snippets as a package, the site as an archive
    {{ final_output }}         a fact: a number that the experiment found
    $a - y$  and  $$ ... $$    a formula
    [gradient](term:gradient)  a term of the glossary
    [the page](softmax.md)     a link
    [@nielsen2015]             a source

The experiment of docs/<language>/learning-slowdown.md is
docs/experiments/learning_slowdown.py, where there is one; the lab of
lab-rescue.md is docs/labs/rescue.py. Another page's fact is
{{ softmax.initial_loss }}.

The words of a figure (alt text, caption, labels) stand in the front matter.
The first heading names the page: `# Learning slowdown {#learning-slowdown}`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from textwrap import dedent

import yaml

from .project import DOCS, EXPERIMENTS, LABS, ORIGINAL, ROOT, PageError, read_yaml

BLOCK = re.compile(r"^::: *(\w+)(?: +(\S+))? *$")
FACT = re.compile(r"\{\{ *([\w.]+) *\}\}")
TERM = re.compile(r"\]\(term:([\w-]+)\)")
LINK = re.compile(r"\]\((?!term:)([^)\s]+)\)")
CITE = re.compile(r"\[@([\w-]+)\]")
READ = re.compile(r"\{(\w+)\}")  # a number in a play figure's reading
HEADING = re.compile(r"^(#+) +(.*?) *(?:\{ *#([\w-]+) *\})? *$")
ADMONITION = re.compile(r"^(?:!!!|\?\?\?\+?) *([\w-]+)")
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
INLINE = re.compile(r"(?<![\\$A-Za-z\d_])\$(?![\s$])((?:\\.|[^$\\])+?)(?<!\s)\$(?![A-Za-z\d_$])")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
FENCE = re.compile(r"^ *(`{3,}|~{3,})")
MISTAKE = re.compile(r'^!!! mistake "(.+)"\n((?:(?: {4}.*)?(?:\n|\Z))+)', re.M)

KINDS = {"snippet": True, "figure": True, "cell": True, "experiment": False, "glossary": False, "sources": False,
         "downloads": False, "bibliography": False, "corrections": False, "snippets": False}


@dataclass(frozen=True)
class Place:
    """Something that a translation must have too."""

    kind: str
    name: str
    line: int


@dataclass(frozen=True)
class FigureWords:
    alt: str
    caption: str
    labels: dict[str, str]
    reading: str = ""  # one sentence that speaks a play figure's state


@dataclass
class Page:
    path: Path
    language: str
    text: str
    meta: dict = field(default_factory=dict)
    body: str = ""
    first_line: int = 1  # of the body, counted in the file
    places: list[Place] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        return re.search(r"^# +(.+?) *\{ *#", self.body, re.M)[1]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """What the boxes of the page put right: what is believed, and what is true, in Markdown for any page."""
        def anywhere(text: str) -> str:
            text = FACT.sub(lambda match: match[0] if "." in match[1] else f"{{{{ {self.experiment}.{match[1]} }}}}", text)
            return text.replace("](#", f"]({self.path.name}#")

        return [(anywhere(said), anywhere(dedent(right).strip())) for said, right in MISTAKE.findall(self.body)]

    @property
    def experiment(self) -> str | None:
        """Name of the page's experiment, if it has one."""
        name = self.slug.replace("-", "_")
        return name if (EXPERIMENTS / f"{name}.py").exists() else None

    @property
    def lab(self) -> str | None:
        """Name of the page's lab, if it shows one."""
        name = self.slug.removeprefix("lab-").replace("-", "_")
        return name if self.slug.startswith("lab-") and (LABS / f"{name}.py").exists() else None

    @property
    def fingerprint(self) -> str:
        """Changes when the page's words do; not when it records what it follows."""
        text = re.sub(r"^follows:.*\n", "", self.text, flags=re.M)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def original(self) -> "Page | None":
        if self.language == ORIGINAL:
            return None
        path = DOCS / ORIGINAL / self.path.name
        if not path.exists():
            raise self.error(1, f"no page {path.name} in {ORIGINAL} that it could follow")
        return read(path)

    @property
    def is_stale(self) -> bool:
        original = self.original
        return original is not None and str(self.meta.get("follows")) != original.fingerprint

    def error(self, line: int, message: str) -> PageError:
        return PageError(self.path, line, message)

    def line_of(self, kind: str, name: str) -> int:
        found = (place.line for place in self.places if (place.kind, place.name) == (kind, name))
        return next(found, 1)

    def section_of(self, kind: str, name: str) -> str:
        """The id of the heading that a place stands below."""
        line = self.line_of(kind, name)
        return [place.name for place in self.places if re.match(r"h\d", place.kind) and place.line < line][-1]

    def line_in_meta(self, *keys: str) -> int:
        """Line of a key in the front matter, found below its parents."""
        number = 1
        lines = self.text.splitlines()
        for key in keys:
            for index in range(number, self.first_line - 1):
                if re.match(rf" *{re.escape(str(key))} *:", lines[index]):
                    number = index + 1
                    break
        return number

    def named(self, kind: str) -> list[str]:
        return [place.name for place in self.places if place.kind == kind]

    def figure(self, name: str) -> FigureWords:
        """The words of a figure; an error names what is missing."""
        figures = self.meta.get("figures") or {}
        if name not in figures:
            line = max(self.line_of(kind, name) for kind in ("figure", "cell"))
            raise self.error(line, f"figure {name!r} has no words in the front matter (figures: {name}:)")
        entry = figures[name] or {}
        line = self.line_in_meta("figures", name)
        for key in ("alt", "caption"):
            if not str(entry.get(key) or "").strip():
                raise self.error(line, f"figure {name!r} has no {key!r} in the front matter")
        unknown = set(entry) - {"alt", "caption", "labels", "reading"}
        if unknown:
            raise self.error(line, f"figure {name!r}: unknown {', '.join(sorted(unknown))}; "
                                   "known are alt, caption, labels, reading")
        labels = {str(key): str(text) for key, text in (entry.get("labels") or {}).items()}
        return FigureWords(entry["alt"].strip(), entry["caption"].strip(), labels, entry.get("reading") or "")

    def check_figures(self) -> None:
        """The words of figures are keys with keys; what is there is text."""
        figures = self.meta.get("figures") or {}
        if not isinstance(figures, dict):
            raise self.error(self.line_in_meta("figures"), "figures: must be names, each with its alt, caption, labels")
        for name, entry in figures.items():
            labels = entry.get("labels") or {} if isinstance(entry, dict) else None
            if entry is not None and not isinstance(labels, dict):
                raise self.error(self.line_in_meta("figures", name), f"figure {name!r}: must be alt, caption, labels")
            for key in ("alt", "caption", "reading"):
                if not isinstance((entry or {}).get(key) or "", str):
                    raise self.error(self.line_in_meta("figures", name, key), f"figure {name!r}: {key!r} must be text")

    def check_marks(self) -> None:
        """Stop at what looks like a place or a heading and is none: it would show as it was typed."""
        lines = [""] + without_code(self.body).splitlines() + [""]
        for number, (above, line, below) in enumerate(zip(lines, lines[1:], lines[2:]), self.first_line):
            if line.lstrip().startswith(":::") and not BLOCK.match(line.strip()):
                raise self.error(number, f"{line.strip()!r} is no place: write ::: kind name")
            if line.startswith(":::") and (above.strip() or below.strip()):
                raise self.error(number, f"{line.strip()!r} stands alone, between empty lines")
            if FACT.sub("", line).count("{{"):
                raise self.error(number, "{{ without a fact's name and }} behind it")
            if re.match(r"(=+|-+) *$", line) and above.strip():
                raise self.error(number - 1, "heading without an id: write ## Title {#an-id}")

    def check(self) -> None:
        """Stop at a place that is misspelt, or that only one language has."""
        for place in self.places:
            if place.kind not in KINDS:
                continue
            if KINDS[place.kind] != bool(place.name):
                need = "needs a name" if KINDS[place.kind] else "takes no name"
                raise self.error(place.line, f"::: {place.kind} {need}")
        for name in self.meta.get("figures") or {}:
            if name not in self.named("figure") + self.named("cell"):
                raise self.error(self.line_in_meta("figures", name), f"figure {name!r} has words but no place")
        if self.original is not None:
            self._compare(self.original)

    def _compare(self, original: "Page") -> None:
        """Same blocks in the same order; same facts, formulas and links in each section; same terms on the page."""
        theirs, ours = original._sections(), self._sections()
        for (their_head, _), (our_head, _) in zip(theirs, ours):
            if (their_head.kind, their_head.name) != (our_head.kind, our_head.name):
                raise self.error(our_head.line, f"{our_head.kind} {our_head.name!r} stands where the English page "
                                                f"has {their_head.kind} {their_head.name!r} (line {their_head.line})")
        if len(theirs) > len(ours):
            head = theirs[len(ours)][0]
            raise self.error(len(self.text.splitlines()), f"lacks {head.kind} {head.name!r}, "
                                                          f"which the English page has (line {head.line})")
        if len(ours) > len(theirs):
            head = ours[len(theirs)][0]
            raise self.error(head.line, f"has {head.kind} {head.name!r}, which the English page lacks")
        for (_, their_rest), (head, our_rest) in zip(theirs, ours):
            after = f" (after {head.kind} {head.name!r})"
            for kind, name in sorted(their_rest - our_rest):
                raise self.error(head.line, f"lacks {kind} {name!r}, which the English page has{after}")
            for kind, name in sorted(our_rest - their_rest):
                line = max(place.line for place in self.places if (place.kind, place.name) == (kind, name)
                           and (head is ours[-1][0] or place.line < ours[ours.index((head, our_rest)) + 1][0].line))
                raise self.error(line, f"has {kind} {name!r}, which the English page lacks{after}")
        for place in original.places:
            if place.kind == "term" and place.name not in self.named("term"):
                raise self.error(self.line_of("h1", self.slug), f"lacks term {place.name!r}, which the English page "
                                                                f"links (line {place.line})")
        for name in original.meta.get("figures") or {}:
            self._compare_words(name, original.figure(name), self.figure(name))

    def _compare_words(self, figure: str, theirs: FigureWords, ours: FigureWords) -> None:
        """Same labels, and the same facts in each text of a figure."""
        if different := set(theirs.labels) ^ set(ours.labels):
            raise self.error(self.line_in_meta("figures", figure, "labels"),
                             f"figure {figure!r}: labels differ from the English page: {', '.join(sorted(different))}")
        if bool(theirs.reading) != bool(ours.reading):
            raise self.error(self.line_in_meta("figures", figure), f"figure {figure!r}: reading differs "
                                                                   "from the English page")
        for keys, their_text, our_text in (
                (["alt"], theirs.alt, ours.alt), (["caption"], theirs.caption, ours.caption),
                (["reading"], theirs.reading, ours.reading),
                *((["labels", key], text, ours.labels[key]) for key, text in theirs.labels.items())):
            wanted, have = (Counter(FACT.findall(text) + READ.findall(text)) for text in (their_text, our_text))
            if wanted != have:
                different = sorted((wanted - have) + (have - wanted))
                raise self.error(self.line_in_meta("figures", figure, *keys), f"figure {figure!r}: facts of "
                                 f"{keys[-1]!r} differ from the English page: {', '.join(different)}")

    def _sections(self) -> list[tuple[Place, Counter]]:
        """Each heading, block and displayed formula, with the small places that follow it.

        Word order differs between languages, so what stands in running text
        is counted, not ordered.
        """
        sections: list[tuple[Place, Counter]] = [(Place("page", self.slug, 1), Counter())]
        for place in self.places:
            if place.kind in ("fact", "formula", "source"):
                sections[-1][1][place.kind, place.name] += 1
            elif place.kind == "link":
                sections[-1][1]["link", place.name] = 1  # one language may say "there" where another repeats the link
            elif place.kind != "term":
                sections.append((place, Counter()))
        return sections


def find_places(body: str, first_line: int) -> Iterator[Place]:
    """All places of a body, in order; what stands in code is left alone."""

    def line_at(position: int) -> int:
        return first_line + body.count("\n", 0, position)

    hidden = without_code(body)
    found: list[tuple[int, str, str]] = []
    offset = 0
    for text in hidden.splitlines(keepends=True):
        if match := BLOCK.match(text.rstrip("\n")):
            found.append((offset, match[1], match[2] or ""))
        elif match := HEADING.match(text.rstrip("\n")):
            found.append((offset, f"h{len(match[1])}", match[3] or ""))
        elif match := ADMONITION.match(text):
            found.append((offset, "admonition", match[1]))
        offset += len(text)
    for kind, pattern in (("fact", FACT), ("term", TERM), ("link", LINK), ("source", CITE)):
        found += [(match.start(), kind, _squeeze(match[1])) for match in pattern.finditer(hidden)]
    found += [(position, "display" if display else "formula", _squeeze(tex)) for position, tex, display in find_formulas(hidden)]
    for position, kind, name in sorted(found):
        yield Place(kind, name, line_at(position))


def find_formulas(hidden: str) -> Iterator[tuple[int, str, bool]]:
    """Position, TeX, and whether it stands alone; the code of the text is blanked out."""
    for match in DISPLAY.finditer(hidden):
        yield match.start(), match[1].strip(), True
    for match in INLINE.finditer(DISPLAY.sub(lambda match: " " * len(match[0]), hidden)):
        yield match.start(), match[1].strip(), False


def _squeeze(text: str) -> str:
    """Formulas compare without white space, and with either decimal sign."""
    return re.sub(r"\s+", "", text).replace("{,}", ".")


def without_code(body: str) -> str:
    """The same text with code blanked out, so that positions stay."""

    def blank(text: str) -> str:
        return re.sub(r"[^\n]", " ", text)

    lines, fence = [], None
    for line in body.splitlines(keepends=True):
        match = FENCE.match(line)
        inside = fence is not None
        if match and fence is None:
            fence, inside = match[1], True
        elif match and fence is not None and match[1].startswith(fence):
            fence = None
        lines.append(blank(line) if inside else line)
    return CODE.sub(lambda match: blank(match[0]), "".join(lines))


def read(path: Path) -> Page:
    """The page in a file, as it is now."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1000)
def _read(path: Path, _mtime: int) -> Page:
    text = path.read_text("utf-8")
    page = Page(path, path.parent.name, text)
    if match := re.match(r"---\n(.*?\n)---\n", text, re.S):
        try:
            page.meta = read_yaml(match[1]) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            raise page.error(line, f"front matter: {getattr(error, 'problem', error)}") from None
        if not isinstance(page.meta, dict):
            raise page.error(2, "front matter is not a list of keys and values")
        page.body, page.first_line = text[match.end():], 1 + text.count("\n", 0, match.end())
        page.check_figures()
    elif text.startswith("---\n"):
        raise page.error(1, "front matter is not closed by ---")
    else:
        page.body = text
    page.places = list(find_places(page.body, page.first_line))
    page.check_marks()
    for place in page.places:
        if place.kind.startswith("h") and place.kind[1:].isdigit() and not place.name:
            raise page.error(place.line, "heading without an id: add {#an-id}, the same in all languages")
        if place.kind not in KINDS and BLOCK.match(text.splitlines()[place.line - 1]):
            raise page.error(place.line, f"unknown place ::: {place.kind}; known are {', '.join(KINDS)}")
    heads = page.named("h1")
    if heads != [page.slug]:
        raise page.error(page.first_line, f"expected one first-level heading with the id {{#{page.slug}}}, "
                                          f"got {heads or 'none'}")
    return page


def in_order(language: str) -> list[Page]:
    """The pages in the order of the navigation."""
    names = re.findall(r"^ +- ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
    return [read(path) for name in names if (path := DOCS / language / name).exists()]


def all_pages(language: str) -> list[Page]:
    return [read(path) for path in sorted((DOCS / language).glob("*.md"))]
