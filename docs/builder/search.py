"""Where a search may cut a word into terms, for each language.

Material's search splits the index and the query by the same regular
expression. For German it also cuts compounds whose last part is a word of the
site, so that "Funktion" finds "Verlustfunktion" and "Gradienten abstieg"
finds "Gradientenabstieg". Chinese is segmented by jieba; the zero-width space
is how the segments are marked.
"""

import re

from .project import DOCS
from .reference import glossary

WORDS = r"[\s\-,:!=\[\]()\"'`/._„“”‚‘’–—…·]+"
CHINESE = r"[\s\u200b\u3000-\u303f\uff00-\uff65“”…—\-,:!=\[\]()\"'`/._]+"
SHORTEST = 5  # letters of a part


# Drawings and programs are most of a page's HTML; what is searched holds none of them.
UNSEARCHED = re.compile(r'<svg\b.*?</svg>|<math\b.*?</math>|<div class="highlight"><pre tabindex.*?</pre></div>', re.S)


def searched(content: str) -> str:
    """The part of a page's HTML that its search index is made from."""
    return UNSEARCHED.sub("", content)


def separator(language: str) -> str:
    if language == "zh":
        return CHINESE
    if language == "de":
        return "|".join([WORDS, *_joints()])
    return WORDS


def _joints() -> list[str]:
    """One look-around for each place where a German compound of the site joins."""
    text = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "de").glob("*.md")))
    text += "\n".join(term.de for term in glossary().values())
    words = {word.lower() for word in re.findall(r"[A-Za-zÄÖÜäöüß]{5,}", text)}
    nouns = {word.lower() for word in re.findall(r"\b[A-ZÄÖÜ][a-zäöüß]{4,}", text)}
    joints = set()
    for word in words:
        for cut in range(SHORTEST - 1, len(word) - SHORTEST + 1):
            first, last = word[:cut], word[cut:]
            if last in nouns and (first in words or re.sub(r"(s|n|en|es)$", "", first) in words):
                joints.add((first, last))
    return [f"(?<={_any_case(first)})(?={last})" for first, last in sorted(joints)]


def _any_case(word: str) -> str:
    return f"[{word[0].upper()}{word[0]}]{word[1:]}"
