"""Two hundred requests of twenty clients, front to back: the real server, the real worker, a tiny model."""

import io
import os
import random
import threading
import time
import wave
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.jobs.waiting import until
from tests.server.brief_model import write_brief_folder
from tests.server.conftest import error, files
from tests.studio import Studio, running
from xtts_studio.sample import RECORDING as HARBOUR

GENERATE, HISTORY = "/api/inference/generate", "/api/inference/history"
REQUESTS, CLIENTS = 200, 20
VOICES = ("Anna", "Boris", "Clara")
TEXTS = (
    ("en", "Good morning."),
    ("en", "The boat has left the harbour. It will be back at noon."),
    ("de", "Wie geht es Ihnen?"),
    ("fr", "Bonjour, mon ami."),
    ("es", "Hasta luego."),
)
FORMATS = ("wav", "flac", "mp3", "opus", "aac", "pcm")
INVALID: tuple[tuple[dict[str, Any], int], ...] = (
    ({"text": ""}, 422),
    ({"text": "?!"}, 422),
    ({"speaker": "Nobody"}, 404),
    ({"model": "none-such"}, 404),
    ({"language": "xx"}, 422),
    ({"temperature": 9}, 422),
)


@dataclass(frozen=True)
class Wish:
    """One request, and what shall come of it: speech, an error of this status, or nothing as its client goes away."""

    body: dict[str, Any]
    status: int = 200
    leaves: bool = False

    @property
    def spoken(self) -> tuple[Any, ...]:
        """What decides how it sounds."""
        return tuple(self.body[name] for name in ("text", "language", "speaker", "seed"))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("listeners") / "workspace"
    write_brief_folder(home / "cache" / "xtts-v2")
    with running(home, XTTS_PRECISION="float32") as studio:
        for number, name in enumerate(VOICES):
            clip = ("clip.wav", harbour(10 * number, 10 * number + 8))
            studio.post("/api/inference/speakers", 201, data={"name": name}, files=files(clip))
        yield studio


def harbour(start_s: int, end_s: int) -> bytes:
    """A stretch of our recording as WAV."""
    rate_hz = soundfile.info(HARBOUR).samplerate
    samples, _ = soundfile.read(HARBOUR, start=start_s * rate_hz, stop=end_s * rate_hz, dtype="int16")
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV")
    return file.getvalue()


