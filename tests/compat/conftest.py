"""Two servers: one with a tiny model that really speaks, and one with stand-ins that says at once how it was asked."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest
import soundfile

from tests.parity.published import write_published_folder
from tests.server.conftest import Running, serving, wav
from tests.shared import ROOT as SHARED
from tests.studio import Studio, running
from xtts_studio.sample import RECORDING as HARBOUR

VOICE = "Reader"


@dataclass
class Program:
    """A client program: the server's address, its key, and how it calls."""

    url: str
    key_id: str
    secret: str

    @property
    def openai(self) -> openai.OpenAI:
        """OpenAI's own client; it doesn't ask again by itself, so that a test sees what comes first."""
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.secret, max_retries=0, timeout=120)

    @property
    def http(self) -> httpx.Client:
        """Any client that sends a key."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.secret}"}, timeout=120)


def program(person: httpx.Client, name: str = "a program", **defaults: Any) -> Program:
    """A program with a key that a person has made for it, and what counts for its requests."""
    made = person.post("/api/keys", json={"name": name})
    assert made.status_code == 201, made.text
    key_id = made.json()["key"]["id"]
    if defaults:
        changed = person.put(f"/api/keys/{key_id}", json={"defaults": defaults})
        assert changed.status_code == 200, changed.text
    return Program(str(person.base_url).rstrip("/"), key_id, made.json()["secret"])


def newest(person: httpx.Client) -> dict[str, Any]:
    """The newest speech of the history."""
    found: dict[str, Any] = person.get("/api/inference/history").json()["speech"][0]
    return found


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A real server with the tiny model and a voice; a recogniser called `lj` where there is one."""
    home = tmp_path_factory.mktemp("compat") / "workspace"
    write_published_folder(home / "cache" / "xtts-v2", "tiny")
    recogniser = SHARED / "models" / "whisper-lj"
    if recogniser.exists():
        (home / "cache" / "whisper").mkdir(parents=True)
        (home / "cache" / "whisper" / "lj").symlink_to(recogniser)
    with running(home) as studio:
        studio.post("/v1/audio/voices", 201, data={"name": VOICE}, files={"audio_sample": ("a.wav", clip())})
        yield studio


def clip(seconds: float = 5) -> bytes:
    """The beginning of our own recording, as WAV."""
    rate_hz = soundfile.info(str(HARBOUR)).samplerate
    samples, _ = soundfile.read(str(HARBOUR), frames=round(seconds * rate_hz))
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV")
    return file.getvalue()


@pytest.fixture(scope="package")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with stand-ins for the heavy steps, and two voices."""
    with serving(tmp_path_factory.mktemp("quick") / "workspace") as server:
        with server.user() as person:
            for name in (VOICE, "Zoë"):
                made = person.post("/v1/audio/voices", data={"name": name}, files={"audio_sample": ("a.wav", wav())})
                assert made.status_code == 201, made.text
        yield server


@pytest.fixture
def person(quick: Running) -> Iterator[httpx.Client]:
    """Somebody who is logged in to the quick server."""
    with quick.user() as client:
        yield client
