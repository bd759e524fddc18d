"""Links to other sites: their form, and whether they still lead somewhere.

    python -m tests.links      asks every address once; weekly, in .github/workflows/weekly.yml

Needs nothing but the standard library. A DOI is asked for at doi.org's own
register, as publishers turn programs away.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, quote, urlsplit
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ("README.md", "docs/*.md", "docs/*/*.md", "docs/sources.yml", "docs/*/labs/*.ipynb", "snippets/*.py", "docs/experiments/*.py")

FOUND = re.compile(r"(?P<url>https?://[^\s<>\"'`\])]+)"
                   r"|\bdoi: ?(?P<doi>\S+)|\b(?i:arxiv): ?\"?(?P<arxiv>[^\s\"]+)")
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
ARXIV = re.compile(r"\d{4}\.\d{4,5}(v\d+)?|[a-z-]+(\.[A-Z]{2})?/\d{7}")
TRACKING = re.compile(r"utm_.*|[a-z]?clid|fbclid|gclid|mc_[ce]id|ref|ref_src|source|si|igshid")
HERE = {"127.0.0.1", "localhost"}
NO_HTTPS = {"neuralnetworksanddeeplearning.com"}
SHORTENED = {"bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "dx.doi.org"}


@dataclass(frozen=True)
class Link:
    path: Path
    line: int
    kind: str  # url, doi or arxiv
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT).as_posix()}:{self.line}: {self.text}"


def links(text: str, path: Path) -> Iterator[Link]:
    for match in FOUND.finditer(text):
        name = match[match.lastgroup].rstrip(".,;:" if match.lastgroup == "url" else ".,;:)]}`'\"")
        if match.lastgroup != "url" and (path.suffix == ".md" or name.startswith(("{", "http"))):
            continue  # prose about a doi; pages cite with [@key]
        if match.lastgroup != "url" or urlsplit(name).hostname not in HERE:
            yield Link(path, 1 + text.count("\n", 0, match.start()), match.lastgroup, name)


def all_links() -> list[Link]:
    return [link for pattern in WRITTEN for path in sorted(ROOT.glob(pattern))
            for link in links(path.read_text("utf-8"), path)]


def fault(link: Link) -> str:
    """What is wrong with the form of a link; "" for nothing."""
    if link.kind == "doi":
        return "" if DOI.fullmatch(link.text) else "a DOI is 10.number/name"
    if link.kind == "arxiv":
        return "" if ARXIV.fullmatch(link.text) else "an arXiv number is 1412.6980 or cs/0309048"
    address = urlsplit(link.text)
    if not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", address.netloc):
        return "no host that could be asked"
    if address.netloc in SHORTENED:
        return "shortened: write where it leads"
    if address.scheme != "https" and address.netloc not in NO_HTTPS:
        return "not https"
    if any(TRACKING.fullmatch(name) for name, _ in parse_qsl(address.query, keep_blank_values=True)):
        return "a parameter that tracks readers"
    if link.path.name == "sources.yml" and address.netloc in ("doi.org", "arxiv.org"):
        return f"give its number: {'doi' if address.netloc == 'doi.org' else 'arxiv'}: …"
    return ""


# Whether it leads somewhere ---------------------------------------------------


def address(link: Link) -> str:
    if link.kind == "doi":
        return f"https://doi.org/api/handles/{quote(link.text)}"
    return f"https://export.arxiv.org/abs/{link.text}" if link.kind == "arxiv" else link.text.partition("#")[0]


def ask(url: str, tries: int = 3, pause: float = 20) -> str:
    """What is wrong at an address; "" for nothing. A host that turns programs away is taken at its word."""
    for left in reversed(range(tries)):
        try:
            with urlopen(Request(url, headers={"User-Agent": "link check"}), timeout=30) as answer:
                known = "/api/handles/" not in url or json.load(answer).get("responseCode") == 1
                return "" if known else "unknown DOI"
        except HTTPError as error:
            if error.code in (401, 403, 405, 429):
                return ""
            said = f"{error.code} {error.reason}"
            if error.code in (404, 410):
                return said
        except (URLError, OSError, ValueError) as error:
            said = str(error)
        if left:
            time.sleep(pause)
    return said


def main() -> int:
    broken = False
    by_address: dict[str, list[Link]] = {}
    for link in all_links():
        by_address.setdefault(address(link), []).append(link)
    for url, where in sorted(by_address.items()):
        said = ask(url)
        for link in where if said else ():
            print(f"{link}: {said}", flush=True)
        broken |= bool(said)
        time.sleep(1)
    print(f"{len(by_address)} addresses asked")
    return broken


if __name__ == "__main__":
    sys.exit(main())
