"""Two builds from scratch of the same state give the same bytes.

The slower half of the experiments is not run again, unless ALL_EXPERIMENTS is set, as it is in the scheduled workflow.
"""

import gzip
import os
import re
import shutil
from pathlib import Path

import pytest

from docs.builder.project import CACHE

ALL = "ALL_EXPERIMENTS" in os.environ
MADE = {"experiments", "labs", "snippets", "coloured", "formulas", "fonts", "runtime", "templates", "wheels", "archives",
        *(["mnist"] if ALL else [])}  # of the cache; the rest is fetched from elsewhere


@pytest.fixture(scope="module")
def again(tmp_path_factory, build_site) -> Path:
    """The site, built with a cache that holds nothing the build can make, in another environment."""
    folder = tmp_path_factory.mktemp("again")
    (folder / "cache").mkdir()
    for path in CACHE.iterdir():
        if path.name.partition("-")[0] not in MADE:
            (folder / "cache" / path.name).symlink_to(path)
    seconds = {path.parent: float(path.read_text()) for path in CACHE.glob("experiments/*/seconds")}
    for path in sorted(seconds, key=seconds.get)[len(seconds) // 2:]:
        if not ALL:
            shutil.copytree(path, folder / "cache/experiments" / path.name)
    log = build_site(folder / "site", UNSTUCK_CACHE=str(folder / "cache"), PYTHONHASHSEED="7", TZ="Pacific/Apia",
                     LC_ALL="C.UTF-8")
    assert log.count("Running experiment") >= 5, "the cache was not fresh"
    made = {path.name.partition("-")[0] for path in (folder / "cache").iterdir() if not path.is_symlink()}
    assert made >= (MADE if (CACHE / "runtime").exists() else MADE - {"runtime"})
    return folder / "site"


@pytest.fixture(scope="module")
def first(site, tmp_path_factory, build_site) -> Path:
    """A site of this very state; one that SITE_DIR names may be of another."""
    if "SITE_DIR" not in os.environ:
        return site
    folder = tmp_path_factory.mktemp("first") / "site"
    build_site(folder, PYTHONHASHSEED="0")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): without_dates(path) for path in sorted(folder.rglob("*"))
            if path.is_file()}


def without_dates(path: Path) -> bytes:
    data = path.read_bytes()
    if path.name == "sitemap.xml.gz":
        data = gzip.decompress(data)
    return re.sub(rb"<lastmod>.*?</lastmod>", b"", data) if path.name.startswith("sitemap.xml") else data


def test_two_builds_give_the_same_bytes(first, again):
    one, two = files(first), files(again)
    assert one.keys() == two.keys()
    different = [name for name in one if one[name] != two[name]]
    assert not different
    assert len(one) > 100
