"""Play figures in a real browser: what is drawn at a state is what the snippets give there, called by this file."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Request
from server import Host

from docs.builder.project import words
from snippets import cross_entropy, learning_slowdown
from snippets.softmax import softmax, softmax_cross_entropy
from tests.drawn import apart, length, strokes

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh", "de")
EPOCHS = 300
STEP = 0.1          # px; places are written to a tenth
SIMPLE = 0.15       # px; how far the builder may simplify a path (path.simplify_threshold)
FRAME = 1000 / 60   # ms


# What the snippets give at a state ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Axes on the canvas, in pixels. docs.builder.figure.canvas: 480 px wide, margins left 52, right 20, top 34, bottom 46, and 56 between two axes."""

    left: float
    right: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]
    top: float = 34

    def __call__(self, x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
        across, up = (np.subtract(x, self.x[0]) / np.ptp(self.x), np.subtract(y, self.y[0]) / np.ptp(self.y))
        return np.stack(np.broadcast_arrays(self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)), -1)


WHOLE = Box(52, 460, 288 - 46, (0, EPOCHS), (0, 1))
LEFT, RIGHT = (52, 52 + 176), (284, 284 + 176)      # (480 - 52 - 20 - 56) / 2 = 176 px each
LOW = 230 - 46

Drawing = dict[str, tuple[str, np.ndarray]]         # what moves -> (line, dot or bar; its points in pixels)
Numbers = dict[str, tuple[float, str]]              # of the reading -> (value, how it is printed)


def drag(start: float, lr: float) -> tuple[Drawing, Numbers]:
    run = learning_slowdown.train_neuron(start / 2, start / 2, x=1.0, y=0.0, lr=lr, epochs=EPOCHS)
    line = WHOLE(np.arange(EPOCHS + 1), run.a)
    return ({"curve": ("line", line), "start": ("dot", line[0])},
            {"start": (run.a[0], ".2f"), "gradient": (run.dw[0], ".4f"), "end": (run.a[-1], ".2f")})


def sides(start: float, lr: float) -> tuple[Drawing, Numbers]:
    drawing, numbers = {}, {}
    for name, snippet, (left, right) in (("quadratic", learning_slowdown, LEFT), ("cross", cross_entropy, RIGHT)):
        a = snippet.train_neuron(start / 2, start / 2, x=1.0, y=0.0, lr=lr, epochs=EPOCHS).a
        line = Box(left, right, LOW, (0, EPOCHS), (0, 1.05))(np.arange(EPOCHS + 1), a)
        drawing |= {name: ("line", line), f"{name}-start": ("dot", line[0])}
        numbers |= {"start": (a[0], ".2f"), name: (a[-1], ".2f")}
    return drawing, numbers


def logits(z1: float, z2: float, z3: float) -> tuple[Drawing, Numbers]:
    z = np.array([[z1, z2, z3]])
    loss, dz = softmax_cross_entropy(z, [0])
    drawing = {}
    for name, heights, (left, right), y in (("a", softmax(z)[0], LEFT, (0, 1)), ("dz", dz[0], RIGHT, (-1, 1))):
        box = Box(left, right, LOW, (0.4, 3.6), y)
        for k, height in enumerate(heights, 1):
            drawing[f"{name}{k}"] = "bar", box(np.array([k - 0.31, k + 0.31]), np.array([0, height]))
    return drawing, {"right": (softmax(z)[0, 0], ".2f"), "push": (dz[0, 0], ".2f"), "loss": (loss, ".2f")}


FIGURES: dict[str, Callable] = {"learning_slowdown/drag": drag, "cross_entropy/sides": sides, "softmax/logits": logits}


def written(value: float, form: str, language: str) -> str:
    """A number as the language writes it."""
    text = format(value, form)
    text = text.lstrip("-") if float(text) == 0 else text.replace("-", "\u2212")
    return text.replace(".", ",") if language == "de" else text


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", "."))


