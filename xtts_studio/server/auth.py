"""Logins: a password compared through argon2, a signed cookie (JWT, HS256), and a limit on wrong attempts."""

import hashlib
import hmac
import ipaddress
import os
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from xtts_studio.errors import InvalidInput, NotSignedIn, TooManyRequests
from xtts_studio.settings import DEFAULT_PASSWORD, Settings

COOKIE = "xtts_studio_session"
SESSION_S = 7 * 24 * 3600
ALGORITHM = "HS256"
MINIMUM_SECRET = 32
WRONG_ALLOWED = 5
WRONG_WINDOW_S = 300.0
CLIENTS_REMEMBERED = 10_000


def is_loopback(host: str) -> bool:
    """True for an address or name that only this machine reaches."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def uses_default_password(settings: Settings) -> bool:
    """True while anybody could know the password."""
    return settings.auth_password in (None, "", DEFAULT_PASSWORD)


def check_exposure(settings: Settings) -> None:
    """Raises `InvalidInput` where the server would be reachable beyond this machine with the well-known password."""
    if uses_default_password(settings) and not is_loopback(settings.host):
        raise InvalidInput(
            f"The server will not listen on {settings.host} with the password everybody knows.",
            hint="Set AUTH_PASSWORD to a password of your own (and AUTH_USER if you like), "
            "or listen on 127.0.0.1 to use the studio from this machine alone.",
        )


def load_secret(settings: Settings) -> str:
    """The secret that signs logins: JWT_SECRET, or one that is made once and kept in the workspace (mode 600)."""
    if settings.jwt_secret:
        if len(settings.jwt_secret) < MINIMUM_SECRET:
            raise InvalidInput(
                f"JWT_SECRET has {len(settings.jwt_secret)} characters; it needs {MINIMUM_SECRET} or more.",
                hint='Make one: python3 -c "import secrets; print(secrets.token_hex(32))"; or leave it unset.',
            )
        return settings.jwt_secret
    return _kept_secret(settings.home / "jwt_secret")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(temporary, path)  # fails where there is one: of two servers that start at once, one secret wins
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            temporary.replace(path)
    temporary.unlink(missing_ok=True)
    path.chmod(0o600)
    kept = path.read_text(encoding="utf-8").strip()
    if len(kept) < MINIMUM_SECRET:
        path.unlink()
        return _kept_secret(path)
    return kept


class Attempts:
    """Counts wrong passwords (or keys) per client and in a window of time."""

    def __init__(
        self,
        what: str = "logging in",
        hint: str = "The password is AUTH_PASSWORD of the server.",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what, self._hint, self._clock = what, hint, clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, client: str) -> None:
        """Raises `TooManyRequests` with `details.retry_after_s` for a client that was wrong too often."""
        with self._lock:
            times = self._recent(client)
            if len(times) >= WRONG_ALLOWED:
                wait_s = max(1, int(times[0] + WRONG_WINDOW_S - self._clock()) + 1)
                raise TooManyRequests(
                    f"{len(times)} wrong attempts; {self._what} is closed for you for {wait_s} s.",
                    hint=f"Wait, then try again. {self._hint}",
                    details={"retry_after_s": wait_s},
                )

    def wrong(self, client: str) -> None:
        """Notes a wrong attempt."""
        with self._lock:
            self._recent(client).append(self._clock())
            self._wrong.move_to_end(client)
            while len(self._wrong) > CLIENTS_REMEMBERED:
                self._wrong.popitem(last=False)

    def right(self, client: str) -> None:
        """Forgets the wrong attempts of a client that got in."""
        with self._lock:
            self._wrong.pop(client, None)

    def _recent(self, client: str) -> deque[float]:
        times = self._wrong.setdefault(client, deque(maxlen=WRONG_ALLOWED))
        while times and times[0] <= self._clock() - WRONG_WINDOW_S:
            times.popleft()
        return times


class Logins:
    """Checks passwords and cookies. `AUTH_PASSWORD` may be the password or its argon2 hash."""

    def __init__(self, settings: Settings) -> None:
        self.default_password = uses_default_password(settings)
        self._user = settings.auth_user
        self._hasher = PasswordHasher()
        password = settings.auth_password or DEFAULT_PASSWORD
        self._hash = password if password.startswith("$argon2") else self._hasher.hash(password)
        # Bound to user and password as well: changing either ends the logins made before.
        owner = f"{self._user}\0{password}".encode()
        self._key = hmac.new(load_secret(settings).encode(), owner, hashlib.sha256).hexdigest()
        self._attempts = Attempts()
        self._one_at_a_time = threading.Lock()  # argon2 takes 64 MB for each check

    def sign_in(self, username: str, password: str, client: str) -> str:
        """A token for the right name and password; raises `NotSignedIn` or `TooManyRequests`."""
        with self._one_at_a_time:
            self._attempts.check(client)
            # Both are always compared, so that the time taken tells nothing.
            known = hmac.compare_digest(username.encode(), self._user.encode())
            if not (self._matches(password) and known):
                self._attempts.wrong(client)
                raise NotSignedIn(
                    "Wrong user name or password.",
                    hint="The server's AUTH_USER and AUTH_PASSWORD say which are right.",
                )
            self._attempts.right(client)
        return self.token()

    def token(self, lifetime_s: int = SESSION_S) -> str:
        """A signed token for the user."""
        issued = int(time.time())
        return jwt.encode({"sub": self._user, "iat": issued, "exp": issued + lifetime_s}, self._key, ALGORITHM)

    def user_of(self, token: str | None) -> str | None:
        """The user a token was made for; None for one that is missing, forged, expired or of another password."""
        if not token:
            return None
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM], options={"require": ["sub", "exp"]})
        except jwt.PyJWTError:
            return None
        return str(claims["sub"])

    def _matches(self, password: str) -> bool:
        try:
            return self._hasher.verify(self._hash, password)
        except (VerificationError, InvalidHashError):
            return False