def wishes() -> list[Wish]:
    """The same mixture every time."""
    chance = random.Random(3)
    made = []
    for number in range(REQUESTS):
        language, text = chance.choice(TEXTS)
        speaker = chance.choice(VOICES)
        body = {"text": text, "language": language, "speaker": speaker, "seed": VOICES.index(speaker)}
        body |= {"format": chance.choice(FORMATS), "stream": chance.random() < 0.5}
        if number % 13 == 5:
            change, status = INVALID[number // 13 % len(INVALID)]
            made.append(Wish(body | change, status))
        else:
            leaves = number % 17 == 9
            made.append(Wish(body | {"text": text * 40} if leaves else body, leaves=leaves))
    return made


def signed_in(studio: Studio) -> httpx.Client:
    return httpx.Client(base_url=studio.url, cookies=dict(studio.client.cookies), timeout=120)


def plain(studio: Studio, speech_id: str) -> bytes:
    """The samples that the history keeps of a speech."""
    content = studio.client.get(f"{HISTORY}/{speech_id}/audio").content
    with wave.open(io.BytesIO(content)) as file:
        return file.readframes(file.getnframes())


def ask(studio: Studio, wish: Wish) -> httpx.Response | None:
    """The answer, or None where the client goes away before it."""
    with signed_in(studio) as client:
        if not wish.leaves:
            return client.post(GENERATE, json=wish.body)
        try:
            with client.stream("POST", GENERATE, json=wish.body, timeout=0.15) as answer:
                next(answer.iter_raw(100))
        except httpx.ReadTimeout:
            pass
        return None


def resident_bytes(pid: int) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def worker_pid(studio: Studio) -> int:
    (worker,) = [one for one in studio.get("/api/system")["workers"] if one["role"] == "inference"]
    pid: int = worker["pid"]
    return pid


def test_every_answer_belongs_to_its_request_and_nothing_is_lost(studio: Studio) -> None:
    wanted = wishes()
    pids = studio.process.pid, worker_pid(studio)
    threads = threads_of(pids[1])
    before = studio.get(HISTORY)["total"]
    began, done, memory = time.monotonic(), Counter[str](), []
    counting = threading.Lock()

    def ask_and_count(wish: Wish) -> httpx.Response | None:
        answer = ask(studio, wish)
        with counting:
            done["all"] += 1
            if done["all"] in (REQUESTS // 2, REQUESTS):
                memory.append([resident_bytes(pid) for pid in pids])
        return answer

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(ask_and_count, wanted))
    took_s = time.monotonic() - began

    until(lambda: studio.get("/api/inference/queue")["requests"] == [], within_s=2)
    statuses = [None if answer is None else answer.status_code for answer in answers]
    assert statuses == [None if wish.leaves else wish.status for wish in wanted]
    assert worker_pid(studio) == pids[1]
    until(lambda: threads_of(pids[1]) <= threads + 2, within_s=5)
    for half, end in zip(*memory, strict=True):
        assert end < half * 1.1 + 20_000_000, memory

    spoken = [(wish, answer) for wish, answer in zip(wanted, answers, strict=True) if answer and answer.is_success]
    ids = [answer.headers["x-speech-id"] for _, answer in spoken]
    assert len(set(ids)) == len(ids)
    left = sum(wish.leaves for wish in wanted)
    assert len(ids) <= studio.get(HISTORY)["total"] - before <= len(ids) + left
    began = time.monotonic()
    alone = {said: said_alone(studio, wish) for said, wish in {wish.spoken: wish for wish, _ in spoken}.items()}
    alone_s = time.monotonic() - began
    assert len(set(alone.values())) == len(alone)
    for wish, answer in spoken:
        assert plain(studio, answer.headers["x-speech-id"]) == alone[wish.spoken], wish
        assert_is_its_sound(studio, wish, answer, alone[wish.spoken])
    assert took_s < 1.5 * alone_s * len(spoken) / len(alone) + 20, "slower than one after the other"


def said_alone(studio: Studio, wish: Wish) -> bytes:
    return studio.client.post(GENERATE, json=wish.body | {"format": "pcm", "stream": False}).content


def assert_is_its_sound(studio: Studio, wish: Wish, answer: httpx.Response, expected: bytes) -> None:
    """What was sent, not only what was kept, is the speech asked for."""
    audio_format, speech_id = wish.body["format"], answer.headers["x-speech-id"]
    if audio_format == "pcm":
        assert answer.content == expected
    elif audio_format == "wav":
        assert answer.content[44:] == expected
    elif not wish.body["stream"]:
        kept = studio.client.get(f"{HISTORY}/{speech_id}/audio", params={"format": audio_format})
        assert answer.content == kept.content
    else:
        assert len(answer.content) > 500


def test_a_killed_worker_costs_only_what_was_in_flight(studio: Studio) -> None:
    wish = {"text": "The boat has left the harbour. " * 40, "language": "en", "speaker": "Anna", "seed": 1}
    short = {"text": "Good morning.", "language": "en", "speaker": "Boris", "seed": 1, "format": "pcm"}
    before = heard(studio.client.post(GENERATE, json=short))

    def ask_long(_: int) -> httpx.Response:
        with signed_in(studio) as client:
            return client.post(GENERATE, json=wish)

    with ThreadPoolExecutor(8) as clients:
        answers = [clients.submit(ask_long, number) for number in range(8)]
        until(lambda: studio.get("/api/inference/queue")["running"] == 8)
        pid = worker_pid(studio)
        time.sleep(0.5)
        os.kill(pid, 9)
        for answer in answers:
            told = error(answer.result(10), 503, "worker_died")
            assert "SIGKILL" in told["message"]
    assert studio.get("/api/inference/queue")["requests"] == []
    after = heard(studio.client.post(GENERATE, json=short))
    assert worker_pid(studio) != pid
    assert np.array_equal(after, before)


def heard(answer: httpx.Response) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The samples of an answer in PCM."""
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.content, "<i2").astype(np.int32)
