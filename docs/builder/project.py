"""The folders of the project and the languages of the site."""

import os
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SNIPPETS = ROOT / "snippets"
EXPERIMENTS = DOCS / "experiments"
LABS = DOCS / "labs"
BUILDER = DOCS / "builder"
CACHE = Path(os.environ.get("UNSTUCK_CACHE") or ROOT / ".cache").resolve()

LANGUAGES = {"en": "English", "zh": "中文", "de": "Deutsch"}
ORIGINAL = "en"  # the language whose structure the others follow


class PageError(Exception):
    """What is wrong in a file that an author wrote, and where."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        try:
            name = path.relative_to(ROOT).as_posix()
        except ValueError:
            name = str(path)
        super().__init__(f"{name}:{line}: {message}")


def write_whole(path: Path, data: bytes) -> None:
    """Whole or not at all: a build that is stopped leaves no half file."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def read_yaml(text: str) -> object:
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # ten times as fast
    except yaml.YAMLError:
        return yaml.safe_load(text)  # says better what is wrong


@cache
def words(language: str) -> dict[str, str]:
    """The interface in one language."""
    files = (BUILDER / "interface.yml", BUILDER / "runtime" / "words.yml")
    return {name: entry[language] for file in files for name, entry in read_yaml(file.read_text("utf-8")).items()}
