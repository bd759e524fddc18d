"""A page's words as a reader meets them, and what a machine can say about them.

    python -m tests.every.prose            every page
    python -m tests.every.prose softmax    one page, in its three languages

Code, formulas, facts and citations become one mark each, so that what stands
around them can be judged; each character knows the line it came from.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import hunspell
import yaml

from docs.builder import npm, page as pages
from docs.builder.project import DOCS, EXPERIMENTS, LABS, LANGUAGES, SNIPPETS
from docs.builder.reference import glossary, sources

WORDS = Path(__file__).parents[1] / "words"
CODE, FORMULA, FACT, CITE = "\ue000\ue001\ue002\ue003"
MARKS = CODE + FORMULA + FACT + CITE

TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in {
    "fence": r"^ *(?P<bars>`{3,}|~{3,})[^\n]*\n.*?^ *(?P=bars)[^\n]*$",
    "display": pages.DISPLAY.pattern,
    "code": r"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",
    "formula": pages.INLINE.pattern,
    "fact": pages.FACT.pattern + r"|\{\w+\}",  # {name}: a number of a play figure's reading
    "cite": pages.CITE.pattern,
    "place": r"^:::[^\n]*$",
    "title": r'(?:!!!|\?\?\?\+?) *[\w-]+ *"?|"(?=\s*$)',
    "apart": r"(?<=\))(?:\*\* +|\{[^}\n]*\})",  # after the title of a card, between buttons
    "link": r"\]\([^)\s]*\)|\[(?=[^\]\n]*(?:\n[^\]\n]+)?\]\()",
    "markup": r"\*\*|\{ *[.#:][^}\n]*\}|</?[a-z][^>\n]*>|^ *(?:#+|[-*]|\d+\.) +",
}.items()), re.M | re.S)
SHOWN = {"code": CODE, "formula": FORMULA, "fact": FACT, "cite": CITE, "apart": "\u2003"}
ALONE = re.compile(r" *(?:#|\||[-*] |\d+\. |!!!|\?\?\?|:::|$)")  # a line that continues no paragraph
NEVER_CONTINUED = re.compile(r" *(?:#|\||!!!|\?\?\?)")


@dataclass(frozen=True)
class Problem:
    path: Path
    line: int
    message: str
    warning: bool = False  # a matter of taste: said, but no error

    def __str__(self) -> str:
        return f"{self.path.relative_to(DOCS.parent).as_posix()}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Unit:
    """A paragraph, a heading, a cell of a table, or a text of the front matter."""

    text: str
    lines: tuple[int, ...]  # of each character

    def around(self, start: int, end: int, width: int = 8) -> str:
        """Some text, to recognize the place by."""
        return _readable(self.text[max(0, start - width):end + width])

    def sentence(self, position: int) -> str:
        """The sentence that a position is in."""
        ends = [match.end() for match in re.finditer(r"[.!?][”“’)]* +(?=\W?[A-ZÄÖÜ])|[。！？]”?", self.text)]
        start = max([end for end in ends if end <= position], default=0)
        return self.text[start:min([end for end in ends if end > position], default=len(self.text))]


def _readable(text: str) -> str:
    return text.translate({ord(CODE): "`…`", ord(FORMULA): "$…$", ord(FACT): "{{…}}", ord(CITE): "[@…]"}).strip()


# From a page to its words -----------------------------------------------------


def units(page: pages.Page) -> Iterator[Unit]:
    yield from _front_matter(page)
    yield from _split(page.body, page.first_line)


def _front_matter(page: pages.Page) -> Iterator[Unit]:
    text = page.text[:len(page.text) - len(page.body)].removeprefix("---\n").removesuffix("---\n")

    def scalars(node, key: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                yield from scalars(value, f"{key}.{name.value}")
        elif isinstance(node, yaml.ScalarNode):
            yield key, node

    for key, node in scalars(yaml.compose(text), ""):
        if not re.fullmatch(r"\.title|\.description|\.figures\..*", key):
            continue
        raw, line = text[node.start_mark.index:node.end_mark.index], node.start_mark.line + 2
        if node.style in (">", "|"):
            raw, line = raw.partition("\n")[2], line + 1
        elif node.style:
            raw = raw[1:-1]
        yield from _split(raw, line)


def _split(text: str, first_line: int) -> Iterator[Unit]:
    shown, lines = _show(text, first_line)
    start, joined = 0, []
    rows = shown.splitlines(keepends=True)
    kinds = text.splitlines() if shown.count("\n") == text.count("\n") else [row.rstrip("\n") for row in rows]
    for row, kind, after in zip(rows, kinds, [*kinds[1:], ""]):
        joined += [(char, line) for char, line in zip(row, lines[start:start + len(row)])]
        start += len(row)
        if ALONE.match(after) or NEVER_CONTINUED.match(kind):
            yield from _units(joined)
            joined = []
    yield from _units(joined)


def _units(joined: list[tuple[str, int]]) -> Iterator[Unit]:
    """The cells of a row, or the paragraph, without indentation and line breaks."""
    text = "".join(char for char, _ in joined)
    for match in re.finditer(r"[^|]+" if text.lstrip().startswith("|") else r"(?s).+", text):
        kept = [(" " if char == "\n" else char, line) for index, (char, line) in enumerate(joined)
                if match.start() <= index < match.end()
                and not (char in " \n" and (index == match.start() or joined[index - 1][0] in " \n"))]
        while kept and kept[-1][0] == " ":
            kept.pop()
        if kept:
            yield Unit("".join(char for char, _ in kept), tuple(line for _, line in kept))


def _show(text: str, first_line: int) -> tuple[str, list[int]]:
    """The text with its marks, and the line of each character."""
    shown, position = [], 0

    def add(part: str, start: int) -> None:
        line = first_line + text.count("\n", 0, start)
        for char in part:
            shown.append((char, line))
            line += char == "\n"

    for match in TOKEN.finditer(text):
        add(text[position:match.start()], position)
        kind = match.lastgroup if match.lastgroup in SHOWN else next(
            (name for name in SHOWN if match[name] is not None), None)
        add(SHOWN.get(kind, ""), match.start())
        for index, char in enumerate(match[0]):
            if char == "\n":
                add("\n", match.start() + index)
        position = match.end()
    add(text[position:], position)
    return "".join(char for char, _ in shown), [line for _, line in shown]


# Numbers ----------------------------------------------------------------------

NUMBER = re.compile(r"(?<![A-Za-z_\d.,\u202f])(?<![A-Za-z]-)\d+(?:[.,\u202f]\d+)*(?:e[+-]?\d+)?(?!D\b)")


def typed_numbers(page: pages.Page) -> Iterator[Problem]:
    """A number in prose is a fact, is cited in its sentence, or is a setting: it stands in the page's own code."""
    allowed = {0.0, 1.0} | settings(page)  # targets, labels, the ends of a scale
    for unit in units(page):
        for match in NUMBER.finditer(unit.text):
            if value(match[0], page.language) not in allowed and CITE not in unit.sentence(match.start()):
                yield Problem(page.path, unit.lines[match.start()], f"{match[0]!r} in {unit.around(*match.span())!r} is "
                              "typed: make it a fact {{ … }}, or cite its source in the same sentence; "
                              "a setting may be typed if the page's experiment or snippet has it")


