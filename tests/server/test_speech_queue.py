"""More listeners than places: who waits, who is refused, who leaves, and what the others notice of it."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

import httpx
import pytest

from tests.jobs.waiting import until
from tests.server.conftest import Running, error, files, serving, upload, wav

GENERATE = "/api/inference/generate"
BODY: dict[str, Any] = {"text": "one two", "language": "en", "speaker": "anna"}
AT_ONCE, LIMIT = 2, 80
WORD_S = 0.3
"""How long the fake voice takes for the word `slowly`."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with few places, whose worker is warm."""
    home = tmp_path_factory.mktemp("queue") / "workspace"
    with serving(home, XTTS_SPEECH_AT_ONCE=AT_ONCE, XTTS_SPEECH_QUEUE=LIMIT) as running:
        with running.user() as client:
            assert client.post(GENERATE, json=BODY).status_code == 200
        yield running


@pytest.fixture
def user(small: Running) -> Iterator[httpx.Client]:
    with small.user() as client:
        until(lambda: queue(client)["running"] == 0)
        yield client


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(LIMIT + AT_ONCE) as pool:
        yield pool


def queue(client: httpx.Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/inference/queue").json()
    return body


def positions(client: httpx.Client) -> dict[str | None, int]:
    return {one["id"]: one["position"] for one in queue(client)["requests"]}


def listen(server: Running, threads: ThreadPoolExecutor, name: str, words: int = 3) -> Future[httpx.Response]:
    """Asks for speech in a thread; returns once the request stands in the queue."""

    def ask() -> httpx.Response:
        body = {**BODY, "text": "slowly " * words}
        with server.user() as client:
            return client.post(GENERATE, json=body, headers={"X-Request-Id": name})

    answer = threads.submit(ask)
    with server.user() as client:
        until(lambda: name in positions(client) or answer.done())
    return answer


def ask_and_wait(server: Running, name: str, **fields: object) -> socket.socket:
    """Sends a request and reads nothing; closing the socket is going away."""
    host, port = server.url.removeprefix("http://").split(":")
    content = json.dumps({**BODY, **fields})
    connection = socket.create_connection((host, int(port)))
    connection.sendall(
        f"POST {GENERATE} HTTP/1.1\r\nHost: {host}:{port}\r\nX-Request-Id: {name}\r\n"
        f"Cookie: xtts_studio_session={server.studio.logins.token()}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}".encode()
    )
    with server.user() as client:
        until(lambda: name in positions(client))
    return connection


def test_an_empty_queue_says_its_limits(user: httpx.Client) -> None:
    assert queue(user) == {"running": 0, "waiting": 0, "at_once": AT_ONCE, "limit": LIMIT, "requests": []}


def test_they_are_spoken_in_the_order_they_came(
    small: Running, user: httpx.Client, threads: ThreadPoolExecutor
) -> None:
    answers = [listen(small, threads, f"r-{number}", words=6 if number < 2 else 2) for number in range(6)]
    assert positions(user) == {"r-0": 0, "r-1": 0, "r-2": 1, "r-3": 2, "r-4": 3, "r-5": 4}
    told = queue(user)
    assert (told["running"], told["waiting"]) == (2, 4)
    ended = [answers.index(answer) for answer in as_completed(answers)]
    assert [answer.result().headers["x-queue-position"] for answer in answers] == ["0", "0", "1", "2", "3", "4"]
    assert set(ended[:2]) == {0, 1}
    assert set(ended[2:4]) == {2, 3}


def test_beyond_the_limit_they_are_refused_at_once(
    user: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("full") / "workspace"
    with (
        serving(home, XTTS_SPEECH_AT_ONCE=1, XTTS_SPEECH_QUEUE=1) as server,
        ThreadPoolExecutor(2) as threads,
        server.user() as client,
    ):
        answers = [listen(server, threads, f"r-{number}", words=5) for number in range(2)]
        began = time.monotonic()
        refused = client.post(GENERATE, json=BODY)
        assert time.monotonic() - began < 1
        told = error(refused, 429, "too_many_requests")
        assert "XTTS_SPEECH_QUEUE" in told["hint"]
        assert int(refused.headers["retry-after"]) >= 1
        assert {answer.result().status_code for answer in answers} == {200}
        answers = [listen(server, threads, f"again-{number}", words=5) for number in range(2)]
        estimate_s = int(client.post(GENERATE, json=BODY).headers["retry-after"])
        assert 5 * WORD_S <= estimate_s <= 60  # two of these, each of at least so long, come before
        assert {answer.result().status_code for answer in answers} == {200}
        assert client.post(GENERATE, json=BODY).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_whoever_leaves_frees_the_place_within_a_second(
    small: Running, user: httpx.Client, threads: ThreadPoolExecutor, stream: bool
) -> None:
    speaking = [ask_and_wait(small, f"long-{n}", text="slowly " * 300, stream=stream) for n in range(AT_ONCE)]
    waiting = ask_and_wait(small, "impatient", stream=stream)
    next_one = listen(small, threads, "next")
    assert positions(user) == {"long-0": 0, "long-1": 0, "impatient": 1, "next": 2}
    waiting.close()
    until(lambda: positions(user) == {"long-0": 0, "long-1": 0, "next": 1}, within_s=1)
    time.sleep(1)  # sound is on its way to the streams
    speaking[0].close()
    until(lambda: positions(user) == {"long-1": 0, "next": 0}, within_s=1)
    speaking[1].close()
    assert next_one.result().status_code == 200
    assert next_one.result().headers["x-queue-position"] == "2"


def test_those_who_wait_hold_up_nobody_else(small: Running, user: httpx.Client, threads: ThreadPoolExecutor) -> None:
    held = [ask_and_wait(small, f"held-{n}", text="slowly " * 300) for n in range(AT_ONCE)]
    held += [ask_and_wait(small, f"held-{n}", text="slowly") for n in range(AT_ONCE, AT_ONCE + LIMIT)]
    assert queue(user)["waiting"] == LIMIT
    before = len(small.studio.backend.workers())
    began = time.monotonic()
    upload(user, hz=919)
    assert user.get("/healthz").status_code == 200
    assert user.get("/api/inference/history").status_code == 200
    made = user.post("/api/inference/speakers", data={"name": "Meanwhile"}, files=files(("ref.wav", wav())))
    assert made.status_code == 201, made.text
    assert time.monotonic() - began < 10
    assert queue(user)["waiting"] == LIMIT
    assert before >= 1
    for connection in held:
        connection.close()
    until(lambda: queue(user)["requests"] == [], within_s=5)


def test_a_slow_listener_holds_no_place_and_misses_nothing(small: Running, user: httpx.Client) -> None:
    body = {**BODY, "text": "word " * 800, "seed": 1, "format": "pcm", "stream": True}
    with small.user() as slow, slow.stream("POST", GENERATE, json=body) as answer:
        pieces = answer.iter_raw()
        heard = next(pieces)
        until(lambda: queue(user)["running"] == 0, within_s=30)  # all is made, most of it not heard
        assert user.post(GENERATE, json=BODY).headers["x-queue-position"] == "0"
        heard += b"".join(pieces)
    assert len(heard) == 800 * 24_000
    assert heard == user.post(GENERATE, json={**body, "stream": False}).content


@pytest.mark.parametrize("name", ["", "a" * 65, "two words", "../x", "é"])
def test_a_request_id_is_checked(user: httpx.Client, name: str) -> None:
    answer = user.post(GENERATE, json=BODY, headers=[(b"X-Request-Id", name.encode())])
    told = error(answer, 422, "invalid_input")
    assert told["details"]["fields"][0]["field"] == "X-Request-Id"


def test_the_queue_is_for_those_signed_in(small: Running) -> None:
    with small.stranger() as stranger:
        error(stranger.get("/api/inference/queue"), 401, "not_signed_in")
