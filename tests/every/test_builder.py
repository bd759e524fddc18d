"""The builder on a small project of its own: what it refuses, and what it runs.

The project has two pages in three languages, each with a snippet and an
experiment. A process renders its pages, as `mkdocs serve` does: it lives on
while files change. Each test changes files; what it changed is put back.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from docs.builder.project import CACHE

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh", "de")

SNIPPET = '''\
"""Halve a number."""
import numpy as np


def halve(x):
    if not np.isfinite(x):
        raise ValueError(f"x must be finite, got {x}")
    return x / 2


if __name__ == "__main__":
    print(halve(1.0))
'''

EXPERIMENT = '''\
"""The loss of a run that halves it."""
from pathlib import Path

from docs.builder.experiment import Slider, figure, read
from snippets import demo

LOG = Path(__file__).parents[2] / "log.txt"


def log(text):
    with open(LOG, "a", encoding="utf-8") as file:
        file.write(text + "\\n")


def run():
    log("run demo")
    losses = [1.0]
    for _ in range(4):
        losses.append(demo.halve(losses[-1]))
    return {"losses": losses}


def facts(r):
    return {"steps": (len(r["losses"]) - 1, ".0f"), "final": (r["losses"][-1], ".4f")}


@figure
def curve(r, label):
    from docs.builder.figure import canvas, name_axes, note  # here, as most tests draw nothing

    log("draw")
    drawing, [axes] = canvas()
    axes.plot(r["losses"])
    note(axes, 2, 0.5, label("loss"))
    name_axes(axes, label("epoch"), "")
    return drawing


@figure(start=Slider((1, 2), at=1))
def drag(r, label, start):
    from docs.builder.figure import canvas, moves, name_axes

    drawing, [axes] = canvas()
    moves(axes.plot([start * loss for loss in r["losses"]])[0], "curve")
    name_axes(axes, label("epoch"), "")
    read(drawing, end=(start * r["losses"][-1], ".2f"))
    return drawing
'''

PAGE = '''\
---
title: Demo
figures:
  curve:
    alt: The loss over {{ steps }} steps, in a curve.
    caption: It ends at {{ final }}.
    labels:
      loss: loss, at the end {{ final }}
      epoch: epoch
  drag:
    alt: The loss from the start that you choose.
    caption: Drag the start.
    labels:
      start: start
      epoch: epoch
    reading: "It ends at {end}."
---
# Demo {#demo}

The loss, see [loss](term:loss), falls to {{ final }} in {{ steps }} steps.

::: figure curve

## Why {#why}

Half of $a$ is $a/2$, so

$$
L = 2^{-t}
$$

!!! note "Note"
    It never ends: {{ final }}.

::: snippet demo

::: figure drag

## Sources {#sources}

As [@someone2015] says. See [more](other.md#other).

::: sources

::: experiment
'''

WORDS = {
    "zh": {"The loss over": "损失，共", "steps, in a curve": "步的曲线", "It ends at {{ final }}.": "最后是 {{ final }}。",
           "loss, at the end": "损失，最后是", "epoch: epoch": "epoch: 轮", "start: start": "start: 起点",
           "[loss]": "[损失]", "[more]": "[更多]", "Drag the start.": "拖动起点。", "It ends at {end}.": "最后是 {end}。"},
    "de": {"The loss over": "Der Verlust über", "steps, in a curve": "Schritte als Kurve",
           "It ends at {{ final }}.": "Er endet bei {{ final }}.", "loss, at the end": "Verlust, am Ende",
           "epoch: epoch": "epoch: Epoche", "start: start": "start: Start", "[loss]": "[Verlust]", "[more]": "[mehr]",
           "Drag the start.": "Den Start ziehen.", "It ends at {end}.": "Er endet bei {end}."},
}

def words(text: str, language: str) -> str:
    for english, own in WORDS.get(language, {}).items():
        text = text.replace(english, own)
    return text


OTHER_SNIPPET = '''\
"""Say one."""


def one(number):
    if number != 1:
        raise ValueError(f"number must be 1, got {number}")
    return number


if __name__ == "__main__":
    print(one(1))
'''
OTHER_EXPERIMENT = '''\
from snippets import other
from docs.experiments.demo import log

def run():
    log("run other")
    return {}

def facts(r):
    return {"one": (1, ".1f")}
'''
OTHER_PAGE = "# Other {#other}\n\nOne is {{ one }}, and {{ demo.final }}.\n\n::: snippet other\n"

FILES = {
    "mkdocs.yml": "nav:\n  - demo.md\n  - A chapter:\n      - other.md\n      - all.md\n",
    "docs/glossary.csv": "id,en,zh,de,de_gender,note\nloss,loss,损失,Verlust,m,\n",
    "docs/sources.yml": "someone2015:\n  authors: Someone, A.\n  short: Someone\n  year: 2015\n"
                        "  title: Halves\n  where: Here\n  url: https://example.org/\n",
    "docs/experiments/__init__.py": "",
    "docs/experiments/demo.py": EXPERIMENT,
    "docs/experiments/other.py": OTHER_EXPERIMENT,
    "snippets/__init__.py": '"""Snippets."""\n__version__ = "1.0"\n',
    "snippets/demo.py": SNIPPET,
    "snippets/other.py": OTHER_SNIPPET,
    **{name: (ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "README.md", "LICENSE")},  # of the package
}

# Renders pages on request: one JSON line in, one out.
SERVER = '''
import json, logging, subprocess, sys, traceback

from docs.builder import apart, live, page, project, results
from markdown import Markdown
from mkdocs.utils.meta import get_data

assert project.ROOT == project.Path.cwd(), project.ROOT
records, runs = [], []
handler = logging.Handler()
handler.emit = lambda record: records.append(record.getMessage())
logging.getLogger("mkdocs.unstuck").addHandler(handler)
logging.getLogger("mkdocs.unstuck").setLevel(logging.INFO)
alone, run = subprocess.run, apart.run

def counted_alone(command, **options):
    runs.append(command[-1].replace(str(project.ROOT) + "/", ""))
    return alone(command, **options)

def counted(path, *job):
    runs.append(path.stem)
    return run(path, *job)

subprocess.run, apart.run = counted_alone, counted
usual, usual_forks = dict(results.SECONDS), apart.FORKS
for line in sys.stdin:
    job = json.loads(line)
    records.clear(), runs.clear()
    results.SECONDS.update(usual, **job["seconds"])
    apart.FORKS = job["forks"] and usual_forks
    live.look_again()
    answer = {"html": {}}
    try:
        for language in job["languages"]:
            text, _ = get_data((project.DOCS / language / (job["page"] + ".md")).read_text("utf-8"))
            md = Markdown(extensions=["attr_list", "admonition", "tables", "md_in_html", "toc", "pymdownx.superfences",
                                      "docs.builder"], extension_configs={"docs.builder": {"language": language}})
            answer["html"][language] = md.convert(text)
    except project.PageError as error:
        answer["error"] = str(error)
    except Exception:
        answer["crash"] = traceback.format_exc()
    answer |= {"log": list(records), "runs": list(runs),
               "follows": {path.stem: page.read(path).fingerprint for path in (project.DOCS / "en").glob("*.md")}
               if "error" not in answer and "crash" not in answer else {}}
    print(json.dumps(answer), flush=True)
'''


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.before: dict[Path, str | None] = {}
        self.clock = 10**18  # of the files: two changes never fall into one tick
        shutil.copytree(ROOT / "docs/builder", root / "docs/builder", ignore=shutil.ignore_patterns("__pycache__"))
        (root / ".cache").mkdir()
        for name in ("node", "fonts"):  # MathJax, which npm brings, and what takes long to make
            if (CACHE / name).exists():
                (root / ".cache" / name).symlink_to(CACHE / name)
        pages = {f"docs/{language}/{slug}.md": words(page, language) if slug == "demo" else page
                 for language in LANGUAGES for slug, page in (("demo", PAGE), ("other", OTHER_PAGE))}
        for name, text in (FILES | pages).items():
            self.write(name, text)
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PYODIDE_DIR": ""}
        environment.pop("UNSTUCK_CACHE", None)
        self.server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=root, text=True, encoding="utf-8",
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        follows = self.ask("other", ["en"])["follows"]
        for language in ("zh", "de"):
            self.change(f"docs/{language}/demo.md", "title: Demo\n", f"title: Demo\nfollows: {follows['demo']}\n")
            self.write(f"docs/{language}/other.md", f"---\nfollows: {follows['other']}\n---\n" + OTHER_PAGE)
        self.before.clear()

    def read(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")

    def write(self, name: str, text: str | None) -> None:
        path = self.root / name
        self.before.setdefault(path, path.read_text("utf-8") if path.exists() else None)
        if text is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        self.clock += 10**9
        os.utime(path, ns=(self.clock, self.clock))

    def change(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def restore(self) -> None:
        for path, text in dict(self.before).items():
            if text is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_text("utf-8") != text:
                self.write(path.relative_to(self.root).as_posix(), text)
        self.before.clear()

    def ask(self, page: str = "demo", languages=LANGUAGES, forks: bool = True, **seconds: int) -> dict:
        job = {"page": page, "languages": list(languages), "seconds": seconds, "forks": forks}
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        answer = json.loads(self.server.stdout.readline())
        assert "crash" not in answer, answer["crash"]
        return answer

    def render(self, page: str = "demo", languages=LANGUAGES) -> dict:
        answer = self.ask(page, languages)
        assert "error" not in answer, answer["error"]
        return answer

    def error(self, page: str = "demo", languages=LANGUAGES, **seconds: int) -> str:
        answer = self.ask(page, languages, **seconds)
        assert "error" in answer, "nothing is wrong, says the builder"
        return answer["error"]

    def line(self, name: str, text: str) -> int:
        """Number of the one line that holds a text."""
        lines = [number for number, line in enumerate(self.read(name).splitlines(), 1) if text in line]
        assert len(lines) == 1, f"{text!r} stands on the lines {lines} of {name}"
        return lines[0]

    def log(self) -> list[str]:
        """What the experiments did since the last look."""
        path = self.root / "log.txt"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("project"))
    project.render("demo")
    project.render("other")
    yield project
    project.server.stdin.close()
    project.server.wait(10)


@pytest.fixture
def project(made):
    made.log()
    yield made
    made.restore()


EN, DE = "docs/en/demo.md", "docs/de/demo.md"
CODE, TEST = "snippets/other.py", "docs/experiments/demo.py"

# id: (file, old, new, text on the line of the message or None for any, message or its pattern);
# more than one change is a dictionary {old: new} and None
FAULTS = {
    "unknown snippet": (EN, "::: snippet demo", "::: snippet dmeo", "::: snippet dmeo",
                        "unknown snippet 'dmeo'; known are demo, other"),
    "unknown figure": (EN, "::: figure curve", "::: figure curve\n\n::: figure curves", "::: figure curves",
                       "figure 'curves' has no words in the front matter (figures: curves:)"),
    "figure that the experiment lacks": (
        EN, {"figures:\n": "figures:\n  plot:\n    alt: A\n    caption: A\n", "## Why": "::: figure plot\n\n## Why"}, None,
        "::: figure plot",
        "no figure 'plot' in the experiment; it has curve, drag"),
    "unknown fact": (EN, "falls to {{ final }}", "falls to {{ finale }}", "falls to",
                     "unknown fact 'finale' of experiment 'demo'; known are steps, final"),
    "fact of an unknown experiment": (EN, "falls to {{ final }}", "falls to {{ dmeo.final }}", "falls to",
                                      "fact 'dmeo.final': no experiment dmeo"),
    "unknown fact of another experiment": (EN, "falls to {{ final }}", "falls to {{ other.two }}", "falls to",
                                           "unknown fact 'two' of experiment 'other'; known are one"),
    "fact with a name that cannot be": (EN, "falls to {{ final }}", "falls to {{ final-loss }}", "falls to",
                                        "{{ without a fact's name and }} behind it"),
    "fact that is not closed": (EN, "falls to {{ final }}", "falls to {{ final", "falls to",
                                 "{{ without a fact's name and }} behind it"),
    "unknown term": (EN, "(term:loss)", "(term:lsos)", "term:lsos",
                     "unknown term 'lsos'; docs/glossary.csv has no such id"),
    "unknown source": (EN, "[@someone2015]", "[@someone2016]", "@someone2016",
                       "unknown source 'someone2016'; known are someone2015"),
    "unknown kind of place": (EN, "::: figure curve", "::: plot curve", "::: plot",
                              "unknown place ::: plot; known are snippet, figure, cell, experiment, glossary, sources, downloads, bibliography, corrections, snippets"),
    "place without its name": (EN, "::: snippet demo", "::: snippet", "::: snippet", "::: snippet needs a name"),
    "place with a name too many": (EN, "::: experiment", "::: experiment demo", "::: experiment",
                                   "::: experiment takes no name"),
    "place with two names": (EN, "::: snippet demo", "::: snippet demo other", "::: snippet",
                              "'::: snippet demo other' is no place: write ::: kind name"),
    "place glued to a paragraph": (EN, "::: snippet demo\n", "::: snippet demo\nSee above.\n", "::: snippet",
                                   "'::: snippet demo' stands alone, between empty lines"),
    "place below a paragraph": (EN, "::: snippet demo\n", "See below.\n::: snippet demo\n", "::: snippet",
                                "'::: snippet demo' stands alone, between empty lines"),
    "words without a place": (EN, "::: figure curve\n", "", "  curve:", "figure 'curve' has words but no place"),
    "missing alt": (EN, "    alt: The loss over {{ steps }} steps, in a curve.\n", "", "  curve:",
                    "figure 'curve' has no 'alt' in the front matter"),
    "empty alt": (EN, "    alt: The loss over {{ steps }} steps, in a curve.\n", "    alt:\n", "  curve:",
                  "figure 'curve' has no 'alt' in the front matter"),
    "missing caption": (EN, "    caption: It ends at {{ final }}.\n", "", "  curve:",
                        "figure 'curve' has no 'caption' in the front matter"),
    "unknown key of a figure": (EN, "    caption: Drag", "    title: Drag\n    caption: Drag", "  drag:",
                                "figure 'drag': unknown title; known are alt, caption, labels, reading"),
    "unknown fact in a caption": (EN, "caption: It ends at {{ final }}", "caption: It ends at {{ finale }}", "  curve:",
                                  "figure 'curve': unknown fact 'finale'; known are steps, final"),
    "unknown fact in an alt text": (EN, "over {{ steps }} steps, in", "over {{ step }} steps, in", "  curve:",
                                    "figure 'curve': unknown fact 'step'; known are steps, final"),
    "unknown fact in a label": (EN, "at the end {{ final }}", "at the end {{ finale }}", "  curve:|::: figure curve",
                                "figure 'curve': unknown fact 'finale'; known are steps, final"),
    "missing label": (EN, "      loss: loss, at the end {{ final }}\n", "", "    labels:",
                      "figure 'curve' needs a label 'loss'"),
    "label too many": (EN, "      loss: loss,", "      lsos: loss\n      loss: loss,", "      lsos:",
                       "figure 'curve' has no label 'lsos'; it has epoch, loss"),
    "slider without its label": (EN, "      start: start\n", "", "    labels:", "figure 'drag' needs a label 'start'"),
    "label too long": (DE, "loss: Verlust, am Ende", "loss: Verlust am Ende dieses einen langen Laufes der Maschine,",
                       "::: figure curve", r"figure 'curve': 'Verlust am Ende [^']*' runs off the canvas by \d+ px"),
    "unknown glyph": (DE, "loss: Verlust, am", "loss: Verlust ☃ am", "::: figure curve",
                      "figure 'curve': the font has no glyph for '☃' in 'Verlust ☃ am Ende 0.0625'"),
    "reading that asks for what is not read": (EN, "at {end}.", "at {ende}.", "    reading:",
                                               "figure 'drag': the reading asks for 'ende'; known are end"),
    "reading of a figure that does not play": (
        EN, "    labels:\n      loss:", "    reading: It.\n    labels:\n      loss:", "::: figure curve",
        "figure 'curve' has a reading but does not play"),
    "heading without id": (EN, "## Why {#why}", "## Why", "## Why",
                           "heading without an id: add {#an-id}, the same in all languages"),
    "underlined heading without id": (EN, "## Why {#why}", "Why\n---", "Why",
                                      "heading without an id: write ## Title {#an-id}"),
    "id of the first heading": (EN, "# Demo {#demo}", "# Demo {#dmeo}", "# Demo",
                                "expected one first-level heading with the id {#demo}, got ['dmeo']"),
    "two first headings": (EN, "## Why {#why}", "# Why {#why}", "# Demo", "expected one first-level heading with the id "
                           "{#demo}, got ['demo', 'why']"),
    "malformed front matter": (EN, "title: Demo", "title: [Demo", "figures:",
                               "front matter: expected ',' or ']', but got ':'"),
    "front matter that is a list": (EN, PAGE[4:PAGE.index("\n---\n# ")], "- title", "- title",
                                    "front matter is not a list of keys and values"),
    "front matter that is not closed": ("docs/en/other.md", "# Other", "---\ntitle: Other\n\n# Other", "---",
                                       "front matter is not closed by ---"),
    "figures that are a list": (EN, PAGE[PAGE.index("figures:"):PAGE.index("\n---\n# ")], "figures: [curve, drag]",
                                "figures:", "figures: must be names, each with its alt, caption, labels"),
    "figure that is a text": (EN, PAGE[PAGE.index("  drag:"):PAGE.index("\n---\n# ")], "  drag: text", "  drag:",
                              "figure 'drag': must be alt, caption, labels"),
    "alt that is a number": (EN, "alt: The loss from the start that you choose.", "alt: 5", "alt: 5",
                             "figure 'drag': 'alt' must be text"),
    "malformed formula": (EN, "$a/2$", r"$\frac{a}{2$", "Half of", r"formula '\\frac{a}{2': Missing close brace"),
    "unknown command in a formula": (EN, "L = 2^{-t}", r"L = \hafl", "$$",
                                     r"formula 'L = \\hafl': Undefined control sequence \hafl"),
    # Translations
    "translation lacks a fact": (DE, "falls to {{ final }}", "falls", "::: figure curve|# Demo",
                                 "lacks fact 'final', which the English page has (after h1 'demo')"),
    "translation has a fact too many": (DE, "Half of", "{{ steps }}: half of", "{{ steps }}: half of",
                                        "has fact 'steps', which the English page lacks (after h2 'why')"),
    "translation has another fact": (DE, "falls to {{ final }}", "falls to {{ steps }}", "# Demo",
                                     "lacks fact 'final', which the English page has (after h1 'demo')"),
    "translation lacks a figure": (
        DE, {words(PAGE[PAGE.index("  drag:"):PAGE.index("---\n# ")], "de"): "", "::: figure drag\n\n": ""}, None,
        "## Sources", "h2 'sources' stands where the English page has figure 'drag' (line 37)"),
    "translation has figures in another order": (
        DE, PAGE[PAGE.index("::: snippet demo"):PAGE.index("## Sources")], "::: figure drag\n\n::: snippet demo\n\n",
        "::: figure drag", "figure 'drag' stands where the English page has snippet 'demo' (line 35)"),
    "translation lacks a heading": (DE, "## Why {#why}\n\n", "", "$$",
                                    "display 'L=2^{-t}' stands where the English page has h2 'why' (line 24)"),
    "translation has a heading with another id": (
        DE, "## Why {#why}", "## Warum {#warum}", "## Warum",
        "h2 'warum' stands where the English page has h2 'why' (line 24)"),
    "translation has a heading of another level": (
        DE, "## Why {#why}", "### Why {#why}", "### Why",
        "h3 'why' stands where the English page has h2 'why' (line 24)"),
    "translation lacks an admonition": (DE, '!!! note "Note"\n    It', "It", "::: snippet demo",
                                        "snippet 'demo' stands where the English page has admonition 'note' (line 32)"),
    "translation has an admonition too many": (
        DE, "::: experiment", '::: experiment\n\n!!! tip "Tipp"\n    Text', "!!! tip",
        "has admonition 'tip', which the English page lacks"),
    "translation lacks the last place": (DE, "::: experiment\n", "", "",
                                         "lacks experiment '', which the English page has (line 45)"),
    "translation lacks a formula": (DE, "$a/2$", "the half", "## Why",
                                    "lacks formula 'a/2', which the English page has (after h2 'why')"),
    "translation has another formula": (DE, "$a/2$", "$a/3$", "## Why",
                                        "lacks formula 'a/2', which the English page has (after h2 'why')"),
    "translation has another displayed formula": (
        DE, "L = 2^{-t}", "L = 2^{-n}", "$$", "display 'L=2^{-n}' stands where the English page has "
        "display 'L=2^{-t}' (line 28)"),
    "translation lacks a source": (DE, "As [@someone2015] says. ", "", "## Sources",
                                   "lacks source 'someone2015', which the English page has (after h2 'sources')"),
    "translation lacks a link": (DE, "[mehr](other.md#other)", "mehr", "## Sources",
                                 "lacks link 'other.md#other', which the English page has (after h2 'sources')"),
    "translation links another place": (DE, "(other.md#other)", "(demo.md#why)", "## Sources",
                                        "lacks link 'other.md#other', which the English page has (after h2 'sources')"),
    "translation has a link too many": (DE, "Half of", "[Half](other.md) of", "[Half]",
                                        "has link 'other.md', which the English page lacks (after h2 'why')"),
    "translation lacks a term": (DE, "[Verlust](term:loss)", "Verlust", "# Demo",
                                 "lacks term 'loss', which the English page links (line 20)"),
    "translation lacks a fact in a caption": (DE, "caption: Er endet bei {{ final }}.", "caption: Er endet.", "caption: Er",
                                              "figure 'curve': facts of 'caption' differ from the English page: final"),
    "translation has another fact in a label": (
        DE, "am Ende {{ final }}", "am Ende {{ steps }}", "      loss:",
        "figure 'curve': facts of 'loss' differ from the English page: final, steps"),
    "translation lacks a number in a reading": (DE, "Er endet bei {end}.", "Er endet.", "    reading:",
                                                "figure 'drag': facts of 'reading' differ from the English page: end"),
    "translation lacks the words of a figure": (DE, "    alt: Der Verlust über {{ steps }} Schritte als Kurve.\n", "",
                                                "  curve:", "figure 'curve' has no 'alt' in the front matter"),
    "translation lacks a label": (DE, "      start: Start\n", "", "    labels:",
                                  "figure 'drag': labels differ from the English page: start"),
    "translation lacks the reading": (DE, '    reading: "Er endet bei {end}."\n', "", "  drag:",
                                      "figure 'drag': reading differs from the English page"),
    "translation of no page": ("docs/de/extra.md", None, "# Extra {#extra}\n\nText\n", "# Extra",
                               "no page extra.md in en that it could follow"),
    # Programs
    "snippet that raises": (CODE, "print(one(1))", "print(one(2))", "raise ValueError",
                            r"(?s)fails when run alone:\nTraceback .*ValueError: number must be 1, got 2"),
    "snippet with a syntax error": (CODE, "return number", "return number +", "return number",
                                    "(?s)cannot be read as Python: invalid syntax|fails when run alone:\n.*"),
    "snippet that prints nothing": (CODE, "print(one(1))", "one(1)", '"""Say', "prints nothing when run alone"),
    "snippet that prints to stderr": (CODE, "print(one(1))", "import sys; print(1, file=sys.stderr)", '"""Say',
                                      "fails when run alone:\n1"),
    "snippet that never ends": (CODE, "    print(one(1))", "    while True: pass", '"""Say',
                                "does not end within 1 s"),
    "experiment that raises": (TEST, 'log("run demo")', 'raise RuntimeError("no luck")', "no luck",
                               "(?s)fails:\nTraceback .*RuntimeError: no luck"),
    "experiment that a snippet refuses": (TEST, "losses = [1.0]", 'losses = [float("inf")]', "losses.append(",
                                          "(?s)fails:\nTraceback .*ValueError: x must be finite, got inf"),
    "experiment with a syntax error": (TEST, "def facts(r):", "def facts(r:", "def facts",
                                       "cannot be read as Python: .*"),
    "experiment that ends its process": (TEST, 'log("run demo")', "import os; os._exit(3)", '"""The loss',
                                         "ended without a result:\n"),
    "experiment that never ends": (TEST, 'log("run demo")', "while True: pass", '"""The loss',
                                   "does not end within 2 s"),
    "experiment without facts": (TEST, "def facts(r):", "def fact(r):", None, "(?s)fails:\nTraceback .*'facts'"),
    "experiment whose figure fails": (TEST, 'axes.plot(r["losses"])', 'axes.plot(r["loss"])', "r[\"loss\"]",
                                      "(?s)fails:\nTraceback .*KeyError: 'loss'"),
    "experiment with a slider outside its values": (TEST, "Slider((1, 2), at=1)", "Slider((1, 2), at=3)", "Slider((1",
                                                    "(?s)fails:\n.*Slider: at=3 is none of its values"),
}

