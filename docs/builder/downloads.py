"""What a reader takes along besides a page: the snippets as a package, the whole site as an archive, and its table of contents for programs."""

import hashlib
import os
import shutil
import zipfile
from functools import cache
from pathlib import Path
from unittest.mock import patch

from flit_core.wheel import make_wheel_in

from . import runtime
from .project import CACHE, ROOT, SNIPPETS
from .results import fingerprint

EPOCH = "1577836800"  # 2020-01-01: an archive's files carry a date, and two builds shall give the same bytes
ARCHIVE, FOLDER = "unstuck-site.zip", "unstuck/"  # and what it becomes when it is unpacked
HOW = """This is the whole site. Unpack it, then, in this folder:

    python -m http.server

and open http://localhost:8000/ in a browser. Nothing is fetched from anywhere else.
"""


@cache  # a build asks for it on every page
def wheel() -> Path:
    """The package of the snippets; built again when one of its files has changed."""
    made_of = [ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE", *sorted(SNIPPETS.glob("*.py"))]
    folder = CACHE / "wheels" / fingerprint(*made_of)
    if not any(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        with patch.dict(os.environ, SOURCE_DATE_EPOCH=EPOCH):
            make_wheel_in(ROOT / "pyproject.toml", folder)
    return next(folder.glob("*.whl"))


def archive(site: Path) -> None:
    """The built site in one file, which lies in the site too."""
    files = sorted(path for path in site.rglob("*") if path.is_file() and path != site / ARCHIVE)
    digest = hashlib.sha256(HOW.encode())
    for path in files:
        digest.update(path.relative_to(site).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    kept = CACHE / "archives" / f"{digest.hexdigest()[:20]}.zip"
    if not kept.exists():
        python = pack_python()
        for old in kept.parent.glob("*"):
            if old != python:
                old.unlink()
        part = kept.with_suffix(".part")
        shutil.copyfile(python, part)
        with zipfile.ZipFile(part, "a") as packed:
            there = set(packed.namelist())
            _add(packed, "README.txt", HOW.encode())
            for path in files:
                if FOLDER + (name := path.relative_to(site).as_posix()) not in there:
                    _add(packed, name, path.read_bytes())
        part.rename(kept)
    shutil.copyfile(kept, site / ARCHIVE)


def pack_python() -> Path:
    """Most of the archive, which changes only with the runtime."""
    made = runtime.ready()
    kept = CACHE / "archives" / f"python-{made.name if made else 'none'}.zip"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        with zipfile.ZipFile(part, "w") as packed:
            for path in sorted(made.folder.iterdir()) if made else ():
                _add(packed, f"runtime/{made.name}/{path.name}", path.read_bytes())
        part.rename(kept)
    return kept


def _add(packed: zipfile.ZipFile, name: str, data: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(FOLDER + name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, compresslevel=1)


def contents(name: str, claim: str, chapters: list[tuple[str, list[tuple[str, str, str]]]]) -> str:
    """llms.txt: chapters with the title, address and description of their pages."""
    lines = [f"# {name}", "", f"> {claim}"]
    for chapter, entries in chapters:
        lines += ["", *([f"## {chapter}", ""] if chapter else [])]
        lines += [f"- [{title}]({address})" + (f": {description}" if description else "") for title, address, description in entries]
    return "\n".join(lines) + "\n"
