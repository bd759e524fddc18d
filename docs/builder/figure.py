"""The look of a figure, and the way from Matplotlib's SVG into a page.

An experiment draws with the four colours below. They stand in for CSS
variables, so that one SVG serves light and dark. Text stays text, in the
page's own font; the canvas has a fixed frame, so that curves lie in the same
place in every language.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import font_source_sans_pro
import matplotlib

matplotlib.use("svg")

from matplotlib import font_manager, ticker  # noqa: E402
from matplotlib.artist import Artist  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ft2font import FT2Font  # noqa: E402
from matplotlib.text import Text  # noqa: E402

from .numbers import localize, power  # noqa: E402

TRAINS, FAILS, THIRD, THEORY = "#0072b2", "#b94700", "#2f1b4e", "#6a6a6a"
INK, PAPER, LINE = "#1b1b1f", "#ffffff", "#c9c9cf"
VARIABLES = {TRAINS: "trains", FAILS: "fails", THIRD: "third", THEORY: "theory",
             INK: "ink", PAPER: "paper", LINE: "rule"}  # fmt: skip

WIDTH, HEIGHT = 480, 288  # CSS pixels at scale 1; a phone shows about 0.75
FONT_SIZE = 13
SLACK = 1.2  # phones draw the labels this much larger than the canvas
FONTS = Path(font_source_sans_pro.__file__).parent / "files"
FAMILY = "Source Sans Pro"
RC = {
    "svg.fonttype": "none",
    "svg.hashsalt": "unstuck",
    "font.family": [FAMILY],
    "font.size": FONT_SIZE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": LINE,
    "axes.labelcolor": THEORY,
    "axes.linewidth": 1,
    "axes.unicode_minus": False,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": THEORY,
    "ytick.labelcolor": THEORY,
    "xtick.major.size": 4,
    "ytick.major.size": 4,
    "text.color": INK,
    "text.parse_math": False,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "figure.dpi": 72,
    "savefig.dpi": 72,
    "path.simplify": True,
    "path.simplify_threshold": 0.15,
}  # fmt: skip


@cache
def set_style() -> None:
    for weight in ("Regular", "Semibold"):
        font_manager.fontManager.addfont(FONTS / f"SourceSansPro-{weight}.ttf")
    matplotlib.rcParams.update(RC)


# What an experiment draws with ------------------------------------------------


def canvas(columns: int = 1, *, height: int = HEIGHT, left: int = 52, bottom: int = 46, top: int = 34,
           right: int = 20, gap: int = 56) -> tuple[Figure, list[Axes]]:
    """An empty figure with axes side by side; margins in pixels."""
    width = (WIDTH - left - right - gap * (columns - 1)) / columns
    return panels(*((left + k * (width + gap), bottom, width, height - bottom - top) for k in range(columns)),
                  height=height)


def panels(*boxes: tuple[float, float, float, float], height: int = HEIGHT) -> tuple[Figure, list[Axes]]:
    """An empty figure with axes where the boxes are: left, bottom, width, height in pixels."""
    set_style()
    if _kept is not None and (boxes, height) in _kept:
        return _emptied(*_kept[boxes, height])
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    axes = [figure.add_axes((x / WIDTH, y / height, wide / WIDTH, high / height)) for x, y, wide, high in boxes]
    if _kept is not None:
        _kept[boxes, height] = figure, axes
    return figure, axes


_kept: dict[tuple, tuple[Figure, list[Axes]]] | None = None


@contextmanager
def kept_canvases() -> Iterator[None]:
    """Within it the same canvas is used again: a play figure is drawn hundreds of times, axes are dear."""
    global _kept
    _kept = {}
    try:
        yield
    finally:
        _kept = None


def _emptied(figure: Figure, axes: list[Axes]) -> tuple[Figure, list[Axes]]:
    for artist in drawn(figure):
        artist.remove()
    for one in axes:
        one.containers.clear()
        one.set_prop_cycle(None)
    return figure, axes


def drawn(figure: Figure) -> list[Artist]:
    """What an experiment put into a figure, without spines, ticks and frames."""
    return [*figure.texts, *(artist for axes in figure.axes
                             for artist in (*axes.lines, *axes.patches, *axes.collections, *axes.texts))]


def name_axes(axes: Axes, x: str, y: str) -> None:
    """x-label below at the right end; y-label horizontal, above its axis."""
    axes.set_xlabel(x, loc="right", labelpad=4)
    box = axes.get_position()
    figure = axes.figure
    height = figure.get_figheight() * 72
    figure.text(box.x0 - 34 / WIDTH, box.y1 + 14 / height, y, color=THEORY, ha="left", va="bottom")


def ticks(axis, values, texts=None) -> None:
    """At most about four ticks, at places that the author chose."""
    axis.set_major_locator(ticker.FixedLocator(list(values)))
    axis.set_major_formatter(ticker.FixedFormatter(
        [format(value, "g") for value in values] if texts is None else list(texts)))
    axis.set_minor_locator(ticker.NullLocator())


def log_ticks(axis, exponents) -> None:
    """Ticks at powers of ten, written 10⁻², on an axis with a log scale."""
    ticks(axis, [10.0**k for k in exponents], [f"10{power(k)}" if k not in (0, 1) else str(10**k)
                                               for k in exponents])  # fmt: skip


def note(axes: Axes, x: float, y: float, text: str, color: str = INK, **more) -> Text:
    """A direct label, in the colour of what it names."""
    return axes.text(x, y, text, color=color, **{"ha": "left", "va": "center", "weight": 600, **more})


def ends_before(text: Text, x: float) -> Text:
    """Marks how far a text may reach, in pixels, where that is less than the canvas."""
    text.ends_before = x
    return text


def moves(artist, name: str):
    """Marks what changes while the reader drags."""
    artist.set_gid(f"play-{name}")
    return artist


# From Matplotlib's SVG to the page's ------------------------------------------

ATTRIBUTES = {"fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
              "text-anchor", "opacity", "fill-opacity", "stroke-opacity", "font-weight"}  # fmt: skip
DEFAULTS = {("stroke-linecap", "butt"), ("fill-opacity", "1"), ("opacity", "1")}
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


class FigureError(ValueError):
    """A figure that a reader could not read."""


A_WORD = re.compile("\ue000(.*?)\ue001")


def word(key: str) -> str:
    """Stands in a drawing for a word of the page."""
    return f"\ue000{key}\ue001"


class Svg:
    """Inline SVG of a figure, with CSS variables and prefixed ids: drawn once, for all languages."""

    def __init__(self, figure: Figure, name: str) -> None:
        set_style()
        self._places = _texts_of(figure)
        buffer = io.BytesIO()
        with warnings.catch_warnings():  # no font has the words' marks, the browser has the Chinese glyphs
            warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None,
                                                                "Type": None})
        self._root = ElementTree.fromstring(buffer.getvalue())
        prefix = name.replace("/", "-")
        _clean(self._root, prefix)
        self._texts = [(text, text.text or "") for text in self._root.iter(f"{SVG}text")]
        self._root.attrib |= {"class": "plot", "role": "img", "aria-labelledby": f"{prefix}-title"}
        self._title = ElementTree.Element(f"{SVG}title", {"id": f"{prefix}-title"})
        self._root.insert(0, self._title)

    def in_words(self, title: str, language: str, words: Callable[[str], str] = str) -> str:
        """The SVG of one language; words gives the page's word for a key."""

        def filled(text: str) -> str:
            return A_WORD.sub(lambda match: words(match[1]), text)

        for place in self._places:
            place.check(filled(place.text))
        for element, text in self._texts:
            element.text = localize(filled(text), language)
        self._title.text = title
        ElementTree.register_namespace("", SVG[1:-1])
        text = ElementTree.tostring(self._root, encoding="unicode")
        text = text.replace(f' xmlns="{SVG[1:-1]}"', "", 1)
        return re.sub(r">\s+<", "><", text)