SECONDS = {"snippet that never ends": {"snippet": 1}, "experiment that never ends": {"experiment": 2}}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_with_file_and_line(project, name):
    file, old, new, where, message = FAULTS[name]
    if old is None:
        project.write(file, new)
    for before, after in (old if isinstance(old, dict) else {old: new} if old else {}).items():
        project.change(file, before, after)
    page = next((page for page in ("extra", "other") if page in file), "demo")
    language = file.split("/")[1] if file.startswith("docs/") and file != TEST else "en"
    error = project.error(page, [language], **SECONDS.get(name, {}))
    given, line, text = error.split(":", 2)
    assert given == file, error
    text = text.removeprefix(" ")
    assert text == message or re.fullmatch(message, text), text
    if where is not None:
        lines = project.read(file).splitlines()
        assert any(part in lines[int(line) - 1] for part in where.split("|")), f"{error}\nThe line: {lines[int(line) - 1]}"


def test_there_are_faults():
    assert len(FAULTS) >= 30


@pytest.mark.parametrize("language", ["zh", "de"])
def test_a_missing_translation_is_named(project, language):
    project.write(f"docs/{language}/other.md", None)
    assert project.render("other", ["en"])["log"] == [f"docs/en/other.md has no translation docs/{language}/other.md"]


def test_without_a_fault_nothing_is_reported(project):
    for page in ("demo", "other"):
        answer = project.render(page)
        assert answer["log"] == answer["runs"] == []
        for html in answer["html"].values():
            assert "{{" not in html and ":::" not in html and "term:" not in html