def value(text: str, language: str) -> float:
    text = text.replace("\u202f", "")
    return float(text.replace(",", ".") if language == "de" else text.replace(",", ""))


def settings(page: pages.Page) -> set[float]:
    """Sizes of the numbers in the code of the page: its experiment, but not how that draws, its snippets and its lab."""
    paths = [SNIPPETS / f"{name}.py" for name in page.named("snippet")]
    if page.experiment:
        paths.append(EXPERIMENTS / f"{page.experiment}.py")
    if page.lab:
        paths.append(LABS / f"{page.lab}.py")
    found = set()
    for path in paths:
        for node in ast.parse(path.read_text("utf-8")).body:
            marks = [mark for mark in getattr(node, "decorator_list", []) if ast.unparse(mark).startswith("figure")]
            found |= {abs(float(inner.value)) for part in marks or [node] for inner in ast.walk(part)
                      if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float))}
    return found


# Typography -------------------------------------------------------------------

HAN = r"[\u3400-\u9fff]"
FULL = "，。；：？！、（）《》“”"
LATIN = rf"[A-Za-zα-ωΑ-Ω\d{MARKS}]"

EVERYWHERE = {
    r"(?<![\w–)])-\d": "a minus is − (U+2212), not a hyphen",
    r"\d{5,}": "digits are grouped from five up",
    r"\.\.\.": "an ellipsis is one character: …",
    r'"': "straight quotation mark",
}
TYPOGRAPHY = {
    "en": EVERYWHERE | {
        r" - ": "a dash is – or a comma, not a hyphen",
        r"[„«»]": "English quotation marks are “ ”",
        r"\d\s%": "no space before %",
    },
    "de": EVERYWHERE | {
        r" - ": "a dash is –, not a hyphen",
        r"”|[«»]|(?<!„)“(?=\w)": "German quotation marks are „ and “",
        r"„(?![^“]*“)": "„ without its “",
        r"\b[zdiuosv]\.[^\u202f]?[BhadÄ]\.": "narrow no-break space (U+202F) inside, as in z. B.",
        rf"[\d{FACT}] ?%": "no-break space (U+00A0) before %",
        r"\d\.\d": "a decimal comma in German",
        r"(?<!\d),\d": "a zero before the decimal comma",
        r"\d[ \u00a0]\d{3}(?!\d)": "digits are grouped by a narrow no-break space (U+202F)",
    },
    "zh": EVERYWHERE | {
        rf"{HAN}[−+]?{LATIN}|[A-Za-zα-ωΑ-Ω\d{MARKS}]{HAN}": "a space between Han and Latin letters, digits, formulas, code",
        rf"{HAN} +{HAN}": "no space between Han; a paragraph is one line",
        rf"[{FULL}] | [{FULL}]": "no space next to full-width punctuation; a paragraph is one line",
        r"\s[%°]": "no space before % or °",
        rf"{HAN} ?[,.;:?!(]|[,;:?!)]{HAN}|[,;?!] {HAN}": "full-width punctuation next to Han",
        r"['‘’「」『』„«»]": "Chinese quotation marks are “ ”",
        r"“(?![^“]*”)": "“ without its ”",
        r"(?<!\*)\*(?!\*)": "bold, not italics",
        r"[０-９Ａ-Ｚａ-ｚ％]": "full-width letter or digit",
        r"您|(?<!申)请(?!求)": "你, never 您, and no 请",
        r"。。|…(?!…)(?<!……)": "an ellipsis is ……",
    },
}
TASTE = {
    "en": {r"(?i)\b(simply|obviously|(?<!has )(?<!have )just(?! as\b))\b": "says nothing to a reader who is stuck"},
    "de": {
        r"(?i)\b(einfach|offensichtlich|natürlich|lediglich)\b": "says nothing to a reader who is stuck",
        r"(?i)\brealisier\w*": "bemerken?",
        r"(?i)\badressier\w*": "behandeln?",
        r"\b[Mm]ach\w* (\w+ )?Sinn|Sinn (\w+ )?mach\w*": "Sinn haben, sinnvoll sein?",
    },
    "zh": {
        r"显然|只需|简单地|众所周知": "says nothing to a reader who is stuck",
        r"进行|通过[^，。；：]{1,20}来|被": "translated from English?",
        r"的[^，。；：、？！]{1,6}的[^，。；：、？！]{1,6}的": "a string of 的",
        rf"(?:{HAN}[^\u3400-\u9fff{FULL}—…]*){{41,}}": "more than 40 characters without a break",
    },
}


