"""Play figures as the builder makes them: the states of every one, their bytes, and what an author may draw."""

import gzip
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.patches import Circle

from docs.builder import page, play
from docs.builder.experiment import Slider, figure
from docs.builder.extension import Filler
from docs.builder.figure import FAILS, INK, LINE, THEORY, TRAINS, FigureError, Svg, canvas, moves, name_axes, note, ticks
from docs.builder.project import DOCS, LANGUAGES, PageError
from docs.builder.results import results
from snippets import cross_entropy, learning_slowdown
from snippets.softmax import softmax, softmax_cross_entropy
from tests.drawn import apart, cut, strokes
from tests.plays import PLAYS, drawn_at, given, lengths, number_of
from tests.plays import state as state_at

STEP = 0.1  # px: places are written to a tenth
SIMPLE = 0.15  # px: how far a path may be simplified
FRAMES_LIMIT, SCRIPT_LIMIT = 60_000, 5_000  # bytes, compressed
SVG = "{http://www.w3.org/2000/svg}"

FIGURES = [tuple(figure.split("/")) for figure in PLAYS]
every_figure = pytest.mark.parametrize("experiment, name", FIGURES)


def drawing_of(experiment: str, name: str) -> tuple[Callable, dict]:
    return PLAYS[f"{experiment}/{name}"], given(experiment)


def stored(site: Path, experiment: str, name: str, language: str = "en") -> bytes:
    """The one set of states that the site sends for a figure."""
    folder = site if language == "en" else site / language
    [file] = (folder / "assets/frames").glob(f"{experiment}-{name}-*.json")
    return file.read_bytes()


def drawn(function: Callable, given: dict, state: dict, language: str = "en") -> dict[str, object]:
    """What moves, as the page's own SVG of that state shows it: lists of lines, places, or texts."""
    svg = Svg(function(given, lambda key: key, **state), "a/b").in_words("title", language)
    found = {}
    for group in ElementTree.fromstring(svg.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1)).iter():
        if "data-moves" not in group.attrib:
            continue
        hidden = {item for defs in group.iter(f"{SVG}defs") for item in defs.iter()}
        shown = [item for item in group.iter() if item not in hidden and item.tag in (f"{SVG}path", f"{SVG}use", f"{SVG}text")]
        name = group.get("data-moves")
        if not shown:  # a marker beyond the canvas
            found[name] = None
            continue
        assert len(shown) == 1, f"{name}: the page moves one element, the drawing has {len(shown)}"
        [item] = shown
        if item.tag == f"{SVG}path":
            found[name] = strokes(item.get("d"))
        else:
            assert "transform" not in item.attrib
            place = [float(item.get("x")), float(item.get("y"))]
            found[name] = place if item.tag == f"{SVG}use" else [*place, item.text]
    return found


def compare(function: Callable, given: dict, states: dict, index: int, language: str = "en", loose: float = 0) -> None:
    """A state of the list against a drawing of its own, on the canvas; loose: where one of the two is simplified more."""
    state = play.grid(function)[index]
    picture = drawn(function, given, state, language)
    width, height = 72 * function(given, lambda key: key, **state).get_size_inches()
    assert set(picture) == set(states["moves"])
    for name, frame in zip(states["moves"], states["frames"][index]):
        if picture[name] is None:
            assert not (0 <= frame[0] <= width and 0 <= frame[1] <= height), (name, state)
            assert index != start_of(function), f"{name} is not there to be moved"
        elif isinstance(frame, str):
            seen = [cut(lines, width, height) for lines in (strokes(frame), picture[name])]
            assert apart(*seen) <= STEP + loose + 1e-6, (name, state)
        else:
            assert np.abs(np.subtract(frame[:2], picture[name][:2])).max() <= STEP + 1e-6, (name, state)
            if len(frame) > 2:
                words = dict(zip(LANGUAGES, (frame[2], frame[2], frame[-1])))
                assert words[language] == picture[name][2], (name, state)


def start_of(function: Callable) -> int:
    return play.grid(function).index({name: slider.values[slider.index] for name, slider in function.parameters.items()})


# The figures of the site ------------------------------------------------------


@every_figure
def test_frames_are_what_a_fresh_drawing_gives(site, experiment, name):
    function, given = drawing_of(experiment, name)
    states = json.loads(stored(site, experiment, name))
    for index in {start_of(function), *np.linspace(0, len(play.grid(function)) - 1, 8).round().astype(int).tolist()}:
        compare(function, given, states, index, loose=2 * SIMPLE)  # both are simplified


