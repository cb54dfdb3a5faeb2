"""A server that is killed in the middle of an upload: after a restart it goes on at the right byte."""

import hashlib
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.recorded import tone
from tests.studio import Studio, start


def _endless_part(studio: Studio, at: str, offset: int, announced: int) -> socket.socket:
    address = urlsplit(studio.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in studio.client.cookies.items())
    head = f"PATCH {at}?offset={offset} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookies}\r\n"
    connection.sendall(f"{head}Content-Length: {announced}\r\n\r\n".encode())
    return connection


def _kill(studio: Studio) -> None:
    studio.process.kill()
    studio.process.wait()
    studio.client.close()


def _content(folder: Path, seconds: float) -> bytes:
    tone(folder / "tone.wav", seconds)
    return (folder / "tone.wav").read_bytes()


def _begin(studio: Studio, content: bytes) -> str:
    new = {"name": "tone.wav", "size_bytes": len(content)}
    return f"/api/data/uploads/{studio.post('/api/data/uploads', 201, json=new)['upload']['id']}"


def _kill_in_the_middle_of_a_part(studio: Studio, at: str, content: bytes, offset: int) -> None:
    """Sends until half of what is left has reached the disk, then kills the server."""
    stored = studio.home / "data" / "incoming" / f"upload-{at.rsplit('/', 1)[1]}" / "bytes"
    half = offset + (len(content) - offset) // 2
    with _endless_part(studio, at, offset, len(content) - offset) as connection:
        connection.sendall(content[offset : half + (1 << 20)])
        deadline = time.monotonic() + 20
        while stored.stat().st_size < half:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        _kill(studio)


def test_a_killed_server_goes_on_at_the_right_byte(tmp_path: Path) -> None:
    content = _content(tmp_path, 300)  # 13 MB
    home = tmp_path / "home"
    studio = start(home)
    at = _begin(studio, content)
    offset = 0
    for _ in range(2):
        _kill_in_the_middle_of_a_part(studio, at, content, offset)
        studio = start(home)
        [listed] = studio.get("/api/data/uploads")["uploads"]
        offset = listed["received_bytes"]
        assert len(content) // 2 <= offset < len(content)
    try:
        wrong = studio.client.patch(at, params={"offset": 0}, content=content)
        assert wrong.status_code == 409
        assert wrong.json()["error"]["details"]["received_bytes"] == offset
        assert studio.client.patch(at, params={"offset": offset}, content=content[offset:]).status_code == 200
        recording = studio.post(f"{at}/finish", 201)["recording"]
        assert recording["sha256"] == hashlib.sha256(content).hexdigest()
        assert recording["duration_s"] == 300
        assert studio.get("/api/data/uploads")["uploads"] == []
    finally:
        studio.stop()


def test_a_server_killed_while_it_finishes_has_the_upload_or_the_recording(tmp_path: Path) -> None:
    content = _content(tmp_path, 120)
    home = tmp_path / "home"
    studio = start(home)
    at = _begin(studio, content)
    assert studio.client.patch(at, params={"offset": 0}, content=content).status_code == 200
    for delay_s in (0.05, 0.6):
        with _finish_begun(studio, at):
            time.sleep(delay_s)
            _kill(studio)
        studio = start(home)
    try:
        recording = studio.post(f"{at}/finish", 201)["recording"]
        assert recording["sha256"] == hashlib.sha256(content).hexdigest()
        assert studio.get("/api/data/recordings")["total"] == 1
        assert studio.get("/api/data/uploads")["total"] == 0
    finally:
        studio.stop()


def _finish_begun(studio: Studio, at: str) -> socket.socket:
    address = urlsplit(studio.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in studio.client.cookies.items())
    head = f"POST {at}/finish HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookies}\r\nContent-Length: 0\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_bytes_that_became_a_recording_before_the_kill_are_finished(tmp_path: Path) -> None:
    """Killed between the recording's appearance and the note of it: the rename took the bytes."""
    content = _content(tmp_path, 5)
    home = tmp_path / "home"
    studio = start(home)
    try:
        at = _begin(studio, content)
        assert studio.client.patch(at, params={"offset": 0}, content=content).status_code == 200
        recording = studio.post(f"{at}/finish", 201)["recording"]
        note = home / "data" / "incoming" / f"upload-{at.rsplit('/', 1)[1]}" / "upload.json"
        text = note.read_text().replace(f'"recording_id": "{recording["id"]}"', '"recording_id": null')
        assert "null" in text
        note.write_text(text)
        assert studio.get("/api/data/uploads")["total"] == 0
        assert studio.post(f"{at}/finish", 201)["recording"]["id"] == recording["id"]
    finally:
        studio.stop()
