"""A page to take along: as plain Markdown, for programs that read, and as a notebook.

Facts are filled in, sources named, links absolute; programs stand with what
they print, drawings with their words.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from . import labs
from . import page as pages
from .extension import Filler
from .project import SNIPPETS, words
from .results import snippet_output

MARK = re.compile("|".join([
    pages.FACT.pattern.replace("(", "(?P<fact>", 1), pages.CITE.pattern.replace("(", "(?P<source>", 1),
    r"\[(?P<term>[^\]]*)\]\(term:[\w-]+\)", r"\]\((?P<slug>[\w-]+)\.md(?P<anchor>#[\w-]+)?\)",
    r"(?P<attributes> *\{ *[#.:][^{}]*\} *$)", r"(?P<tag></?div[^>]*>)"]), re.M)  # fmt: skip
BOX = re.compile(r'!!! (?P<kind>\w+)(?: "(?P<title>[^"]*)")?\n(?P<inside>(?:(?: {4}.*)?\n)+)')
CODE = {"snippet", "cell"}


@dataclass(frozen=True)
class Part:
    """Words, or a program and what it prints."""

    text: str
    printed: str | None = None  # of a program

    @property
    def markdown(self) -> str:
        if self.printed is None:
            return self.text
        output = f"\n\n```text\n{self.printed.rstrip()}\n```" if self.printed else ""
        return f"```python\n{self.text.rstrip()}\n```{output}"


def takes(page: pages.Page) -> str:
    """The notebook that a line below the page offers; none where there is no program, or the page's head offers it, as a lab's does."""
    return f"{page.slug}.ipynb" if page.named("snippet") else ""


def markdown(parts: list[Part]) -> str:
    """A page as a program reads it."""
    return "\n\n".join(part.markdown for part in parts) + "\n"


def notebook(page: pages.Page, parts: list[Part], root: str, wheel: str) -> str:
    """A page as a notebook. A lab's says how to install what it imports."""
    note = words(page.language)["notebook_from"].format(address=_address(page.slug, root))
    if page.lab:
        note += "\n\n" + words(page.language)["notebook_needs"] + f"\n\n```\npip install numpy matplotlib scikit-learn {wheel}\n```"
    title, *rest = parts
    cells = [{"id": f"part-{number}", "metadata": {}, **_cell(part)} for number, part in enumerate([title, Part(note), *rest], 1)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False, indent=1) + "\n"


def _cell(part: Part) -> dict:
    source = part.text.rstrip("\n").splitlines(keepends=True)
    if part.printed is None:
        return {"cell_type": "markdown", "source": source}
    printed = [{"output_type": "stream", "name": "stdout", "text": part.printed.splitlines(keepends=True)}] if part.printed else []
    return {"cell_type": "code", "execution_count": None, "source": source, "outputs": printed}


def _address(slug: str, root: str) -> str:
    return root + ("" if slug == "index" else f"{slug}/")


def in_parts(page: pages.Page, root: str) -> Iterator[Part]:
    """The page in pieces: the first is its title, then words and programs as they follow each other; root is the address of its language."""
    filler = Filler(None, page.language)
    filler.page = page
    kept: list[str] = []
    title, _, rest = page.body.strip().partition("\n")
    yield Part(_filled(title, filler, root))
    for place in re.split(r"^(?=::: )|(?<=\n)(?=\n)", rest, flags=re.M):
        match = pages.BLOCK.match(place.strip())
        if not match:
            kept.append(place)
            continue
        kind, name = match.groups()
        if kind in CODE:
            yield Part(_filled("".join(kept), filler, root))
            kept.clear()
            yield _program(page, kind, name)
        if kind == "figure" or kind == "cell" and name in (page.meta.get("figures") or {}):
            wording = page.figure(name)
            kept.append("\n" + _filled(f"> {_flat(wording.alt)}\n>\n> {_flat(wording.caption)}", filler, root) + "\n")
        elif kind == "experiment":
            kept.append("\n" + filler.words["experiment_at"].format(file=f"`docs/experiments/{page.experiment}.py`") + "\n")
        elif kind not in CODE:
            block = Element("div")
            getattr(filler, kind)(block, *([name] if name else []))
            kept.append("\n" + "\n".join(_lines(block)) + "\n")
    yield Part(_filled("".join(kept), filler, root))


def _program(page: pages.Page, kind: str, name: str) -> Part:
    if kind == "cell":
        return Part(labs.cells(page.lab)[name], labs.outcome(page.lab)[1][name].text)
    return Part((SNIPPETS / f"{name}.py").read_text("utf-8"), snippet_output(name))


def _filled(text: str, filler: Filler, root: str) -> str:
    """Marks become what they stand for; what stands in code is left alone."""
    hidden, done, end = pages.without_code(text), [], 0
    for mark in MARK.finditer(hidden):
        given = mark.groupdict()
        if given["fact"]:
            new = filler.fact(given["fact"])
        elif given["source"]:
            source = filler.source(given["source"])
            new = f"[{source.short} {source.year}]({source.link})"
        elif given["slug"]:
            new = f"]({_address(given['slug'], root)}{given['anchor'] or ''})"
        else:
            new = given["term"] or ""
        done += [text[end:mark.start()], new]
        end = mark.end()
    boxes = BOX.sub(lambda match: _quote(match, filler), "".join(done) + text[end:] + "\n")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"^``` *\{ *\.(\w+)[^}]*\}", r"```\1", boxes, flags=re.M)).strip()


def _quote(match: re.Match, filler: Filler) -> str:
    title = match["title"] or filler.words.get(match["kind"], match["kind"].capitalize())
    inside = re.sub(r"^ {4}", "", match["inside"], flags=re.M).strip()
    return "\n".join(f"> {line}".rstrip() for line in f"**{title}**\n\n{inside}".splitlines()) + "\n\n"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _lines(block: Element) -> Iterator[str]:
    """Headings, lists and tables that the builder made, as Markdown."""
    for item in block.iter():
        words = [_flat("".join(cell.itertext())) for cell in item]
        if item.tag == "tr":
            yield f"| {' | '.join(words)} |"
            if all(cell.get("scope") == "col" for cell in item):
                yield "|" + " --- |" * len(item)
        elif item.tag == "li":
            yield f"- {_flat(''.join(item.itertext()))}"
        elif item.tag == "h2":
            yield f"\n## {_flat(''.join(item.itertext()))}\n"
        elif item.tag == "dt":
            mark = "**" if item.find("code") is None else "`"
            yield f"{mark}{''.join(item.itertext())}{mark}\n"
        elif item.tag in ("dd", "p"):
            yield f"{''.join(item.itertext())}\n"


def write(page: pages.Page, root: str, wheel: str, folder: Path) -> None:
    """Both beside the page's HTML; a notebook only where there is a program."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = list(in_parts(page, root))
    (folder / "index.md").write_text(markdown(parts), "utf-8")
    if any(part.printed is not None for part in parts):
        (folder / f"{page.slug}.ipynb").write_text(notebook(page, parts, root, wheel), "utf-8")
