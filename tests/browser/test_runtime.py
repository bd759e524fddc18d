"""The runtime's files: the official ones or none, the same bytes each time, and a policy that fits the pages."""
from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import time
from pathlib import Path

import pytest

from docs.builder import csp, runtime
from docs.builder.runtime import snapshot, sources, trim

CACHE = Path(__file__).resolve().parents[2] / ".cache"


@pytest.fixture(scope="module")
def official() -> dict[str, Path]:
    return sources.official_files(CACHE / f"pyodide-{sources.VERSION}")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_download", lambda: lambda name: None)
    monkeypatch.setattr(sources, "_wheel", lambda: lambda name: None)


def folder_with(official: dict[str, Path], to: Path) -> Path:
    to.mkdir()
    for path in official.values():
        shutil.copyfile(path, to / path.name)
    return to


def test_files_come_from_pyodide_dir_and_are_kept(official, no_network, monkeypatch, tmp_path):
    monkeypatch.setenv("PYODIDE_DIR", str(folder_with(official, tmp_path / "given")))
    sources.official_files(tmp_path / "store")
    monkeypatch.delenv("PYODIDE_DIR")
    kept = sources.official_files(tmp_path / "store")       # the second source: what an earlier build kept
    assert set(kept) == {*sources.CORE, *sources.PACKAGES}


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "pyodide-lock.json", "numpy"])
def test_an_altered_file_is_no_source(official, no_network, monkeypatch, tmp_path, caplog, name):
    given = folder_with(official, tmp_path / "given")
    broken = given / official[name].name
    broken.write_bytes(broken.read_bytes()[:-1] + b"x")
    monkeypatch.setenv("PYODIDE_DIR", str(given))
    with caplog.at_level(logging.WARNING):
        assert runtime.collect(tmp_path / "site", tmp_path / "cache") is None
    assert broken.name in caplog.text and "PYODIDE_DIR" in caplog.text
    assert not (tmp_path / "site").exists()


def test_the_manifest_names_every_file_with_its_hash_and_the_folder_names_the_manifest(tmp_path):
    made = runtime.collect(tmp_path, CACHE)
    assert made is not None
    text = (made.folder / "manifest.json").read_bytes()
    assert made.name == f"{sources.VERSION}-{hashlib.sha256(text).hexdigest()[:8]}"
    files = json.loads(text)["files"]
    assert {path.name for path in made.folder.iterdir()} == {*files, "manifest.json"}
    for name, said in files.items():
        data = (made.folder / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (said["size"], said["sha256"])


def test_pyodides_own_files_are_served_unchanged(official, tmp_path):
    made = runtime.collect(tmp_path, CACHE)
    assert made is not None
    for name in ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm"):
        assert hashlib.sha256((made.folder / name).read_bytes()).hexdigest() == sources.CORE[name]


def test_without_node_the_sources_are_served(official, tmp_path):
    made = runtime._make(official, tmp_path, None, None)
    assert "unstuck_runner.py" in [path for path, _ in json.loads((made / "numpy-modules.txt").read_bytes().split(b"\n", 1)[0])]


def test_a_pack_is_its_files():
    files = {"b/c.so": b"\x00\n\xff", "a.py": b"", "d": b"1"}
    head, _, body = trim.pack(files).partition(b"\n")
    assert json.loads(head) == [["a.py", 0], ["b/c.so", 3], ["d", 1]]
    assert body == b"\x00\n\xff1"


def test_a_memory_is_stored_without_its_zeros():
    memory = bytes(8) + b"abcdefgh" + bytes(3) + b"1" + bytes(12) + b"end"
    assert trim.without_zeros(memory, page=4) == {"00000008": b"abcdefgh" + bytes(3) + b"1", "00000020": b"end"}


def test_words_exist_in_three_languages():
    import yaml
    table = yaml.safe_load((Path(runtime.__file__).parent / "words.yml").read_text("utf-8"))
    for name, entry in table.items():
        assert set(entry) == {"en", "zh", "de"}, name
        assert len({str(sorted(re.findall(r"{\w+}", text))) for text in entry.values()}) == 1, name
        assert not re.search(r"[您请]|[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", entry["zh"]), name


def test_the_policy_lets_the_pages_own_scripts_run_and_no_others(tmp_path):
    page = tmp_path / "index.html"
    page.write_text('<!doctype html><html><head><meta charset="utf-8"></head><script>a = "<b>"</script>'
                    '<script type="application/json">{}</script><script src="x.js"></script></html>', "utf-8")
    csp.content_security_policy(tmp_path)
    once = page.read_text("utf-8")
    csp.content_security_policy(tmp_path)
    assert page.read_text("utf-8") == once
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', once)
    assert re.findall("'sha256-[^']*'", policy) == csp.inline_script_hashes('<script>a = "<b>"</script>')
    assert "'unsafe-eval'" not in policy and "http" not in policy and "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in policy
    assert "frame-ancestors 'self'" in (tmp_path / "_headers").read_text("utf-8")


def test_no_browser_is_left_behind(monkeypatch, tmp_path, caplog):
    """Not even where the program that is started is a script, and the browser its child."""
    child = tmp_path / "child"
    script = tmp_path / "chromium"
    script.write_text(f'#!/bin/sh\nsleep 600 &\necho $! > {child}\nwait\n')
    script.chmod(0o755)
    monkeypatch.setattr(snapshot, "SECONDS", 1)
    boot = tmp_path / "boot.js"
    boot.write_text("")
    with caplog.at_level(logging.INFO):
        assert snapshot.take(tmp_path, boot, [], str(script)) is None
    assert "the browser does not answer" in caplog.text
    deadline = time.monotonic() + 60
    while Path("/proc", child.read_text().strip()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
