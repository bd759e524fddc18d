"""The words of every page: no typed results, typography, spelling, the glossary's terms."""

import warnings

import pytest

from docs.builder import page as pages
from docs.builder.project import DOCS, LANGUAGES
from tests.every.prose import problems

PAGES = [page.path for language in LANGUAGES for page in pages.all_pages(language)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_words(path):
    found = problems(pages.read(path))
    for problem in found:
        if problem.warning:
            warnings.warn(str(problem), stacklevel=1)
    errors = [str(problem) for problem in found if not problem.warning]
    assert not errors, "\n".join(errors)


# Planted faults ---------------------------------------------------------------


def said(language: str, text: str) -> list[str]:
    """What is said about a text on the page softmax, whose experiment sets 10, 1000 and 1e-8 and gives 2.303."""
    page = pages.Page(DOCS / language / "softmax.md", language, text, body=text)
    return [str(problem).partition(": ")[2] for problem in problems(page)]


FAULTS = [
    # typed numbers
    ("en", "It ends at 0.094.", "'0.094' in 'ends at 0.094.' is typed"),
    ("en", "The loss is 82% of that.", "'82' in"),
    ("en", "As [@nielsen2015] says. It is 7 now.", "'7' in"),
    ("en", "| a | b |\n|---|---|\n| 1 | about 7 |", "'7' in"),
    ("en", "## It takes 7 steps {#id}", "'7' in"),
    ("en", "- First {{ gap }},\n  then 7 more", "'7' in"),
    ("en", '!!! note "After 7 steps"\n    Text', "'7' in"),
    ("de", "Am Ende 0,094.", "'0,094' in"),
    ("de", "Am Ende 12\u202f345.", "345' in 'Am Ende"),
    ("zh", "最后是 0.094。", "'0.094' in"),
    ("zh", "见 [@nielsen2015]。到了 7 轮。", "'7' in"),
    # typography, everywhere
    ("en", "It falls to -1.", "a minus is −"),
    ("en", "And so on...", "an ellipsis is one character"),
    ("en", 'A "word".', "straight quotation mark"),
    ("en", "One - or two.", "a dash is –"),
    ("en", "A „word“.", "English quotation marks"),
    ("en", "It is 1 % here.", "no space before %"),
    # German
    ("de", 'Ein "Wort".', "straight quotation mark"),
    ("de", "Ein “Wort”.", "German quotation marks"),
    ("de", "Ein „Wort.", "„ without its “"),
    ("de", "Also z. B. hier.", "narrow no-break space"),
    ("de", "Also z.B. hier.", "narrow no-break space"),
    ("de", "Es sind {{ gap }} % mehr.", "no-break space (U+00A0) before %"),
    ("de", "Es sind {{ gap }}% mehr.", "no-break space (U+00A0) before %"),
    ("de", "Es sind 1.0 und mehr.", "a decimal comma"),
    ("de", "Ab ,5 wird es besser.", "a zero before the decimal comma"),
    ("de", "Es sind 1 000 Schritte.", "narrow no-break space (U+202F)"),
    ("de", "Es sind 10000 Schritte.", "digits are grouped"),
    # Chinese
    ("zh", "学习率lr太大。", "a space between Han and Latin"),
    ("zh", "学习率 lr太大。", "a space between Han and Latin"),
    ("zh", "学习率$\\eta$ 太大。", "a space between Han and Latin"),
    ("zh", "学习率 `lr`太大。", "a space between Han and Latin"),
    ("zh", "到第{{ gap }} 轮。", "a space between Han and Latin"),
    ("zh", "[梯度](term:gradient)a 变大。", "a space between Han and Latin"),
    ("zh", "学习率\n太大。", "a paragraph is one line"),
    ("zh", "学习 率太大。", "no space between Han"),
    ("zh", "太大， 发散。", "no space next to full-width punctuation"),
    ("zh", "输出 `a` ，发散。", "no space next to full-width punctuation"),
    ("zh", "输出 {{ gap }} %。", "no space before %"),
    ("zh", "太大,发散。", "full-width punctuation"),
    ("zh", "太大, 发散。", "full-width punctuation"),
    ("zh", "输出 `a`, 发散。", "full-width punctuation"),
    ("zh", "梯度(gradient)太大。", "full-width punctuation"),
    ("zh", "训练发散.", "full-width punctuation"),
    ("zh", "这叫「学习缓慢」。", "Chinese quotation marks"),
    ("zh", "这叫\"学习缓慢\"。", "straight quotation mark"),
    ("zh", "这叫“学习缓慢。", "“ without its ”"),
    ("zh", "这是*学习率*。", "bold, not italics"),
    ("zh", "第 １ 轮。", "full-width letter or digit"),
    ("zh", "请打印损失。", "你, never 您, and no 请"),
    ("zh", "等等…", "an ellipsis is ……"),
    # taste
    ("en", "It is simply true.", "says nothing to a reader who is stuck"),
    ("de", "Das ist natürlich wahr.", "says nothing to a reader who is stuck"),
    ("de", "Wir realisieren das.", "bemerken?"),
    ("de", "Das macht Sinn.", "sinnvoll sein?"),
    ("zh", "显然如此。", "says nothing to a reader who is stuck"),
    ("zh", "我们进行训练。", "translated from English?"),
    ("zh", "最大的网络的第一层的梯度。", "a string of 的"),
    ("zh", "这个神经元" * 9 + "。", "more than 40 characters"),
    # spelling
    ("en", "The gradeint is small.", "'gradeint' is in no dictionary"),
    ("en", "The color is red.", "'color' is in no dictionary"),
    ("en", "The inputs are normalised.", "'normalised' is in no dictionary"),
    ("en", "The inputs are normalyzed.", "'normalyzed' is in no dictionary"),
    ("de", "Der Gradeint ist klein.", "'Gradeint' is in no dictionary"),
    ("de", "Die Verlustfunktoin steigt.", "'Verlustfunktoin' is in no dictionary"),
    ("de", "Der Lernratenpaln hilft.", "'Lernratenpaln' is in no dictionary"),
    ("zh", "用 sofmax 试试。", "'sofmax' is in no dictionary"),
    # the glossary's words
    ("zh", "学习速率太大。", "'学习速率': the glossary says '学习速度'"),
    ("zh", "隐层太多。", "'隐层': the glossary says '隐藏层'"),
    ("de", "Die Schrittgröße ist klein.", "'Schrittgröße': the glossary says 'Schrittweite'"),
    ("de", "Das Signal der Stapelgrößen.", "'Stapelgrößen': the glossary says 'Batch-Größe'"),
]


@pytest.mark.parametrize("language, text, message", FAULTS, ids=[f"{language}-{text}" for language, text, _ in FAULTS])
def test_fault_is_reported(language, text, message):
    assert any(message in one for one in said(language, text)), said(language, text)


RIGHT = [
    ("en", "From 0 to 1 in {{ epochs }} epochs, with $a = 0.094$ and `lr = 7.5`; float64, L2, CIFAR-10, ResNet-50."),
    ("en", "In 2015, [@nielsen2015] used 30 units. The logits 1000 and −1000, capped below 1e-8, of 10 classes."),
    ("en", "```python\nx = -7 # 'gradeint'...\n```\n\nText.\n\n$$\nx = 7.5\n$$\n\n::: snippet softmax"),
    ("en", "1. First, [the\n   rate](term:learning-rate).\n2. Then “this” and it doesn’t matter – or the neuron's."),
    ("de", "Also z.\u202fB. „dies“ bei {{ gap }}\u00a0% und 1000, der Lernratenplan, ein Sigmoidneuron, des Logits, −1."),
    ("de", "Die Early-Stopping-Regel, die Mini-Batch-Größe, die L2-Regularisierung und der Adam-Schritt."),
    ("zh", "当学习率 lr 超过 $2/\\lambda$ 时，训练“发散”：第 {{ gap }} 轮，`z` 是 1000，**梯度**很大（见下文）……"),
    ("zh", "[梯度](term:gradient)和[轮](term:epoch)。见 [@nielsen2015]。达到 1% 以后，再申请一次。"),
]


@pytest.mark.parametrize("language, text", RIGHT)
def test_what_is_right_is_not_reported(language, text):
    assert said(language, text) == []


def test_line_is_the_fault_s():
    text = "---\ntitle: T\nfigures:\n  f:\n    alt: >-\n      One\n      and 7 steps.\n    labels:\n      x: now 88\n" \
           "---\n# T {#t}\n\n```text\n5\n```\n\nIt is\n[so\nmuch](index.md) as\n6.\n"
    body = text[text.index("# T"):]
    page = pages.Page(DOCS / "en/softmax.md", "en", text, body=body, first_line=11)
    assert [(problem.line, problem.message[:3]) for problem in problems(page)] == [(7, "'7'"), (9, "'88"), (20, "'6'")]