@every_figure
def test_one_frame_a_state_and_one_text_a_number(site, experiment, name):
    function, _ = drawing_of(experiment, name)
    states = json.loads(stored(site, experiment, name))
    count = int(np.prod([len(slider.values) for slider in function.parameters.values()]))
    assert len(states["frames"]) == count
    assert {len(frame) for frame in states["frames"]} == {len(states["moves"])}
    assert set(states["readings"]) == {"en", "de"}
    for texts in states["readings"].values():
        assert len(texts) == count and {len(numbers) for numbers in texts} == {len(states["reading"])}
    for english, german in zip(*states["readings"].values()):
        for one, other in zip(english, german):
            assert number_of(one.rstrip("%"), "en") == number_of(other.removesuffix("\u00a0%"), "de")
            assert re.sub(r"\D", "", one) == re.sub(r"\D", "", other)


@every_figure
def test_the_same_bytes_in_all_languages(site, experiment, name):
    """And from two computations: see test_determinism."""
    data = stored(site, experiment, name)
    assert all(stored(site, experiment, name, language) == data for language in LANGUAGES)


@every_figure
def test_frames_hold_no_words(site, experiment, name):
    states = json.loads(stored(site, experiment, name))
    assert set(states) == {"moves", "frames", "reading", "readings"}
    values = [text for frame in states["frames"] for item in frame for text in (item if isinstance(item, list) else [item])
              if isinstance(text, str)]
    values += [text for texts in states["readings"].values() for numbers in texts for text in numbers]
    assert not {text for text in values if re.search(r"[^MLlz\d.,\- \u2212\u202f\u00a0\u00b7×%⁰¹²³⁴⁵⁶⁷⁸⁹⁻]", text)}


@every_figure
def test_bytes_of_a_figure(site, experiment, name):
    assert len(gzip.compress(stored(site, experiment, name), 9)) <= FRAMES_LIMIT


def test_bytes_of_the_script(site):
    assert len(gzip.compress((site / "assets/play.js").read_bytes(), 9)) <= SCRIPT_LIMIT


def test_the_list_has_grid_frames_bytes_and_seconds(site, capsys):
    play.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["figure", "grid", "frames", "bytes", "gzip", "seconds"]
    assert len(lines) == 1 + len(FIGURES)
    for line in lines[1:]:
        [(experiment, name)] = [both for both in FIGURES if line.startswith("/".join(both) + " ")]
        function, _ = drawing_of(experiment, name)
        data = stored(site, experiment, name)
        grid = " x ".join(str(len(slider.values)) for slider in function.parameters.values())
        *_, frames, size, packed, seconds = line.replace(",", "").split()
        assert f" {grid} " in line and int(frames) == len(play.grid(function)) and float(seconds) > 0
        assert (int(size), int(packed)) == (len(data), len(gzip.compress(data, 9)))


# What the snippets give -------------------------------------------------------