def test_chinese_pages_are_compared_too(project):
    project.change("docs/zh/demo.md", "## Why {#why}", "## 为什么 {#wei}")
    assert project.error("demo", ["zh"]).startswith(
        f"docs/zh/demo.md:{project.line('docs/zh/demo.md', '{#wei}')}: h2 'wei' stands where")


def test_places_in_code_are_left_alone(project):
    text = "\n\n`{{ finale }}` and `$\\frac$`\n\n```text\n::: plot curve\n## No id\n{{ finale }}\n```\n"
    for language in LANGUAGES:
        project.change(f"docs/{language}/other.md", "::: snippet other\n", "::: snippet other" + text)
    html = project.render("other")["html"]["en"]
    assert html.count("{{ finale }}") == 2 and "::: plot curve" in html


OTHER_SOURCE = "another:\n  authors: Someone, B.\n  short: Someone\n  year: 2015\n  title: Another\n  where: There\n  url: https://example.org/b\n"


@pytest.mark.parametrize("file, old, new, line, message", [
    ("docs/glossary.csv", "损失", "", 2, "term 'loss' lacks zh"),
    ("docs/glossary.csv", "loss,loss", "loss,loss,loss", 2, "term 'loss' has a cell too many"),
    ("docs/glossary.csv", "m,\n", "m,\nloss,loss,损失,Verlust,m,\n", 3, "term 'loss' stands here for the second time"),
    ("docs/sources.yml", "  year: 2015\n", "", 1, "source 'someone2015': missing 1 required positional argument: 'year'"),
    ("docs/sources.yml", "  year: 2015\n", "  yaer: 2015\n", 1, "source 'someone2015': got an unexpected keyword argument 'yaer'"),
    ("docs/sources.yml", "  url: https://example.org/\n", "", 1,
     "source 'someone2015' needs a doi, an arxiv number or a url"),
    ("docs/sources.yml", "someone2015:\n", OTHER_SOURCE + "someone2015:\n", 8, "source 'someone2015' reads like 'another', Someone 2015: give their years letters"),
], ids=["term without Chinese", "row with a cell too many", "term twice", "source without year", "misspelt key",
        "source that cannot be looked up", "two sources that read alike"])
