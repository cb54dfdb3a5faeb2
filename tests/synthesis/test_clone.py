"""Voices: made of clips, listed, deleted; awkward files are explained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.shared import shared
from xtts_studio import speakers
from xtts_studio.audio import frames
from xtts_studio.errors import AudioError, Conflict, InvalidInput, NotFound, TooLarge
from xtts_studio.events import ignore
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.shapes import CloneRequest, Speaker
from xtts_studio.synthesis.cloning import clone
from xtts_studio.synthesis.references import Reference, read_reference, without_silent_ends
from xtts_studio.workspace import Workspace

RATE_HZ = 22_050


def tone(duration_s: float, level: float = 0.3) -> np.ndarray:
    """Something like syllables: a buzz of 143 Hz with all its harmonics, and short pauses in between."""
    times = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    buzz = 2 * (times * 143 % 1) - 1
    return (level * buzz * np.sqrt(np.maximum(0, np.sin(times * 16 + 0.3)))).astype(np.float32)


def put(workspace: Workspace, name: str, samples: np.ndarray) -> str:
    """A WAV file in `incoming`; its name there."""
    soundfile.write(workspace.incoming / name, samples, RATE_HZ)
    return name


def make(workspace: Workspace, *files: str, name: str = "Reader", model: str = "xtts-v2") -> Speaker:
    return clone(CloneRequest(name=name, files=list(files), model=model), workspace, ignore)


def test_clone_makes_a_folder_with_clips_and_voice(workspace: Workspace) -> None:
    shutil.copyfile(HARBOUR, workspace.incoming / "a.flac")
    speaker = make(workspace, "a.flac", put(workspace, "b.wav", tone(4)))
    folder = workspace.speaker("Reader")
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["clip_001.wav", "clip_002.wav"]
    assert names[2] == "speaker.json"
    assert names[3].startswith("voice-")
    assert len(names) == 4
    assert speaker.duration_s == pytest.approx(
        sum(soundfile.info(folder / clip).duration for clip in speaker.clips), 1e-3
    )
    assert speaker.notices == []
    assert speakers.list_speakers(workspace) == [speaker]
    assert not list(workspace.incoming.iterdir()), "the clips are used up"
    assert [path.name for path in workspace.speakers.iterdir()] == ["Reader"]


def test_clone_of_dataset_clips_leaves_them_there(workspace: Workspace) -> None:
    chunk = workspace.dataset("harbour") / "chunks" / "chunk_001.wav"
    chunk.parent.mkdir(parents=True)
    soundfile.write(chunk, tone(4), RATE_HZ)
    make(workspace, "data/datasets/harbour/chunks/chunk_001.wav")
    assert chunk.exists()


def test_clone_without_a_model_keeps_the_clips(workspace: Workspace) -> None:
    (workspace.cache / "xtts-v2").unlink()
    speaker = make(workspace, put(workspace, "a.wav", tone(4)))
    assert "when a model is there" in speaker.notices[0]
    assert speakers.list_speakers(workspace) == [speaker]


@pytest.mark.parametrize(
    ("samples", "notice"),
    [
        (tone(1.5), "Only 1.5 s"),
        (tone(4, level=0.001), "very quiet"),
        (np.clip(tone(4, level=3), -0.9, 0.9), "clipped"),
        (tone(70), "first 60 s are used"),
    ],
)
def test_doubtful_clips_are_told(workspace: Workspace, samples: np.ndarray, notice: str) -> None:
    assert any(notice in told for told in make(workspace, put(workspace, "a.wav", samples)).notices)


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (np.zeros(5 * RATE_HZ, np.float32), "silent"),
        (tone(0.2), r"at least 0\.33 s"),
        (np.zeros(1, np.float32), "silent"),
    ],
)
def test_unusable_clips_are_refused(workspace: Workspace, samples: np.ndarray, problem: str) -> None:
    with pytest.raises(AudioError, match=problem) as caught:
        make(workspace, put(workspace, "a.wav", samples))
    assert caught.value.hint
    assert speakers.list_speakers(workspace) == []
    assert not list(workspace.incoming.iterdir())


def test_a_long_clip_is_read_no_further_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    to_float = frames.to_float

    def counted(held: Any) -> Any:
        decoded.append(to_float(held))
        return decoded[-1]

    monkeypatch.setattr(frames, "to_float", counted)
    soundfile.write(tmp_path / "long.flac", tone(600), RATE_HZ)
    reference = read_reference(tmp_path / "long.flac")
    assert reference.duration_s == 60
    assert reference.notices == ("The clip is longer than 60 s; its first 60 s are used.",)
    assert sum(samples.shape[1] for samples in decoded) < 125 * RATE_HZ


def test_a_clip_of_too_many_samples_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "many.flac", np.zeros((100 * 96_000, 8), dtype=np.int16), 96_000)
    with pytest.raises(TooLarge, match="too long to be held"):
        read_reference(tmp_path / "many.flac")


def test_too_many_clips_are_refused(workspace: Workspace) -> None:
    name = put(workspace, "a.wav", tone(1))
    with pytest.raises(InvalidInput, match=r"There are 51 clips, .* at most 50"):
        make(workspace, *[name] * 51)


def test_the_bad_one_of_several_clips_is_named(workspace: Workspace) -> None:
    good, bad = put(workspace, "a.wav", tone(4)), put(workspace, "b.wav", np.zeros(RATE_HZ, np.float32))
    with pytest.raises(AudioError) as caught:
        make(workspace, good, bad)
    assert caught.value.message == "Clip 2 of 2: The clip is silent."


def test_taken_name_is_refused(workspace: Workspace) -> None:
    first = make(workspace, put(workspace, "a.wav", tone(4)))
    with pytest.raises(Conflict, match="'Reader'"):
        make(workspace, put(workspace, "a.wav", tone(5)))
    assert speakers.list_speakers(workspace) == [first]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("absent.wav", NotFound),
        ("../absent.wav", InvalidInput),
        ("/etc/hostname", InvalidInput),
        ("data/datasets/../../studio.db", InvalidInput),
        ("data/datasets/harbour/chunks/absent.wav", NotFound),
        ("", NotFound),
        ("a\0b", InvalidInput),
        ("a" * 5000, InvalidInput),
    ],
)
def test_only_incoming_and_datasets_are_read(workspace: Workspace, file: str, expected: type[Exception]) -> None:
    (workspace.home / "studio.db").write_bytes(b"private")
    with pytest.raises(expected):
        make(workspace, file)


def test_no_clips(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        make(workspace)


def test_a_voice_in_the_making_is_not_listed(workspace: Workspace) -> None:
    speaker = make(workspace, put(workspace, "a.wav", tone(4)))
    shutil.copytree(workspace.speaker("Reader"), workspace.speakers / ".making-Other")
    assert speakers.list_speakers(workspace) == [speaker]


def test_delete_speaker(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(4)))
    speakers.delete_speaker(workspace, "Reader")
    assert speakers.list_speakers(workspace) == []
    assert not list(workspace.speakers.iterdir())
    with pytest.raises(NotFound):
        speakers.delete_speaker(workspace, "Reader")
    with pytest.raises(InvalidInput):
        speakers.delete_speaker(workspace, "../models")


def test_silence_around_speech_is_cut_off() -> None:
    speech = tone(4)
    samples = np.concatenate([np.zeros(30 * RATE_HZ, np.float32), speech, np.zeros(9 * RATE_HZ, np.float32)])
    kept = without_silent_ends(samples, RATE_HZ)
    assert 4 < len(kept) / RATE_HZ < 5
    assert np.array_equal(without_silent_ends(speech, RATE_HZ), speech)


def test_awkward_files_are_used_or_explained(workspace: Workspace) -> None:
    """Every file of the collection gives a reference or an error that says what to do."""
    folder = shared("audio/awkward")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, about in expected.items():
        problem, reference = outcome(folder / name)
        if reference is None:
            assert problem, name
            assert about["expect"] != "ok", f"{name} ({about['note']}): {problem}"
        else:
            assert "ok" in about["expect"] or "refuse" in about["expect"], name
            assert np.isfinite(reference.samples).all()
            assert 0.33 <= reference.duration_s <= 60


def outcome(path: Path) -> tuple[str, Reference | None]:
    """What is wrong with a file, or the reference it gives."""
    try:
        return "", read_reference(path)
    except InvalidInput as error:
        return error.message, None
