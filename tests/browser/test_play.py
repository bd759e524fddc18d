"""Play figures in a real browser: what is drawn at a state is what the experiment draws there, by Matplotlib's own account.

What holds for each figure is one test a figure and language, with one visit. What the script does for all of them alike (addresses, faults, paper)
is tried on one figure of each kind: with one slider, two, three.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Request
from reader import home
from server import Host

from docs.builder.project import words
from tests.drawn import apart, cut, length, strokes
from tests.plays import PLAYS, WORD, drawn_at, lengths, number_of, says, state

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh", "de")
STEP = 0.1          # px; places are written to a tenth
SIMPLE = 0.15       # px; how far the builder may simplify a path (path.simplify_threshold)
FRAME = 1000 / 60   # ms
KINDS = {len(lengths(figure)): figure for figure in reversed(PLAYS) if min(lengths(figure)) >= 8}     # number of sliders -> the first figure


@cache
def front_matter(language: str, figure: str) -> dict:
    experiment, name = figure.split("/")
    text = (ROOT / "docs" / language / f"{experiment.replace('_', '-')}.md").read_text("utf-8")
    return yaml.safe_load(text.split("---\n")[1])["figures"][name]


def say(word: str, language: str) -> str:
    return words(language)[word]


# What is seen, and what should be -----------------------------------------------------------------------------------------------------------------


LOOK = """async (figure, wanted) => {
  const sliders = [...figure.querySelectorAll("input")];
  const state = () => sliders.reduce((sum, slider) => sum * (Number(slider.max) + 1) + Number(slider.value), 0);
  const there = () => wanted.every((value, k) => value === null || value === Number(sliders[k].value));
  const drawn = () => !wanted.length || (there() && Number(figure.dataset.state) === state());
  for (const start = performance.now(); !drawn(); await new Promise(requestAnimationFrame))
    if (performance.now() - start > 10000)
      throw new Error(`${figure.dataset.state} is drawn, the sliders are at ${sliders.map((slider) => slider.value)}, and were moved to ${wanted}`);
  return {
    state: state(),
    values: sliders.map((slider) => [slider.name, slider.nextElementSibling.textContent, slider.getAttribute("aria-valuetext")]),
    reading: figure.querySelector(".play-reading").textContent,
    canvas: figure.querySelector("svg").getAttribute("viewBox").split(" ").slice(2).map(Number),
    moving: Object.fromEntries([...figure.querySelectorAll("[data-moves]")].map((group) => {
      const paths = [...group.querySelectorAll("path:not(defs path)")], box = group.getBBox();
      const text = group.matches("text") ? group : group.querySelector("text");
      return [group.dataset.moves, {
        center: text ? [Number(text.getAttribute("x")), Number(text.getAttribute("y"))] : [box.x + box.width / 2, box.y + box.height / 2],
        text: text?.textContent, paths: paths.map((path) => path.getAttribute("d")), length: paths.reduce((sum, path) => sum + path.getTotalLength(), 0) }];
    })),
  };
}"""

PLACES = """figure => [...figure.querySelectorAll("input")].map((slider) => {
  const box = slider.getBoundingClientRect();
  return [box.x, box.y + box.height / 2, box.width, Number(slider.max), Number(slider.value)];
})"""


def check(seen: dict, figure: str, language: str) -> None:
    """Value, spoken value, reading and drawing belong together, and are what the experiment gives at this state alone."""
    at = state(figure, seen["state"])
    sliders = PLAYS[figure].parameters
    for name, text, spoken in seen["values"]:
        words = sliders[name].names and front_matter(language, figure)["labels"][sliders[name].names[sliders[name].values.index(at[name])]]
        assert text == spoken and (text == words if words else says(text, format(at[name], sliders[name].form), language)), at
    drawing, numbers = drawn_at(figure, seen["state"])
    pieces = re.split(r"\{(\w+)\}", front_matter(language, figure)["reading"])     # text, name, text, name, ..., text
    found = re.fullmatch("(.+?)".join(map(re.escape, pieces[::2])), seen["reading"])
    assert found, f"{seen['reading']!r} is no reading of this figure"
    for name, text in zip(pieces[1::2], found.groups()):
        assert says(text, numbers[name], language), f"{name} reads {text}, not {numbers[name]}, at {at}"
    assert seen["moving"].keys() == drawing.keys()
    for name, wanted in drawing.items():
        far = distance(seen["moving"][name], wanted, seen["canvas"], language)
        assert far <= STEP + (SIMPLE if isinstance(wanted, list) else 0), f"{name} lies {far:.2f} px off at {at}"


def distance(drawn: dict, wanted: list | tuple | np.ndarray, canvas: list[float], language: str) -> float:
    """How far, in pixels, what is drawn lies from where it should, as far as it lies on the canvas."""
    if isinstance(wanted, list):
        lines = [line for data in drawn["paths"] for line in strokes(data)]
        assert abs(length(lines) - drawn["length"]) < 0.5 + 1e-3 * drawn["length"], "the browser reads the path otherwise"
        lines, wanted = cut(lines, *canvas), cut(wanted, *canvas)
        return apart(lines, wanted) if lines and wanted else np.inf * (len(lines) + len(wanted)) if lines or wanted else 0.0
    place, text = wanted if isinstance(wanted, tuple) else (wanted, None)
    assert not drawn["paths"]
    if text is not None and WORD not in text:
        assert drawn["text"] == text or says(drawn["text"], text, language), f"{drawn['text']} stands for {text}"
    return float(np.abs(np.subtract(drawn["center"], place)).max())


# A reader ------------------------------------------------------------------------------------------------------------------------------------------


WATCH = """for (const name of ["instantiate", "instantiateStreaming", "compile", "compileStreaming", "Module", "Instance"]) {
  const note = (how) => (...given) => { console.info("WebAssembly." + name); return Reflect[how](...given); };
  WebAssembly[name] = new Proxy(WebAssembly[name], { apply: note("apply"), construct: note("construct") });
}"""

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
        self.looks = 0
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
        self.page.goto(f"{self.host.address}{home(language)}{self.name.split('/')[0].replace('_', '-')}/{query}")
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
        self.center()

    def center(self) -> None:
        self.figure.evaluate("figure => figure.scrollIntoView({ block: 'center', behavior: 'instant' })")

    def look(self, *wanted: int | None) -> dict:
        """What is seen, and checked, when the sliders are where they are wanted and that state is drawn."""
        seen = self.figure.evaluate(LOOK, wanted or [None])
        check(seen, self.name, self.language)
        self.looks += 1
        return seen

    def static(self) -> dict:
        """The same before anything has moved."""
        seen = self.figure.evaluate(LOOK, [])
        check(seen, self.name, self.language)
        return seen

    def look_at(self, k: int, value: int) -> dict:
        return self.look(*[None] * k, value)

    def value(self, k: int) -> int:
        return int(self.sliders.nth(k).input_value())

    def places(self, k: int, count: int) -> list[tuple[int, tuple[float, float]]]:
        """Where a slider's thumb stands now and at `count` of its values, in an order that jumps back and forth; the thumb is 16 px wide."""
        x, y, width, last, now = self.figure.evaluate(PLACES)[k]
        values = np.unique(np.linspace(0, last, min(last + 1, count)).round().astype(int)).tolist()
        jumps = islice(cycle(values[::2] + values[1::2][::-1]), count)
        return [(int(value), (x + 8 + (width - 16) * value / last, y)) for value in (now, *jumps)]

    def press(self, k: int, *keys: str) -> None:
        """Keys on the slider that has the focus, and where each must bring it."""
        last = lengths(self.name)[k] - 1
        now = self.value(k)
        for key in keys:
            now = {"Home": 0, "End": last, "ArrowRight": now + 1, "ArrowUp": now + 1}.get(key, now - 1)
            self.page.keyboard.press(key)
            self.look_at(k, min(max(now, 0), last))

    def mouse(self, k: int, count: int) -> Iterator[int]:
        """Drag a slider over some of its values; the button is down at each."""
        (_, start), *rest = self.places(k, count)
        self.page.mouse.move(*start)
        self.page.mouse.down()
        for value, place in rest:
            self.page.mouse.move(*place)
            self.look_at(k, value)
            yield value
        self.page.mouse.up()

    def finger(self, k: int, count: int) -> Iterator[int]:
        """The same with a finger."""
        line = self.context.new_cdp_session(self.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

        (_, start), *rest = self.places(k, count)
        places = [place for _, place in rest]
        touch("touchStart", start)
        touch("touchMove", max(places, key=lambda place: abs(place[0] - start[0])))     # beyond what the browser still takes for a tap
        for value, place in rest:
            touch("touchMove", place)
            self.look_at(k, value)
            yield value
        touch("touchEnd")
        line.detach()

    def move(self) -> None:
        """Anywhere else, by the keyboard."""
        self.sliders.nth(0).focus()
        self.press(0, "Home" if self.value(0) else "End")

    def leave(self) -> None:
        assert not [url for url in self.requests if not url.startswith((self.host.address, "data:", "blob:"))], "another host was asked"
        assert not [url for url in self.requests if ".wasm" in url]
        assert not self.faults
        self.context.close()


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


every_figure = pytest.mark.parametrize("figure", PLAYS)
every_kind = pytest.mark.parametrize("figure", KINDS.values())
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
def test_the_site_plays_the_figures_that_the_experiments_have(site, language):
    folder = site if language == "en" else site / language
    files = [folder / "index.html", *(file for file in folder.glob("*/index.html") if file.parent.name not in LANGUAGES)]
    tags = [tag for file in files for tag in re.findall(r"<figure\b[^>]*>", file.read_text("utf-8")) if "data-play=" in tag]
    assert sorted(re.search('data-figure="(.*?)"', tag)[1] for tag in tags) == sorted(PLAYS)


# Each figure in each language ----------------------------------------------------------------------------------------------------------------------


@every_language
@every_figure
def test_mouse_finger_and_keyboard_move_it(reader, figure, language):
    """One device a language, so each figure is moved by all three, with at least 20 looks; frames come once; reset gives back what stood there first."""
    device = ("mouse", "finger", "keyboard")[(list(PLAYS).index(figure) + list(LANGUAGES).index(language)) % 3]
    one = reader(figure, language, has_touch=True)
    static = one.static()
    labels = front_matter(language, figure)["labels"]
    for name in PLAYS[figure].parameters:
        assert one.figure.get_by_role("slider", name=labels[name], exact=True).count() == 1
    assert not one.frames
    count = len(lengths(figure))

    if device == "finger":
        one.page.set_viewport_size({"width": 390, "height": 800})
        one.center()
    if device == "keyboard":
        one.sliders.nth(0).focus()
    for k in range(count):
        if device == "mouse":
            assert list(one.mouse(k, -(-8 // count)))
        elif device == "finger":
            assert list(one.finger(k, -(-6 // count)))
        else:
            if k:
                one.page.keyboard.press("Tab")
            one.press(k, "End", "ArrowLeft", "ArrowDown", "Home", "ArrowRight", "ArrowUp")
    start = [slider.index for slider in PLAYS[figure].parameters.values()]
    assert one.looks >= {"mouse": 8, "finger": 6, "keyboard": 6}[device]
    assert bool(one.query) == ([one.value(k) for k in range(count)] != start)

    one.reset.click()
    same_picture(static, one.look(*start))
    assert not one.query and len(one.frames) == 1


def same_picture(one: dict, other: dict) -> None:
    assert one["moving"].keys() == other["moving"].keys()
    for name, drawn in one["moving"].items():
        again = other["moving"][name]
        if not drawn["paths"]:
            assert np.abs(np.subtract(drawn["center"], again["center"])).max() <= STEP + 1e-3, name
        else:
            lines = [[line for data in item["paths"] for line in strokes(data)] for item in (drawn, again)]
            assert apart(*(cut(line, *one["canvas"]) for line in lines)) <= STEP + 2 * SIMPLE + 1e-6, name    # each may be simplified
    assert (one["values"], one["reading"]) == (other["values"], other["reading"])


# Devices -------------------------------------------------------------------------------------------------------------------------------------------


@every_kind
def test_a_phone(reader, figure):
    one = reader(figure, "zh", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    first, second = dict(one.places(0, lengths(figure)[0])), 1 if one.value(0) != 1 else 0
    one.page.touchscreen.tap(*first[second])
    one.look_at(0, second)
    for k in range(one.sliders.count()):
        assert list(one.finger(k, 4))


@every_kind
def test_keyboard_alone(reader, figure):
    one = reader(figure, "de")
    one.figure.locator("a, button, input").first.focus()
    for k in range(one.sliders.count()):
        one.sliders.nth(k).focus() if k == 0 else one.page.keyboard.press("Tab")
        assert one.sliders.nth(k).evaluate("slider => slider === document.activeElement")
        one.press(k, "Home", "ArrowUp", "ArrowRight")
        one.page.keyboard.press("PageUp")
        one.look_at(k, 2 + max(1, round((lengths(figure)[k] - 1) / 10)))
        one.page.keyboard.press("PageDown")
        one.look_at(k, 2)
    one.page.keyboard.press("Tab")
    assert one.reset.evaluate("button => button === document.activeElement")
    assert one.figure.get_by_role("button", name=say("reset", "de"), exact=True).is_visible()
    assert one.figure.locator(".play-reading").get_attribute("role") == "status"
    one.page.keyboard.press("Enter")
    one.look(*(slider.index for slider in PLAYS[figure].parameters.values()))


# A state has an address ----------------------------------------------------------------------------------------------------------------------------


@every_kind
def test_the_address_holds_the_state_in_any_language(reader, figure):
    one = reader(figure, "de", "?from=afar#run-it")
    name, last = figure.split("/")[1], one.sliders.count() - 1
    one.sliders.nth(0).focus()
    one.press(0, "End", "ArrowLeft")
    if last:
        one.sliders.nth(last).focus()
        one.press(last, "Home")
    german = one.look()
    values = state(figure, german["state"])
    wanted = {f"{name}.{key}": [format(values[key], "g")] for key, slider in PLAYS[figure].parameters.items() if values[key] != slider.at}
    assert len(wanted) == 1 + bool(last)
    assert one.query == wanted | {"from": ["afar"]}, "numbers in an address are the same in every language"
    one.switch("zh")
    assert one.look()["moving"] == german["moving"] and one.query == wanted | {"from": ["afar"]}
    one.go("en", one.search)
    assert one.look()["moving"] == german["moving"]


def test_the_address_follows_when_a_drag_ends(reader):
    one = reader("learning_slowdown/drag", "en")
    for _ in one.mouse(0, 3):
        assert not one.query
    assert set(one.query) == {"drag.start"}
    one.page.mouse.wheel(0, 2000)       # the table of contents writes its own part of the address
    one.page.wait_for_timeout(500)
    assert set(one.query) == {"drag.start"}


def test_what_is_no_state_is_ignored(reader):
    one = reader("learning_slowdown/drag", "en")
    static = one.static()
    for query in ("?drag.start=banana", "?drag.start=99&drag.lr=", "?drag.start=4.1", "?drag.start=0,25", "?drag.lr=0.150", "?start=0",
                  "?sides.start=0", "?drag.start=constructor&drag.lr=__proto__", "?drag.start=%3Cb%3E&drag.start=0"):
        one.go("en", query)
        assert one.static() == static, query
    one.page.wait_for_load_state("networkidle")
    assert not one.frames
    one.go("en", "?drag.start=0")
    one.look()
    assert one.frames, "a state would have been seen"


def test_one_good_value_counts_beside_a_bad_one(reader):
    one = reader("learning_slowdown/drag", "de", "?drag.start=0.25&drag.lr=7")
    assert [text for _, text, _ in one.look()["values"]] == ["0,25", "0,15"]


# Network -------------------------------------------------------------------------------------------------------------------------------------------


@every_kind
def test_frames_come_on_first_touch_and_a_drag_needs_no_network(reader, figure):
    one = reader(figure, "en")
    one.page.mouse.move(5, 5)
    one.page.wait_for_load_state("networkidle")
    assert not one.frames
    one.move()
    assert len(one.frames) == 1
    one.context.set_offline(True)
    asked = len(one.requests)
    for k in range(one.sliders.count()):
        for _ in one.mouse(k, 5):
            assert not one.without_icon(asked)
    one.reset.click()
    one.look(*(slider.index for slider in PLAYS[figure].parameters.values()))
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
    one.look_at(0, 2)
    assert len(one.frames) == 1


@pytest.mark.parametrize(("fault", "language"), [("abort", "en"), ("missing", "zh"), ("cut", "de")])
def test_without_frames_the_page_says_so_and_tries_again(reader, language, fault):
    one = reader("softmax/logits", language)
    static = one.static()
    if fault == "abort":
        one.context.route("**/frames/**", lambda route: route.abort())
    else:
        one.host.faults[".json"] = fault
    try:
        one.sliders.nth(1).focus()
        one.figure.get_by_text(say("play_failed", language), exact=True).wait_for()
        one.page.keyboard.press("Home")
        one.page.evaluate(TWO_FRAMES)
        seen = one.figure.evaluate(LOOK, [])
        assert number_of(seen["values"][1][1], language) == -4
        assert seen["moving"] == static["moving"]
        one.page.wait_for_load_state("networkidle")
    finally:
        one.host.faults.clear()
        one.context.unroute_all()
    assert one.figure.locator(".play-reading").text_content() == say("play_failed", language)
    tries = len(one.frames)
    one.page.mouse.move(*one.places(0, 1)[0][1])       # a touch that moves nothing
    one.look_at(1, 0)
    assert len(one.frames) == tries + 1
    one.sliders.nth(1).focus()
    one.press(1, "End")
    one.switch("zh" if language == "en" else "en")
    one.look()


# Without a script, on paper ------------------------------------------------------------------------------------------------------------------------


@every_kind
def test_without_javascript_the_figure_stands(reader, figure):
    one = reader(figure, "de", java_script_enabled=False)
    one.static()
    assert one.figure.locator("svg").is_visible() and one.figure.locator(".play-reading").is_visible()
    controls = one.figure.locator("input, button, output")
    assert controls.count() and not any(item.is_visible() for item in controls.all())


@every_kind
def test_paper_shows_the_state_without_controls(reader, figure):
    one = reader(figure, "en")
    one.move()
    assert one.reset.is_visible()
    one.page.emulate_media(media="print")
    assert one.figure.locator("svg").is_visible() and one.figure.locator(".play-reading").is_visible()
    assert not any(item.is_visible() for item in one.figure.locator("input, button, output").all())
    one.look()


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


def heaviest(site: Path, sliders: int) -> str:
    """The figure with the most bytes a state, among those with so many sliders."""
    def weight(figure: str) -> float:
        [file] = (site / "assets/frames").glob(f"{figure.replace('/', '-')}-*.json")
        return file.stat().st_size / np.prod(lengths(figure))

    return max((figure for figure in PLAYS if len(lengths(figure)) == sliders), key=weight)


@pytest.mark.stopwatch
@pytest.mark.parametrize("sliders", KINDS)
def test_200_states_at_one_a_frame(reader, site, sliders, record_property):
    """Script, style and layout of a state."""
    figure = heaviest(site, sliders)
    one = reader(figure, "en")
    there = snake(lengths(figure))
    states = list(islice(cycle(there + there[::-1]), 200))
    one.sliders.nth(0).focus()
    one.press(0, "End")
    drive = [[int(np.ravel_multi_index(state, lengths(figure))), state] for state in states]
    costs = np.full(200, np.inf)
    for attempt in range(1, 6):     # another program may take the processor for a while: a state is slow if it is so every time
        run = one.figure.evaluate(DRIVE, drive)
        costs = np.minimum(costs, run["costs"])
        median, worst = np.median(costs), costs.max()
        said = f"attempt {attempt}: median {median:.2f} ms, maximum {worst:.2f} ms (of this run {max(run['costs']):.2f}); " \
               f"{np.median(run['waits']):.1f} ms from frame to frame"
        record_property(figure, said)
        print(f"{figure}, {said}")
        if worst < FRAME:
            break
    assert worst < FRAME, said
    assert median < FRAME / 4, said
    one.look()
