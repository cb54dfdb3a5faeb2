"""Keys: shown once, kept as a hash, good for everything but keys, revoked at once, never locked out by a stranger."""

from pathlib import Path

import httpx
import pytest

from tests.compat.conftest import VOICE, program
from tests.server.conftest import Running, error, serving


def test_a_key_opens_the_api_and_is_shown_once(person: httpx.Client) -> None:
    made = person.post("/api/keys", json={"name": " Open WebUI "}).json()
    assert made["key"]["name"] == "Open WebUI"
    assert made["key"]["last_used_at"] is None
    assert made["secret"].startswith("xs-")
    assert made["secret"].startswith(made["key"]["prefix"])
    with httpx.Client(base_url=person.base_url, headers={"Authorization": f"Bearer {made['secret']}"}) as client:
        for path in ("/api/system", "/v1/models", "/xtts/speakers_list"):
            assert client.get(path).status_code == 200, path
        assert client.put("/api/settings", json={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    listed = person.get("/api/keys").json()
    assert listed["total"] >= 1
    found = next(key for key in listed["keys"] if key["id"] == made["key"]["id"])
    assert found["last_used_at"] > found["created_at"]
    assert made["secret"] not in person.get("/api/keys").text + person.get(f"/api/keys/{found['id']}").text


def test_use_is_noted_once_a_minute(person: httpx.Client) -> None:
    client = program(person)
    seen = set()
    for _ in range(3):
        assert client.http.get("/v1/models").status_code == 200
        seen.add(person.get(f"/api/keys/{client.key_id}").json()["key"]["last_used_at"])
    assert len(seen) == 1


def test_a_revoked_key_opens_nothing(person: httpx.Client) -> None:
    client = program(person)
    assert client.http.get("/api/system").status_code == 200
    assert person.delete(f"/api/keys/{client.key_id}").status_code == 204
    answer = client.http.get("/api/system")
    error(answer, 401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"
    error(person.delete(f"/api/keys/{client.key_id}"), 404, "not_found")
    error(person.get(f"/api/keys/{client.key_id}"), 404, "not_found")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_key_does_not_manage_keys_nor_log_in(person: httpx.Client, method: str) -> None:
    client = program(person)
    error(client.http.request(method, "/api/keys", json={"name": "another"}), 403, "forbidden")
    error(client.http.request(method, f"/api/keys/{client.key_id}", json={"name": "another"}), 403, "forbidden")
    error(client.http.get("/api/auth/me"), 401, "not_signed_in")


def test_the_secret_is_nowhere_in_the_workspace(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server, server.user() as person:
        client = program(person)
        for path in ("/v1/models", f"/xtts/key/{client.secret}/speakers"):
            assert client.http.get(path).status_code == 200
        client.http.get(f"/xtts/key/{client.secret}/nothing")
        written = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert any(client.key_id.encode() in file.read_bytes() for file in written)
        assert not any(client.secret.encode() in file.read_bytes() for file in written)


def test_wrong_keys_are_limited_and_a_right_one_gets_in(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.user() as person, server.stranger() as stranger:
        client = program(person)
        wrong = [{"Authorization": f"Bearer {token}"} for token in ("xs-" + "0" * 64, "xs-", "sk-1", "x", "xs-äö")]
        for headers in wrong:
            encoded = {name: value.encode() for name, value in headers.items()}
            assert stranger.get("/v1/models", headers=encoded).status_code == 401
        answer = stranger.get("/api/system", headers=wrong[0])
        error(answer, 429, "too_many_requests")
        assert 0 < int(answer.headers["retry-after"]) <= 301
        assert stranger.get(f"/xtts/key/{'0' * 64}/speakers").status_code == 429
        assert client.http.get("/v1/models").status_code == 200
        assert stranger.post("/api/auth/login", json={"username": "admin", "password": "xtts2024"}).status_code == 200


def test_a_login_is_not_troubled_by_the_token_of_a_proxy(person: httpx.Client) -> None:
    assert person.get("/api/system", headers={"Authorization": "Bearer eyJhbGciOi"}).status_code == 200
    assert person.get("/api/system", headers={"Authorization": "Basic YTpi"}).status_code == 200
    assert person.get("/api/system", headers={"Authorization": "Bearer"}).status_code == 200
    error(person.get("/api/system", headers={"Authorization": "Bearer xs-revoked"}), 401, "not_signed_in")


def test_defaults_are_kept_and_checked(person: httpx.Client) -> None:
    client = program(person)
    defaults = {"voice": "reader", "language": "de", "voices": {"alloy": "Zoë"}, "settings": {"temperature": 0.4}}
    kept = person.put(f"/api/keys/{client.key_id}", json={"defaults": defaults}).json()["key"]["defaults"]
    assert (kept["voice"], kept["language"], kept["voices"]) == (VOICE, "de", {"alloy": "Zoë"})
    renamed = person.put(f"/api/keys/{client.key_id}", json={"name": "other"}).json()["key"]
    assert (renamed["name"], renamed["defaults"]) == ("other", kept)
    told = error(person.put(f"/api/keys/{client.key_id}", json={"defaults": {"voice": "Bob"}}), 422, "invalid_input")
    assert VOICE in told["hint"]
    for wrong in ({"settings": {"temperature": 3}}, {"language": "xx"}, {"voces": {}}, {"voices": {"a": "Bob"}}):
        error(person.put(f"/api/keys/{client.key_id}", json={"defaults": wrong}), 422, "invalid_input")
    error(person.put(f"/api/keys/{client.key_id}", json={"defaults": {"model": "none"}}), 404, "not_found")
    assert person.get(f"/api/keys/{client.key_id}").json()["key"] == renamed | {"last_used_at": None}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_key_needs_a_name(person: httpx.Client, name: str) -> None:
    error(person.post("/api/keys", json={"name": name}), 422, "invalid_input")


def test_pages_of_other_origins_may_call_with_a_key_but_never_with_a_cookie(
    quick: Running, person: httpx.Client
) -> None:
    client = program(person)
    elsewhere = {"Origin": "http://tavern.example:8000", "Sec-Fetch-Site": "cross-site"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, cache-control"}
    with quick.stranger() as stranger:
        for path in ("/v1/audio/speech", "/xtts/tts_to_audio/", f"/xtts/key/{client.secret}/set_tts_settings"):
            preflight = stranger.options(path, headers=elsewhere | asked)
            assert preflight.status_code == 200, preflight.text
            assert preflight.headers["access-control-allow-origin"] == "*"
            assert "authorization" in preflight.headers["access-control-allow-headers"]
            assert "access-control-allow-credentials" not in preflight.headers
        answer = stranger.get(f"/xtts/key/{client.secret}/speakers", headers=elsewhere)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        refused = stranger.get("/xtts/speakers", headers=elsewhere)
        assert "x-first-sound-seconds" in answer.headers["access-control-expose-headers"].lower()
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")
        assert "access-control-allow-origin" not in stranger.options("/api/keys", headers=elsewhere | asked).headers
    speech = {"input": "one", "voice": VOICE, "response_format": "wav"}
    assert person.post("/v1/audio/speech", json=speech, headers=elsewhere).status_code == 403
    assert person.post("/v1/audio/speech", json=speech).status_code == 200
    assert person.get("/xtts/tts_stream", params={"text": "one", "speaker_wav": VOICE}).status_code == 401
