"""A small server that speaks the Hub's protocol (HEAD with ETag and X-Repo-Commit, ranges, redirects) and can fail."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "someone/some-model"


def git_blob_id(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


@dataclass
class Hub:
    """What it serves, how it misbehaves, and what was asked of it."""

    files: dict[str, bytes]
    large: set[str] = field(default_factory=set)
    """Files kept outside of Git, as weights are: redirected to another path, their sha256 told in X-Linked-Etag."""
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """Of a file: after how many bytes the first answer breaks off, the second, …; further ones are whole."""
    instead: dict[str, bytes] = field(default_factory=dict)
    """Other content than announced."""
    ranges: bool = True
    etags: bool = True
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, file, Range."""
    authorization: list[str] = field(default_factory=list)
    url: str = ""

    def gets(self, name: str) -> list[str | None]:
        """The ranges of the downloads of a file, one per request."""
        return [span for method, file, span in self.asked if (method, file) == ("GET", name)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return cast("_Server", self.server).hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        where = re.fullmatch(rf"/(?:{REPOSITORY}/resolve/{COMMIT}|cdn)/(.+)", self.path)
        name = where[1] if where else ""
        if "Authorization" in self.headers:
            self.hub.authorization.append(self.headers["Authorization"])
        if name not in self.hub.files:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif name in self.hub.large and not self.path.startswith("/cdn/"):
            self._redirect(name)
        else:
            self._send(name, with_body)

    def _headers(self, name: str) -> None:
        content = self.hub.files[name]
        self.send_header("X-Repo-Commit", COMMIT)
        if not self.hub.etags:
            return
        self.send_header("ETag", f'"{git_blob_id(content)}"')
        if name in self.hub.large:
            self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Linked-Size", str(len(content)))

    def _redirect(self, name: str) -> None:
        self.send_response(302)
        self._headers(name)
        self.send_header("Location", f"{self.hub.url}/cdn/{name}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, name: str, with_body: bool) -> None:
        span = self.headers.get("Range")
        self.hub.asked.append((self.command, name, span))
        content = self.hub.instead.get(name, self.hub.files[name]) if with_body else self.hub.files[name]
        start = int(span.removeprefix("bytes=").rstrip("-")) if span and self.hub.ranges else 0
        self.send_response(206 if start else 200)
        self._headers(name)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if not with_body:
            return
        body = content[start:]
        cuts = self.hub.cuts.get(name)
        most = cuts.pop(0) if cuts else len(body)
        self.wfile.write(body[:most])
        self.close_connection = most < len(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: Hub


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Runs the server on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