class Box:
    """Axes on the canvas, in pixels. docs.builder.figure.canvas: margins left 52, right 20, top 34, bottom 46, and 56 between two axes."""

    def __init__(self, left: float, right: float, bottom: float, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.corner, self.size = np.array([left, bottom]), np.array([right - left, 34 - bottom])
        self.low, self.range = np.array([x[0], y[0]]), np.array([np.ptp(x), np.ptp(y)])

    def __call__(self, x, y) -> np.ndarray:
        return self.corner + (np.stack(np.broadcast_arrays(x, y), -1) - self.low) / self.range * self.size


EPOCHS = 300
LEFT, RIGHT = (52, 52 + 176), (284, 284 + 176)  # (480 - 52 - 20 - 56) / 2 = 176 px each


def drag(start: float, lr: float) -> tuple[dict, dict]:
    run = learning_slowdown.train_neuron(start / 2, start / 2, x=1.0, y=0.0, lr=lr, epochs=EPOCHS)
    line = Box(52, 460, 288 - 46, (0, EPOCHS), (0, 1))(np.arange(EPOCHS + 1), run.a)
    return ({"curve": line, "start": line[0]}, {"start": f"{run.a[0]:.2f}", "gradient": f"{run.dw[0]:.4f}", "end": f"{run.a[-1]:.2f}"})


def sides(start: float, lr: float) -> tuple[dict, dict]:
    drawing, numbers = {}, {}
    for name, snippet, edges in (("quadratic", learning_slowdown, LEFT), ("cross", cross_entropy, RIGHT)):
        a = snippet.train_neuron(start / 2, start / 2, x=1.0, y=0.0, lr=lr, epochs=EPOCHS).a
        line = Box(*edges, 230 - 46, (0, EPOCHS), (0, 1.05))(np.arange(EPOCHS + 1), a)
        drawing |= {name: line, f"{name}-start": line[0]}
        numbers |= {"start": f"{a[0]:.2f}", name: f"{a[-1]:.2f}"}
    return drawing, numbers


def logits(z1: float, z2: float, z3: float) -> tuple[dict, dict]:
    z = np.array([[z1, z2, z3]])
    loss, dz = softmax_cross_entropy(z, [0])
    drawing = {}
    for name, heights, edges, y in (("a", softmax(z)[0], LEFT, (0, 1)), ("dz", dz[0], RIGHT, (-1, 1))):
        box = Box(*edges, 230 - 46, (0.4, 3.6), y)
        for k, height in enumerate(heights, 1):
            drawing[f"{name}{k}"] = box(k + 0.31 * np.array([-1, 1, 1, -1, -1]), height * np.array([0, 0, 1, 1, 0]))
    return drawing, {"right": f"{softmax(z)[0, 0]:.2f}", "push": f"{dz[0, 0]:.2f}", "loss": f"{loss:.2f}"}


@pytest.mark.parametrize("name, snippets_give", [("learning_slowdown/drag", drag), ("cross_entropy/sides", sides), ("softmax/logits", logits)])
def test_an_experiment_draws_what_the_snippets_give(name, snippets_give):
    """The browser's tests trust the experiments; here three are computed once more, from the snippets alone."""
    for index in np.linspace(0, np.prod(lengths(name)) - 1, 20).round().astype(int).tolist():
        moving, reading = drawn_at(name, index)
        wanted, numbers = snippets_give(**state_at(name, index))
        assert {key: float(text) for key, text in reading.items()} == {key: float(text) for key, text in numbers.items()}
        assert moving.keys() == wanted.keys()
        for key, points in wanted.items():
            far = apart(moving[key], [points]) if points.ndim == 2 else np.abs(moving[key] - points).max()
            assert far < 1e-6, (key, index)


# What an author may draw ------------------------------------------------------


def small(**parameters: Slider) -> Callable:
    """A figure of two axes from 0 to 1; the function draws into them."""

    def mark(draw: Callable) -> Callable:
        def function(given, label, **state):
            drawing, [axes] = canvas()
            draw(axes, label, **state)
            axes.set(xlim=(0, 1), ylim=(0, 1))
            ticks(axes.xaxis, (0, 1))
            ticks(axes.yaxis, (0, 1))
            name_axes(axes, label("x"), label("y"))
            return drawing

        return figure(**parameters)(function)

    return mark


def pixels(x, y) -> np.ndarray:
    """docs.builder.figure.canvas: 480 x 288, margins left 52, right 20, top 34, bottom 46."""
    return np.stack([52 + 408 * np.asarray(x), 242 - 208 * np.asarray(y)], -1)


def test_the_last_parameter_changes_fastest():
    @small(a=Slider((0, 0.5), at=0), b=Slider((0.2, 0.4, 0.6), at=0.2))
    def function(axes, label, a, b):
        moves(axes.plot([a], [b], "o", color=TRAINS)[0], "dot")

    assert play.grid(function) == [{"a": a, "b": b} for a, b in itertools.product((0, 0.5), (0.2, 0.4, 0.6))]
    places = [dot for [dot] in play.frames(function, {})["frames"]]
    wanted = [pixels(a, b) for a in (0, 0.5) for b in (0.2, 0.4, 0.6)]
    assert np.abs(np.subtract(places, wanted)).max() <= STEP / 2 + 1e-6


def bowl(x, y, bend=4.0):
    return (x - 0.5) ** 2 + bend * (y - 0.5) ** 2


GRID = np.linspace(0, 1, 61)
LEVELS = (0.05, 0.2, 0.5)
TWENTY = Slider(tuple(np.round(np.linspace(0.05, 1, 20), 2)), at=0.35)


def descend(rate, momentum, steps=40):
    """A path on the bowl, from a corner."""
    p, v, path = np.array([0.05, 0.9]), np.zeros(2), []
    for _ in range(steps):
        path.append(p)
        v = 0.9 * momentum * v - 0.24 * rate * np.array([2, 8]) * (p - 0.5)
        p = p + v
    return np.array(path).T


@small(rate=TWENTY, momentum=TWENTY)
def valley(axes, label, rate, momentum):
    axes.contour(GRID, GRID, bowl(*np.meshgrid(GRID, GRID)), levels=LEVELS, colors=LINE, linewidths=1)
    x, y = descend(rate, momentum)
    moves(axes.plot(x, y, color=TRAINS)[0], "path")
    moves(axes.plot(x[-1:], y[-1:], "o", color=TRAINS)[0], "end")
    moves(note(axes, 0.6, 0.9, f"{bowl(x[-1], y[-1]):.4f}", va="baseline"), "loss")


@cache
def valley_frames() -> dict:
    return play.frames(valley, {})


def test_a_path_on_a_contour_plot_with_two_parameters_of_20_values():
    states = valley_frames()
    assert len(states["frames"]) == 400
    for index, state in enumerate(play.grid(valley)):
        path, end, _ = states["frames"][index]
        points = pixels(*descend(**state))
        assert apart(strokes(path), [points]) <= STEP
        assert np.abs(end - points[-1]).max() <= STEP
    for index in (0, 19, 20, 137, 399):
        compare(valley, {}, states, index)
    assert len(gzip.compress(play.pack(states), 9)) <= FRAMES_LIMIT


def test_contours_that_stand_still_are_on_the_page_once():
    svg = Svg(valley({}, lambda key: key, rate=0.35, momentum=0.35), "a/b").in_words("title", "en")
    assert svg.count(f'stroke="var(--rule)" /><path') >= len(LEVELS) - 1


@small(bend=Slider(np.linspace(1, 8, 8), at=4), level=Slider((0.02, 0.05, 0.1), at=0.05))
def bent(axes, label, bend, level):
    contours = axes.contour(GRID, GRID, bowl(*np.meshgrid(GRID, GRID), bend), levels=(level, 3 * level, 9 * level),
                            colors=THEORY, linewidths=1)
    moves(contours, "levels")


def test_contours_that_move():
    states = play.frames(bent, {})
    for index, state in enumerate(play.grid(bent)):
        [[data]] = [states["frames"][index]]
        lines = strokes(data)
        assert len(lines) >= 3
        for line in lines:
            x, y = (line[:, 0] - 52) / 408, (242 - line[:, 1]) / 208
            here = bowl(x, y, state["bend"])
            level = min((1, 3, 9), key=lambda k: abs(k * state["level"] - np.median(here))) * state["level"]
            assert np.abs(here - level).max() <= 0.006, state     # the plot's own grid is 1/60 wide
        compare(bent, {}, states, index, loose=SIMPLE)


def test_contours_in_several_looks_cannot_move_as_one():
    @small(a=Slider((0.2, 0.4), at=0.2))
    def function(axes, label, a):
        moves(axes.contour(GRID, GRID, bowl(*np.meshgrid(GRID, GRID)), levels=(a, 2 * a), colors=(TRAINS, FAILS)), "levels")

    with pytest.raises(FigureError, match="levels.*look"):
        Svg(function({}, lambda key: key, a=0.2), "a/b").in_words("title", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ha", ["left", "center", "right"])
def test_text_that_moves(language, ha):
    @small(a=Slider((-0.25, 0.5, 0.75), at=0.5))
    def function(axes, label, a):
        moves(note(axes, 0.3, abs(a), f"{a:.2f}", TRAINS, va="baseline", ha=ha), "value")

    states = play.frames(function, {})
    assert states["frames"][0][0][-1] == "\u22120,25", "numbers as the language writes them"
    for index in range(3):
        compare(function, {}, states, index, language)


def test_words_move_without_being_in_the_frames():
    @small(a=Slider((0.25, 0.5), at=0.5))
    def function(axes, label, a):
        moves(note(axes, a, a, label("name"), INK, va="baseline"), "name")

    states = play.frames(function, {})
    assert [len(place) for [place] in states["frames"]] == [2, 2]
    assert "name" not in json.dumps(states["frames"])
    compare(function, {}, states, 0)


def test_a_line_moves_on_logarithmic_axes():
    @figure(power=Slider((1, 2, 3), at=1))
    def function(given, label, power):
        drawing, [axes] = canvas()
        x = np.array([1, 3, 10, 100])
        moves(axes.plot(x, 0.5 * x**power, color=TRAINS)[0], "line")
        axes.set(xscale="log", yscale="log", xlim=(1, 100), ylim=(0.1, 1e6))
        for axis in (axes.xaxis, axes.yaxis):
            ticks(axis, (1, 10))
        return drawing

    states = play.frames(function, {})
    for index in range(3):
        compare(function, {}, states, index)


def test_gaps_in_a_line_stay_gaps():
    @small(a=Slider((0.25, 0.5), at=0.5))
    def function(axes, label, a):
        moves(axes.plot([0, 0.2, 0.4, 0.6, 0.8, 1], [a, a, np.nan, a, a / 2, a], color=TRAINS)[0], "line")

    states = play.frames(function, {})
    assert len(strokes(states["frames"][0][0])) == 2
    compare(function, {}, states, 0)


def test_curves_move_as_straight_segments():
    @small(a=Slider((0.1, 0.25, 0.5), at=0.5))
    def function(axes, label, a):
        moves(axes.add_patch(Circle((0.5, 0.5), a)), "circle")

    angle = np.linspace(0, 2 * np.pi, 721)
    for [circle], a in zip(play.frames(function, {})["frames"], (0.1, 0.25, 0.5)):
        wanted = pixels(0.5 + a * np.cos(angle), 0.5 + a * np.sin(angle))
        assert apart(strokes(circle), [wanted]) <= STEP + SIMPLE


# Mistakes ---------------------------------------------------------------------


def test_two_markers_in_one_moving_line():
    @small(a=Slider((0.25, 0.5), at=0.5))
    def function(axes, label, a):
        moves(axes.plot([0.1, 0.2], [a, a], "o")[0], "dots")

    with pytest.raises(ValueError, match="one marker"):
        play.frames(function, {})


def test_markers_on_a_moving_line():
    @small(a=Slider((0.25, 0.5), at=0.5))
    def function(axes, label, a):
        moves(axes.plot([0.1, 0.2], [a, a], "o-")[0], "line")

    with pytest.raises(ValueError, match="marker"):
        play.frames(function, {})


@pytest.mark.parametrize("look", [{}, {"va": "baseline", "rotation": 30}])
def test_text_off_its_baseline_cannot_move(look):
    @small(a=Slider((0.25, 0.5), at=0.5))
    def function(axes, label, a):
        moves(note(axes, a, a, "1", **look), "value")

    with pytest.raises(ValueError, match="baseline"):
        play.frames(function, {})


def test_a_figure_that_is_drawn_afterwards_has_a_canvas_of_its_own():
    """The states of a play figure share one. On it a later figure would find the ticks of this one."""

    @small(a=Slider((0, 1), at=0))
    def function(axes, label, a):
        moves(axes.plot([0, a])[0], "line")

    play.frames(function, {})
    assert canvas()[0] is not canvas()[0]


def test_an_error_in_one_state_of_many_is_the_authors_own():
    @small(a=Slider(np.linspace(0, 1, 30), at=0))
    def function(axes, label, a):
        if a > 0.9:
            raise ArithmeticError("too far")
        moves(axes.plot([0, 1], [a, a])[0], "line")

    with pytest.raises(ArithmeticError, match="too far"):
        play.frames(function, {})


def test_a_slider_starts_at_one_of_its_values():
    with pytest.raises(ValueError, match=r"at=0\.3 is none of its values"):
        Slider((0.1, 0.2), at=0.3)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reading", ["It is {nothing}.", "It is {}.", "It is {start"])
def test_a_reading_that_asks_for_an_unknown_number(site, language, reading):
    filler = Filler(None, language)
    filler.page = page.read(DOCS / language / "learning-slowdown.md")
    grid = results("learning_slowdown").figures["drag"]
    words = filler.page.figure("drag")
    filler.controls(ElementTree.Element("figure"), "drag", grid, words)
    with pytest.raises(PageError, match=r"^docs/\w\w/learning-slowdown\.md:\d+: figure 'drag': the reading asks for .*"
                                        r"known are start, gradient, end$"):
        filler.controls(ElementTree.Element("figure"), "drag", grid, replace(words, reading=reading))
