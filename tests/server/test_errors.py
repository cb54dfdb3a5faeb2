"""One shape of errors for everything that can go wrong before a route is reached, or within it."""

import logging
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.server.conftest import Running, error
from xtts_studio.errors import DiskFull, StudioError, _tree


def test_a_body_that_is_not_json(client: httpx.Client) -> None:
    answer = client.post("/api/data/analyze", content=b"{oops", headers={"Content-Type": "application/json"})
    assert "JSON" in error(answer, 422, "invalid_input")["message"]


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000])
def test_a_body_nested_beyond_reading(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/api/data/analyze", content=content, headers={"Content-Type": "application/json"})
    assert "body" in error(answer, 422, "invalid_input")["message"]


@pytest.mark.parametrize("content", [b"", b"[]", b'"text"', b"null"])
def test_a_body_that_is_no_object(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/api/data/analyze", content=content, headers={"Content-Type": "application/json"})
    error(answer, 422, "invalid_input")


def test_fields_are_named(client: httpx.Client) -> None:
    body = {"recording_id": "x", "threshold": 2, "min_speech_ms": "many", "unheard_of": 1}
    told = error(client.post("/api/data/analyze", json=body), 422, "invalid_input")
    assert {one["field"] for one in told["details"]["fields"]} == {"threshold", "min_speech_ms", "unheard_of"}
    for name in ("threshold", "min_speech_ms", "unheard_of"):
        assert name in told["message"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api/", "/api/jobs/a/b/c"])
def test_an_unknown_address_of_the_api(client: httpx.Client, path: str) -> None:
    error(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/jobs"), ("POST", "/api/settings"), ("GET", "/api/data/upload")]
)
def test_a_method_that_an_address_does_not_take(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "target", ["/api/data/recordings/../../../etc/passwd", "/api/../api/jobs/../../x", "/../../etc/passwd", "//etc"]
)
def test_a_path_that_climbs_is_not_found(server: Running, client: httpx.Client, target: str) -> None:
    """Sent as it is: clients would tidy it up before sending."""
    host, port = server.url.removeprefix("http://").split(":")
    cookie = f"xtts_studio_session={client.cookies['xtts_studio_session']}"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert b" 404 " in answer.split(b"\r\n")[0]
    assert b"root:" not in answer


@pytest.fixture
def broken_routes(server: Running) -> Iterator[None]:
    """Two routes that fail as none of ours should."""
    app = server.app

    async def broken() -> None:
        raise ZeroDivisionError("a secret of the code")

    async def full() -> None:
        raise OSError(28, "No space left on device")

    routes = list(app.router.routes)
    app.add_api_route("/api/broken", broken)
    app.add_api_route("/api/full", full)
    yield
    app.router.routes[:] = routes


@pytest.mark.usefixtures("broken_routes")
def test_what_nobody_expected_is_a_sentence_and_a_line_in_the_log(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/broken")
    told = error(answer, 500, "internal")
    assert told["hint"]
    assert "secret" not in answer.text
    assert "a secret of the code" in caplog.text


@pytest.mark.usefixtures("broken_routes")
def test_a_full_disk_is_told_as_such(client: httpx.Client) -> None:
    assert "room" in error(client.get("/api/full"), 507, "disk_full")["hint"]
    assert DiskFull.of(OSError(2, "No such file")) is None


def test_errors_keep_their_kind_between_processes() -> None:
    for kind in set(_tree(StudioError).values()):
        told = kind("It failed.", hint="Do this.", details={"a": 1}).to_dict()
        again = StudioError.from_dict(told)
        assert type(again) is kind
        assert again.to_dict() == told


def test_answers_are_not_kept_and_not_guessed_at(client: httpx.Client) -> None:
    headers = client.get("/api/jobs").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
