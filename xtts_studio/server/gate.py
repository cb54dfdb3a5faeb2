"""The gate before everything: which host, which origin, whose login or key. An ASGI middleware, so nothing slips by.

A person has a cookie, a program a key (`Authorization: Bearer xs-…`). Cookies are sent by browsers whoever asks them
to, so they count for requests of our own page alone; keys are only sent by who has them, from wherever that is.
"""

import ipaddress
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xtts_studio.errors import Forbidden, NotSignedIn, StudioError
from xtts_studio.server.auth import COOKIE, Logins, is_loopback
from xtts_studio.server.caller import Caller
from xtts_studio.server.errors import respond
from xtts_studio.server.keys import PREFIX, Keys

API = ("/api/", "/v1/", "/xtts/")
OPEN = ("/api/auth/", "/healthz")
COMPAT = ("/v1/", "/xtts/")
"""What other programs' clients call: pages of any origin may, with a key."""
KEYS_ONLY = "/xtts/"
"""Its clients speak by GET too, which a cookie must never authorise for another site."""
NOT_FOR_KEYS = "/api/keys/"
KEY_IN_PATH = "/xtts/key/"
EXPOSED = (
    "X-Speech-Id",
    "X-Seed",
    "X-Queue-Position",
    "X-First-Sound-Seconds",
    "X-Audio-Seconds",
    "X-Real-Time-Factor",
    "X-Precision",
    "Retry-After",
)
"""What pages of other origins may read of an answer's headers."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Gate:
    """Lets requests pass to the API that are allowed to; pages have their own way of asking for a login."""

    def __init__(self, app: ASGIApp, logins: Logins, keys: Keys) -> None:
        self._app, self._logins, self._keys = app, logins, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        base, secret = _take_key_from_path(scope)
        send = _hardened(send, scope["path"])
        try:
            await self._check(Request(scope), base, secret)
        except StudioError as error:
            await respond(error, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _check(self, request: Request, base: str, secret: str | None) -> None:
        if self._logins.default_password:
            _check_local(request)
        path = f"{request.scope['path']}/"
        user = None if path.startswith(KEYS_ONLY) else self._logins.user_of(request.cookies.get(COOKIE))
        secret = secret or _bearer(request.headers, user)
        if secret and _needs_login(path):
            await self._check_key(request, path, base, secret)
            return
        if request.method not in SAFE_METHODS:
            _check_origin(request.headers)
        if _needs_login(path) and user is None:
            raise _nobody(path)
        request.state.caller = Caller(user=user)

    async def _check_key(self, request: Request, path: str, base: str, secret: str) -> None:
        client = request.client.host if request.client else "unknown"
        key = await to_thread.run_sync(self._keys.admit, secret, client)
        if path.startswith(NOT_FOR_KEYS):
            raise Forbidden("A key can't manage keys.", hint="Log in to the studio's page to do that.")
        request.state.caller = Caller(key=key, base=base)


class Cors:
    """Lets pages of other origins call what other programs' clients call. Never with cookies: keys authorise there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=("*",),
            allow_methods=("GET", "POST", "HEAD", "OPTIONS"),
            allow_headers=("*",),
            expose_headers=EXPOSED,
            allow_private_network=True,  # a page on the internet, the studio at home
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        compatible = scope["type"] == "http" and scope["path"].startswith(COMPAT)
        await (self._open if compatible else self._app)(scope, receive, send)


def _take_key_from_path(scope: Scope) -> tuple[str, str | None]:
    """The base address the client uses, and the key in it; the path goes on without, so that no log will show it."""
    path: str = scope["path"]
    base, secret = KEYS_ONLY, None
    if path.startswith(KEY_IN_PATH):
        secret = path.removeprefix(KEY_IN_PATH).partition("/")[0]
        base = f"{KEY_IN_PATH}{secret}/"
    if f"{path}/".startswith(base):
        scope["path"] = KEYS_ONLY + path[len(base) :].lstrip("/")  # who types a base address may end it with a slash
        scope["raw_path"] = quote(scope["path"]).encode()
    return base.rstrip("/"), secret


def _bearer(headers: Headers, user: str | None) -> str | None:
    """The key that was sent. What looks like none of ours is passed over for a user with a login: a proxy adds such."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or (user and not token.startswith(PREFIX)):
        return None
    return token or None


def _nobody(path: str) -> NotSignedIn:
    if path.startswith(COMPAT):
        return NotSignedIn(
            "This address needs a key.",
            hint="Make one on the studio's settings page and give it to the program as its API key."
            if path.startswith("/v1/")
            else "Make one on the studio's settings page; the base address is then …/xtts/key/<the key>.",
        )
    return NotSignedIn("You are not signed in.", hint="Log in at /login, then try again.")


def _needs_login(path: str) -> bool:
    return path.startswith(API) and not path.startswith(OPEN)


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
            if path.startswith((*API, "/healthz")):
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
        await send(message)

    return hardened
