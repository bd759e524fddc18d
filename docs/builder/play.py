"""Play figures: every state is computed when the site is built.

A play figure is drawn at each point of its parameters' grid. What
`moves(artist, name)` marked becomes a frame: the path of a line, a bar or a
contour, the place of a point, the place and words of a text. A script of the
page swaps them while the reader drags. Frames hold no words of a language, so
there is one set for all three.

    python -m docs.builder.play     lists grid, frames, bytes and seconds
"""

import gzip
import itertools
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .numbers import localize
from .project import LANGUAGES, write_whole


def grid(function: Callable) -> list[dict[str, float]]:
    """All states, the last parameter changing fastest."""
    names = list(function.parameters)
    values = [function.parameters[name].values for name in names]
    return [dict(zip(names, point)) for point in itertools.product(*values)]


def frames(function: Callable, results: dict) -> dict:
    """Every state of a play figure, drawn on all cores."""
    from .figure import kept_canvases

    states = grid(function)
    global _task
    _task = function, results  # inherited by the forked workers; nothing to pickle
    cores = os.cpu_count() or 1
    with kept_canvases():
        if len(states) < 20 or cores == 1 or "fork" not in multiprocessing.get_all_start_methods():
            drawn = list(map(_frame, states))
        else:
            with ProcessPoolExecutor(cores, multiprocessing.get_context("fork")) as pool:
                drawn = list(pool.map(_frame, states, chunksize=max(1, len(states) // (8 * cores))))
    names, readings = list(drawn[0][0]), list(drawn[0][1])
    return {
        "moves": names,
        "frames": [[moving[name] for name in names] for moving, _ in drawn],
        "reading": readings,
        "readings": {
            language: [[localize(reading[name], language) for name in readings] for _, reading in drawn]
            for language in LANGUAGES
            if language != "zh"  # as in English
        },
    }


_task: tuple[Callable, dict]


def _frame(state: dict[str, float]) -> tuple[dict, dict]:
    """What moves, and the numbers of the reading, at one state."""
    from .figure import drawn, word

    function, results = _task
    drawing = function(results, word, **state)
    height = drawing.get_figheight() * 72
    moving = {}
    for artist in drawn(drawing):
        if str(artist.get_gid() or "").startswith("play-"):
            moving[artist.get_gid().removeprefix("play-")] = _place(artist, height)
    return moving, getattr(drawing, "reading", {})


def _place(artist, height: float):
    """A path, a point [x, y] or a text [x, y, words], in the SVG's coordinates."""
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    from .figure import A_WORD

    if isinstance(artist, Text):
        if artist.get_verticalalignment() != "baseline" or artist.get_rotation():
            raise ValueError("moves(): a text that moves is upright and stands on its baseline: va='baseline'")
        text = artist.get_text()
        words = () if A_WORD.search(text) else dict.fromkeys(localize(text, language) for language in ("en", "de"))
        return [*_point(artist.get_transform().transform(artist.get_position()), height), *words]
    if isinstance(artist, Collection):
        transform = artist.get_transform()
        return "".join(_path(path, transform, height) for path in artist.get_paths())
    if isinstance(artist, Line2D) and artist.get_marker() != "None":
        points = artist.get_transform().transform(artist.get_xydata())
        if artist.get_linestyle() != "None" or len(points) != 1:
            raise ValueError("moves(): one marker moves, or a line without markers; draw each on its own")
        return _point(points[0], height)
    return _path(artist.get_path(), artist.get_transform(), height)


def _point(place, height: float) -> list[float]:
    return [round(float(place[0]), 1), round(float(height - place[1]), 1)]


def _path(path, transform, height: float) -> str:
    """SVG path data in steps of 0.1 px, relative, as short as it can be said."""
    from matplotlib.path import Path as Lines

    path = transform.transform_path(path)  # cleaned() knows straight axes only
    clean = path.cleaned(remove_nans=True, simplify=len(path.vertices) > 40,
                         clip=(-1000, -1000, 2000, 2000))  # fmt: skip
    text, here, command = [], (0, 0), ""
    for (x, y), code in zip(clean.vertices, clean.codes):
        if code == Lines.STOP:
            break
        if code == Lines.CLOSEPOLY:
            text.append("z")
            command = ""
            continue
        if code not in (Lines.MOVETO, Lines.LINETO):
            raise ValueError("moves(): only straight segments can move; curves cannot")
        point = round(x * 10), round((height - y) * 10)
        if code == Lines.MOVETO:
            text.append("M" + _pair(*point))
            command = ""
        elif point != here:
            text.append(("" if command == "l" else "l") + _pair(point[0] - here[0], point[1] - here[1], command == "l"))
            command = "l"
        here = point
    return "".join(text)


def _pair(x: int, y: int, separate: bool = False) -> str:
    first, second = _tenths(x), _tenths(y)
    return ((" " if separate and first[0] != "-" else "") + first
            + (" " if second[0] != "-" else "") + second)  # fmt: skip


def _tenths(value: int) -> str:
    """A tenth of a whole number, without leading or trailing zeros."""
    return f"{value / 10:g}".replace("0.", ".", 1) if 0 < abs(value) < 10 else f"{value / 10:g}"


def pack(content: dict) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    """List the play figures: grid, frames, bytes as stored and compressed, seconds to compute."""
    from . import results

    print(f"{'figure':32} {'grid':>14} {'frames':>6} {'bytes':>9} {'gzip':>8} {'seconds':>8}")
    for name in results.experiment_names():
        if not results.pages_of(name):
            continue
        for figure, parameters in results.results(name).figures.items():
            if parameters:
                file = results.frames_file(name, figure)
                data = file.read_bytes()
                shape = [len(item["values"]) for item in parameters.values()]
                seconds = float(file.with_suffix(".seconds").read_text())
                print(f"{name + '/' + figure:32} {' x '.join(map(str, shape)):>14} {len(json.loads(data)['frames']):6} "
                      f"{len(data):9,} {len(gzip.compress(data, 9)):8,} {seconds:8.2f}")


def write(function: Callable, results: dict, file: Path) -> None:
    """Compute the frames of a figure, once."""
    start = time.monotonic()
    data = pack(frames(function, results))
    file.with_suffix(".seconds").write_text(f"{time.monotonic() - start:.2f}")
    write_whole(file, data)


if __name__ == "__main__":
    main()
