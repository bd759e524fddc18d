"""Experiments and labs run in a process of their own, so that a changed file is always the one that runs.

Most of them are shorter than the import of Matplotlib. So a process of this module imports once what the programs of a kind need, and for each
of them goes on as two: one runs the program, the other waits for the next. What a program prints comes back through the connection. Where a
process cannot go on as two, each program gets a Python that knows nothing.
"""

import importlib
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from .project import ROOT, PageError

KINDS = {  # the module that runs a program, and what such programs need
    "experiment": ["matplotlib.backends.backend_svg", "matplotlib.pyplot", "numpy"],
    "labs": ["matplotlib.backends.backend_svg", "matplotlib.pyplot", "numpy", "sklearn.datasets"],
}
ONE_THREAD = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}  # all cores run programs already; small matrices gain nothing
FORKS = sys.platform == "linux"


def run(path: Path, kind: str, job: dict, seconds: int) -> dict:
    """What docs.builder.KIND writes to job["answer"] for the program in a file."""
    answer = Path(job["answer"])
    answer.unlink(missing_ok=True)
    try:
        said = (_ask if FORKS else _start)(kind, path.stem, job, seconds)
    except TimeoutError:
        raise PageError(path, 1, f"does not end within {seconds} s") from None
    if not answer.exists():
        raise PageError(path, 1, f"ended without a result:\n{said.strip()}")
    return json.loads(answer.read_text("utf-8"))


def _start(kind: str, name: str, job: dict, seconds: int) -> str:
    """Run a program in a new Python; what it prints."""
    try:
        done = subprocess.run(_python(kind, name), input=json.dumps(job), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              encoding="utf-8", timeout=seconds, **_SURROUNDINGS)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return done.stdout


def _ask(kind: str, name: str, job: dict, seconds: int) -> str:
    """Run a program in a process that knows what it needs; what it prints."""
    deadline, said = time.monotonic() + seconds, b""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(_address(kind))
        line.sendall(json.dumps([name, job, seconds]).encode() + b"\n")
        while True:
            line.settimeout(max(deadline - time.monotonic(), 1e-3))
            part = line.recv(2**16)
            if not part:
                return said.decode("utf-8", "replace")
            said += part


def _address(kind: str) -> str:
    """Where the process listens that runs programs of a kind; it ends with this one."""
    with _asking:
        if kind not in _waiting:
            _waiting[kind] = subprocess.Popen(_python(kind), stdout=subprocess.PIPE, text=True, **_SURROUNDINGS)
            _waiting[kind].address = _waiting[kind].stdout.readline().strip()
        return _waiting[kind].address


_SURROUNDINGS = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT), **ONE_THREAD}}
_waiting: dict[str, subprocess.Popen] = {}
_asking = threading.Lock()


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "docs.builder.apart", *arguments]


# In the process that waits ----------------------------------------------------


class _Programs(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    request_queue_size = max_children = 100
    kind: str
    builder: int

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self.builder:
            raise SystemExit


class _Program(socketserver.StreamRequestHandler):
    """One of the two that it goes on as."""

    def handle(self) -> None:
        name, job, seconds = json.loads(self.rfile.readline())
        for output in (1, 2):
            os.dup2(self.request.fileno(), output)
        signal.alarm(seconds)
        try:
            _work(self.server.kind, name, job)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()


def _work(kind: str, name: str, job: dict) -> None:
    importlib.import_module(f"docs.builder.{kind}").main(name, job)


def _wait(kind: str) -> None:
    """Say where, import, and run what is asked for until the builder ends."""
    folder = tempfile.mkdtemp()
    try:
        with _Programs(f"{folder}/programs", _Program) as programs:
            programs.kind, programs.builder = kind, os.getppid()
            print(programs.server_address, flush=True)
            for module in KINDS[kind]:
                importlib.import_module(module)
            programs.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    _work(*sys.argv[1:], json.load(sys.stdin)) if sys.argv[2:] else _wait(sys.argv[1])