def _clean(root: ElementTree.Element, prefix: str) -> None:
    """In place: attributes for styles, variables for colours, ids of our own."""
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}metadata", f"{SVG}style") or (child.tag == f"{SVG}defs" and len(child) == 0):
                parent.remove(child)
            elif child.tag == f"{SVG}defs" and all(c.tag == f"{SVG}style" for c in child):
                parent.remove(child)
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        style = element.attrib.pop("style", "")
        for key, value in re.findall(r"([\w-]+) *: *([^;]+)", style):
            if key == "font":  # "600 13px 'Source Sans Pro', ..."
                if match := re.match(r"(\d{3})\b", value):
                    element.set("font-weight", match[1])
            elif key in ATTRIBUTES and (key, value) not in DEFAULTS:
                element.set(key, value)
        for key in ("fill", "stroke"):
            value = element.get(key, "").lower()
            if value in VARIABLES:
                element.set(key, f"var(--{VARIABLES[value]})")
        if HREF in element.attrib:
            element.set("href", f"#{prefix}-{element.attrib.pop(HREF)[1:]}")
        if "clip-path" in element.attrib:
            element.set("clip-path", element.get("clip-path").replace("url(#", f"url(#{prefix}-"))
        if "id" in element.attrib:
            name = element.get("id")
            if name.startswith("play-"):
                element.set("data-moves", name.removeprefix("play-"))
                del element.attrib["id"]
            elif name in used:
                element.set("id", f"{prefix}-{name}")
            else:
                del element.attrib["id"]
        for key in ("d", "x", "y", "transform"):
            if key in element.attrib:
                short = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), element.get(key))
                element.set(key, re.sub(r"\s+", " ", short).strip())
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
    _unwrap(root)
    for group in root.iter(f"{SVG}g"):
        if "data-moves" in group.attrib:
            _join(group)