def typography(page: pages.Page) -> Iterator[Problem]:
    for unit in units(page):
        text = unit.text.replace("……", "\ue010") if page.language == "zh" else unit.text
        for rules, warning in ((TYPOGRAPHY, False), (TASTE, True)):
            for pattern, message in rules[page.language].items():
                for match in re.finditer(pattern, text):
                    yield Problem(page.path, unit.lines[min(match.start(), len(unit.lines) - 1)],
                                  f"{message}: {unit.around(*match.span())!r}", warning)


# Words ------------------------------------------------------------------------

WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:['’][a-z]+)?")
IZE = re.compile(r"i([sz])(e[sdr]?|ers|ing|ations?|able)$")
LINKS = ("", "s", "n", "en", "es", "er", "e")  # between the parts of a German compound, and behind it


@cache
def dictionary(language: str) -> hunspell.Hunspell:
    """Hunspell's, with the dictionaries that npm brings (see tests/words/package.json)."""
    name = {"en": "dictionary-en-gb", "de": "dictionary-de"}[language]
    return hunspell.Hunspell("index", hunspell_data_dir=str(npm.install(WORDS) / "node_modules" / name))


@cache
def own_words(language: str) -> frozenset[str]:
    """What the dictionary lacks: the project's lists, the glossary's words, the names in the sources."""
    listed = [word for name in (language, "names") for word in (WORDS / f"{name}.txt").read_text("utf-8").split()]
    terms = [getattr(term, language) for term in glossary().values()]
    names = [source.short for source in sources().values()]
    return frozenset(word.lower() for word in listed + WORD.findall(" ".join(terms + names)))


@cache
def is_spelt(word: str, language: str) -> bool:
    if len(word) == 1 or word.isupper() or re.sub(r"['’]s$", "", word).lower() in own_words(language):
        return True
    if language == "en" and (end := IZE.search(word)):
        stem = word[:end.start()]
        if end[1] == "s" and stem.lower() in _with_z():
            return False
        if dictionary("en").spell(f"{stem}is{end[2]}"):
            return True
    if dictionary(language).spell(word.replace("’", "'")):
        return True
    return language == "de" and _is_inflected(word.lower())


@cache
def _with_z() -> frozenset[str]:
    """The stems of our terms such as normalization: Oxford's spelling, where the dictionary has British words with s."""
    return frozenset(word[:end.start()] for word in own_words("en") if (end := IZE.search(word)) and end[1] == "z")


def _is_inflected(word: str) -> bool:
    """One of our words with an ending, or a compound with one of our words."""
    ours = own_words("de")
    if any(end and word.endswith(end) and word.removesuffix(end) in ours for end in LINKS):
        return True
    for cut in range(4, len(word) - 3):
        first, last = word[:cut], word[cut:]
        firsts = {first.removesuffix(link) for link in LINKS}
        if firsts & ours and (last in ours or any(dictionary("de").spell(form) for form in (last, last.title()))):
            return True
        if last in ours and any(dictionary("de").spell(form.title()) for form in firsts):
            return True
    return False


def spelling(page: pages.Page) -> Iterator[Problem]:
    """English and German by a dictionary; Latin words on Chinese pages are English."""
    language = "de" if page.language == "de" else "en"
    for unit in units(page):
        for match in WORD.finditer(unit.text):
            if re.search(r"[\d_]", unit.text[match.start() - 1:match.start()] + unit.text[match.end():match.end() + 1]):
                continue  # part of a name such as float64
            if not is_spelt(match[0], language):
                yield Problem(page.path, unit.lines[match.start()], f"{match[0]!r} is in no dictionary: misspelt, or a "
                              f"word for tests/words/ ({language}.txt, names.txt)?")


@cache
def avoided(language: str) -> dict[str, str]:
    """Words that a note of the glossary rules out ("avoid A, B; never C"), each with the word to use.

    A word that the glossary uses elsewhere, or that is ruled out in some sense only (said in brackets behind it), is
    none of them.
    """
    clause = re.compile(r"(?:avoid|never) ([^;]*)")
    word = re.compile(r"(?:zh )?([\u4e00-\u9fff]{2,})" if language == "zh" else r"(?:de )?([A-ZÄÖÜ][\w-]{3,}(?: [A-ZÄÖÜ]\w+)?)")
    terms = glossary().values()
    used = " ".join(f"{term.en} {term.zh} {term.de} {clause.sub('', term.note)}" for term in terms).lower()
    found = {}
    for term in terms:
        items = re.split(r", ", ", ".join(clause.findall(term.note)))
        found |= {match[1]: getattr(term, language) for item in items
                  if (match := word.fullmatch(item.strip())) and match[1].lower() not in used}
    return found


def glossary_words(page: pages.Page) -> Iterator[Problem]:
    if page.language == "en":
        return
    for unit in units(page):
        for word, own in avoided(page.language).items():
            pattern = re.escape(word) if page.language == "zh" else rf"\b{re.escape(word)}(?:e?[sn])?\b"
            for match in re.finditer(pattern, unit.text):
                yield Problem(page.path, unit.lines[match.start()], f"{match[0]!r}: the glossary says {own!r}")


CHECKS = (typed_numbers, typography, spelling, glossary_words)


def problems(page: pages.Page) -> list[Problem]:
    found = {problem for check in CHECKS for problem in check(page)}
    return sorted(found, key=lambda problem: (problem.warning, problem.line, problem.message))


def main(slugs: list[str]) -> int:
    found = [problem for language in LANGUAGES for page in pages.all_pages(language)
             if not slugs or page.slug in slugs for problem in problems(page)]
    for problem in found:
        print(f"{problem}{' (warning)' if problem.warning else ''}")
    return any(not problem.warning for problem in found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
