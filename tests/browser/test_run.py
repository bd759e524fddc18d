"""Run, Stop, Reset and the editor, in a real browser: what a reader can do, and what can go wrong."""
from __future__ import annotations

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from reader import ROOT, SECONDS, Snippet, first_page, home, pages_with_snippets
from server import Host
from small_site import LANGUAGES, words

from docs.builder.page import all_pages
from tests.every.built import parse

ENDLESS = "while True:\n    pass\n"
NO_SNAPSHOT = "sessionStorage.setItem('unstuck-no-snapshot', '')"


def runtime_requests(host: Host) -> list[str]:
    return [path for path in host.requests if "/runtime/" in path or path.endswith("worker.js")]


def without_name(sentence: str) -> str:
    """A sentence up to the place that names a file."""
    return sentence.partition("{")[0]


@pytest.fixture(scope="module")
def awake(browser: Browser, small: Path) -> Iterator[Snippet]:
    """A snippet whose Python runs already, for what does not depend on what ran before."""
    host, context = Host(small), browser.new_context()
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    page.goto(host.address + first_page(small))
    yield Snippet(page)
    context.close()
    host.close()


# ---- every snippet, as it stands on the page


SNIPPETS = sorted(name for page in all_pages("en") for name in page.named("snippet"))


class Visit:
    """One page that stays open while its snippets run, and what went wrong on it."""

    def __init__(self, browser: Browser, host: Host, language: str, fast: bool) -> None:
        self.problems: list[str] = []
        self.context = browser.new_context()
        self.context.set_default_timeout(SECONDS)
        if not fast:
            self.context.add_init_script(NO_SNAPSHOT)
        self.context.on("request", lambda request: None if request.url.startswith((host.address, "blob:", "data:")) else self.problems.append(request.url))
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        self.page.goto(host.address + home(language) + "whole/")


@pytest.fixture(scope="module")
def visits(browser: Browser, small: Path) -> Iterator[Callable[[str, bool], Visit]]:
    """visits(language, fast): each language's page is opened once, and one worker runs all of its snippets."""
    host = Host(small)
    opened: dict[tuple[str, bool], Visit] = {}

    def visit(language: str, fast: bool = True) -> Visit:
        if (language, fast) not in opened:
            opened[language, fast] = Visit(browser, host, language, fast)
        return opened[language, fast]

    yield visit
    for one in opened.values():
        one.context.close()
    host.close()


@functools.cache
def recorded(site: Path, language: str) -> dict[str, tuple[str, str]]:
    """Code and output of every snippet, as the built pages have them."""
    found = {}
    for address in pages_with_snippets(site):
        if (address[1:3] if address[1:4] in ("zh/", "de/") else "en") == language:
            page = parse((site / address[1:] / "index.html").read_text("utf-8"), address)
            for node in page.with_("data-snippet"):
                [code] = [inner for inner in node.all("code") if inner.parent.tag == "pre"]
                found[node.get("data-snippet")] = code.raw(), node.one(data_role="output").raw()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_prints_what_the_page_says(site: Path, visits: Callable[..., Visit], name: str, language: str) -> None:
    code, output = recorded(site, language)[name]
    one = visits(language)
    snippet = Snippet(one.page, name)
    assert snippet.editor.input_value() == code
    assert snippet.run() == output
    assert snippet.state() == "done"
    assert not one.problems


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_prints_it_without_the_snapshot_too(site: Path, visits: Callable[..., Visit], name: str) -> None:
    one = visits("en", fast=False)
    assert Snippet(one.page, name).run() == recorded(site, "en")[name][1]
    assert not one.problems


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_the_site_runs_its_snippets(whole_host: Host, context: BrowserContext, language: str) -> None:
    """The small site stands for the pages above; here is a page itself, with its theme, policy and addresses."""
    address = next(address for address in pages_with_snippets(whole_host.folder)
                   if (address[1:3] if address[1:4] in ("zh/", "de/") else "en") == language)
    problems: list[str] = []
    context.on("request", lambda request: None if request.url.startswith((whole_host.address, "blob:", "data:")) else problems.append(request.url))
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(whole_host.address + address)
    for element in page.locator("[data-snippet]").all():
        snippet = Snippet(page, element.get_attribute("data-snippet"))
        shown = snippet.output.text_content()
        assert snippet.run() == shown and snippet.state() == "done"
    assert not problems


