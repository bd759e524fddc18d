"""The glossary, the sources and the snippets' functions: what every page may refer to."""

import ast
import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .project import DOCS, LANGUAGES, PageError, read_yaml

GLOSSARY = DOCS / "glossary.csv"
SOURCES = DOCS / "sources.yml"


@dataclass(frozen=True)
class Term:
    id: str
    en: str
    zh: str
    de: str
    de_gender: str
    note: str

    def gloss(self, text: str, language: str) -> str:
        """The English that goes in brackets behind the first use; "" for none."""
        said = re.search(rf"\b{re.escape(self.en)}\b", f"{text} {getattr(self, language)}", re.IGNORECASE)
        return "" if language == "en" or said else self.en


def glossary() -> dict[str, Term]:
    """The terms by their ids, as the file is now."""
    return _glossary(GLOSSARY.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _glossary(_mtime: int) -> dict[str, Term]:
    with open(GLOSSARY, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        terms: dict[str, Term] = {}
        for row in rows:
            name = row["id"]
            missing = [language for language in LANGUAGES if not row[language]]
            fault = (f"lacks {', '.join(missing)}" if missing else "stands here for the second time" if name in terms
                     else "has a cell too many" if None in row else "has a cell too few" if None in row.values() else "")
            if fault:
                raise PageError(GLOSSARY, rows.line_num, f"term {name!r} {fault}")
            terms[name] = Term(**row)
    return terms


@dataclass(frozen=True)
class Source:
    key: str
    authors: str  # as in a list of references
    short: str  # as in a sentence
    year: str  # with a letter where two would read alike: 2016a, 2016b
    title: str
    where: str
    doi: str = ""
    arxiv: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "year", str(self.year))  # YAML reads 2016 as a number, 2016a as a word

    @property
    def link(self) -> str:
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else self.url

    @property
    def number(self) -> str:
        """The number to look it up by."""
        return f"doi:{self.doi}" if self.doi else f"arXiv:{self.arxiv}" if self.arxiv else ""


def sources() -> dict[str, Source]:
    """The sources by their keys, as the file is now."""
    return _sources(SOURCES.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _sources(_mtime: int) -> dict[str, Source]:
    text = SOURCES.read_text("utf-8")
    found = {}
    for key, entry in read_yaml(text).items():
        line = 1 + text[:text.index(f"{key}:")].count("\n")
        try:
            found[key] = Source(key=key, **entry)
        except TypeError as error:
            raise PageError(SOURCES, line, f"source {key!r}: {str(error).partition(' ')[2]}") from None
        if not found[key].link:
            raise PageError(SOURCES, line, f"source {key!r} needs a doi, an arxiv number or a url")
        for other in found.values():
            if other.key != key and (other.short, other.year) == (found[key].short, found[key].year):
                raise PageError(SOURCES, line, f"source {key!r} reads like {other.key!r}, {other.short} {other.year}: give their years letters")
    return found


@dataclass(frozen=True)
class Function:
    signature: str
    summary: str


def functions(path: Path) -> list[Function]:
    """What a snippet offers: its public functions and classes, as they are written there."""
    return _functions(path, path.stat().st_mtime_ns)


@lru_cache
def _functions(path: Path, _mtime: int) -> list[Function]:
    text = path.read_text("utf-8")
    lines, found = text.splitlines(keepends=True), []
    for node in ast.parse(text).body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            raise PageError(path, node.lineno, f"{node.name} has no docstring: its first line stands in the list of snippets")
        if isinstance(node, ast.ClassDef):
            fields = [field.target.id + (f"={ast.unparse(field.value)}" if field.value else "")
                      for field in node.body if isinstance(field, ast.AnnAssign)]
            signature = f"{node.name}({', '.join(fields)})"
        else:
            signature = re.match(r"def (.+?\))(?: *->.*?)?:\n", "".join(lines[node.lineno - 1:node.end_lineno]), re.S)[1]
        found.append(Function(" ".join(signature.split()), ast.get_docstring(node).splitlines()[0]))
    return found
