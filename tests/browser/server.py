"""A host as readers meet it: compresses what it sends, says how long to keep it, and breaks in the ways that hosts and lines break."""
from __future__ import annotations

import gzip
import hashlib
import mimetypes
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/wasm", ".wasm")
COMPRESSED = ("text/", "application/json", "application/wasm", "image/svg")


_compressed: dict[bytes, bytes] = {}


def compressed(body: bytes) -> bytes:
    """As a host sends it; each content is compressed once, whichever host serves it."""
    key = hashlib.sha256(body).digest()
    if key not in _compressed:
        _compressed[key] = gzip.compress(body, 6, mtime=0)
    return _compressed[key]


class Host:
    """Serves a folder on loopback. `faults` maps the end of a path to missing, cut, altered, lost or slow."""

    def __init__(self, folder: Path, headers: dict[str, str] | None = None, compress: bool = True) -> None:
        self.folder = folder
        self.headers = headers or {}
        self.compress = compress
        self.faults: dict[str, str] = {}
        self.requests: list[str] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                pass    # a browser that closes early is no error

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, to: BaseHTTPRequestHandler) -> None:
        path = unquote(urlsplit(to.path).path)
        self.requests.append(path)
        fault = next((fault for end, fault in self.faults.items() if path.endswith(end)), None)
        file = self.folder / path.lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        if fault == "missing" or not file.is_file():
            return self._send(to, 404, b"not here", {"Content-Type": "text/plain"})
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        compress = self.compress and kind.startswith(COMPRESSED) and "gzip" in to.headers.get("Accept-Encoding", "")
        if fault in ("cut", "altered"):
            body, compress = self._broken(file.read_bytes(), fault), False
        else:
            body = compressed(file.read_bytes()) if compress else file.read_bytes()
        if fault == "slow":
            time.sleep(30)
        headers = {"Content-Type": kind, **self.headers, "Cache-Control": "no-store" if fault else "max-age=600"}
        if compress:
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self._send(to, 200, body, headers, lost=fault == "lost")

    @staticmethod
    def _broken(body: bytes, fault: str) -> bytes:
        half = len(body) // 2
        return body[:half] if fault == "cut" else body[:half] + bytes([body[half] ^ 1]) + body[half + 1:]

    @staticmethod
    def _send(to: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], lost: bool = False) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name, value)
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        if lost:
            to.wfile.write(body[:len(body) // 2])
            to.wfile.flush()
            to.connection.close()
            to.close_connection = True
        else:
            to.wfile.write(body)