def test_a_page_of_the_site_fetches_nothing_of_python_until_then(whole_host: Host, page: Page) -> None:
    whole_host.requests.clear()
    page.goto(whole_host.address + first_page(whole_host.folder), wait_until="networkidle")
    assert not runtime_requests(whole_host)
    Snippet(page).button("run").hover()
    page.wait_for_timeout(500)
    assert runtime_requests(whole_host)


def test_the_snapshot_is_used(snippet: Snippet, host: Host) -> None:
    snippet.run()
    assert any(path.endswith("memory.txt") for path in host.requests)
    assert not any(path.endswith("python-library.txt") for path in host.requests)


def test_nothing_of_python_is_fetched_before_the_reader_reaches_for_run(snippet: Snippet, host: Host, page: Page) -> None:
    snippet.button("copy").hover()
    page.wait_for_timeout(500)
    assert not runtime_requests(host)
    snippet.button("run").hover()
    page.wait_for_timeout(500)
    assert runtime_requests(host)
    assert snippet.state() == "idle"


def test_one_worker_and_one_download_a_page(snippet: Snippet, host: Host, page: Page) -> None:
    for element in page.locator("[data-snippet]").all()[:3]:
        Snippet(page, element.get_attribute("data-snippet")).run()
    snippet.run()
    assert len(page.workers) == 1
    assert sum(path.endswith("pyodide.asm.wasm") for path in host.requests) == 1


# ---- buttons


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_and_states_speak_the_language_and_obey_the_keyboard(page: Page, host: Host, language: str) -> None:
    say = words(language)
    page.goto(host.address + home(language))
    snippet = Snippet(page)
    for action in ("run", "stop", "reset", "copy"):
        assert snippet.button(action).text_content() == say[action]
    page.evaluate("""element => {
        window.said = []
        new MutationObserver(() => said.push(element.textContent)).observe(element, { childList: true, subtree: true })
    }""", snippet.status.element_handle())
    snippet.button("run").focus()
    page.keyboard.press("Enter")
    snippet.wait("done")
    said = page.evaluate("said")
    assert said[0] == say["run_loading"]
    assert any("MB" in sentence for sentence in said)
    assert say["run_running"] in said
    assert said[-1].startswith(without_name(say["run_done"]))
    assert page.evaluate("document.activeElement.dataset.action") == "run"


def test_stop_ends_an_endless_loop_and_the_next_run_works(snippet: Snippet, page: Page) -> None:
    snippet.editor.fill(ENDLESS)
    snippet.button("run").click()
    snippet.wait("running")
    [worker] = page.workers
    with worker.expect_event("close"):
        snippet.button("stop").focus()
        page.keyboard.press("Enter")
    assert snippet.state() == "idle"
    assert snippet.status.text_content() == words("en")["run_stopped"]
    assert page.evaluate("document.activeElement.dataset.action") == "run"
    assert snippet.run("print(6 * 7)") == "42\n"


def test_stop_while_loading(snippet: Snippet, host: Host, page: Page) -> None:
    host.faults["pyodide.asm.wasm"] = "slow"
    snippet.button("run").click()
    snippet.wait("loading")
    snippet.button("stop").click()
    assert snippet.state() == "idle"
    host.faults.clear()
    assert snippet.run("print(1)") == "1\n"


def test_a_second_snippet_waits_for_the_first(snippet: Snippet, page: Page) -> None:
    other = Snippet(page, page.locator("[data-snippet]").nth(1).get_attribute("data-snippet"))
    snippet.editor.fill(ENDLESS)
    snippet.button("run").click()
    snippet.wait("running")
    other.editor.fill("print('mine')")
    other.button("run").click()
    assert other.status.text_content() == words("en")["run_waiting"]
    snippet.button("stop").click()
    other.wait("done")
    assert other.output.text_content() == "mine\n"
    assert snippet.state() == "idle"


