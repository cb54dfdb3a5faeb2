"""What a voice is to a model: kept by content, blended by weights, published ones, and one file to take along."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.parity.published import STUDIO_VOICE
from tests.synthesis.test_clone import make, put, tone
from xtts_studio import speakers
from xtts_studio.errors import CheckpointError, Conflict, InvalidInput, NotFound, StudioError, TooLarge
from xtts_studio.events import Sound, ignore
from xtts_studio.models import find_xtts
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.shapes import (
    BlendPart,
    BlendRequest,
    ImportVoiceRequest,
    Speaker,
    SpeakRequest,
    StudioVoiceRequest,
    StudioVoicesRequest,
)
from xtts_studio.synthesis.blending import MOST_VOICES, blend
from xtts_studio.synthesis.importing import import_voice
from xtts_studio.synthesis.process import engine
from xtts_studio.synthesis.published_voices import add_studio_voice, studio_voices
from xtts_studio.synthesis.steps import speak
from xtts_studio.synthesis.voices import mix, voice_of
from xtts_studio.voice_file import DEEPEST, export_voice
from xtts_studio.workspace import Workspace
from xtts_studio.xtts import Voice
from xtts_studio.xtts.checkpoint import load_studio_voices


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path) -> Workspace:
    """An empty workspace with the base model; the engine keeps what it has loaded."""
    return with_model(Workspace(tmp_path / "home"), tiny_folder)


@pytest.fixture
def elsewhere(tmp_path: Path, tiny_folder: Path) -> Workspace:
    """Another one."""
    return with_model(Workspace(tmp_path / "elsewhere"), tiny_folder)


def with_model(workspace: Workspace, folder: Path) -> Workspace:
    workspace.cache.mkdir(parents=True)
    workspace.incoming.mkdir(parents=True)
    (workspace.cache / "xtts-v2").symlink_to(folder)
    return workspace


def latents(workspace: Workspace, name: str) -> Voice:
    loaded = engine().model(find_xtts(workspace, "xtts-v2"))
    return voice_of(loaded, workspace, speakers.read_speaker(workspace, name))


def same(one: Voice, other: Voice) -> bool:
    return torch.equal(one.gpt_latent, other.gpt_latent) and torch.equal(one.speaker_embedding, other.speaker_embedding)


def near(one: Voice, other: Voice, tolerance: float = 1e-6) -> bool:
    return torch.allclose(one.gpt_latent, other.gpt_latent, atol=tolerance) and torch.allclose(
        one.speaker_embedding, other.speaker_embedding, atol=tolerance
    )


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("voice-*"))


def said(workspace: Workspace, name: str) -> bytes:
    pieces: list[bytes] = []
    body = SpeakRequest(text="Ahoy.", language="en", speaker=name, seed=5)
    speak(body, workspace, lambda event: pieces.append(event.samples) if isinstance(event, Sound) else None)
    return b"".join(pieces)


def two(workspace: Workspace) -> None:
    """Anna and Ben; short clips, since each is heard many times."""
    make(workspace, put(workspace, "a.wav", tone(2)), name="Anna")
    make(workspace, put(workspace, "b.wav", soundfile.read(HARBOUR, frames=3 * 22_050, dtype="float32")[0]), name="Ben")


def blended(workspace: Workspace, name: str, **weights: float) -> Speaker:
    parts = [BlendPart(speaker=speaker, weight=weight) for speaker, weight in weights.items()]
    return blend(BlendRequest(name=name, parts=parts), workspace, ignore)


# Kept by content


def test_other_clips_are_another_voice_and_the_old_one_goes(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)))
    folder = workspace.speaker("Reader")
    (before,), first = kept(folder), latents(workspace, "Reader")
    soundfile.write(folder / "clip_001.wav", tone(5, level=0.1), 22_050)
    assert not near(latents(workspace, "Reader"), first)
    assert kept(folder) != [before]
    assert len(kept(folder)) == 1


def test_what_is_kept_is_used(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)))
    (path,) = kept(workspace.speaker("Reader"))
    voice = Voice.load(path)
    Voice(voice.gpt_latent + 1, voice.speaker_embedding).save(path)
    assert torch.equal(latents(workspace, "Reader").gpt_latent, voice.gpt_latent + 1)


@pytest.mark.parametrize("damage", [b"", b"nonsense", "cut", "other size", "not numbers"])
def test_what_is_damaged_is_made_anew(workspace: Workspace, damage: bytes | str) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)))
    (path,) = kept(workspace.speaker("Reader"))
    voice, content = latents(workspace, "Reader"), path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-100])
    elif damage == "other size":
        Voice(voice.gpt_latent[:, :, :-1], voice.speaker_embedding).save(path)
    elif damage == "not numbers":
        Voice(voice.gpt_latent * float("nan"), voice.speaker_embedding).save(path)
    else:
        assert isinstance(damage, bytes)
        path.write_bytes(damage)
    assert same(latents(workspace, "Reader"), voice)
    assert path.read_bytes() == content


def test_a_folder_that_can_not_be_written_still_speaks(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)))
    (path,) = kept(workspace.speaker("Reader"))
    voice = Voice.load(path)
    path.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Voice, "save", full)
    assert same(latents(workspace, "Reader"), voice)


def test_a_clip_that_is_gone_is_told(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)))
    (workspace.speaker("Reader") / "clip_001.wav").unlink()
    with pytest.raises(CheckpointError, match=r"clip_001\.wav of the voice 'Reader'") as caught:
        latents(workspace, "Reader")
    assert caught.value.hint


def test_many_who_ask_at_once_get_the_same(workspace: Workspace) -> None:
    two(workspace)
    blended(workspace, "Half", Anna=1, Ben=1)
    expected = {name: latents(workspace, name) for name in ("Anna", "Ben", "Half")}
    for path in workspace.speakers.rglob("voice-*"):
        path.unlink()
    with ThreadPoolExecutor(12) as threads:
        asked = ["Anna", "Ben", "Half"] * 6
        found = list(threads.map(lambda name: latents(workspace, name), asked))
    assert all(same(voice, expected[name]) for name, voice in zip(asked, found, strict=True))
    assert not list(workspace.speakers.rglob(".*")), "no half file is left"


# Published voices


def test_published_voices_are_listed_and_added(workspace: Workspace) -> None:
    assert speakers.studio_names(workspace) is None
    assert studio_voices(StudioVoicesRequest(), workspace, ignore).names == [STUDIO_VOICE]
    assert speakers.studio_names(workspace) == [STUDIO_VOICE]
    speaker = add_studio_voice(StudioVoiceRequest(name=STUDIO_VOICE), workspace, ignore)
    assert (speaker.kind, speaker.clips) == ("studio", [])
    assert speakers.list_speakers(workspace) == [speaker]
    published = load_studio_voices(find_xtts(workspace, "xtts-v2"))[STUDIO_VOICE]
    assert same(latents(workspace, STUDIO_VOICE), published)
    assert said(workspace, STUDIO_VOICE)
    with pytest.raises(Conflict):
        add_studio_voice(StudioVoiceRequest(name=STUDIO_VOICE), workspace, ignore)
    assert add_studio_voice(StudioVoiceRequest(name=STUDIO_VOICE, as_name="Two"), workspace, ignore).name == "Two"
    with pytest.raises(NotFound, match="no clip"):
        speakers.sample_path(workspace, "Two")


def test_without_the_file_there_are_none(workspace: Workspace) -> None:
    (workspace.cache / "xtts-v2").unlink()
    assert speakers.studio_names(workspace) == []
    assert studio_voices(StudioVoicesRequest(), workspace, ignore).names == []
    with pytest.raises(NotFound, match="No voice 'X'"):
        add_studio_voice(StudioVoiceRequest(name="X"), workspace, ignore)


# Blends


def test_a_blend_of_clips_that_sound_alike_is_the_voice_of_all_clips(workspace: Workspace) -> None:
    """Equal weights give the speaker embedding that cloning from both clips at once gives."""
    two(workspace)
    a, b = (workspace.speaker(name) / "clip_001.wav" for name in ("Anna", "Ben"))
    for path in (a, b):
        shutil.copyfile(path, workspace.incoming / path.parent.name)
    make(workspace, "Anna", "Ben", name="Together")
    blended(workspace, "Half", Anna=1, Ben=1)
    together, half = latents(workspace, "Together"), latents(workspace, "Half")
    assert torch.allclose(together.speaker_embedding, half.speaker_embedding, atol=1e-6)


def test_weights_are_relative_and_meet_the_parts_at_their_ends(workspace: Workspace) -> None:
    two(workspace)
    anna, ben = latents(workspace, "Anna"), latents(workspace, "Ben")
    assert not near(anna, ben, 1e-3)
    assert same(mix([anna, ben], [1, 0]), anna)
    assert same(mix([anna, ben], [0, 7]), ben)
    assert same(mix([anna, anna, anna], [0.2, 3, 11]), anna)
    blended(workspace, "Almost", Anna=1000, Ben=1e-6)
    assert near(latents(workspace, "Almost"), anna, 1e-5)
    blended(workspace, "Third", Anna=2, Ben=1)
    expected = anna.gpt_latent + (ben.gpt_latent - anna.gpt_latent) / 3
    assert torch.allclose(latents(workspace, "Third").gpt_latent, expected, atol=1e-5)
    blended(workspace, "Sixth", Anna=4, Ben=2)
    assert same(latents(workspace, "Third"), latents(workspace, "Sixth"))


def test_a_blend_stands_alone(workspace: Workspace) -> None:
    two(workspace)
    add_studio_voice(StudioVoiceRequest(name=STUDIO_VOICE, as_name="Gold"), workspace, ignore)
    speaker = blended(workspace, "Mixed", Anna=3, Ben=1, Gold=1)
    assert [(part.speaker, part.weight) for part in speaker.blend] == [("Anna", 3), ("Ben", 1), ("Gold", 1)]
    voice = latents(workspace, "Mixed")
    for name in ("Anna", "Ben", "Gold"):
        speakers.delete_speaker(workspace, name)
    for path in workspace.speakers.rglob("voice-*"):
        path.unlink()
    assert same(latents(workspace, "Mixed"), voice)
    assert [one.name for one in speakers.list_speakers(workspace)] == ["Mixed"]


def test_a_blend_of_a_blend_is_the_mean_of_means(workspace: Workspace) -> None:
    two(workspace)
    blended(workspace, "Half", Anna=1, Ben=1)
    blended(workspace, "Quarter", Half=1, Anna=1)
    blended(workspace, "Direct", Anna=3, Ben=1)
    assert near(latents(workspace, "Quarter"), latents(workspace, "Direct"))


def test_blends_that_can_not_be_are_explained(workspace: Workspace) -> None:
    two(workspace)
    with pytest.raises(NotFound, match="'Nobody'"):
        blended(workspace, "X", Anna=1, Nobody=1)
    with pytest.raises(Conflict):
        blended(workspace, "Anna", Anna=1, Ben=1)
    with pytest.raises(InvalidInput, match="named twice"):
        blend(BlendRequest(name="X", parts=[BlendPart(speaker="Anna", weight=1)] * 2), workspace, ignore)
    with pytest.raises(InvalidInput):
        blended(workspace, "../X", Anna=1, Ben=1)
    voice = latents(workspace, "Anna")
    other = workspace.speaker("Other")
    shutil.copytree(workspace.speaker("Anna"), other)
    speakers.write_speaker(other, Speaker(name="Other", kind="studio", clips=[], duration_s=0, created_at=""))
    Voice(voice.gpt_latent[:, :, :-2], voice.speaker_embedding).save(other / speakers.LATENTS)
    with pytest.raises(InvalidInput, match="different sizes"):
        blended(workspace, "X", Anna=1, Other=1)
    assert not workspace.speaker("X").exists()
    assert sorted(path.name for path in workspace.speakers.iterdir()) == ["Anna", "Ben", "Other"]


def test_a_blend_grows_no_further_than_it_should(workspace: Workspace) -> None:
    two(workspace)
    six = ["Anna", *(f"Anna {number}" for number in range(5))]
    for name in six[1:]:
        shutil.copytree(workspace.speaker("Anna"), workspace.speaker(name))
        speakers.write_speaker(
            workspace.speaker(name), speakers.read_speaker(workspace, "Anna").model_copy(update={"name": name})
        )
    blended(workspace, "Six", **dict.fromkeys(six, 1.0))
    last = "Six"
    for number in range(1, DEEPEST):
        last = blended(workspace, f"Deep {number}", **{last: 1.0, "Ben": 1.0}).name
    with pytest.raises(InvalidInput, match=f"at most {DEEPEST}"):
        blended(workspace, "Too deep", **{last: 1.0, "Ben": 1.0})
    blends = [blended(workspace, f"Six {number}", **dict.fromkeys(six, 1.0)).name for number in range(6)]
    with pytest.raises(InvalidInput, match=f"36 voices, at most {MOST_VOICES}"):
        blended(workspace, "Too many", **dict.fromkeys(blends, 1.0))
    assert not workspace.speaker("Too many").exists()


# One file


def exported(workspace: Workspace, name: str) -> bytes:
    file = io.BytesIO()
    export_voice(workspace.speaker(name), file)
    return file.getvalue()


def imported(workspace: Workspace, content: bytes, name: str | None = None) -> Speaker:
    workspace.incoming.mkdir(parents=True, exist_ok=True)
    (workspace.incoming / "file").write_bytes(content)
    try:
        return import_voice(ImportVoiceRequest(file="file", name=name), workspace, ignore)
    finally:
        assert not (workspace.incoming / "file").exists(), "used up"


@pytest.mark.parametrize("with_latents", [True, False])
def test_a_voice_travels_bit_for_bit(workspace: Workspace, elsewhere: Workspace, with_latents: bool) -> None:
    two(workspace)
    add_studio_voice(StudioVoiceRequest(name=STUDIO_VOICE, as_name="Gold"), workspace, ignore)
    blended(workspace, "Half", Anna=1, Ben=2)
    blended(workspace, "All", Half=1, Gold=1)
    before = said(workspace, "All")
    for name in ("Anna", "Gold", "All"):
        if not with_latents:
            for path in workspace.speaker(name).rglob("voice-*"):
                path.unlink()
        content = exported(workspace, name)
        assert exported(workspace, name) == content
        speaker = imported(elsewhere, content)
        assert speaker == speakers.read_speaker(workspace, name) == speakers.read_speaker(elsewhere, name)
        there, here = elsewhere.speaker(name), workspace.speaker(name)
        assert bool(kept(there)) == (with_latents and name != "Gold")
        found = {str(path.relative_to(there)): path.read_bytes() for path in there.rglob("*") if path.is_file()}
        assert found == {str(path.relative_to(here)): path.read_bytes() for path in here.rglob("*") if path.is_file()}
        assert same(latents(elsewhere, name), latents(workspace, name))
    assert said(elsewhere, "All") == before


def test_the_file_is_small(workspace: Workspace) -> None:
    two(workspace)
    clip = workspace.speaker("Ben") / "clip_001.wav"
    assert len(exported(workspace, "Ben")) < 0.75 * clip.stat().st_size + sum(
        path.stat().st_size for path in kept(workspace.speaker("Ben"))
    )


def test_a_taken_name_can_be_given_another(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)), name="Anna")
    content = exported(workspace, "Anna")
    with pytest.raises(Conflict, match="'Anna'"):
        imported(workspace, content)
    assert imported(workspace, content, "Anna 2").name == "Anna 2"
    assert same(latents(workspace, "Anna"), latents(workspace, "Anna 2"))


def rewritten(content: bytes, **changes: bytes | None) -> bytes:
    """The zip with entries replaced, added or (None) left out; `__` stands for `/` and `_dot_` for a dot."""
    file = io.BytesIO()
    given = {name.replace("__", "/").replace("_dot_", "."): value for name, value in changes.items()}
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        entries = {name: old.read(name) for name in old.namelist()} | given
        for name, value in entries.items():
            if value is not None:
                new.writestr(name, value)
    return file.getvalue()


def speaker_json(content: bytes, **changes: object) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        about = json.loads(archive.read("speaker.json")) | changes
    return json.dumps(about).encode()


def wave(samples: np.ndarray, rate_hz: int = 22_050, kind: str = "FLAC") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=kind)
    return file.getvalue()


def test_files_that_are_no_voice_are_explained(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)), name="Anna")
    good = exported(workspace, "Anna")
    (cache,) = (path.name for path in kept(workspace.speaker("Anna")))
    voice = Voice.load(workspace.speaker("Anna") / cache)
    wrong = workspace.home / "wrong.safetensors"
    Voice(voice.gpt_latent[0], voice.speaker_embedding).save(wrong)
    huge = workspace.home / "huge.safetensors"
    Voice(voice.gpt_latent, voice.speaker_embedding.clone().fill_(-1e30)).save(huge)
    cases: dict[str, bytes] = {
        "empty": b"",
        "text": b"hello",
        "cut": good[:-50],
        "no mark": rewritten(good, xttsvoice_dot_json=None),
        "newer": rewritten(good, xttsvoice_dot_json=b'{"version": 99}'),
        "odd mark": rewritten(good, xttsvoice_dot_json=b"[]"),
        "no speaker": rewritten(good, speaker_dot_json=None),
        "odd speaker": rewritten(good, speaker_dot_json=b"{}"),
        "no clip": rewritten(good, clip_001_dot_flac=None),
        "one clip more": rewritten(good, clip_002_dot_flac=wave(tone(2))),
        "both kinds of a clip": rewritten(good, clip_001_dot_wav=wave(tone(2), kind="WAV")),
        "clip is text": rewritten(good, clip_001_dot_flac=b"hello"),
        "clip in stereo": rewritten(good, clip_001_dot_flac=wave(np.zeros((44_100, 2)))),
        "clip too long": rewritten(good, clip_001_dot_flac=wave(tone(70))),
        "clip too short": rewritten(good, clip_001_dot_flac=wave(tone(0.1))),
        "stranger": rewritten(good, evil_dot_sh=b"rm"),
        "traversal": rewritten(good, **{".." + "__" + "x_dot_json": b"{}"}),
        "absolute": rewritten(good, __etc__speaker_dot_json=b"{}"),
        "deep": rewritten(good, **{"part_1__" * 5 + "speaker_dot_json": b"{}"}),
        "part without blend": rewritten(good, part_1__speaker_dot_json=speaker_json(good)),
        "clip elsewhere": rewritten(good, speaker_dot_json=speaker_json(good, clips=["../../x.wav"])),
        "name elsewhere": rewritten(good, speaker_dot_json=speaker_json(good, name="../x")),
        "other kind": rewritten(good, speaker_dot_json=speaker_json(good, kind="studio")),
        "clip named twice": rewritten(good, speaker_dot_json=speaker_json(good, clips=["clip_001.wav"] * 2)),
        "latents of wrong shape": rewritten(good, **{cache: wrong.read_bytes()}),
        "latents out of bounds": rewritten(good, **{cache: huge.read_bytes()}),
        "latents damaged": rewritten(good, **{cache: b"x" * 1000}),
        "blend without parts": rewritten(
            good,
            clip_001_dot_flac=None,
            speaker_dot_json=speaker_json(good, kind="blend", clips=[], blend=[{"speaker": "A", "weight": 1}] * 2),
        ),
    }
    told: dict[str, str] = {}
    for case, content in cases.items():
        try:
            imported(workspace, content, "Other" if case != "name elsewhere" else None)
        except InvalidInput as error:
            told[case] = error.message and error.hint
        assert sorted(path.name for path in workspace.speakers.iterdir()) == ["Anna"], case
    assert [case for case in cases if not told.get(case)] == []
    assert not (workspace.home.parent / "x.json").exists()


def test_bombs_are_refused_before_they_go_off(workspace: Workspace) -> None:
    make(workspace, put(workspace, "a.wav", tone(2)), name="Anna")
    good = exported(workspace, "Anna")
    file = io.BytesIO(good)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("latents.safetensors", bytes(64 << 20))
    assert len(file.getvalue()) < 1_000_000
    many = rewritten(good, **{f"part_1__clip_{number:03}_dot_flac": b"" for number in range(1000)})
    more = rewritten(many, **{f"part_2__clip_{number:03}_dot_flac": b"" for number in range(1000)})
    for content in (file.getvalue(), more):
        with pytest.raises(TooLarge):
            imported(workspace, content, "Other")
    silence = rewritten(good, clip_001_dot_flac=wave(np.zeros(400 * 48_000, np.int16), 48_000))
    with pytest.raises(InvalidInput):
        imported(workspace, silence, "Other")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_give_a_voice_or_an_error_that_helps(workspace: Workspace, data: st.DataObject) -> None:
    if not workspace.speaker("Anna").exists():
        make(workspace, put(workspace, "a.wav", tone(1)), name="Anna")
        (workspace.home / "good").write_bytes(exported(workspace, "Anna"))
    content = bytearray((workspace.home / "good").read_bytes())
    # most of the file is sound: let half of the damage be where the zip and the JSON are
    ends = st.integers(0, 300) | st.integers(len(content) - 600, len(content) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(ends | st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([0, 0, 0, 1, 20, 500]))
    name = "Other"
    with suppress(StudioError):
        imported(workspace, bytes(content[: len(content) - cut]), name)
        speakers.delete_speaker(workspace, name)
    assert not workspace.speaker(name).exists()
