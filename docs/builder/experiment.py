"""What a file under docs/experiments can use, and the process that runs it.

An experiment is a module with

    run()              does the work; returns a dict of arrays and numbers
    facts(r)           what the page may quote: {name: (value, format)}
    @figure functions  draw: (r, label) -> Matplotlib figure

`r` is what run() returned; `label("epoch")` stands for the word under that key
in the page's front matter: a figure is drawn once, then the words of each
language take their places. A play figure names its parameters,

    @figure(start=Slider(values, at=2.0), rate=Slider(values, at=0.15))
    def outputs(r, label, start, rate): ...

(or `kind=choice("step", "cosine")`, a slider from word to word of its labels)
and is drawn at every point of their grid; what changes is marked by
`moves(artist, name)`, and `read(figure, final=(value, ".2f"))` gives the
numbers of its one-line reading.

An experiment runs in a process of its own (docs/builder/apart.py); results.py
says what for.
"""

import importlib
import json
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import play
from .numbers import localize, plain
from .project import write_whole

Number = tuple[float, str]  # a value and how Python formats it, e.g. (0.094, ".3f")


@dataclass(frozen=True)
class Slider:
    """A parameter that the reader drags: its values, in order, and the first."""

    values: tuple[float, ...]
    at: float
    form: str = "g"
    names: tuple[str, ...] = ()  # where a value is a choice: its key among the figure's labels

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(float(value) for value in self.values))
        if self.at not in self.values:
            raise ValueError(f"Slider: at={self.at} is none of its values")

    @property
    def index(self) -> int:
        return self.values.index(self.at)


def choice(*names: str) -> Slider:
    """A slider whose values 0, 1, 2 ... stand for words, which the page gives."""
    return Slider(tuple(range(len(names))), at=0, names=names)


def figure(*args: Callable, **parameters: Slider) -> Callable:
    """Marks a function of an experiment as a figure of its page."""

    def mark(function: Callable) -> Callable:
        function.parameters = parameters
        return function

    return mark(*args) if args else mark


def read(drawing, **numbers: Number) -> None:
    """The numbers of a play figure's reading, at the state that is drawn."""
    drawing.reading = {name: plain(*number) for name, number in numbers.items()}


def frames_name(figure: str, look: str) -> str:
    return f"{figure}.{look}.json"


def figures_of(module) -> dict[str, Callable]:
    return {name: item for name, item in vars(module).items() if hasattr(item, "parameters")}


def fill_facts(text: str, facts: dict[str, Number], language: str) -> str:
    """{{ name }} in a label becomes the number."""
    from .figure import FigureError
    from .page import FACT

    def number(match) -> str:
        if match[1] not in facts:
            raise FigureError(f"unknown fact {match[1]!r}; known are {', '.join(facts)}")
        return localize(plain(*facts[match[1]]), language)

    return FACT.sub(number, text)


def work(name: str, job: dict) -> dict:
    """Run what is missing, draw what is missing; return facts and figure names."""
    folder = Path(job["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"docs.experiments.{name}")
    store = folder / "results.pickle"
    if store.exists():
        results = pickle.loads(store.read_bytes())
    else:
        results = module.run()
        write_whole(store, pickle.dumps(results))
    facts = {key: (float(value), form) for key, (value, form) in module.facts(results).items()}
    drawings = figures_of(module)
    for figure in dict.fromkeys(task["figure"] for task in job["figures"]):
        _draw(drawings, results, facts, [task for task in job["figures"] if task["figure"] == figure])
    for key, function in drawings.items():
        file = folder / frames_name(key, job["look"])
        if function.parameters and not file.exists():
            play.write(function, results, file)
    return {"facts": facts, "figures": {key: _grid(item) for key, item in drawings.items()}}


def _grid(function: Callable) -> dict:
    return {name: {"values": slider.values, "at": slider.index, "form": slider.form, "names": slider.names}
            for name, slider in function.parameters.items()}


def _draw(drawings: dict, results: dict, facts: dict, tasks: list[dict]) -> None:
    """A figure, in the words of each language that wants it."""
    from .figure import FigureError, Svg, word

    task = tasks[0]
    function = drawings.get(task["figure"])
    if function is None:
        raise WordError(task, "figure", f"no figure {task['figure']!r} in the experiment; "
                                        f"it has {', '.join(drawings) or 'none'}")
    used: dict[str, None] = {}

    def label(key: str) -> str:
        used[key] = None
        return word(key)

    for parameter, slider in function.parameters.items():
        for key in (parameter, *slider.names):
            label(key)  # the slider's own
    try:
        drawing = Svg(function(results, label, **{name: slider.at for name, slider in function.parameters.items()}), task["name"])
        for task in tasks:
            _check_labels(task, list(used))
            svg = drawing.in_words(task["alt"], task["language"],
                                   lambda key: fill_facts(task["labels"][key], facts, task["language"]))
            write_whole(Path(task["file"]), svg.encode())
    except FigureError as error:
        raise WordError(task, "figure", f"figure {task['figure']!r}: {error}") from None


def _check_labels(task: dict, used: list[str]) -> None:
    for key in used:
        if key not in task["labels"]:
            raise WordError(task, "label", f"figure {task['figure']!r} needs a label {key!r}")
    for key in sorted(set(task["labels"]) - set(used)):
        raise WordError(task, "label", f"figure {task['figure']!r} has no label {key!r}; "
                                       f"it has {', '.join(sorted(used))}", key)


class WordError(Exception):
    """The page's words do not fit the figure."""

    def __init__(self, task: dict, kind: str, message: str, name: str = "") -> None:
        super().__init__(message)
        self.where = {"kind": kind, "figure": task["figure"], "language": task["language"], "label": name}


def main(name: str, job: dict) -> None:
    """Write facts and figures, or what is wrong, to job["answer"]."""
    try:
        result = work(name, job)
    except WordError as error:
        result = {"error": str(error), "where": error.where}
    except Exception:  # whatever an experiment does wrong, the build names it
        result = {"error": traceback.format_exc()}
    write_whole(Path(job["answer"]), json.dumps(result).encode())
