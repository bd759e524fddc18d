"""Runs the reader's code inside Pyodide as `python file.py` would: a fresh namespace, fresh randomness, a readable traceback.

The worker (assets/worker.js) calls `reseed` after loading a snapshot, and for each run `missing`, `run`, `tidy`.
"""
import ast
import gc
import io
import json
import linecache
import os
import random
import sys
import traceback
import types
import warnings

import numpy as np

# What NumPy says of an array that no 32-bit memory can hold.
TOO_LARGE = ("Maximum allowed dimension exceeded", "array is too big", "Maximum allowed size exceeded")
LONGEST_TRACEBACK = 6000    # characters; an error's own text can be any length

send_figure = None          # the worker's function for the current run, called with the bytes of a PNG


class NoKeyboard(EOFError):
    """The code asks for input."""


class _Keyboard(io.TextIOBase):
    """Standard input in a place where nobody can type."""

    def readline(self, size=-1):
        raise NoKeyboard("there is no keyboard input in this page")

    read = readline


def missing(source):
    """JSON list of the modules that the code imports and Python has not loaded. Empty where the code has a syntax error."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "[]"
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return json.dumps(sorted(names - sys.modules.keys()))


def run(source, filename):
    """Run the code; output goes to stdout and stderr.

    Returns JSON. kind: done, error, memory, input, import (a module that may be found once the library is complete).
    line: the reader's line that failed, or null. text: the traceback, cut to the reader's frames.
    """
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    _fresh(filename)
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__file__ = filename
    try:
        with warnings.catch_warnings(), np.errstate(), np.printoptions():
            exec(compile(source, filename, "exec", dont_inherit=True), main.__dict__)
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].show()
        result = {"kind": "done", "line": None, "text": ""}
    except SystemExit as stop:
        failed = stop.code not in (None, 0)
        result = {"kind": "error" if failed else "done", "line": None, "text": f"{stop.code}\n" if failed else ""}
    except BaseException as error:
        result = _report(error, filename)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    return json.dumps(result)


def reseed():
    """New random states: those of a memory snapshot are the same in every browser, and a script before may have set them."""
    random.seed()
    np.random.seed()


def tidy():
    """Free what the last run left behind, and make the random states new; done between runs, so that no reader waits for it."""
    sys.modules["__main__"] = types.ModuleType("__main__")
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib"].rcdefaults()
        sys.modules["matplotlib.pyplot"].close("all")
    reseed()
    gc.collect()


def _fresh(filename):
    """The streams, the arguments and the folder that a new process would have."""
    sys.stdin, sys.stdout, sys.stderr = _Keyboard(), sys.__stdout__, sys.__stderr__
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    sys.argv = [filename]
    os.chdir("/home/pyodide")


def _report(error, filename):
    tree = traceback.TracebackException.from_exception(error, compact=True)
    kind = "error"
    for cause, name in ((MemoryError, "memory"), (NoKeyboard, "input"), (ImportError, "import")):
        if isinstance(error, cause):
            kind = name
    if isinstance(error, ValueError) and str(error).startswith(TOO_LARGE):
        kind = "memory"
    line = None
    if isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    for frame in tree.stack:
        if frame.filename == filename:
            line = frame.lineno
    _cut(tree, filename)
    text = "".join(tree.format())
    if len(text) > LONGEST_TRACEBACK:
        half = LONGEST_TRACEBACK // 2
        text = f"{text[:half]}\n[...]\n{text[-half:]}"
    return {"kind": kind, "line": line, "text": text}


def _cut(tree, filename):
    """Keep the frames of the reader's file and of the snippets, here and in every exception that this one came from."""
    if tree is None:
        return
    tree.stack = traceback.StackSummary.from_list(
        [frame for frame in tree.stack if frame.filename == filename or "/snippets/" in frame.filename])
    for other in (tree.__cause__, tree.__context__, *(tree.exceptions or ())):
        _cut(other, filename)


gc.freeze()     # what is loaded by now stays loaded: collections need not look at it again