def test_faults_in_glossary_and_sources_are_named(project, file, old, new, line, message):
    project.change(file, old, new)
    assert project.error("demo", ["en"]) == f"{file}:{line}: {message}"


def test_glossary_and_sources_are_read_again_when_they_change(project):
    project.change("docs/glossary.csv", "Verlust", "Einbuße")
    project.change("docs/sources.yml", "title: Halves", "title: Quarters")
    project.change("docs/glossary.csv", "loss,loss", "loss,cost")
    assert ">cost</span>" in project.render("demo", ["de"])["html"]["de"]
    assert "Quarters" in project.render("demo", ["en"])["html"]["en"]


# What the page becomes --------------------------------------------------------


def test_the_page_has_what_the_places_stand_for(project):
    html = project.render()["html"]
    assert '<span data-fact="final">0.0625</span>' in html["en"] and ">0,0625</span>" in html["de"]
    for language, page in html.items():
        assert page.count('data-tex="') == 3 and "<math" in page
        assert 'data-figure="demo/curve"' in page and 'data-play="assets/frames/demo-drag-' in page
        assert '<a class="term" href="glossary.md#loss">' in page
        assert '<pre data-role="output" tabindex="0" role="region" aria-labelledby="demo-output">0.5\n</pre>' in page
        assert ("stale" in page) is False, language
    assert '<span class="gloss" lang="en">loss</span>）' in html["zh"] or '<span lang="en" class="gloss">loss</span>）' in html["zh"]
    assert "gloss" not in html["en"].replace("glossary", "")
    title = re.search(r"<title[^>]*>(.*?)</title>", html["de"])[1]
    assert title == "Der Verlust über 4 Schritte als Kurve."
    assert ">Verlust, am Ende 0,0625</text>" in html["de"]


