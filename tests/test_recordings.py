"""Recordings: ingest, list, find, listen, delete."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.recorded import tone, uploaded
from tests.shared import shared
from xtts_studio import recordings
from xtts_studio.audio.decode import decode_file
from xtts_studio.errors import AudioError, InvalidInput, NotFound
from xtts_studio.events import Event, Progress, ignore
from xtts_studio.ingest import ingest
from xtts_studio.shapes import IngestRequest
from xtts_studio.workspace import Workspace, read_json, write_json


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    tone(tmp_path / "tone.wav", 2.5)
    return tmp_path / "tone.wav"


def test_an_upload_becomes_a_recording(workspace: Workspace, wav: Path) -> None:
    made = uploaded(workspace, wav, "My tone ♫.wav")
    assert (made.name, made.duration_s, made.sample_rate_hz, made.channels) == ("My tone ♫.wav", 2.5, 22_050, 1)
    assert (made.format, made.size_bytes, made.notices) == ("wav", wav.stat().st_size, [])
    assert recordings.get_recording(workspace, made.id) == made
    assert recordings.list_recordings(workspace) == [made]
    path, media_type = recordings.audio_path(workspace, made.id)
    assert path.read_bytes() == wav.read_bytes()
    assert media_type == "audio/wav"
    assert list(workspace.incoming.iterdir()) == []


def test_a_long_upload_tells_how_much_of_it_is_read(workspace: Workspace) -> None:
    """From none of it to nearly all: the last is the filing."""
    workspace.incoming.mkdir(parents=True, exist_ok=True)
    tone(workspace.incoming / "long", seconds=200)
    seen: list[Event] = []
    ingest(IngestRequest(incoming="long", name="long.wav", sha256="7" * 64), workspace, seen.append)
    fractions = [event.fraction for event in seen if isinstance(event, Progress)]
    assert len(fractions) >= 3
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] < 1


def test_the_same_file_again_is_the_same_recording(workspace: Workspace, wav: Path) -> None:
    first = uploaded(workspace, wav, "first.wav")
    assert uploaded(workspace, wav, "again.wav") == first
    assert recordings.find_by_sha256(workspace, first.sha256) == first
    assert recordings.find_by_sha256(workspace, "0" * 64) is None
    assert len(recordings.list_recordings(workspace)) == 1
    assert list(workspace.incoming.iterdir()) == []


def test_peaks_are_bytes_of_pairs(workspace: Workspace, wav: Path) -> None:
    made = uploaded(workspace, wav)
    pairs = np.frombuffer(recordings.peaks(workspace, made.id, 0.5, 1.5, buckets=20), dtype=np.int8).reshape(-1, 2)
    assert pairs.shape == (20, 2)
    assert pairs[:, 1].max() == round(0.3 * 127)
    assert pairs[:, 0].min() == -round(0.3 * 127)


def test_what_is_no_sound_is_refused_and_removed(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "page.mp3").write_text("<html>404</html>")
    with pytest.raises(AudioError, match=r"page\.mp3: The file is not sound"):
        uploaded(workspace, tmp_path / "page.mp3")
    assert list(workspace.incoming.iterdir()) == []
    assert recordings.list_recordings(workspace) == []


@pytest.mark.parametrize("name", ["../outside.wav", "/etc/hostname", "missing.wav", "."])
def test_only_uploads_are_taken(workspace: Workspace, wav: Path, name: str) -> None:
    workspace.incoming.mkdir(parents=True)
    shutil.copy(wav, workspace.home / "data" / "outside.wav")
    with pytest.raises(NotFound):
        ingest(IngestRequest(incoming=name, name="x", sha256="0" * 64), workspace, ignore)
    assert (workspace.home / "data" / "outside.wav").exists()


def test_a_deleted_recording_is_gone(workspace: Workspace, wav: Path) -> None:
    made = uploaded(workspace, wav)
    recordings.delete_recording(workspace, made.id)
    assert list(workspace.recordings.iterdir()) == []
    for gone in (recordings.get_recording, recordings.delete_recording, recordings.audio_path, recordings.peaks):
        with pytest.raises(NotFound):
            gone(workspace, made.id)
    with pytest.raises(InvalidInput):
        recordings.get_recording(workspace, "../../etc")


def test_a_folder_that_can_not_be_read_gives_way_to_the_same_upload(workspace: Workspace, wav: Path) -> None:
    made = uploaded(workspace, wav)
    (workspace.recording(made.id) / "recording.json").write_text("{")
    again = uploaded(workspace, wav)
    assert again.id == made.id
    assert recordings.list_recordings(workspace) == [again]
    aside = [folder for folder in workspace.recordings.iterdir() if folder.name.startswith(".unreadable-")]
    assert [(folder / "audio.wav").read_bytes() for folder in aside] == [wav.read_bytes()]


def test_fields_of_later_versions_are_passed_over(workspace: Workspace, wav: Path) -> None:
    made = uploaded(workspace, wav)
    path = workspace.recording(made.id) / "recording.json"
    write_json(path, read_json(path) | {"of_a_later_version": 1})
    assert recordings.get_recording(workspace, made.id) == made


def test_half_a_recording_is_not_listed(workspace: Workspace, wav: Path) -> None:
    made = uploaded(workspace, wav)
    (workspace.recordings / "half").mkdir()
    (workspace.recordings / ".making-x").mkdir()
    assert recordings.list_recordings(workspace) == [made]


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("mp3_vbr.mp3", False),
        ("opus_24k.opus", False),
        ("aac.m4a", False),
        ("mp3_vbr_no_xing.mp3", True),
        ("length_zero.wav", True),
        ("alac.m4a", True),
        ("aiff.aiff", True),
        ("wmav2.wma", True),
        ("f32_over_full_scale.wav", True),
    ],
)
def test_what_browsers_cant_play_gets_a_copy(workspace: Workspace, name: str, copy: bool) -> None:
    made = uploaded(workspace, shared(f"audio/awkward/{name}"))
    path, media_type = recordings.audio_path(workspace, made.id)
    assert (path.name == recordings.LISTEN_COPY) == copy
    assert media_type.startswith("audio/")
    assert decode_file(path).duration_s == pytest.approx(made.duration_s, abs=0.01)


@pytest.mark.parametrize(
    "name", ["Тест – 测试 ñ 🎙.wav", "quote's & spaces $(x) ;`y`.wav", "%2e%2e%2fescape.wav", "-dash.wav"]
)
def test_awkward_names_are_kept_but_not_used(workspace: Workspace, name: str) -> None:
    made = uploaded(workspace, shared(f"audio/awkward/{name}"), name)
    assert made.name == name
    assert sorted(path.name for path in workspace.recording(made.id).iterdir()) == [
        "audio.wav",
        "peaks.npy",
        "recording.json",
    ]


def test_the_server_can_read_recordings_without_a_decoder() -> None:
    """Recordings and datasets are read by the web process, which has neither PyAV nor torch."""
    import subprocess
    import sys

    program = (
        "import sys\n"
        "import xtts_studio.recordings, xtts_studio.dataset.store, xtts_studio.dataset.split\n"
        "print([name for name in ('av', 'soxr', 'torch', 'onnxruntime', 'tokenizers') if name in sys.modules])\n"
    )
    root = Path(__file__).resolve().parent.parent
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
