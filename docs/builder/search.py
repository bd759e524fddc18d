"""Where a search may cut a word into terms, for each language.

Material's search splits the index and the query by the same regular
expression. For German it also cuts compounds whose last part is a word of the
site, so that "Funktion" finds "Verlustfunktion" and "Gradienten abstieg"
finds "Gradientenabstieg". Chinese is segmented by jieba, which learns the
glossary's terms; the zero-width space is how the segments are marked.
A German reader without umlauts on the keyboard types "Saettigung". Material's
search folds ä to a, not to ae, so each entry also carries its words with
umlauts in that spelling, and an English one the British form of what the
pages write as the field does, normalization. What stands with a hyphen, "Batch-Größe", is also
typed as one word, "Batchgröße".

The whole of a Chinese query finds nothing if one of its characters begins no
term of the index, so the home page's entry has every character of the site, in
a field that does not count. Which field counts how much stands in mkdocs.yml:
a description says what its page is about, so it is searched like the words of a section;
a title must not outweigh a whole query, or 梯度消失 leads to 梯度下降.
"""

import json
import re
from functools import cached_property
from importlib.metadata import version
from types import ModuleType

from material.plugins.search import plugin

from .project import CACHE, DOCS, write_whole
from .reference import glossary
from .results import fingerprint

WORDS = r"[\s\-,:!=\[\]()\"'`/._„“”‚‘’–—…·]+"
HAN = "[\u4e00-\u9fff]"
LATIN = "[A-Za-z0-9]"
CHINESE = rf"(?<={HAN})(?={LATIN})|(?<={LATIN})(?={HAN})|" + r"[\s\u200b\u3000-\u303f\uff00-\uff65“”…—\-,:!=\[\]()\"'`/._]+"
SHORTEST = 5  # letters of a part
SAFE = 9  # letters of a noun that ends a compound whatever stands before it
ENDS = {"abstieg", "entropie"}  # nouns that the pages use in compounds only
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
SPELLINGS = {  # language: which words have another spelling, and which
    "en": (r"\b\w{4,}iz(?:e|ing|ation)\w*", lambda word: word.replace("iz", "is")),
    "de": (r"\w*[äöüß]\w*", lambda word: word.translate(SPELT_OUT)),
}


# Drawings and programs are most of a page's HTML; what is searched holds none of them, nor the list of sources, which the text names.
UNSEARCHED = re.compile(r'<svg\b.*?</svg>|<math\b.*?</math>|<div class="highlight"><pre.*?</pre></div>|<h2 id="sources".*', re.S)


def searched(content: str) -> str:
    """The part of a page's HTML that its search index is made from."""
    return UNSEARCHED.sub("", content)


def separator(language: str) -> str:
    if language == "zh":
        return CHINESE
    if language == "de":
        return "|".join([WORDS, *_joints()])
    return WORDS


class Segmenter:
    """Cuts Chinese into words as jieba does, and keeps what it has cut: to load jieba takes as long as to build a dozen pages."""

    def __init__(self) -> None:
        self.terms = [term.zh for term in glossary().values() if re.fullmatch(HAN + "{2,}", term.zh)]
        self.file = CACHE / "segments" / f"{fingerprint(self.terms, version('jieba'))}.json"
        self.known = json.loads(self.file.read_text("utf-8")) if self.file.exists() else {}
        self.used: dict[str, list[str]] = {}

    def cut(self, text: bytes | str) -> list[str]:
        text = text.decode() if isinstance(text, bytes) else text
        if text not in self.used:
            self.used[text] = self.known[text] if text in self.known else list(self._jieba.cut(text))
        return self.used[text]

    @cached_property
    def _jieba(self) -> ModuleType:
        """It keeps the glossary's terms whole: 梯度消失 is not only 梯度 and 消失."""
        import jieba

        for term in self.terms:
            jieba.add_word(term)
        return jieba

    def keep(self) -> None:
        """For the next build, what this one used."""
        if self.used != self.known:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.file, json.dumps(self.used, ensure_ascii=False).encode())


def use_segmenter(language: str) -> None:
    """For Chinese. The Chinese words of other languages' pages stay as they are: nothing there cuts at a zero-width space."""
    plugin.jieba = Segmenter() if language == "zh" else None


def keep_segments() -> None:
    if plugin.jieba:
        plugin.jieba.keep()


def describe(entry: dict, description: str, language: str) -> None:
    """Give a page's first entry its description, and the Chinese home page the characters of its site."""
    if language == "zh":
        description = "\u200b".join(plugin.jieba.cut(description))
        if not entry["location"]:
            text = "".join(path.read_text("utf-8") for path in (DOCS / "zh").glob("*.md"))
            entry["characters"] = " ".join(sorted(set(re.findall(HAN, text))))
    entry["description"] = description


def spell_out(entries: list[dict], language: str) -> None:
    """Add to the entries of an index what a reader may type instead: normalisation; in German ae for ä."""
    if language not in SPELLINGS:
        return
    pattern, other = SPELLINGS[language]
    for entry in entries:
        text = re.sub(r"<[^>]*>", " ", f"{entry['title']} {entry.get('description', '')} {entry['text']}")
        if words := re.findall(pattern, text.lower()):
            entry["text"] += f"<p>{' '.join(sorted({other(word) for word in words}))}</p>"


def _joints() -> list[str]:
    """One look-around for each place where a German compound of the site joins."""
    text = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "de").glob("*.md")))
    text += "\n".join(term.de for term in glossary().values())
    words = {word.lower() for word in re.findall(r"[A-Za-zÄÖÜäöüß]{5,}", text)}
    nouns = {word.lower() for word in re.findall(r"\b[A-ZÄÖÜ][a-zäöüß]{4,}", text)}
    hyphened = re.findall(r"\b([A-Za-zÄÖÜäöüß]{4,})-([A-Za-zÄÖÜäöüß]{4,})\b", text)
    joints = {(first.lower(), last.lower().translate(spelling))
              for first, last in hyphened for spelling in ({}, SPELT_OUT)}
    for word in words:
        for cut in range(SHORTEST - 1, len(word) - SHORTEST + 1):
            first, last = word[:cut], word[cut:]
            known = first in words or re.sub(r"(s|n|en|es)$", "", first) in words or len(last) >= SAFE
            if last in ENDS or last in nouns and known:
                joints.add((first, last))
    return [f"(?<={_any_case(first)})(?={last})" for first, last in sorted(joints)]


def _any_case(word: str) -> str:
    return f"[{word[0].upper()}{word[0]}]{word[1:]}"
