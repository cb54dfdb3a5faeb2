"""Serves the exported page (a Next.js static export): every path, header and encoding is decided when it is read.

- It is read at the start, and again where its files have changed: a page that is built anew needs no restart.
- Scripts run by the hash of what was built (Content-Security-Policy), so that an injected one doesn't.
- Files below `/_next/static/` have their content in their name and are kept by browsers for good; the rest is
  revalidated by ETag.
- Who is not signed in is sent to `/login/`. That is comfort: the pages hold no data, the API checks for itself.
"""

import base64
import hashlib
import logging
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from xtts_studio.errors import NotFound
from xtts_studio.server.errors import respond

LOGIN, HOME = "/login/", "/data-processing/"
PUBLIC = (LOGIN, "/_next/", "/404", "/favicon.ico", "/icon", "/apple-icon", "/fonts/")
API = ("/api/", "/v1/", "/xtts/")
ENCODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
FOREVER = "public, max-age=31536000, immutable"
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>XTTS Studio</title>
<h1>XTTS Studio</h1><p>The server runs; its page was not built. <code>make page</code> builds it.</p>
<p>The API is described at <a href="/api/openapi.json">/api/openapi.json</a> (after a login).</p>
"""

log = logging.getLogger(__name__)
Stamp = tuple[int, int, int]
"""What tells one state of a file or folder from another: inode, time of the last change (ns), size (bytes)."""
IsSignedIn = Callable[[Request], bool]


@dataclass(frozen=True)
class Asset:
    """A file of the page and how it is sent."""

    path: Path
    stamp: Stamp | None
    media_type: str
    etag: str
    headers: Mapping[str, str]
    encoded: Mapping[str, Path]


class Page:
    """ASGI application for the files below `root`; without an export there, a note at `/`."""

    def __init__(self, root: Path, is_signed_in: IsSignedIn) -> None:
        self._root, self._is_signed_in = root, is_signed_in
        self._assets: dict[str, Asset] = {}
        self._read_as: Stamp | None = None
        self._read()

    @property
    def built(self) -> bool:
        """Is there a page?"""
        return bool(self._assets)

    def _read(self) -> None:
        """Take the files as they are; where they change meanwhile, what was known stays until the next request."""
        read_as, found = _stamp(self._root), {}
        try:
            for path in sorted(self._root.rglob("*")) if read_as else ():
                if path.is_file() and path.suffix not in ENCODINGS.values():
                    found[_address(path, self._root)] = _asset(path, self._root)
        except OSError as error:
            log.warning("The page is being changed: %s", error)
            return
        self._assets, self._read_as = found, read_as

    def _follow(self, path: str) -> None:
        """Read the files again where the folder, or the file at `path`, is not the one that was read."""
        asset = self._assets.get(path)
        if _stamp(self._root) != self._read_as or (asset and _stamp(asset.path) != asset.stamp):
            self._read()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._respond(Request(scope))(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        path: str = request.scope["path"]  # decoded, as the routes see it
        if f"{path}/".startswith(API):
            missing = NotFound("There is nothing at this address.", hint="GET /api/openapi.json lists them.")
            return respond(missing, path)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Method not allowed", 405, {"Allow": "GET, HEAD"})
        self._follow(path)
        if not self.built:
            return HTMLResponse(NOT_BUILT, 200 if path == "/" else 404)
        return self._before_login(request, path) or self._file(request, path)

    def _before_login(self, request: Request, path: str) -> Response | None:
        """The answer that keeps somebody from a page; None where nothing does."""
        uncached = {"Cache-Control": "no-store"}
        if path in ("/", LOGIN) and self._is_signed_in(request):
            return RedirectResponse(HOME, 303, uncached)
        if path.startswith(PUBLIC) or path + "/" == LOGIN or self._is_signed_in(request):
            return None
        if "." in path.rpartition("/")[2]:  # a page's payload: a redirect would be taken for it
            return PlainTextResponse("Not signed in", 401, uncached)
        return RedirectResponse(f"{LOGIN}?next={quote(_with_query(request, path), safe='')}", 303, uncached)

    def _file(self, request: Request, path: str) -> Response:
        asset = self._assets.get(path)
        if asset is not None:
            return _send(request, asset, 200)
        if path + "/" in self._assets:
            return RedirectResponse(_with_query(request, path + "/"), 308)
        missing = self._assets.get("/404.html")
        if path.startswith("/_next/") or missing is None:
            return PlainTextResponse("Not found", 404, {"Cache-Control": "no-store"})
        return _send(request, missing, 404)


def _with_query(request: Request, path: str) -> str:
    """A local address: never built from the Host header, never one that a browser takes for another host."""
    local = "/" + path.lstrip("/\\")
    return f"{local}?{request.url.query}" if request.url.query else local


def _stamp(path: Path) -> Stamp | None:
    """The state of a file or folder; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _address(path: Path, root: Path) -> str:
    return "/" + path.relative_to(root).as_posix().removesuffix("index.html")


def _asset(path: Path, root: Path) -> Asset:
    stamp, body = _stamp(path), path.read_bytes()
    encoded = {name: file for name, ending in ENCODINGS.items() if (file := Path(f"{path}{ending}")).is_file()}
    headers = dict(SECURITY)
    headers["Cache-Control"] = FOREVER if path.is_relative_to(root / "_next" / "static") else "no-cache"
    if path.suffix == ".html":
        headers["Content-Security-Policy"] = content_policy(body)
    if encoded:
        headers["Vary"] = "Accept-Encoding"
    return Asset(path, stamp, _media_type(path), hashlib.sha256(body).hexdigest()[:20], headers, encoded)


def _media_type(path: Path) -> str:
    if path.suffix in (".js", ".mjs"):
        return "text/javascript; charset=utf-8"
    found = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") or found == "application/json" else found


def content_policy(html: bytes) -> str:
    """The Content-Security-Policy of a page: its own inline scripts by their hashes, and no others."""
    inline = [
        match["body"]
        for match in SCRIPT.finditer(html)
        if b" src=" not in match["attributes"] and b"application/json" not in match["attributes"]
    ]
    hashes = dict.fromkeys(base64.b64encode(hashlib.sha256(body).digest()).decode() for body in inline)
    return POLICY.format(scripts=" ".join(["'self'", *(f"'sha256-{value}'" for value in hashes)]))


def _send(request: Request, asset: Asset, status: int) -> Response:
    headers, path, etag = dict(asset.headers), asset.path, asset.etag
    accepted = {item.partition(";")[0].strip() for item in request.headers.get("accept-encoding", "").split(",")}
    encoding = next((name for name in asset.encoded if name in accepted), None)
    if encoding:
        path, etag = asset.encoded[encoding], f"{etag}-{encoding}"
    headers["ETag"] = f'"{etag}"'
    if status == 200 and headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["Content-Encoding"] = encoding
    return FileResponse(path, status, headers, media_type=asset.media_type)
