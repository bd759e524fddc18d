"""What the reader's browser gets of each official archive, and the format it gets it in."""
from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

Files = dict[str, bytes]    # path inside the archive -> content, sorted by path

# Parts that cannot work in a page (sockets, processes, terminals) or that only serve to develop the library itself.
STDLIB_OUT = (
    "__phello__/", "ctypes/macholib/", "ensurepip/", "idlelib/", "lib2to3/", "pydoc_data/", "site-packages/", "tkinter/", "wsgiref/", "xmlrpc/",
    "antigravity.py", "ftplib.py", "imaplib.py", "mailbox.py", "nntplib.py", "poplib.py", "smtplib.py", "telnetlib.py",
)
PACKAGE_OUT = (
    "numpy/_configtool.py", "numpy/_core/include/", "numpy/_core/lib/", "numpy/_pyinstaller/", "numpy/conftest.py", "numpy/distutils/", "numpy/doc/",
    "numpy/f2py/", "numpy/linalg/lapack_lite.", "numpy/random/_examples/", "numpy/random/lib/", "numpy/typing/mypy_plugin.py",
    "numpy/_core/_multiarray_tests.", "numpy/_core/_operand_flag_tests.", "numpy/_core/_rational_tests.", "numpy/_core/_simd.",
    "numpy/_core/_struct_ufunc_tests.", "numpy/_core/_umath_tests.",
    "matplotlib/mpl-data/fonts/afm/", "matplotlib/mpl-data/fonts/pdfcorefonts/", "matplotlib/mpl-data/images/", "matplotlib/mpl-data/plot_directive/",
    "matplotlib/mpl-data/sample_data/", "matplotlib/backends/web_backend/", "matplotlib/backends/qt_editor/", "matplotlib/sphinxext/",
    "matplotlib/testing/", "matplotlib/_ttconv.", "mpl_toolkits/axisartist/",
    *(f"matplotlib/backends/backend_{name}" for name in ("cairo", "gtk", "macosx", "nbagg", "pgf", "ps", "qt", "tk", "webagg", "wx")),
    "PIL/_imagingft.", "PIL/_imagingcms.", "PIL/_imagingtk.", "PIL/_webp.",
)
PACKAGE_OUT_ENDINGS = (".a", ".c", ".f", ".h", ".ini", ".pc", ".pxd", ".pyi", ".pyx", ".src", ".typed")


def standard_library(archive: Path) -> Files:
    return {name: data for name, data in _read(archive) if not name.startswith(STDLIB_OUT)}


def package(wheel: Path) -> Files:
    """The modules and data of a wheel; of its dist-info only METADATA (for importlib.metadata) and the licence."""
    return {name: data for name, data in _read(wheel) if _in_package(name)}


def _in_package(name: str) -> bool:
    if ".dist-info/" in name:
        return name.endswith("/METADATA") or "LICEN" in name
    return not name.startswith(PACKAGE_OUT) and not name.endswith(PACKAGE_OUT_ENDINGS) and "/tests/" not in name


def without_test_helper(numpy: Files) -> Files:
    """NumPy documents a helper of its own tests at import. The helper is left out, so this one line must not run."""
    name, before = "numpy/_core/_add_newdocs.py", b"add_newdoc('numpy._core._multiarray_tests',"
    if numpy[name].count(before) != 1:
        raise ValueError(f"{name} does not document _multiarray_tests exactly once: this NumPy is not the one that was trimmed")
    return numpy | {name: numpy[name].replace(before, b"(lambda *_: None)('',")}


def with_font_list(matplotlib: Files) -> Files:
    """Let Matplotlib find its list of fonts. The list in the wheel says another version than the code, which would look into every font again."""
    [version] = re.findall(rb"class FontManager:.*?__version__ = (\d+)", matplotlib["matplotlib/font_manager.py"], re.S)
    fonts = json.loads(matplotlib["matplotlib/fontlist.json"]) | {"_version": int(version), "afmlist": []}
    return matplotlib | {"matplotlib/fontlist.json": json.dumps(fonts).encode()}


def split(files: Files) -> tuple[Files, Files]:
    """Shared objects, and all the rest. A memory snapshot needs the first at once and the second hardly ever."""
    return ({n: d for n, d in files.items() if n.endswith(".so")}, {n: d for n, d in files.items() if not n.endswith(".so")})


def pack(files: Mapping[str, bytes]) -> bytes:
    """One line of JSON, [[path, size], ...], then the contents one after the other: nothing to unpack, so HTTP compresses it and the worker slices it."""
    paths = sorted(files)
    head = json.dumps([[path, len(files[path])] for path in paths], separators=(",", ":"))
    return head.encode() + b"\n" + b"".join(files[path] for path in paths)


def without_zeros(memory: bytes, page: int = 65536) -> Files:
    """The pages of a memory that hold anything, joined where they touch; by their offset, as eight hexadecimal digits."""
    parts: Files = {}
    start = None
    for offset in range(0, len(memory) + page, page):
        empty = not any(memory[offset:offset + page])
        if empty and start is not None:
            parts[f"{start:08x}"], start = memory[start:offset], None
        elif not empty and start is None:
            start = offset
    return parts


def write_zip(target: Path, files: Mapping[str, bytes]) -> None:
    """A zip without compression (HTTP compresses it better) and without dates, the same byte for byte each time."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), files[path])


def _read(archive: Path) -> Iterable[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as opened:
        return [(name, opened.read(name)) for name in sorted(opened.namelist()) if not name.endswith("/")]


def read_zip(archive: Path) -> Files:
    return dict(_read(archive))
