"""What all tests share: the site, built once, and one Chromium."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]


def build(folder: Path, **environment: str) -> str:
    """Build the whole site into a folder; its log."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder], cwd=ROOT, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    if done.returncode:
        pytest.fail(f"mkdocs build --strict fails:\n{done.stdout}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The built site in three languages; SITE_DIR names one that is there already."""
    if given := os.environ.get("SITE_DIR"):
        folder = Path(given).resolve()
        if not (folder / "de/sitemap.xml").exists():  # the last file of a build
            pytest.fail(f"SITE_DIR={given} holds no built site", pytrace=False)
        return folder
    folder = tmp_path_factory.mktemp("built") / "site"
    build(folder)
    return folder


@pytest.fixture(scope="session")
def build_site():
    """Builds the site once more: build_site(folder, NAME="value of a variable")."""
    return build


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for the session: Playwright refuses a second one beside it."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium: install the package chromium; a site that nobody ran is not tested", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
