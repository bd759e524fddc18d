"""What a reader gets who changes one line of a snippet: the changed file, run."""

import inspect
from types import ModuleType, SimpleNamespace


def changed(snippet: ModuleType, line: str, new: str) -> SimpleNamespace:
    """The names of the snippet's file after `line`, which stands in it once, became `new`."""
    source = inspect.getsource(snippet)
    if source.count(line) != 1:
        raise ValueError(f"{line!r} stands {source.count(line)} times in {snippet.__name__}")
    names: dict = {"__name__": snippet.__name__}
    exec(compile(source.replace(line, new), f"{snippet.__name__}, changed", "exec"), names)
    return SimpleNamespace(**names)