MISTAKE = '!!! mistake "“{{ one }} is two”"\n    One is {{ one }}, says [@someone2015]; see [why](#why).\n\n    A [loss](term:loss) has $a$.\n'


@pytest.fixture
def collecting(project):
    """The project with a page that collects from the others."""
    for language in LANGUAGES:
        project.change(f"docs/{language}/other.md", "::: snippet other", f"{MISTAKE}\nMore.\n\n::: snippet other")
    project.change("snippets/demo.py", "def halve(x):\n", 'def halve(x):\n    """Halve x."""\n')
    project.change(CODE, "def one(number):\n", 'def one(number):\n    """Give one back.\n\n    Or refuse.\n    """\n')
    project.write("docs/en/all.md", "# All {#all}\n\n::: corrections\n\n::: bibliography\n\n::: snippets\n")
    return project


def test_a_page_collects_what_others_put_right_cite_and_run(collecting):
    html = collecting.render("all", ["en"])["html"]["en"]
    assert '<h2 data-search-exclude="" id="other"><a href="other.md#mistakes">Other</a></h2>' in html
    assert '<dt>“<span data-fact="other.one">1.0</span> is two”</dt>' in html
    assert '<p>One is <span data-fact="other.one">1.0</span>, says <a class="cite" href="bibliography.md#source-someone2015">' in html
    assert '<a href="other.md#why">why</a>' in html and '<a class="term" href="glossary.md#loss">' in html and 'data-tex="a"' in html
    assert "More." not in html and "It never ends" not in html, "only the boxes of mistakes"
    cited = '<span class="cited"> Cited on <a href="demo.md#sources">Demo</a>, <a href="other.md#sources">Other</a></span>'
    assert html.count('<li id="source-someone2015"><span lang="en">Someone, A. (2015). ') == html.count(cited) == 1
    assert '<dt><code translate="no">one(number)</code></dt>\n<dd lang="en" translate="no">Give one back.</dd>' in html
    assert html.index("snippets/demo.py") < html.index("snippets/other.py")


