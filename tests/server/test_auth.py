"""Logins: the cookie, what needs one, forged tokens, wrong passwords, other sites."""

import base64
import json
import socket
import time
from pathlib import Path

import httpx
import jwt
import pytest

from tests.server.conftest import CREDENTIALS, Running, error, serving
from xtts_studio.errors import InvalidInput, NotSignedIn, TooManyRequests
from xtts_studio.server.app import create_app
from xtts_studio.server.auth import COOKIE, Attempts, Logins, check_exposure, is_loopback, load_secret
from xtts_studio.settings import Settings


def test_a_login_sets_a_cookie_that_scripts_can_not_read(stranger: httpx.Client) -> None:
    answer = stranger.post("/api/auth/login", json=CREDENTIALS)
    assert answer.status_code == 200
    assert answer.json() == {"user": {"name": "admin"}}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie
    assert stranger.get("/api/auth/me").json() == {"user": {"name": "admin"}}
    assert stranger.get("/api/jobs").status_code == 200


def test_under_https_the_cookie_is_secure(stranger: httpx.Client) -> None:
    answer = stranger.post("/api/auth/login", json=CREDENTIALS, headers={"X-Forwarded-Proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_logout_removes_the_cookie(stranger: httpx.Client) -> None:
    stranger.post("/api/auth/login", json=CREDENTIALS)
    assert stranger.post("/api/auth/logout").status_code == 204
    error(stranger.get("/api/auth/me"), 401, "not_signed_in")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/jobs"),
        ("GET", "/api/nothing"),
        ("GET", "/api"),
        ("GET", "/api/openapi.json"),
        ("GET", "/api/events"),
        ("GET", "/api/system"),
        ("POST", "/api/data/upload"),
        ("POST", "/api/inference/generate"),
        ("DELETE", "/api/datasets/a"),
        ("PUT", "/api/settings"),
    ],
)
def test_everything_else_needs_a_login(stranger: httpx.Client, method: str, path: str) -> None:
    error(stranger.request(method, path), 401, "not_signed_in")


