"""Callers who send clips and leave before their voice is made."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.jobs.waiting import until
from tests.server.conftest import Running, files, serving, wav

SPEAKERS = "/api/inference/speakers"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("gone") / "workspace") as running:
        yield running


def send(server: Running) -> socket.socket:
    """Asks for a voice that takes its time, and reads nothing; closing the socket is going away."""
    host, port = server.url.removeprefix("http://").split(":")
    request = httpx.Request(
        "POST",
        server.url + SPEAKERS,
        data={"name": "slow"},
        files=files(("a.wav", wav())),
        headers={"Cookie": f"xtts_studio_session={server.studio.logins.token()}"},
    )
    content = request.read()
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"POST {SPEAKERS} HTTP/1.1\r\n{head}\r\n".encode() + content)
    return connection


def runs(server: Running) -> int:
    return sum(info.runs for info in server.studio.backend.workers())


def test_their_voices_are_not_made_and_others_are(small: Running) -> None:
    leaving = [send(small) for _ in range(4)]
    until(lambda: runs(small) == 2)  # the others wait
    assert len(list(small.studio.workspace.incoming.iterdir())) == 4
    for connection in leaving:
        connection.close()
    until(lambda: runs(small) == 0 and not list(small.studio.workspace.incoming.iterdir()), within_s=10)
    with small.user() as user:
        answer = user.post(SPEAKERS, data={"name": "anna"}, files=files(("a.wav", wav())))
        assert answer.status_code == 201, answer.text
        names = [one["name"] for one in user.get(SPEAKERS).json()["speakers"]]
    assert names == ["anna"]
