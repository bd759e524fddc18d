"""The glossary and the sources: what every page may refer to."""

import csv
from dataclasses import dataclass
from functools import cache

import yaml

from .project import DOCS, LANGUAGES


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
        same = self.en.lower() in (text.lower(), getattr(self, language).lower())
        return "" if language == "en" or same else self.en


@cache
def glossary() -> dict[str, Term]:
    with open(DOCS / "glossary.csv", encoding="utf-8", newline="") as file:
        terms = [Term(**row) for row in csv.DictReader(file)]
    for term in terms:
        missing = [language for language in LANGUAGES if not getattr(term, language)]
        if missing:
            raise ValueError(f"docs/glossary.csv: {term.id} lacks {', '.join(missing)}")
    return {term.id: term for term in terms}


@dataclass(frozen=True)
class Source:
    key: str
    authors: str  # as in a list of references
    short: str  # as in a sentence
    year: int
    title: str
    where: str
    doi: str = ""
    arxiv: str = ""
    url: str = ""

    @property
    def link(self) -> str:
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else self.url

    @property
    def number(self) -> str:
        """The number to look it up by."""
        return f"doi:{self.doi}" if self.doi else f"arXiv:{self.arxiv}" if self.arxiv else ""


@cache
def sources() -> dict[str, Source]:
    table = yaml.safe_load((DOCS / "sources.yml").read_text("utf-8"))
    return {key: Source(key=key, **entry) for key, entry in table.items()}
