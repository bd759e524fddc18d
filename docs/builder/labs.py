"""Labs: programs in cells, run once for all languages.

docs/labs/rescue.py is cut into cells by lines `# %% name`; the page
docs/<language>/lab-rescue.md shows a cell, and what it prints and draws, where
it says `::: cell name`. The cells share one namespace, from top to bottom. The
cell `facts` is shown nowhere: its FACTS = {name: (value, format)} are what the
page may quote.

A lab runs in a process of its own (docs/builder/apart.py).
"""

import contextlib
import io
import json
import math
import os
import re
import traceback
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import apart
from .project import CACHE, LABS, LANGUAGES, PageError
from .results import LOOK, SECONDS, Results, fingerprint, imports, versions

MARK = re.compile(r"^# %% ?(.*)$", re.M)
HIDDEN = "facts"
WORDS = "what the page says of the drawing"  # stands for the alt text until the page gives it


@dataclass(frozen=True)
class Shown:
    """What a cell prints, and what it draws in each language."""

    text: str
    drawings: dict[str, str]


def names() -> list[str]:
    return sorted(path.stem for path in LABS.glob("*.py"))


def cells(name: str) -> dict[str, str]:
    """The code of each cell, in order."""
    return {cell: code for cell, (_, code) in _cut(LABS / f"{name}.py").items()}


def _cut(path: Path) -> dict[str, tuple[int, str]]:
    """First line and code of each cell."""
    text = path.read_text("utf-8")
    marks = list(MARK.finditer(text))
    found: dict[str, tuple[int, str]] = {}
    for mark, after in zip(marks, [*marks[1:], None]):
        line = text.count("\n", 0, mark.start()) + 1
        if not re.fullmatch(r"[a-z_]+", mark[1]) or mark[1] in found:
            raise PageError(path, line, f"a cell begins with # %% and a name of its own, got {mark[0]!r}")
        code = text[mark.end() + 1:after.start() if after else len(text)]
        found[mark[1]] = line + 1, code.strip("\n") + "\n"
    if list(found)[-1:] != [HIDDEN]:
        raise PageError(path, 1, f"the last cell is # %% {HIDDEN}")
    return found


@cache
def outcome(name: str) -> tuple[Results, dict[str, Shown]]:
    """A lab's facts and what its cells show; runs it where needed."""
    path = LABS / f"{name}.py"
    _cut(path)
    kept = CACHE / "labs" / f"{name}-{fingerprint(*sorted(imports(path)), versions(), *LOOK)}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        answer = apart.run(path, "labs", {"answer": str(part)}, SECONDS["lab"])
        if "error" in answer:
            part.unlink()
            raise PageError(path, answer["line"], answer["error"])
        part.replace(kept)
    answer = json.loads(kept.read_text("utf-8"))
    return (Results({key: (value, form) for key, (value, form) in answer["facts"].items()}, {}),
            {cell: Shown(**shown) for cell, shown in answer["cells"].items()})


# In the process that runs a lab -----------------------------------------------


class CellError(Exception):
    """What a cell did wrong, and in which line of the file."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def work(name: str) -> dict:
    """Run all cells; what they print and draw, and the facts."""
    from matplotlib import pyplot

    _set_style()
    path = LABS / f"{name}.py"
    space: dict = {"__name__": "__main__"}
    shown = {}
    for cell, (line, code) in _cut(path).items():
        text = _run(path, line, code, space)
        drawings = _draw(f"lab-{name.replace('_', '-')}/{cell}", line)
        if cell == HIDDEN and (text or drawings):
            raise CellError(line, f"the cell {HIDDEN} prints or draws, and is shown nowhere")
        if cell != HIDDEN:
            shown[cell] = {"text": text, "drawings": drawings}
        pyplot.close("all")
    if "FACTS" not in space:
        raise CellError(line, f"the cell {HIDDEN} gives no FACTS")
    return {"facts": {key: (float(value), form) for key, (value, form) in space["FACTS"].items()}, "cells": shown}


def _set_style() -> None:
    """A lab draws as its readers do at home; here it gets the site's size, colours and margins."""
    import matplotlib

    from .figure import FAILS, HEIGHT, RC, THEORY, THIRD, TRAINS, WIDTH, set_style

    set_style()
    colors = [TRAINS, FAILS, THIRD, TRAINS, FAILS, THIRD, THEORY, THEORY]  # C0 trains, C1 fails, C2 a third, C7 theory
    matplotlib.rcParams.update({
        "axes.prop_cycle": matplotlib.cycler(color=colors), "axes.titlesize": RC["font.size"], "axes.titlecolor": THEORY,
        "figure.figsize": (WIDTH / 72, HEIGHT / 72), "figure.constrained_layout.use": True, "legend.frameon": False,
    })  # fmt: skip


def _run(path: Path, line: int, code: str, space: dict) -> str:
    """What a cell prints. A warning is an error: a reader would see it too."""
    printed = io.StringIO()
    program = compile("\n" * (line - 1) + code, str(path), "exec")
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "FigureCanvas")  # plt.show() where nobody looks
            exec(program, space)
    except Exception as error:  # whatever a lab does wrong, the build names it
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        raise CellError(lines[-1], f"fails: {type(error).__name__}: {error}") from None
    return printed.getvalue()


def _draw(name: str, line: int) -> dict[str, str]:
    """The drawing that a cell leaves, in each language."""
    from matplotlib import pyplot

    from .figure import FigureError, Svg

    numbers = pyplot.get_fignums()
    if not numbers:
        return {}
    if len(numbers) > 1:
        raise CellError(line, f"draws {len(numbers)} figures; a cell draws one")
    figure = pyplot.figure(numbers[0])
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _set_ticks(axis)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)  # the browser has it
        figure.draw_without_rendering()  # the margins
    try:
        drawing = Svg(figure, name)
        return {language: drawing.in_words(WORDS, language) for language in LANGUAGES}
    except FigureError as error:
        raise CellError(line, str(error)) from None


def _set_ticks(axis) -> None:
    """The ticks that Matplotlib chose, where one sees them, written as everywhere on the site; an author's own stay."""
    from matplotlib.ticker import LogFormatter, ScalarFormatter

    from .figure import log_ticks, ticks

    if not isinstance(axis.get_major_formatter(), (LogFormatter, ScalarFormatter)):
        return
    low, high = sorted(axis.get_view_interval())
    seen = [value for value in axis.get_majorticklocs() if low <= value <= high]
    if axis.get_scale() == "log":
        log_ticks(axis, [round(math.log10(value)) for value in seen])
    else:
        ticks(axis, seen)


def main(name: str, job: dict) -> None:
    """Write facts and what the cells show, or what is wrong, to job["answer"]."""
    try:
        result = work(name)
    except CellError as error:
        result = {"error": str(error), "line": error.line}
    except SyntaxError as error:
        result = {"error": f"cannot be read as Python: {error.msg}", "line": error.lineno or 1}
    Path(job["answer"]).write_text(json.dumps(result), "utf-8")