def test_every_route_of_the_api_needs_a_login(server: Running, client: httpx.Client, stranger: httpx.Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    for path, methods in paths.items():
        if path.startswith(("/api/auth/", "/healthz")):
            continue
        for method in methods:
            assert stranger.request(method.upper(), path).status_code == 401, (method, path)


@pytest.mark.parametrize(
    "target", ["/%61pi/jobs", "/api%2Fjobs", "//api/jobs", "/./api/jobs", "/api/auth/../jobs", "/healthz/../api/jobs"]
)
def test_no_spelling_of_a_path_goes_round_the_login(server: Running, target: str) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert b" 200 " not in answer.split(b"\r\n")[0]
    assert b'"jobs"' not in answer


def test_health_needs_no_login(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize("username", ["admin", "somebody"])
def test_a_wrong_name_or_password_gives_the_same_answer(tmp_path: Path, username: str) -> None:
    logins = Logins(Settings(XTTS_HOME=tmp_path))
    with pytest.raises(NotSignedIn, match="Wrong user name or password"):
        logins.sign_in(username, "wrong", "1.2.3.4")
    with pytest.raises(NotSignedIn, match="Wrong user name or password"):
        logins.sign_in("somebody", "xtts2024", "1.2.3.4")


def test_wrong_passwords_are_limited_per_client(tmp_path: Path) -> None:
    with serving(tmp_path) as running, running.stranger() as client:
        for _ in range(5):
            error(client.post("/api/auth/login", json={**CREDENTIALS, "password": "wrong"}), 401, "not_signed_in")
        answer = client.post("/api/auth/login", json=CREDENTIALS)
        error(answer, 429, "too_many_requests")
        assert 0 < int(answer.headers["retry-after"]) <= 301
        assert running.user().get("/api/auth/me").status_code == 200


def test_the_limit_ends_with_its_window_and_with_the_right_password() -> None:
    time_s = [0.0]
    attempts = Attempts(clock=lambda: time_s[0])
    for _ in range(5):
        attempts.wrong("a")
    with pytest.raises(TooManyRequests):
        attempts.check("a")
    attempts.check("b")
    time_s[0] = 301
    attempts.check("a")
    for _ in range(4):
        attempts.wrong("a")
    attempts.right("a")
    attempts.wrong("a")
    attempts.check("a")


def forged(alg: str) -> str:
    """A token with a header of choice and no signature."""
    parts = ({"alg": alg, "typ": "JWT"}, {"sub": "admin", "exp": int(time.time()) + 1000})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def tokens(server: Running) -> dict[str, str]:
    valid = server.studio.logins.token()
    return {
        "alg none": forged("none"),
        "alg None": forged("None"),
        "no signature": valid.rpartition(".")[0] + ".",
        "other key": jwt.encode({"sub": "admin", "exp": int(time.time()) + 1000}, "k" * 32, "HS256"),
        "expired": server.studio.logins.token(lifetime_s=-10),
        "no expiry": jwt.encode({"sub": "admin"}, server.studio.logins._key, "HS256"),
        "other algorithm": jwt.encode(
            {"sub": "admin", "exp": int(time.time()) + 1000}, server.studio.logins._key, "HS512"
        ),
        "not a token": "x",
        "empty": "",
    }


@pytest.mark.parametrize(
    "kind",
    [
        "alg none",
        "alg None",
        "no signature",
        "other key",
        "expired",
        "no expiry",
        "other algorithm",
        "not a token",
        "empty",
    ],
)
def test_a_token_that_is_not_ours_is_no_login(server: Running, stranger: httpx.Client, kind: str) -> None:
    stranger.cookies.set(COOKIE, tokens(server)[kind])
    error(stranger.get("/api/jobs"), 401, "not_signed_in")
    error(stranger.get("/api/auth/me"), 401, "not_signed_in")


def test_a_changed_password_ends_the_logins_made_before(tmp_path: Path) -> None:
    before = Logins(Settings(XTTS_HOME=tmp_path, AUTH_PASSWORD="first password")).token()
    after = Logins(Settings(XTTS_HOME=tmp_path, AUTH_PASSWORD="second password"))
    same = Logins(Settings(XTTS_HOME=tmp_path, AUTH_PASSWORD="first password"))
    assert after.user_of(before) is None
    assert same.user_of(before) == "admin"


def test_the_password_may_be_given_as_its_argon2_hash(tmp_path: Path) -> None:
    from argon2 import PasswordHasher

    logins = Logins(Settings(XTTS_HOME=tmp_path, AUTH_PASSWORD=PasswordHasher(1, 8, 1).hash("my own")))
    assert logins.user_of(logins.sign_in("admin", "my own", "c")) == "admin"
    with pytest.raises(NotSignedIn):
        logins.sign_in("admin", "other", "c")


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_secret(Settings(XTTS_HOME=tmp_path))
    assert load_secret(Settings(XTTS_HOME=tmp_path)) == first
    assert len(first) >= 32
    assert (tmp_path / "jwt_secret").stat().st_mode & 0o777 == 0o600
    assert load_secret(Settings(XTTS_HOME=tmp_path, JWT_SECRET="s" * 32)) == "s" * 32
    with pytest.raises(InvalidInput, match="32"):
        load_secret(Settings(XTTS_HOME=tmp_path, JWT_SECRET="short"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "studio.example.org", ""])
@pytest.mark.parametrize("password", [None, "", "xtts2024"])
def test_the_known_password_works_on_loopback_only(tmp_path: Path, host: str, password: str | None) -> None:
    settings = Settings(XTTS_HOME=tmp_path, XTTS_HOST=host, AUTH_PASSWORD=password)
    with pytest.raises(InvalidInput, match="password everybody knows") as caught:
        create_app(settings)
    assert "AUTH_PASSWORD" in caught.value.hint
    check_exposure(Settings(XTTS_HOST=host, AUTH_PASSWORD="my own password"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]", "::ffff:127.0.0.1"])
def test_loopback_has_many_names(host: str) -> None:
    assert is_loopback(host)
    check_exposure(Settings(XTTS_HOST=host))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "192.168.1.5"])
def test_with_the_known_password_other_host_names_are_refused(stranger: httpx.Client, host: str) -> None:
    error(stranger.get("/healthz", headers={"Host": host}), 403, "forbidden")


def test_with_an_own_password_any_host_name_will_do(tmp_path: Path) -> None:
    with serving(tmp_path, AUTH_PASSWORD="an own password") as running, running.stranger() as client:
        assert client.get("/healthz", headers={"Host": "studio.example.org"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_may_not_change_anything(client: httpx.Client, headers: dict[str, str]) -> None:
    error(client.post("/api/auth/logout", headers=headers), 403, "forbidden")
    error(client.put("/api/settings", json={}, headers=headers), 403, "forbidden")
    assert client.get("/api/settings", headers=headers).status_code == 200


def test_the_page_itself_may(server: Running, client: httpx.Client) -> None:
    for headers in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert client.put("/api/settings", json={}, headers=headers).status_code == 200
