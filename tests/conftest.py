"""What all tests share: the site, built once, and one Chromium a process."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock, ReadWriteLock
from playwright.sync_api import Browser, sync_playwright

from docs.builder import labs
from docs.builder.results import results
from docs.builder.runtime.snapshot import find_chromium

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
PARALLEL = "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "stopwatch: measures time, so it has the machine to itself")
    config.pluginmanager.register(AtOnce(config))


class AtOnce:
    """Says that a test failed when it fails; the whole report comes after the last one, many minutes later."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        screen = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and screen:
            crash = getattr(report.longrepr, "reprcrash", None)
            screen.ensure_newline()
            screen.write_line(f"{report.nodeid}: {crash.message if crash else report.longreprtext}"[:500])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this session see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if PARALLEL else folder


@pytest.fixture(scope="session")
def once(shared: Path) -> Callable[[str, Callable[[Path], object]], Path]:
    """once(name, make): a folder that the first process makes, by make(folder), and the others wait for."""

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, part = shared / name, shared / f"{name}.part"
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                shutil.rmtree(part, ignore_errors=True)
                make(part)
                part.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session", autouse=True)
def site_first(request: pytest.FixtureRequest) -> None:
    """In parallel, no test begins before the site is built: the build fills the cache that tests read."""
    if PARALLEL:
        request.getfixturevalue("site")


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, shared: Path) -> Iterator[None]:
    """A test with a stopwatch waits for the other processes' tests, and they wait for it."""
    if not PARALLEL:
        yield
        return
    lock = ReadWriteLock(shared / "turn")
    with lock.write_lock() if request.node.get_closest_marker("stopwatch") else lock.read_lock():
        yield


def build(folder: Path, **environment: str) -> str:
    """Build the whole site into a folder; its log."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder], cwd=ROOT, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    if done.returncode:
        pytest.fail(f"mkdocs build --strict fails:\n{done.stdout}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="session")
def site(once) -> Path:
    """The built site in three languages; SITE_DIR names one that is there already."""
    if given := os.environ.get("SITE_DIR"):
        folder = Path(given).resolve()
        if not (folder / "de/sitemap.xml").exists():  # the last file of a build
            pytest.fail(f"SITE_DIR={given} holds no built site", pytrace=False)
        return folder
    return once("site", build)


@pytest.fixture(scope="module")
def fact(request: pytest.FixtureRequest) -> Callable[[str], object]:
    """fact(name): a number of the experiment, or of the lab, that bears the name of the test file."""
    name = request.module.__name__.rpartition("test_")[2]
    found = labs.outcome(name.removeprefix("lab_"))[0] if name.startswith("lab_") else results(name)
    return lambda fact: found.facts[fact][0]


@pytest.fixture(scope="session")
def build_site():
    """Builds the site once more: build_site(folder, NAME="value of a variable")."""
    return build


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for the process: Playwright refuses a second one beside it."""
    chromium = find_chromium()
    if chromium is None:
        pytest.fail("no Chromium: install the package chromium-headless-shell, or chromium; a site that nobody ran is not tested", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
