"""The site's play figures, found by themselves, and what their experiments draw at a state."""

import importlib
import pickle
import re
from collections.abc import Callable
from functools import cache

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path as Outline
from matplotlib.text import Text

from docs.builder.experiment import figures_of
from docs.builder.project import EXPERIMENTS
from docs.builder.results import frames_file, results

PLAYS: dict[str, Callable] = {
    f"{file.stem}/{name}": function for file in sorted(EXPERIMENTS.glob("[!_]*.py"))
    for name, function in figures_of(importlib.import_module(f"docs.experiments.{file.stem}")).items() if function.parameters}
WORD = "\0"  # a word of the page stands there


@cache
def given(experiment: str) -> dict:
    """What the experiment's run() returned when the site was built; test_determinism runs it again."""
    results(experiment)
    figure = next(name for name in PLAYS if name.startswith(f"{experiment}/"))
    return pickle.loads((frames_file(*figure.split("/")).parent / "results.pickle").read_bytes())


def lengths(figure: str) -> list[int]:
    return [len(slider.values) for slider in PLAYS[figure].parameters.values()]


def state(figure: str, index: int) -> dict[str, float]:
    """The sliders' values at a state; the last one changes fastest."""
    places = np.unravel_index(index, lengths(figure))
    return {name: slider.values[k] for (name, slider), k in zip(PLAYS[figure].parameters.items(), places)}


@cache
def drawn_at(figure: str, index: int) -> tuple[dict, dict[str, str]]:
    """What moves, and the numbers of the reading, drawn for this state alone."""
    drawing = PLAYS[figure](given(figure.split("/")[0]), lambda key: WORD, **state(figure, index))
    return {artist.get_gid().removeprefix("play-"): _place(artist, drawing) for artist in drawing.findobj(_moves)}, drawing.reading


def _moves(artist: Artist) -> bool:
    return str(artist.get_gid() or "").startswith("play-")


def _place(artist: Artist, drawing: Figure) -> list[np.ndarray] | np.ndarray | tuple[np.ndarray, str]:
    """Lines, a point, or a point with its text, as Matplotlib itself places them; y from the top, as in SVG."""
    height, to_canvas = drawing.get_figheight() * 72, artist.get_transform()
    if isinstance(artist, Text):
        return _from_top(to_canvas.transform(artist.get_position()), height), artist.get_text()
    if isinstance(artist, Line2D) and artist.get_marker() != "None":
        return _from_top(to_canvas.transform(artist.get_xydata()[0]), height)
    outlines = artist.get_paths() if isinstance(artist, Collection) else [artist.get_path()]
    return [line for outline in outlines for line in _lines(to_canvas.transform_path(outline), height)]


def _from_top(points: np.ndarray, height: float) -> np.ndarray:
    return np.array([0, height]) + np.array([1, -1]) * points


def _lines(outline: Outline, height: float) -> list[np.ndarray]:
    clean = outline.cleaned(remove_nans=True, simplify=False)  # curves become segments
    lines: list[list] = []
    for point, code in zip(clean.vertices, clean.codes):
        if code == Outline.STOP:
            break
        if code == Outline.MOVETO:
            lines.append([])
        lines[-1].append(lines[-1][0] if code == Outline.CLOSEPOLY else point)
    return [_from_top(np.array(line), height) for line in lines]


# Numbers ----------------------------------------------------------------------


def number_of(text: str, language: str) -> float:
    """Reads a number as the language writes it; refuses any other way."""
    pattern = {"de": r"−?\d{1,4}(,\d+)?|−?\d{1,3}(\u202f\d{3})+(,\d+)?"}.get(
        language, r"−?\d{1,4}(\.\d+)?|−?\d{1,3}(,\d{3})+(\.\d+)?")
    head, _, power = text.partition("\u00a0·\u00a010" if language == "de" else "\u00a0×\u00a010")
    assert re.fullmatch(pattern, head), f"{text!r} is no {language} number"
    head = head.replace("\u202f", "").replace(",", ".") if language == "de" else head.replace(",", "")
    exponent = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or "0"
    return float(f"{head.replace('−', '-')}e{exponent}")


def says(text: str, printed: str, language: str) -> bool:
    """Whether a text is, in the language, what Python printed: the same number to the same digits."""
    percent = ("\u00a0%" if language == "de" else "%") if printed.endswith("%") else ""
    digits = re.sub(r"\D", "", printed.partition("e")[0])
    return (text.endswith(percent) and number_of(text.removesuffix(percent), language) == float(printed.removesuffix("%"))
            and re.sub(r"\D", "", text).startswith(digits))
