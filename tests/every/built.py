"""The built site as the tests read it: a tree for each page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

LANGUAGES = ("en", "zh", "de")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


@dataclass(eq=False)
class Node:
    """An element; its children are elements and strings."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None" = None
    children: list["Node | str"] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def has(self, name: str) -> bool:
        return name in self.attributes

    @property
    def classes(self) -> list[str]:
        return self.get("class").split()

    def walk(self, skip=lambda node: False) -> Iterator["Node"]:
        """This element and all below it, in order, without what is skipped."""
        if skip(self):
            return
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk(skip)

    def all(self, *tags: str, **attributes: str) -> list["Node"]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [node for node in self.walk() if (not tags or node.tag in tags)
                and all(node.attributes.get(name) == value for name, value in wanted.items())]

    def with_(self, attribute: str) -> list["Node"]:
        return [node for node in self.walk() if node.has(attribute)]

    def one(self, *tags: str, **attributes: str) -> "Node":
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tags} {attributes} in {self.tag}, not one"
        return found[0]

    def above(self) -> Iterator["Node"]:
        """This element and those around it."""
        node = self
        while node is not None:
            yield node
            node = node.parent

    def raw(self, skip=lambda node: False) -> str:
        """The text, to the byte."""
        if skip(self):
            return ""
        return "".join(child if isinstance(child, str) else child.raw(skip) for child in self.children)

    def text(self, skip=lambda node: False) -> str:
        return " ".join(self.raw(skip).split())


class _Builder(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.root = self.here = Node("#page", {})

    def handle_starttag(self, tag, attrs) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), self._at(f"<{tag}> has an attribute twice: {names}")
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag, attrs) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.here = self.here.parent

    def handle_endtag(self, tag) -> None:
        if tag in VOID:
            return
        assert self.here.tag == tag, self._at(f"</{tag}> where <{self.here.tag}> is open")
        self.here = self.here.parent

    def handle_data(self, data) -> None:
        self.here.children.append(data)

    def _at(self, message: str) -> str:
        return f"{self.name}:{self.getpos()[0]}: {message}"


@cache  # one tree a page, whichever tests read it
def parse(text: str, name: str = "") -> Node:
    """Refuses what is nested wrongly: browsers would repair it in silence."""
    builder = _Builder(name)
    builder.feed(text)
    builder.close()
    assert builder.here is builder.root, builder._at(f"<{builder.here.tag}> is never closed")
    return builder.root


@dataclass(eq=False)
class Page:
    """One HTML file of the site."""

    site: "Site"
    path: str  # in the site's folder
    text: str

    @cached_property
    def root(self) -> Node:
        return parse(self.text, self.path)

    @property
    def language(self) -> str:
        first = self.path.split("/")[0]
        return first if first in LANGUAGES else "en"

    @property
    def name(self) -> str:
        """The file's path within its language: the same in all three."""
        return self.path.removeprefix(f"{self.language}/")

    @property
    def slug(self) -> str:
        return self.name.removesuffix("index.html").strip("/") or "index"

    @property
    def is_404(self) -> bool:
        return self.name == "404.html"

    @property
    def url(self) -> str:
        return self.site.root + self.path.removesuffix("index.html")

    @property
    def home(self) -> str:
        """The root of the page's language."""
        return self.site.root + ("" if self.language == "en" else f"{self.language}/")

    @cached_property
    def article(self) -> Node:
        return self.root.one("article")

    @cached_property
    def ids(self) -> list[str]:
        return [node.get("id") for node in self.root.with_("id")]

    def __repr__(self) -> str:
        return self.path


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages = {path: Page(self, path, (folder / path).read_text("utf-8"))
                      for path in sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.html"))}

    @cached_property
    def root(self) -> str:
        """Where the site will stand, as its home page says."""
        return Page(self, "index.html", self.pages["index.html"].text).root.one("link", rel="canonical").get("href")

    @property
    def content(self) -> list[Page]:
        return [page for page in self.pages.values() if not page.is_404]

    def sibling(self, page: Page, language: str) -> Page | None:
        return self.pages.get(page.name if language == "en" else f"{language}/{page.name}")

    def resolve(self, link: str, base: str) -> tuple[str, str] | None:
        """File and anchor that a link leads to; None where it leaves the site."""
        address, anchor = urldefrag(urljoin(base, link))
        if urlsplit(address).netloc != urlsplit(self.root).netloc:
            return None
        path = unquote(urlsplit(address).path)
        start = urlsplit(self.root).path
        path = path.removeprefix(start) if path.startswith(start) else f"(outside {start}){path}"
        return path + ("index.html" if path == "" or path.endswith("/") else ""), unquote(anchor)


def is_english(node: Node) -> bool:
    """What is marked as English: glosses, titles of sources."""
    return node.get("lang") == "en"


def is_quiet(node: Node) -> bool:
    """What is the same in all languages: code, output, formulas, scripts."""
    return (node.tag in {"code", "pre", "script", "style", "math"} or "formula" in node.classes
            or node.get("translate") == "no")


def sections(article: Node, keep) -> list[tuple[str, list]]:
    """For each heading of an article, what `keep` makes of the elements that follow it."""
    found: list[tuple[str, list]] = [("", [])]
    for node in article.walk():
        if node.tag in HEADINGS:
            found.append((f"{node.tag}#{node.get('id')}", []))
        item = keep(node)
        if item is not None:
            found[-1][1].append(item)
    return found
