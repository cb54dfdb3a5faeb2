"""Listeners whose connection is cut in the middle of speech, who come back or don't."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.jobs.waiting import until
from tests.server.conftest import Running, error, files, serving, wav

GENERATE, LIVE, HISTORY = "/api/inference/generate", "/api/inference/live", "/api/inference/history"
BODY: dict[str, Any] = {
    "text": "slowly " * 8,
    "language": "en",
    "speaker": "anna",
    "seed": 1,
    "format": "pcm",
    "stream": True,
    "grace_s": 30,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("live") / "workspace") as running:
        with running.user() as client:
            made = client.post("/api/inference/speakers", data={"name": "anna"}, files=files(("a.wav", wav())))
            assert made.status_code == 201, made.text
            assert client.post(GENERATE, json={**BODY, "text": "one"}).status_code == 200
        yield running


@pytest.fixture
def user(server: Running) -> Iterator[httpx.Client]:
    with server.user() as client:
        until(lambda: running(client) == 0)
        yield client


def running(client: httpx.Client) -> int:
    number: int = client.get("/api/inference/queue").json()["running"]
    return number


def cut_off(client: httpx.Client, **changes: Any) -> tuple[str, bytes]:
    """Hears the beginning of a speech, then nothing more; gives its id and what was heard."""
    with client.stream("POST", GENERATE, json={**BODY, **changes}) as answer:
        assert answer.status_code == 200
        return answer.headers["x-speech-id"], next(answer.iter_raw())


def take_all(answer: httpx.Response, heard: bytearray) -> None:
    for piece in answer.iter_raw():
        heard += piece


def rest(client: httpx.Client, speech_id: str, heard: bytes | bytearray) -> httpx.Response:
    return client.get(f"{LIVE}/{speech_id}", params={"offset": len(heard)})


def whole(client: httpx.Client, speech_id: str) -> bytes:
    answer = client.get(f"{HISTORY}/{speech_id}/audio", params={"format": "pcm"})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_who_comes_back_hears_the_rest_as_it_is_made(user: httpx.Client) -> None:
    """Nothing is heard twice, nothing is missing, and nothing is spoken again."""
    before = user.get(HISTORY).json()["total"]
    speech_id, heard = cut_off(user)
    time.sleep(0.5)
    assert running(user) == 1
    answer = rest(user, speech_id, heard)
    assert answer.status_code == 200, answer.text
    assert heard + answer.content == whole(user, speech_id)
    assert user.get(HISTORY).json()["total"] == before + 1


def test_who_comes_back_late_hears_the_rest_from_the_history(user: httpx.Client) -> None:
    speech_id, heard = cut_off(user)
    until(lambda: running(user) == 0, within_s=20)
    assert heard + rest(user, speech_id, heard).content == whole(user, speech_id)
    assert rest(user, speech_id, whole(user, speech_id)).content == b""


def test_several_listen_to_the_same_at_once(server: Running, user: httpx.Client) -> None:
    speech_id, heard = cut_off(user)
    with server.user() as other, other.stream("GET", f"{LIVE}/{speech_id}") as all_of_it:
        following = all_of_it.iter_raw()
        first = next(following)
        later = rest(user, speech_id, heard).content
        assert first + b"".join(following) == heard + later == whole(user, speech_id)


def test_it_ends_with_its_grace_and_is_not_kept(user: httpx.Client) -> None:
    before = user.get(HISTORY).json()["total"]
    speech_id, heard = cut_off(user, text="slowly " * 300, grace_s=1)
    until(lambda: running(user) == 0, within_s=15)
    error(rest(user, speech_id, heard), 404, "not_found")
    assert user.get(HISTORY).json()["total"] == before


def test_who_leaves_on_purpose_frees_the_place_at_once(user: httpx.Client) -> None:
    speech_id, _ = cut_off(user, text="slowly " * 300)
    assert user.delete(f"{LIVE}/{speech_id}").status_code == 204
    until(lambda: running(user) == 0, within_s=10)
    error(user.delete(f"{LIVE}/{speech_id}"), 404, "not_found")


def test_without_a_grace_it_ends_with_its_listener(user: httpx.Client) -> None:
    cut_off(user, text="slowly " * 300, grace_s=0)
    until(lambda: running(user) == 0, within_s=10)


def test_who_comes_back_is_told_why_it_broke_off(user: httpx.Client) -> None:
    """The sound until then can still be had; behind it is the reason."""
    heard = bytearray()
    with user.stream("POST", GENERATE, json={**BODY, "text": "one slowly broken"}) as answer:
        speech_id = answer.headers["x-speech-id"]
        with pytest.raises(httpx.RemoteProtocolError):
            take_all(answer, heard)
    told = rest(user, speech_id, heard)
    told = rest(user, speech_id, heard)
    assert told.status_code >= 400, told
    assert told.json()["error"]["message"]
    assert running(user) == 0


def test_what_can_not_be_is_told(user: httpx.Client) -> None:
    error(user.get(f"{LIVE}/{'0' * 32}"), 404, "not_found")
    error(user.get(f"{LIVE}/{'0' * 32}", params={"offset": -1}), 422, "invalid_input")
    error(user.post(GENERATE, json={**BODY, "grace_s": 1e6}), 422, "invalid_input")
