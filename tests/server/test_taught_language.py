"""A language that a model was taught is spoken through the front door; others are refused with a reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from tests.parity.published import write_published_folder
from tests.studio import running
from xtts_studio.sample import RECORDING
from xtts_studio.training.material.vocabulary import extended
from xtts_studio.workspace import write_json
from xtts_studio.xtts.checkpoint import load_network, save_network

TEXTS = [("Båten ligger stilla vid bryggan.", "sv"), ("Vem har tagit båten vid bryggan?", "sv")] * 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the base model, and one whose vocabulary has Swedish."""
    home = tmp_path_factory.mktemp("home")
    base = write_published_folder(home / "cache" / "xtts-v2", "tiny")
    network = load_network(base)
    extended(network, base / "vocab.json", TEXTS, 20, home / "vocab.json")
    taught = save_network(home / "data" / "models" / "taught", network, home / "vocab.json")
    write_json(taught / "card.json", {"name": "taught", "kind": "full", "base": "xtts-v2", "run_id": "r"})
    return home


def test_a_taught_language_is_spoken(home: Path) -> None:
    with running(home) as studio, httpx.Client(base_url=studio.url, timeout=120) as client:
        client.post("/api/auth/login", json={"username": "admin", "password": "xtts2024"}).raise_for_status()
        clip = home / "clip.flac"
        shutil.copyfile(RECORDING, clip)
        with clip.open("rb") as file:
            made = client.post("/api/inference/speakers", data={"name": "Anna"}, files={"files": ("a.flac", file)})
        assert made.status_code == 201, made.text
        body = {"text": "Båten ligger stilla.", "language": "sv", "speaker": "Anna", "seed": 1}
        spoken = client.post("/api/inference/generate", json={**body, "model": "taught"})
        assert spoken.status_code == 200, spoken.text
        assert len(spoken.content) > 10_000
        refused = client.post("/api/inference/generate", json=body)
        assert refused.status_code == 422
        assert "sv" in refused.json()["error"]["message"]
        for nonsense in ("klingon", "", "../x", "SV"):
            answer = client.post("/api/inference/generate", json={**body, "language": nonsense, "model": "taught"})
            assert answer.status_code == 422, nonsense