def _join(group: ElementTree.Element) -> None:
    """Contours that move are one path, as they are in a frame."""
    first, *others = group.findall(f"{SVG}path") or [None]
    for path in others:
        if {**path.attrib, "d": ""} != {**first.attrib, "d": ""}:
            raise FigureError(f"moves {group.get('data-moves')!r}: several looks cannot move as one")
        first.set("d", f"{first.get('d', '')} {path.get('d', '')}".strip())  # an empty level has none
        group.remove(path)


def _unwrap(root: ElementTree.Element) -> None:
    """Groups without a meaning go; they are half of Matplotlib's bytes."""
    for parent in list(root.iter()):
        children = []
        for child in list(parent):
            stack = [child]
            while stack:
                element = stack.pop(0)
                if element.tag == f"{SVG}g" and not element.attrib:
                    stack = list(element) + stack
                else:
                    children.append(element)
        for child in list(parent):
            parent.remove(child)
        parent.extend(children)


# What a reader could not read -------------------------------------------------


@cache
def _font(weight: int) -> FT2Font:
    return FT2Font(FONTS / f"SourceSansPro-{'Semibold' if weight >= 600 else 'Regular'}.ttf")


def text_width(text: str, weight: int = 400, size: float = FONT_SIZE) -> float:
    """Width in pixels. Han characters are squares of the reader's own font."""
    font = _font(weight)
    font.set_size(size, 72)
    text = text.replace("⁻", "²")  # the reader's own font draws it, as wide
    known = set(font.get_charmap())
    missing = [c for c in text if ord(c) not in known and not _is_han(c)]
    if missing:
        raise FigureError(f"the font has no glyph for {', '.join(map(repr, missing))} in {text!r}")
    han = sum(map(_is_han, text))
    font.set_text("".join(c for c in text if not _is_han(c)))
    return font.get_width_height()[0] / 64 + han * size


def _is_han(character: str) -> bool:
    return 0x2E80 <= ord(character) <= 0x9FFF or 0xFF00 <= ord(character) <= 0xFFEF or character in "“”"


def _texts_of(figure: Figure) -> list["Place"]:
    height = figure.get_figheight() * 72
    return [Place(text.get_text(), text.get_weight() if isinstance(text.get_weight(), int) else 400,
                  *text.get_transform().transform(text.get_position()), height, text.get_horizontalalignment(),
                  getattr(text, "ends_before", None))
            for text in figure.findobj(Text) if text.get_text() and text.get_visible()]


class Place(NamedTuple):
    """A text, and where it stands on a canvas."""

    text: str
    weight: int
    x: float
    y: float
    height: float  # of the canvas
    align: str
    end: float | None

    def check(self, words: str) -> None:
        """They must fit, also where phones enlarge them."""
        width = text_width(words, self.weight) * SLACK
        left = self.x - {"left": 0, "center": width / 2, "right": width}[self.align]
        if self.end is not None and left + width > self.end:
            raise FigureError(f"{words!r} is too long by {left + width - self.end:.0f} px")
        if left < -2 or left + width > WIDTH + 2:
            raise FigureError(f"{words!r} runs off the canvas by {max(-left, left + width - WIDTH):.0f} px")
        if not -4 <= self.y <= self.height + 4:
            raise FigureError(f"{words!r} stands outside the canvas")