def test_copy_copies_the_code_as_it_was_edited(snippet: Snippet, context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    snippet.editor.fill("a = 1\n\nprint(a)\n")
    snippet.button("copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == "a = 1\n\nprint(a)\n"


# ---- the editor


def test_edits_survive_a_reload_until_reset(snippet: Snippet, page: Page) -> None:
    original, recorded = snippet.editor.input_value(), snippet.output.text_content()
    snippet.run("print('edited')")
    page.reload()
    assert snippet.editor.input_value() == "print('edited')"
    snippet.button("reset").click()
    assert snippet.editor.input_value() == original
    assert snippet.output.text_content() == recorded
    page.reload()
    assert snippet.editor.input_value() == original


def test_the_coloured_code_is_the_edited_code(snippet: Snippet) -> None:
    code = 'def f(x):  # twice\n    """Says <b>x</b>."""\n    return f"{x}" * 2\n\n@f\nclass A: pass\nx = 1e-3 if not None else \'\'\'a\nb'
    shown = snippet.root.locator("pre > code")
    for text in (code, "", "\n", "名字 = '中文'  # 注释\n", "'unfinished\nprint(1)"):
        snippet.editor.fill(text)
        assert shown.text_content() == text
    assert not shown.locator("b").count()


def test_code_and_editor_lie_exactly_above_each_other(snippet: Snippet) -> None:
    snippet.editor.fill("x = '" + "long " * 60 + "'\n" * 3 + "# 学习率 η\n" * 40)
    boxes = [snippet.root.locator(part).bounding_box() for part in ("pre > code", "textarea")]
    assert boxes[0] == boxes[1]
    styles = [snippet.root.locator(part).evaluate("""element => {
        const style = getComputedStyle(element)
        return [style.fontFamily, style.fontSize, style.lineHeight, style.padding, style.letterSpacing, style.tabSize, style.whiteSpace]
    }""") for part in ("pre > code", "textarea")]
    assert styles[0] == styles[1]
    assert snippet.editor.evaluate("area => area.scrollHeight <= area.clientHeight && area.scrollWidth <= area.clientWidth")


def test_undo_takes_back_typing_and_indenting(snippet: Snippet, page: Page) -> None:
    snippet.editor.fill("")
    snippet.editor.focus()
    page.keyboard.type("if 1:")
    page.keyboard.press("Enter")
    page.keyboard.type("pass")
    assert snippet.editor.input_value() == "if 1:\n    pass"
    page.keyboard.press("Shift+Tab")
    assert snippet.editor.input_value() == "if 1:\npass"
    page.keyboard.press("Control+z")
    assert snippet.editor.input_value() == "if 1:\n    pass"
    for _ in range(12):
        page.keyboard.press("Control+z")
        if not snippet.editor.input_value():
            break
    assert snippet.editor.input_value() == ""


def test_chinese_input_is_left_alone(snippet: Snippet, context: BrowserContext, page: Page) -> None:
    snippet.editor.fill("# ")
    snippet.editor.focus()
    page.keyboard.press("End")
    keyboard = context.new_cdp_session(page)
    for syllables in ("x", "xue", "xue'xi"):
        keyboard.send("Input.imeSetComposition", {"text": syllables, "selectionStart": len(syllables), "selectionEnd": len(syllables)})
        assert snippet.editor.input_value() == f"# {syllables}"
        assert snippet.root.locator("pre > code").text_content() == f"# {syllables}"
    keyboard.send("Input.insertText", {"text": "学习率"})
    assert snippet.editor.input_value() == "# 学习率"
    page.keyboard.press("Control+z")
    assert snippet.editor.input_value() == "# "


def test_tab_indents_and_escape_lets_the_keyboard_out(snippet: Snippet, page: Page) -> None:
    snippet.editor.fill("x")
    snippet.editor.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert snippet.editor.input_value() == "    x"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") != "TEXTAREA"
    snippet.editor.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.dataset.action") == "copy"
    assert snippet.editor.input_value() == "    x"


def test_control_enter_runs(awake: Snippet) -> None:
    awake.editor.fill("print(2)")
    awake.editor.press("Control+Enter")
    awake.wait("done")
    assert awake.output.text_content() == "2\n"


# ---- what a run is


def test_each_run_starts_as_a_script_does(awake: Snippet) -> None:
    awake.run("import numpy as np, sys, warnings\nleft = 1\nnp.set_printoptions(precision=2)\nnp.seterr(all='raise')\n"
                "warnings.simplefilter('error')\nsys.stdout = None\nnp.random.seed(0)")
    assert awake.run("import numpy as np\nprint('left' in globals(), __name__, __file__.endswith('.py'), np.array([1 / 3]), np.geterr()['over'])") \
        == "False __main__ True [0.33333333] warn\n"


def test_random_states_are_new_in_each_run_and_each_page(snippet: Snippet, page: Page) -> None:
    code = "import random\nimport numpy as np\nprint(random.random(), np.random.rand(), np.random.default_rng().random())"
    drawn: list[str] = []
    for _ in range(2):
        drawn += snippet.run(code).split() + snippet.run(code).split()
        page.reload()
    assert len(set(drawn)) == 12
    seeded = "import random\nimport numpy as np\nrandom.seed(1); np.random.seed(1)\nprint(random.random(), np.random.rand(), np.random.default_rng(1).random())"
    assert snippet.run(seeded) == "0.13436424411240122 0.417022004702574 0.5118216247002567\n"


def test_snippets_can_be_imported(awake: Snippet) -> None:
    assert awake.run("import numpy as np\nfrom snippets.softmax import softmax\nprint(softmax(np.zeros((1, 4))))") == "[[0.25 0.25 0.25 0.25]]\n"


@pytest.mark.parametrize("module", ["numpy.fft", "unittest", "asyncio", "numpy.polynomial", "xml.etree.ElementTree", "decimal"])
def test_modules_outside_the_snapshot_are_there(awake: Snippet, module: str) -> None:
    assert awake.run(f"import {module}\nprint({module}.__name__)") == f"{module}\n"


def test_modules_that_are_imported_on_the_way_are_there(snippet: Snippet) -> None:
    assert snippet.run("import numpy as np\nprint('once')\nnp.testing.assert_allclose(np.fft.ifft(np.fft.fft([1, 2])), [1, 2])") == "once\n"


def test_a_module_that_does_not_exist(awake: Snippet) -> None:
    assert "ModuleNotFoundError: No module named 'torch'" in awake.run("import torch")
    assert awake.state() == "error"


# ---- output


def test_lines_are_shown_as_they_are_printed(awake: Snippet) -> None:
    awake.run("print(0)")
    awake.editor.fill("import time\nfor i in range(4):\n    print('line', i)\n    time.sleep(0.7)\n")
    awake.button("run").click()
    awake.page.wait_for_function("output => output.textContent.includes('line 1')", arg=awake.output.element_handle())
    assert awake.state() == "running"
    assert "line 3" not in (awake.output.text_content() or "")
    awake.wait("done")


@pytest.mark.parametrize("code", ["for i in range(10**5): print(i)", "print('x' * 10**6)", "print('a\\n' * 10**5)"])
def test_long_output_is_cut_with_a_notice(awake: Snippet, code: str) -> None:
    output = awake.run(code)
    assert len(output) <= 20_000 and output.count("\n") <= 500
    assert awake.root.locator(".snippet-cut").text_content() == words("en")["run_cut"]
    awake.run("print(1)")
    assert not awake.root.locator(".snippet-cut").count()


def test_endless_printing_can_be_stopped(awake: Snippet) -> None:
    awake.editor.fill("while True: print('again')")
    awake.button("run").click()
    awake.root.locator(".snippet-cut").wait_for()
    awake.button("stop").click()
    assert awake.run("print(1)") == "1\n"


def test_output_is_text_never_html(awake: Snippet) -> None:
    html = "<img src=x onerror='window.hit = 1'><b>bold</b>"
    assert awake.run(f"print({html!r})") == html + "\n"
    assert html in awake.run(f"raise ValueError({html!r})")
    assert not awake.output.locator("b, img").count()
    assert awake.page.evaluate("window.hit") is None


def test_a_traceback_shows_the_readers_code_alone_and_marks_the_line(awake: Snippet) -> None:
    name = awake.root.get_attribute("data-snippet")
    shown = awake.run("import numpy as np\n\ndef f(a):\n    return np.linalg.inv(a)\n\nf(np.zeros((2, 3)))\n")
    assert shown.startswith("Traceback (most recent call last):")
    assert f'File "{name}.py", line 6, in <module>' in shown
    assert "    return np.linalg.inv(a)\n" in shown
    assert shown.rstrip().endswith("LinAlgError: Last 2 dimensions of the array must be square")
    assert "site-packages" not in shown and "unstuck" not in shown
    assert awake.state() == "error"
    assert awake.status.text_content() == words("en")["run_error_line"].format(line=4)
    mark = awake.root.locator(".snippet-mark").bounding_box()
    code = awake.root.locator("pre > code").bounding_box()
    assert mark and code
    assert (mark["y"] - code["y"]) / mark["height"] == pytest.approx(3, abs=0.99)
    awake.editor.press("x")
    assert not awake.root.locator(".snippet-mark").count()


@pytest.mark.parametrize(("code", "end", "line"), [
    ("x = 1\nif x\n    pass", "SyntaxError: expected ':'", 2),
    ("import warnings\n1/0", "ZeroDivisionError: division by zero", 2),
    ("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e", "KeyError: 'k'", 4),
    ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded", 1),
    ("raise SystemExit('bye')", "bye", None),
])
def test_errors(awake: Snippet, code: str, end: str, line: int | None) -> None:
    assert awake.run(code).rstrip().endswith(end)
    sentence = words("en")["run_error_line"].format(line=line) if line else words("en")["run_error"]
    assert awake.status.text_content() == sentence


def test_warnings_are_shown(awake: Snippet) -> None:
    name = awake.root.get_attribute("data-snippet")
    assert awake.run("import numpy as np\nnp.array([]).mean()\nprint('end')").startswith(
        f"{name}.py:2: RuntimeWarning: Mean of empty slice.\n  np.array([]).mean()\n")


def test_figures_are_shown_and_matplotlib_is_loaded_only_then(snippet: Snippet, host: Host) -> None:
    snippet.run("print(1)")
    assert not any(path.endswith("matplotlib.txt") for path in host.requests)
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.figure()\nplt.imshow([[1]])\nplt.title('$x^2$ ok')\n"
    assert snippet.run(draw) == ""
    images = snippet.root.locator(".snippet-figures img")
    assert images.count() == 2
    assert images.nth(1).get_attribute("alt") == words("en")["run_figure"].format(number=2)
    assert all(image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 400 for image in images.all())
    snippet.run("print(1)")
    assert not images.count()


# ---- faults: a sentence in the reader's language, and a page that goes on


FILES = ["manifest.json", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "numpy-libraries.txt", "memory.txt"]
SLOW_FILES = ["python-library.txt", "numpy-modules.txt"]
FAULTS = {"missing": "run_missing", "cut": "run_damaged", "altered": "run_damaged", "lost": "run_network"}


@pytest.mark.parametrize("file", FILES + SLOW_FILES)
def test_a_broken_runtime_file_ends_in_a_sentence(page: Page, host: Host, file: str) -> None:
    """One fault after the other, and then Run works: no fault leaves anything behind."""
    language = LANGUAGES[(FILES + SLOW_FILES).index(file) % 3]
    if file in SLOW_FILES:
        page.add_init_script(NO_SNAPSHOT)
    page.goto(host.address + home(language))
    snippet = Snippet(page)
    recorded = snippet.output.text_content()
    for fault, word in FAULTS.items():
        host.faults[file] = fault
        assert snippet.run() == recorded, f"{fault}: what was recorded stays"
        assert snippet.state() == "error", fault
        assert (snippet.status.text_content() or "").startswith(without_name(words(language)[word])), fault
    host.faults.clear()
    assert snippet.run("print('again')") == "again\n"


@pytest.mark.parametrize("file", ["worker.js", "boot.js"])
def test_a_worker_that_cannot_be_fetched(snippet: Snippet, host: Host, file: str) -> None:
    host.faults[file] = "missing"
    snippet.run()
    assert snippet.status.text_content() == words("en")["run_network"]
    host.faults.clear()
    assert snippet.run("print(1)") == "1\n"


def test_a_connection_that_is_gone(snippet: Snippet, context: BrowserContext) -> None:
    context.set_offline(True)
    snippet.run()
    assert snippet.status.text_content() == words("en")["run_network"]
    context.set_offline(False)
    assert snippet.run("print(1)") == "1\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_without_webassembly(page: Page, host: Host, language: str) -> None:
    page.add_init_script("delete window.WebAssembly")
    page.goto(host.address + home(language))
    snippet = Snippet(page)
    snippet.run()
    assert snippet.status.text_content() == words(language)["run_unsupported"]
    assert not runtime_requests(host)
    snippet.editor.fill("x")
    snippet.button("reset").click()


@pytest.mark.parametrize("code", [
    "import numpy as np\nnp.ones(10**10)",      # more than 32 bits can count
    "import numpy as np\nnp.ones(2 * 10**8)",   # more than the limit
    "import numpy as np\nkept = []\nwhile True:\n    kept.append(np.ones(10**7))",
    "text = 'x'\nwhile True:\n    text += text",
])
def test_memory_that_is_used_up(awake: Snippet, code: str) -> None:
    assert "Error" in awake.run(code)
    assert awake.status.text_content() == words("en")["run_memory"]
    assert awake.run("print(1)") == "1\n"


def test_a_python_that_breaks(awake: Snippet) -> None:
    awake.run("import sys\nsys.setrecursionlimit(10**9)\ndef f(x): return [f(y) for y in map(f, [x])]\nf(1)")
    assert awake.status.text_content() in (words("en")["run_crash"], words("en")["run_error_line"].format(line=3))
    assert awake.run("print(1)") == "1\n"


def test_code_that_asks_for_input(awake: Snippet) -> None:
    assert "keyboard" in awake.run("name = input('who? ')")
    assert awake.status.text_content() == words("en")["run_input"]


def test_a_snapshot_that_does_not_load_leaves_the_ordinary_way(small: Path, page: Page, tmp_path: Path) -> None:
    """As in a browser whose function table differs from the one that made the snapshot."""
    copy = tmp_path / "site"
    shutil.copytree(small, copy)
    [manifest] = copy.glob("runtime/*/manifest.json")
    content = json.loads(manifest.read_text("utf-8"))
    content["memory"]["table"][0] += 1
    manifest.write_text(json.dumps(content), "utf-8")
    plain = manifest.parent.rename(copy / "runtime" / "plain")      # a name without a hash is not held against the manifest
    for path in copy.rglob("index.html"):
        path.write_text(path.read_text("utf-8").replace(manifest.parent.name, plain.name), "utf-8")
    host = Host(copy)
    page.goto(host.address + first_page(copy))
    snippet = Snippet(page)
    assert snippet.run("print(1)") == "1\n"
    assert any(path.endswith("python-library.txt") for path in host.requests)
    page.reload()
    host.requests.clear()
    assert snippet.run("print(2)") == "2\n"
    assert not any(path.endswith("memory.txt") for path in host.requests)      # not tried again in this tab
    host.close()


# ---- safety, and hosts


def test_code_reaches_no_other_host_and_no_page(snippet: Snippet, small: Path) -> None:
    other = Host(small, headers={"Access-Control-Allow-Origin": "*"})
    shown = snippet.run(f"""
import js
from pyodide.http import open_url
print(hasattr(js, "document"), hasattr(js, "window"))
try:
    print(open_url("{other.address}/index.html").read())
except Exception as error:
    print("refused", type(error).__name__)
try:
    js.eval("1")
except Exception as error:
    print("refused", "unsafe-eval" in str(error))
""")
    assert shown == "False False\nrefused JsException\nrefused True\n"
    assert not other.requests
    other.close()


class _Plain(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def plain_server(small: Path) -> Iterator[str]:
    """What `python -m http.server` serves: no compression, no headers of ours."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Plain, directory=str(small)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_plain_host_is_enough(page: Page, plain_server: str, small: Path) -> None:
    page.goto(plain_server + first_page(small))
    assert Snippet(page).run("print(1)") == "1\n"


def test_the_policy_as_a_header_is_kept_too(page: Page, small: Path) -> None:
    """The policy of _headers covers every file, the worker's included."""
    [line] = [line for line in (small / "_headers").read_text("utf-8").splitlines() if "Content-Security-Policy" in line]
    name, _, value = line.strip().partition(": ")
    host = Host(small, headers={name: value})
    page.goto(host.address + first_page(small))
    assert Snippet(page).run("import numpy as np\nprint(np.ones(2))") == "[1. 1.]\n"
    host.close()