@cache
def front_matter(language: str, figure: str) -> dict:
    experiment, name = figure.split("/")
    text = (ROOT / "docs" / language / f"{experiment.replace('_', '-')}.md").read_text("utf-8")
    return yaml.safe_load(text.split("---\n")[1])["figures"][name]


def say(word: str, language: str) -> str:
    return words(language)[word]


# A reader ------------------------------------------------------------------------------------------------------------------------------------------


WATCH = """for (const name of ["instantiate", "instantiateStreaming", "compile", "compileStreaming", "Module", "Instance"]) {
  const note = (how) => (...given) => { console.info("WebAssembly." + name); return Reflect[how](...given); };
  WebAssembly[name] = new Proxy(WebAssembly[name], { apply: note("apply"), construct: note("construct") });
}"""

SEEN = """figure => ({
  values: [...figure.querySelectorAll("input")].map((slider) => [slider.name, slider.nextElementSibling.textContent, slider.getAttribute("aria-valuetext")]),
  reading: figure.querySelector(".play-reading").textContent,
  moving: Object.fromEntries([...figure.querySelectorAll("[data-moves]")].map((group) => {
    const paths = [...group.querySelectorAll("path:not(defs path)")], box = group.getBBox();
    return [group.dataset.moves, { center: [box.x + box.width / 2, box.y + box.height / 2],
      paths: paths.map((path) => path.getAttribute("d")), length: paths.reduce((sum, path) => sum + path.getTotalLength(), 0) }];
  })),
})"""

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Reader:
    """One visit to one figure; remembers what the browser asked for."""

    def __init__(self, browser: Browser, host: Host, figure: str, language: str, query: str = "", **options: object) -> None:
        self.host, self.name, self.language = host, figure, language
        self.context = browser.new_context(**{"viewport": {"width": 1000, "height": 800}, **options})
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(WATCH)
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.context.on("request", self._request)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("console", lambda line: self.faults.append(line.text) if line.text.startswith("WebAssembly.") else None)
        self.page = self.context.new_page()
        self.states: set[tuple[float, ...]] = set()
        self.go(language, query)

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)

    @property
    def frames(self) -> list[str]:
        return [url for url in self.requests if "/frames/" in url]

    def without_icon(self, first: int) -> list[str]:
        """What was asked for since then; Chromium itself looks for the page's icon when the address has changed."""
        return [url for url in self.requests[first:] if not url.endswith("/icon.svg")]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.search.removeprefix("?"))

    @property
    def search(self) -> str:
        return self.page.evaluate("() => location.search")      # page.url may be a moment behind

    def go(self, language: str, query: str = "") -> None:
        self.language = language
        folder = "" if language == "en" else f"{language}/"
        self.page.goto(f"{self.host.address}/{folder}{self.name.split('/')[0].replace('_', '-')}/{query}")
        self._arrive()

    def switch(self, language: str) -> None:
        """Through the page's own switch."""
        with self.page.expect_navigation():
            self.page.locator(f"a[data-language={language}]").first.click()
        self.language = language
        self._arrive()

    def _arrive(self) -> None:
        self.figure: Locator = self.page.locator(f'figure[data-figure="{self.name}"]')
        self.sliders = self.figure.locator("input[type=range]")
        self.reset = self.figure.locator("button[data-action=reset]")
        self.page.evaluate("() => document.fonts.ready")
        self.figure.evaluate("figure => figure.scrollIntoView({ block: 'center', behavior: 'instant' })")

    def seen(self) -> dict:
        return self.figure.evaluate(SEEN)

    def settle(self) -> None:
        """Until the state that was asked for is drawn."""
        self.figure.and_(self.page.locator("[data-state]")).wait_for()
        self.page.evaluate(TWO_FRAMES)

    def check(self) -> None:
        """Value, spoken value, reading and drawing belong together, and are what the snippets give."""
        seen = self.seen()
        state = {name: number(text) for name, text, _ in seen["values"]}
        for name, text, spoken in seen["values"]:
            assert text == spoken == written(state[name], "g", self.language)
        drawing, numbers = FIGURES[self.name](**state)
        reading = front_matter(self.language, self.name)["reading"].format(
            **{name: written(*entry, self.language) for name, entry in numbers.items()})
        assert seen["reading"] == reading, state
        assert seen["moving"].keys() == drawing.keys()
        for name, (kind, points) in drawing.items():
            far = distance(kind, seen["moving"][name], points)
            assert far <= STEP + (SIMPLE if kind == "line" else 0), f"{name} lies {far:.2f} px off at {state}"
        self.states.add(tuple(state.values()))

    def length(self, k: int) -> int:
        return int(self.sliders.nth(k).get_attribute("max")) + 1

    def place(self, k: int, index: int) -> tuple[float, float]:
        """Where a slider's thumb stands at a value; the thumb is 16 px wide."""
        box = self.sliders.nth(k).bounding_box()
        return box["x"] + 8 + (box["width"] - 16) * index / (self.length(k) - 1), box["y"] + box["height"] / 2

    def value(self, k: int) -> int:
        return int(self.sliders.nth(k).input_value())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.settle()

    def mouse(self, k: int, count: int) -> Iterator[int]:
        """Drag a slider over `count` of its values; the button is down at each."""
        self.page.mouse.move(*self.place(k, self.value(k)))
        self.page.mouse.down()
        for index in some(self.length(k), count):
            self.page.mouse.move(*self.place(k, index), steps=3)
            self.settle()
            assert self.value(k) == index
            yield index
        self.page.mouse.up()

    def finger(self, k: int, count: int) -> Iterator[int]:
        """The same with a finger."""
        line = self.context.new_cdp_session(self.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

        far = 0 if self.value(k) > self.length(k) / 2 else self.length(k) - 1
        touch("touchStart", self.place(k, self.value(k)))
        here = self.place(k, far)       # first beyond what the browser still takes for a tap
        touch("touchMove", here)
        for index in some(self.length(k), count):
            there = self.place(k, index)
            for part in (0.4, 0.8, 1):
                touch("touchMove", (here[0] + part * (there[0] - here[0]), there[1]))
            here = there
            self.settle()
            assert self.value(k) == index
            yield index
        touch("touchEnd")
        line.detach()

    def leave(self) -> None:
        assert not [url for url in self.requests if not url.startswith((self.host.address, "data:", "blob:"))], "another host was asked"
        assert not [url for url in self.requests if ".wasm" in url]
        assert not self.faults
        self.context.close()


def distance(kind: str, drawn: dict, points: np.ndarray) -> float:
    """How far, in pixels, what is drawn lies from where it should."""
    if kind == "dot":
        assert not drawn["paths"]
        return float(np.abs(np.subtract(drawn["center"], points)).max())
    lines = [line for data in drawn["paths"] for line in strokes(data)]
    assert len(lines) == 1
    assert abs(length(lines) - drawn["length"]) < 0.5, "the browser reads the path otherwise"
    if kind == "line":
        return apart(lines, [points])
    low, high = points.min(0), points.max(0)
    corners = np.minimum(np.abs(lines[0] - low), np.abs(lines[0] - high))    # each point is at a corner, and the outermost are the bar's
    return float(max(corners.max(), np.abs(lines[0].min(0) - low).max(), np.abs(lines[0].max(0) - high).max()))


def some(length: int, count: int) -> list[int]:
    """That many values across a slider's range, in an order that jumps back and forth."""
    values = np.unique(np.linspace(0, length - 1, min(length, count)).round().astype(int)).tolist()
    return values[::2] + values[1::2][::-1]


@pytest.fixture(scope="module")
def host(site: Path) -> Iterator[Host]:
    host = Host(site)
    yield host
    host.close()


@pytest.fixture
def reader(browser: Browser, host: Host) -> Iterator[Callable[..., Reader]]:
    """reader(figure, language): opens the figure's page; at the end, looks at what was asked for."""
    visits: list[Reader] = []

    def visit(figure: str, language: str, query: str = "", **options: object) -> Reader:
        visits.append(Reader(browser, host, figure, language, query, **options))
        return visits[-1]

    yield visit
    for one in visits:
        one.leave()


every_figure = pytest.mark.parametrize("figure", FIGURES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
def test_this_file_knows_every_play_figure(reader, site, language):
    found = set()
    one = reader("softmax/logits", language, java_script_enabled=False)
    folder = site if language == "en" else site / language
    for file in folder.rglob("index.html"):
        if 'data-play="' in file.read_text("utf-8") and (language != "en" or file.relative_to(site).parts[0] not in LANGUAGES):
            one.page.goto(f"{one.host.address}/{file.parent.relative_to(site).as_posix()}/")
            found |= {item.get_attribute("data-figure") for item in one.page.locator("figure[data-play]").all()}
    assert found == set(FIGURES)


# Drag: at least 20 points a figure and language; mouse 8, touch 6, keyboard 6 ----------------------------------------------------------------------


@every_language
@every_figure
def test_mouse(reader, figure, language):
    one = reader(figure, language)
    for k in range(one.sliders.count()):
        for _ in one.mouse(k, 5):
            one.check()
    assert len(one.states) >= 8


@every_language
@every_figure
def test_touch(reader, figure, language):
    one = reader(figure, language, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    one.page.touchscreen.tap(*one.place(0, 1))
    one.settle()
    assert one.value(0) == 1
    one.check()
    for k in range(one.sliders.count()):
        for _ in one.finger(k, 4):
            one.check()
    assert len(one.states) >= 6


@every_language
@every_figure
def test_keyboard(reader, figure, language):
    one = reader(figure, language)
    one.figure.locator("a, button, input").first.focus()
    for k in range(one.sliders.count()):
        one.sliders.nth(k).focus() if k == 0 else one.press("Tab")
        assert one.sliders.nth(k).evaluate("slider => slider === document.activeElement")
        last = one.length(k) - 1
        for key, wanted in (("End", last), ("ArrowLeft", last - 1), ("ArrowDown", last - 2), ("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2)):
            one.press(key)
            assert one.value(k) == wanted, key
            one.check()
        one.press("PageUp")
        assert one.value(k) > 2
        one.check()
        one.press("PageDown")
        assert one.value(k) == 2
    assert len(one.states) >= 6


@every_language
@every_figure
def test_screen_readers_find_sliders_by_their_label(reader, figure, language):
    one = reader(figure, language)
    labels = front_matter(language, figure)["labels"]
    for slider in one.sliders.all():
        name = labels[slider.get_attribute("name")]
        assert one.figure.get_by_role("slider", name=name, exact=True).count() == 1
    assert one.figure.get_by_role("button", name=say("reset", language), exact=True).is_visible()
    assert one.figure.locator(".play-reading").get_attribute("role") == "status"


def same_picture(one: dict, other: dict) -> None:
    assert one["moving"].keys() == other["moving"].keys()
    for name, drawn in one["moving"].items():
        again = other["moving"][name]
        assert np.abs(np.subtract(drawn["center"], again["center"])).max() <= STEP + 1e-3, name
        if drawn["paths"]:
            lines = [[line for data in item["paths"] for line in strokes(data)] for item in (drawn, again)]
            assert apart(*lines) <= STEP + 1e-6, name
    assert (one["values"], one["reading"]) == (other["values"], other["reading"])


@every_language
@every_figure
def test_reset_gives_the_static_figure(reader, figure, language):
    one = reader(figure, language)
    static = one.seen()
    one.check()
    for k in range(one.sliders.count()):
        one.sliders.nth(k).focus()
        one.press("Home" if one.value(k) else "End")
    one.check()
    moved = one.seen()
    assert moved["moving"] != static["moving"] and one.query
    one.reset.click()
    one.settle()
    one.check()
    same_picture(static, one.seen())
    assert not one.query


# A state has an address ----------------------------------------------------------------------------------------------------------------------------


@every_figure
def test_the_address_holds_the_state_in_any_language(reader, figure):
    one = reader(figure, "de", "?from=afar#run-it")
    name = figure.split("/")[1]
    one.sliders.nth(0).focus()
    one.press("End", "ArrowLeft")
    one.sliders.nth(1).focus()
    one.press("Home")
    wanted = {"from": ["afar"]} | {f"{name}.{slider}": [format(number(text), "g")] for slider, text, _ in one.seen()["values"][:2]}
    assert one.query == wanted, "numbers in an address are the same in every language"
    german = one.seen()
    one.switch("zh")
    one.settle()
    one.check()
    assert one.query == wanted and one.seen()["moving"] == german["moving"]
    for language in LANGUAGES:
        other = reader(figure, language, one.search)
        other.settle()
        other.check()
        assert other.seen()["moving"] == german["moving"]


def test_the_address_follows_when_a_drag_ends(reader):
    one = reader("learning_slowdown/drag", "en")
    for _ in one.mouse(0, 3):
        assert not one.query
    assert set(one.query) == {"drag.start"}
    one.page.mouse.wheel(0, 2000)       # the table of contents writes its own part of the address
    one.page.wait_for_timeout(500)
    assert set(one.query) == {"drag.start"}


@pytest.mark.parametrize("query", ["?drag.start=banana", "?drag.start=99&drag.lr=", "?drag.start=4.1", "?drag.start=0,25", "?drag.lr=0.150",
                                   "?start=0", "?sides.start=0", "?drag.start=constructor&drag.lr=__proto__", "?drag.start=%3Cb%3E&drag.start=0"])
def test_what_is_no_state_is_ignored(reader, query):
    one = reader("learning_slowdown/drag", "en")
    static = one.seen()
    one.go("en", query)
    one.page.wait_for_load_state("networkidle")
    assert one.seen() == static and not one.frames
    one.check()


def test_one_good_value_counts_beside_a_bad_one(reader):
    one = reader("learning_slowdown/drag", "de", "?drag.start=0.25&drag.lr=7")
    one.settle()
    one.check()
    assert [text for _, text, _ in one.seen()["values"]] == ["0,25", "0,15"]


# Network -------------------------------------------------------------------------------------------------------------------------------------------


@every_language
@every_figure
def test_frames_come_once_on_first_touch_and_a_drag_needs_no_network(reader, figure, language):
    one = reader(figure, language)
    one.page.mouse.move(5, 5)
    one.page.wait_for_load_state("networkidle")
    assert not one.frames
    one.sliders.nth(0).focus()
    one.press("Home" if one.value(0) else "End")
    assert len(one.frames) == 1
    one.context.set_offline(True)
    asked = len(one.requests)
    for k in range(one.sliders.count()):
        for _ in one.mouse(k, 5):
            one.check()
            assert not one.without_icon(asked)
    one.reset.click()
    one.settle()
    one.check()
    assert not one.without_icon(asked)


def test_dragging_while_the_frames_come_shows_the_last_state(reader):
    one = reader("learning_slowdown/drag", "en")
    held = []
    one.context.route("**/frames/**", lambda route: held.append(route))
    one.sliders.nth(0).focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        one.page.keyboard.press(key)
    one.page.evaluate(TWO_FRAMES)
    assert len(held) == len(one.frames) == 1 and one.value(0) == 2
    held[0].continue_()
    one.settle()
    one.check()
    assert len(one.frames) == 1


@every_language
@pytest.mark.parametrize("fault", ["abort", "missing", "cut"])
def test_without_frames_the_page_says_so_and_tries_again(reader, language, fault):
    one = reader("softmax/logits", language)
    static = one.seen()
    if fault == "abort":
        one.context.route("**/frames/**", lambda route: route.abort())
    else:
        one.host.faults[".json"] = fault
    try:
        one.sliders.nth(1).focus()
        one.figure.get_by_text(say("play_failed", language), exact=True).wait_for()
        one.page.keyboard.press("Home")
        one.page.evaluate(TWO_FRAMES)
        assert one.seen()["values"][1][1] == written(-4, "g", language)
        assert one.seen()["moving"] == static["moving"]
        one.page.wait_for_load_state("networkidle")
    finally:
        one.host.faults.clear()
        one.context.unroute_all()
    assert one.figure.locator(".play-reading").text_content() == say("play_failed", language)
    tries = len(one.frames)
    one.page.mouse.move(*one.place(0, 4))       # a touch that moves nothing
    one.settle()
    one.check()
    assert len(one.frames) == tries + 1
    one.sliders.nth(1).focus()
    one.press("End")
    one.check()
    one.switch("zh" if language == "en" else "en")
    one.settle()
    one.check()


# Without a script, on paper ------------------------------------------------------------------------------------------------------------------------


@every_language
@every_figure
def test_without_javascript_the_figure_stands(reader, figure, language):
    one = reader(figure, language, java_script_enabled=False)
    assert one.figure.locator("svg").is_visible() and one.figure.locator(".play-reading").is_visible()
    one.check()
    controls = one.figure.locator("input, button, output")
    assert controls.count() and not any(item.is_visible() for item in controls.all())


@every_language
@every_figure
def test_paper_shows_the_state_without_controls(reader, figure, language):
    one = reader(figure, language)
    one.sliders.nth(0).focus()
    one.press("Home" if one.value(0) else "End")
    assert one.reset.is_visible()
    one.page.emulate_media(media="print")
    assert one.figure.locator("svg").is_visible() and one.figure.locator(".play-reading").is_visible()
    controls = one.figure.locator("input, button, output")
    assert not any(item.is_visible() for item in controls.all())
    one.check()


# Speed ---------------------------------------------------------------------------------------------------------------------------------------------


# A state a frame. Callbacks of one frame run in the order in which they were asked for: a stopwatch, the figure's own drawing, the stopwatch again.
DRIVE = """async (figure, states) => {
  const sliders = [...figure.querySelectorAll("input")], svg = figure.querySelector("svg");
  const frame = () => new Promise((done) => requestAnimationFrame(done)), costs = [], waits = [];
  let last = await frame();
  for (const [index, state] of states) {
    let started;
    requestAnimationFrame(() => { started = performance.now(); });
    const before = performance.now();
    sliders.forEach((slider, k) => {
      if (slider.valueAsNumber === state[k]) return;
      slider.value = state[k];
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const handled = performance.now() - before;
    const now = await new Promise((done) => requestAnimationFrame((now) => {
      svg.getBBox();
      for (const group of svg.querySelectorAll("[data-moves]")) group.getBBox();
      figure.getBoundingClientRect();
      costs.push(handled + performance.now() - started);
      done(now);
    }));
    if (Number(figure.dataset.state) !== index) throw new Error(`${figure.dataset.state} is drawn, not ${index}`);
    waits.push(now - last);
    last = now;
  }
  return { costs, waits };
}"""


def snake(lengths: list[int]) -> list[list[int]]:
    """Every state of a grid; from one to the next a single slider moves by one."""
    if not lengths:
        return [[]]
    rest = snake(lengths[1:])
    return [[k, *more] for k in range(lengths[0]) for more in (rest if k % 2 == 0 else rest[::-1])]


@pytest.mark.stopwatch
@every_figure
def test_200_states_at_one_a_frame(reader, figure, record_property):
    """Script, style and layout of a state; the site's largest figure is among these."""
    one = reader(figure, "en")
    lengths = [one.length(k) for k in range(one.sliders.count())]
    states = snake(lengths)[:200]
    assert len(states) == 200
    one.sliders.nth(0).focus()
    one.press("End")
    costs = np.full(200, np.inf)
    for attempt in ("first", "second"):     # another program may take the processor for a while: a state is slow if it is so both times
        run = one.figure.evaluate(DRIVE, [[int(np.ravel_multi_index(state, lengths)), state] for state in states])
        costs = np.minimum(costs, run["costs"])
        median, worst = np.median(costs), costs.max()
        said = f"{attempt}: median {median:.2f} ms, maximum {worst:.2f} ms (of this run {max(run['costs']):.2f}); " \
               f"{np.median(run['waits']):.1f} ms from frame to frame"
        record_property(figure, said)
        print(f"{figure}, {said}")
        if worst < FRAME:
            break
    assert worst < FRAME, said
    assert median < FRAME / 4, said
    one.check()
