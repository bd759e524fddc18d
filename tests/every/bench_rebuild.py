"""What does an edit cost while `mkdocs serve` runs? `python tests/every/bench_rebuild.py [concepts] [edits]`

Serves a copy of the project whose concepts are repeated until there are as many as asked for, each copy a page in three languages with an experiment
of its own. Then one word is added to a page, and the time is taken until browsers are told to reload: seconds of work (CPU, of the server and its
children), the median of several edits for each language. Each edit is looked for in the page that is served, so no build can be fast by not building.
Then the time of `mkdocs build` with nothing changed. On Linux, which tells a process's work in /proc.
"""
from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from socket import socket
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from docs.builder.page import Page  # noqa: E402
from docs.builder.project import CACHE, LANGUAGES, ORIGINAL  # noqa: E402

CONCEPTS = ("learning-slowdown", "cross-entropy", "softmax")
BAR, NOTHING_BAR = 2.0, 10.0      # seconds


def multiply(root: Path, concepts: int) -> None:
    """A copy of the project with this many concepts."""
    for name in ("docs", "snippets"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):  # of the package
        shutil.copy(ROOT / name, root / name)
    names = [f"{CONCEPTS[k % 3]}-{k // 3 + 1}" for k in range(3, concepts)]
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    last = re.search(r"( +- )softmax\.md\n", settings)
    more = "".join(f"{last[1]}{name}.md\n" for name in names)
    (root / "mkdocs.yml").write_text(settings[:last.end()] + more + settings[last.end():], "utf-8")
    for name in names:
        concept = name.rpartition("-")[0]
        experiment = root / "docs/experiments" / f"{concept.replace('-', '_')}.py"
        shutil.copy(experiment, experiment.with_name(f"{name.replace('-', '_')}.py"))
        for language in (ORIGINAL, *LANGUAGES):
            page = root / "docs" / language / f"{name}.md"
            text = page.with_name(f"{concept}.md").read_text("utf-8").replace(f"{{#{concept}}}", f"{{#{name}}}", 1)
            if language == ORIGINAL:
                follows = Page(page, language, text).fingerprint
            page.write_text(re.sub(r"^follows:.*", f"follows: {follows}", text, flags=re.M), "utf-8")


class Server:
    """`mkdocs serve`, and what it says."""

    def __init__(self, root: Path, environment: dict[str, str], port: int = 0) -> None:
        self.port = port or free_port()
        host = f"127.0.0.1:{self.port}"
        self.address = f"http://{host}/"
        self.process = subprocess.Popen([sys.executable, "-m", "mkdocs", "serve", "-a", host], cwd=root, env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        self.wait_for("Serving on")

    def wait_for(self, words: str) -> list[str]:
        """What it says until it says these words."""
        said = []
        for line in self.process.stdout:
            said.append(line)
            if words in line:
                return said
        raise RuntimeError("mkdocs serve ended:\n" + "".join(said))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def work(self) -> float:
        """CPU seconds so far, children included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def edit(self, page: Path, word: str) -> tuple[float, float]:
        """Add a word to the page's last paragraph; seconds of work, and seconds on the clock from noticing to reloading."""
        text = page.read_text("utf-8")
        place = text.rindex("\n\n## ")
        write(page, f"{text[:place]} {word}{text[place:]}")
        before = self.work()
        self.wait_for("Detected file changes")
        begun = time.perf_counter()
        self.wait_for("Reloading browsers")
        took = self.work() - before, time.perf_counter() - begun
        folder = "" if page.parent.name == ORIGINAL else f"{page.parent.name}/"
        if word not in urlopen(f"{self.address}{folder}{page.stem}/").read().decode():
            raise RuntimeError(f"the word {word!r} is not on the page that is served")
        return took


def write(path: Path, text: str) -> None:
    """At once: a server that looks between emptying and filling would build twice."""
    new = path.parents[2] / "new"
    new.write_text(text, "utf-8")
    new.replace(path)


def free_port() -> int:
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def main() -> None:
    concepts, edits = (int(value) for value in (sys.argv[1:] + ["3", "5"][len(sys.argv) - 1:])[:2])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        multiply(root, concepts)
        cache = Path(os.environ.get("BENCH_CACHE") or root / ".cache")
        if not cache.exists():
            shutil.copytree(CACHE, cache, ignore=shutil.ignore_patterns("serve"))
        environment = os.environ | {"UNSTUCK_CACHE": str(cache), "PYTHONPATH": str(root), "NO_MKDOCS_2_WARNING": "1"}
        build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(root / "site")]
        subprocess.run(build, cwd=root, env=environment, check=True)    # runs the copies' experiments
        begun, before = time.perf_counter(), os.times().children_user
        subprocess.run(build, cwd=root, env=environment, check=True)
        nothing, nothing_work = time.perf_counter() - begun, os.times().children_user - before
        server = Server(root, environment)
        try:
            print(f"{concepts} concepts, {len(list((root / 'docs' / ORIGINAL).glob('*.md')))} pages a language; median of {edits} edits (least to most)")
            for language in LANGUAGES:
                page = root / "docs" / language / "cross-entropy.md"
                work, clock = zip(*(server.edit(page, f"edit{number}") for number in range(edits)))
                print(f"a word in {page.relative_to(root)}: {statistics.median(work):.2f} s of work ({min(work):.2f} to {max(work):.2f}), "
                      f"{statistics.median(clock):.2f} s on the clock; bar {BAR:.0f} s: {verdict(statistics.median(work), BAR)}")
        finally:
            server.stop()
    print(f"mkdocs build with nothing changed: {nothing_work:.1f} s of work, {nothing:.1f} s on the clock; bar {NOTHING_BAR:.0f} s: {verdict(nothing, NOTHING_BAR)}")


def verdict(value: float, bar: float) -> str:
    return "met" if value < bar else "MISSED"


if __name__ == "__main__":
    main()