@pytest.mark.parametrize("old, new, message", [
    ("One is {{ one }}, says", "One is {{ two }}, says", "unknown fact 'two' of experiment 'other'; known are one"),
    ("[@someone2015]", "[@somebody]", "unknown source 'somebody'; known are someone2015"),
    ("(term:loss)", "(term:lost)", "unknown term 'lost'; docs/glossary.csv has no such id")])
def test_a_fault_in_what_is_collected_is_named_where_it_stands(collecting, old, new, message):
    collecting.change("docs/en/other.md", old, new)
    assert collecting.error("all", ["en"]) == f"docs/en/other.md:{collecting.line('docs/en/other.md', new)}: {message}"


def test_a_function_without_a_docstring_is_named(collecting):
    collecting.change(CODE, '    """Give one back.\n\n    Or refuse.\n    """\n', "")
    line = collecting.line(CODE, "def one")
    assert collecting.error("all", ["en"]) == f"{CODE}:{line}: one has no docstring: its first line stands in the list of snippets"


def test_facts_of_other_experiments_can_be_quoted_in_figures_too(project):
    """As {{ other.one }} can in running text."""
    for language, caption in (("en", "It ends at {{ final }}."), ("zh", "最后是 {{ final }}。"),
                              ("de", "Er endet bei {{ final }}.")):
        project.change(f"docs/{language}/demo.md", f"caption: {caption}", "caption: At {{ other.one }}, {{ final }}.")
    assert '<span data-fact="other.one">1,0</span>' in project.render()["html"]["de"]


