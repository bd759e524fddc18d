"""The site's own fonts, cut down to what its pages can need.

The sources come from PyPI (Source Sans and Source Serif, SIL Open Font
License); the figures are measured with the same files. Chinese is set in the
reader's system font: a Chinese webfont would weigh megabytes.
"""

import hashlib
import io
from functools import cache
from importlib.metadata import version
from pathlib import Path

import font_source_sans_pro
import font_source_serif_pro
from fontTools import subset

from .project import CACHE

SANS = Path(font_source_sans_pro.__file__).parent / "files"
SERIF = Path(font_source_serif_pro.__file__).parent / "files"
FACES = {
    "sans-400.woff2": SANS / "SourceSansPro-Regular.ttf",
    "sans-400-italic.woff2": SANS / "SourceSansPro-It.ttf",
    "sans-600.woff2": SANS / "SourceSansPro-Semibold.ttf",
    "serif-600.woff2": SERIF / "SourceSerifPro-Semibold.ttf",
}
# Latin with its accents, Greek, general punctuation, super- and subscripts, arrows, operators.
RANGES = [(0x20, 0x17F), (0x391, 0x3C9), (0x2010, 0x203A), (0x202F, 0x202F), (0x2070, 0x208E), (0x20AC, 0x20AC),
          (0x2190, 0x2193), (0x2202, 0x2265)]  # fmt: skip


@cache
def web_fonts() -> dict[str, bytes]:
    """File name -> WOFF2, made once and kept."""
    return {name: _cut(path) for name, path in FACES.items()}


def _cut(path: Path) -> bytes:
    key = hashlib.sha256(path.read_bytes() + str((RANGES, version("fonttools"))).encode()).hexdigest()[:16]
    kept = CACHE / "fonts" / f"{key}.woff2"
    if not kept.exists():
        options = subset.Options(flavor="woff2", layout_features=["kern", "liga", "tnum", "lnum", "ccmp", "mark"],
                                 desubroutinize=True, hinting=False, recalc_timestamp=False)
        font = subset.load_font(str(path), options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
        cutter.subset(font)
        buffer = io.BytesIO()
        subset.save_font(font, buffer, options)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(buffer.getvalue())
    return kept.read_bytes()
