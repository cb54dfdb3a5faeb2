"""The gate before everything: which host, which origin, who is signed in. An ASGI middleware, so nothing slips by."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xtts_studio.errors import Forbidden, NotSignedIn, StudioError
from xtts_studio.server.auth import COOKIE, Logins, is_loopback
from xtts_studio.server.errors import respond

OPEN = ("/api/auth/", "/healthz")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Gate:
    """Lets requests pass to the API that are allowed to; pages have their own way of asking for a login."""

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app, self._logins = app, logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check(Request(scope))
        except StudioError as error:
            await respond(error)(scope, receive, _hardened(send, scope["path"]))
            return
        await self._app(scope, receive, _hardened(send, scope["path"]))

    def _check(self, request: Request) -> None:
        if self._logins.default_password:
            _check_local(request)
        if request.method not in SAFE_METHODS:
            _check_origin(request.headers)
        if _needs_login(request.scope["path"]) and self._logins.user_of(request.cookies.get(COOKIE)) is None:
            raise NotSignedIn("You are not signed in.", hint="Log in at /login, then try again.")


def _needs_login(path: str) -> bool:
    return f"{path}/".startswith(("/api/", "/v1/")) and not path.startswith(OPEN)


def _check_local(request: Request) -> None:
    """With the well-known password: only this machine, and only by its own names (a page elsewhere may rebind DNS)."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    client = request.client.host if request.client else ""
    if not is_loopback(host) or (_is_address(client) and not is_loopback(client)):
        raise Forbidden(
            "With the default password the studio answers on this machine only, as localhost.",
            hint="Open http://localhost, or set AUTH_PASSWORD on the server to reach it from elsewhere.",
        )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check_origin(headers: Headers) -> None:
    """A page of another origin may not change anything, even with the user's cookie."""
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        hosts = (headers.get("host"), headers.get("x-forwarded-host"))
        allowed = urlsplit(origin).netloc in hosts and origin != "null"
    else:
        allowed = True  # not a browser
    if not allowed:
        raise Forbidden("This request comes from another site.", hint="Use the studio's own page.")


def _hardened(send: Send, path: str) -> Send:
    """Adds the headers that every answer needs."""

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            if path.startswith(("/api/", "/v1/", "/healthz")):
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
        await send(message)

    return hardened