# Staleness --------------------------------------------------------------------


def is_stale(html: str) -> bool:
    return 'class="admonition warning stale"' in html


def test_an_edit_of_the_english_page_makes_its_translations_stale(project):
    answer = project.render()
    assert not any(map(is_stale, answer["html"].values())) and not answer["log"]
    project.change("docs/en/demo.md", "Half of", "One half of")
    answer = project.render()
    assert {language: is_stale(html) for language, html in answer["html"].items()} == {
        "en": False, "zh": True, "de": True}
    follows = answer["follows"]["demo"]
    assert [line for line in answer["log"] if "Behind" in line] == [
        f"Behind the English page: docs/{language}/demo.md (follows: {follows})" for language in ("zh", "de")]
    assert "Read the English page" not in answer["html"]["de"] and "Zur englischen Seite" in answer["html"]["de"]
    assert 'href="../../demo/"' in answer["html"]["zh"]
    # Recording the new state in one language ends it there, and only there.
    text = re.sub(r"follows: .*", f"follows: {follows}", project.read("docs/de/demo.md"))
    project.write("docs/de/demo.md", text)
    answer = project.render()
    assert not is_stale(answer["html"]["de"]) and is_stale(answer["html"]["zh"])
    # Another page's edit does not matter.
    assert not any(map(is_stale, project.render("other")["html"].values()))


def test_a_translation_that_follows_nothing_is_stale(project):
    project.write("docs/de/demo.md", re.sub(r"follows: .*\n", "", project.read("docs/de/demo.md")))
    assert is_stale(project.render("demo", ["de"])["html"]["de"])


def test_an_edit_of_a_translation_makes_nothing_stale(project):
    project.change("docs/de/demo.md", "Half of", "Die Hälfte von")
    assert not any(map(is_stale, project.render()["html"].values()))


# What runs, and how often -----------------------------------------------------


def test_an_experiment_runs_once_for_three_languages(project):
    project.change(TEST, "range(4)", "range(5)")
    answer = project.render()
    assert answer["runs"] == ["demo"]
    assert project.log() == ["run demo", "draw"]
    assert ">0.0312</span>" in answer["html"]["en"] and ">0,0312</span>" in answer["html"]["de"]
    answer = project.render()
    assert answer["runs"] == project.log() == []


def test_nothing_changed_nothing_runs(project):
    for page in ("demo", "other"):
        assert project.render(page)["runs"] == []
    assert project.log() == []


