"""A page of another program, from another origin, in a real browser: it speaks with a key and not without."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.compat.conftest import VOICE, program
from tests.server.conftest import Running, serving, wav

CALLS = """
async ([tavern, openai, api, key]) => {
  const json = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
  const post = (path, body) => fetch(tavern + path, {method: "POST", headers: json, body: JSON.stringify(body)})
  const said = {text: "one two", speaker_wav: "Reader", language: "en"}
  const heard = (address) => new Promise((done) => {
    const audio = new Audio(address)
    audio.oncanplay = () => done(audio.duration)
    audio.onerror = () => done(String(audio.error.message))
  })
  const status = (address, options) => fetch(address, options).then((answer) => answer.status, () => "blocked")
  const settings = {
    temperature: "0.7", speed: "1", length_penalty: "1", repetition_penalty: "5", top_p: "0.8", top_k: "50",
    enable_text_splitting: true, stream_chunk_size: "100",
  }
  const speakers = await (await fetch(tavern + "/speakers", {headers: {Authorization: "Bearer of-extras"}})).json()
  const whole = await post("/tts_to_audio/", said)
  return {
    speakers: speakers.map((one) => one.name),
    set: (await post("/set_tts_settings", settings)).status,
    whole: [(await whole.arrayBuffer()).byteLength, whole.headers.get("X-Seed") !== null],
    sample: await heard(speakers[0].preview_url),
    stream: await heard(`${tavern}/tts_stream/?${new URLSearchParams(said)}`),
    withKey: await status(openai + "/audio/voices", {headers: {Authorization: `Bearer ${key}`}}),
    withCookie: await status(openai + "/audio/voices", {credentials: "include"}),
    keys: await status(api + "/keys", {headers: {Authorization: `Bearer ${key}`}}),
  }
}
"""
"""What SillyTavern's page does with its XTTS provider, then what no page may."""


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with stand-ins for the heavy steps, and a voice."""
    with serving(tmp_path_factory.mktemp("other") / "workspace") as server:
        with server.user() as person:
            files = {"audio_sample": ("a.wav", wav())}
            assert person.post("/v1/audio/voices", data={"name": VOICE}, files=files).status_code == 201
        (server.studio.workspace.speaker(VOICE) / "clip_001.wav").write_bytes(wav())  # the stand-in keeps none
        yield server


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another program's page on this machine: same site, other origin, so cookies would come along."""
    folder = tmp_path_factory.mktemp("elsewhere")
    Path(folder, "index.html").write_text("<!doctype html><title>Tavern</title>", encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_of_another_program_speaks_with_its_key(browser: Browser, quick: Running, elsewhere: str) -> None:
    with quick.user() as person:
        key = program(person)
    context = browser.new_context()
    context.add_cookies([{"name": "xtts_studio_session", "value": quick.studio.logins.token(), "url": quick.url}])
    page = context.new_page()
    page.goto(elsewhere)
    addresses = [f"{quick.url}/xtts/key/{key.secret}", f"{quick.url}/v1", f"{quick.url}/api", key.secret]
    found: dict[str, Any] = page.evaluate(CALLS, addresses)
    context.close()
    assert found == {
        "speakers": [VOICE],
        "set": 200,
        "whole": [44 + 48_000, True],
        "sample": pytest.approx(0.5, abs=0.1),
        "stream": pytest.approx(1.0, abs=0.1),
        "withKey": 200,
        "withCookie": "blocked",
        "keys": "blocked",
    }