def test_a_changed_snippet_runs_only_what_depends_on_it(project):
    project.change("snippets/other.py", "print(one(1))", "print(one(1) + 0.5)")
    assert project.render("demo")["runs"] == []
    answer = project.render("other")
    assert sorted(answer["runs"]) == ["other", "snippets/other.py"]
    assert project.log() == ["run other"]
    assert "1.5\n</pre>" in answer["html"]["zh"]
    project.change("snippets/demo.py", "return x / 2", "return x / 4")
    answer = project.render("demo")
    assert sorted(answer["runs"]) == ["demo", "snippets/demo.py"]
    assert ">0.0039</span>" in answer["html"]["en"]
    assert project.render("other")["runs"] == ["other"]  # imports docs.experiments.demo, which imports snippets.demo


def test_where_a_process_cannot_go_on_as_two_each_program_gets_a_new_python(project):
    project.change(TEST, "range(4)", "range(6)")
    answer = project.ask(forks=False)
    assert answer["runs"] == ["demo", "demo"], "asked for, and started"
    assert ">0.0156</span>" in answer["html"]["en"]
    project.change(TEST, 'log("run demo")', 'print("why", flush=True); import os; os._exit(3)')
    assert project.ask(forks=False)["error"].endswith("ended without a result:\nwhy")
    assert project.ask()["error"].endswith("ended without a result:\nwhy")
    project.change(TEST, "import os; os._exit(3)", "import time; time.sleep(60)")
    assert project.ask(forks=False, experiment=1)["error"].endswith("does not end within 1 s")


def test_the_process_that_waits_for_programs_ends_with_the_builder(project):
    """Whatever ends the builder."""
    done = subprocess.run([sys.executable, "-c", "import os; from docs.builder import apart\n"
                           "print(apart._address('experiment'), flush=True); os.kill(os.getpid(), 9)"],
                          cwd=project.root, env={**os.environ, "PYTHONPATH": str(project.root)}, text=True, stdout=subprocess.PIPE)
    folder = Path(done.stdout.strip()).parent
    assert folder.name
    deadline = time.monotonic() + 60
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("statement", ["from docs.experiments import helper", "from . import helper",
                                       "import docs.experiments.helper as helper"])
def test_what_an_experiment_imports_counts_as_its_own(project, statement):
    project.write("docs/experiments/helper.py", "ONE = 1\n")
    project.change("docs/experiments/other.py", "from snippets import other\n", statement + "\n")
    project.change("docs/experiments/other.py", '(1, ".1f")', '(helper.ONE, ".1f")')
    assert ">1.0</span>" in project.render("other", ["en"])["html"]["en"]
    project.write("docs/experiments/helper.py", "ONE = 2\n")
    assert ">2.0</span>" in project.render("other", ["en"])["html"]["en"]


def test_a_caption_draws_nothing_anew_and_a_label_one_figure_in_one_language(project):
    project.change("docs/de/demo.md", "caption: Er endet", "caption: Der Lauf endet")
    answer = project.render()
    assert answer["runs"] == project.log() == []
    assert "Der Lauf endet" in answer["html"]["de"]
    before = set(project.root.glob(".cache/experiments/demo-*/*.svg"))
    project.change("docs/de/demo.md", "loss: Verlust, am Ende", "loss: Verlust am Ende")
    answer = project.render()
    assert answer["runs"] == ["demo"]
    assert project.log() == ["draw"]
    [new] = set(project.root.glob(".cache/experiments/demo-*/*.svg")) - before
    assert ".de." in new.name
    assert "Verlust am Ende 0,0625</text>" in answer["html"]["de"]


def test_a_failed_run_is_not_kept(project):
    project.change(TEST, 'log("run demo")', 'raise RuntimeError("no luck")')
    assert "no luck" in project.error()
    assert "no luck" in project.error()
    project.change(TEST, 'raise RuntimeError("no luck")', 'log("run demo")')
    assert project.render()["runs"] == []


# Through MkDocs ---------------------------------------------------------------



def build(project: Project, folder: Path) -> subprocess.CompletedProcess:
    for name in ("mkdocs.yml", "docs/zh.yml", "docs/de.yml"):
        text = (ROOT / name).read_text("utf-8")
        if name == "mkdocs.yml":
            text = re.sub(r"^nav:\n(?:[ -].*\n)+", "nav: [demo.md, other.md, glossary.md]\n", text, flags=re.M)
            assert "nav: [demo" in text
        project.write(name, text)
    for language in LANGUAGES:
        project.write(f"docs/{language}/glossary.md", "# Glossary {#glossary}\n\n::: glossary\n")
    return subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder], cwd=project.root,
                          capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(project.root), "PYTHONDONTWRITEBYTECODE": "1", "PYODIDE_DIR": ""})


def test_a_fault_in_a_translation_stops_the_whole_build_without_a_traceback(project, tmp_path):
    project.change("docs/de/demo.md", "falls to {{ final }}", "falls to {{ finale }}")
    done = build(project, tmp_path / "site")
    assert done.returncode != 0
    line = project.line("docs/de/demo.md", "# Demo")
    assert f"docs/de/demo.md:{line}: lacks fact 'final', which the English page has" in done.stderr
    assert "Traceback" not in done.stderr, done.stderr
