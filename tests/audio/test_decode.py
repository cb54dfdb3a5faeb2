"""Decoding: ranges are exact, streams equal the whole, memory stays bounded."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings, strategies as st

from tests.recorded import memory_of, tone
from tests.shared import shared
from xtts_studio.audio import decode, sound_file
from xtts_studio.audio.decode import decode_file, mono_blocks, read_mono
from xtts_studio.audio.formats import sniff
from xtts_studio.audio.sound_file import AudioFile
from xtts_studio.audio.survey import probe
from xtts_studio.errors import AudioError, TooLarge


@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "mp3"])
def test_a_range_equals_that_part_of_the_whole(tmp_path: Path, extension: str) -> None:
    """Also where it is reached by seeking."""
    rate_hz = 16_000
    samples = np.random.default_rng(1).uniform(-0.2, 0.2, 20 * rate_hz).astype(np.float32)
    path = tmp_path / f"noise.{extension}"
    soundfile.write(path, samples, rate_hz)
    whole = decode_file(path).samples
    for start_s, end_s in [(0.0, 1.0), (3.00005, 7.5), (12.34567, 12.5), (18.0, None)]:
        part = decode_file(path, start_s, end_s).samples
        last = None if end_s is None else round(end_s * rate_hz)
        assert np.array_equal(part, whole[:, round(start_s * rate_hz) : last])


def test_integers_become_what_they_stand_for(tmp_path: Path) -> None:
    for subtype, tolerance in [("PCM_U8", 1 / 128), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("FLOAT", 0.0)]:
        samples = np.linspace(-1, 0.99, 1000, dtype=np.float32)
        soundfile.write(tmp_path / "ramp.wav", samples, 8_000, subtype=subtype)
        assert np.abs(decode_file(tmp_path / "ramp.wav").samples[0] - samples).max() <= tolerance


def test_a_stream_equals_reading_at_once(tmp_path: Path) -> None:
    tone(tmp_path / "tone.wav", 9.0)
    found = probe(tmp_path / "tone.wav")
    blocks = list(mono_blocks(tmp_path / "tone.wav", 16_000, found.mix))
    assert len(blocks) > 2
    assert np.array_equal(np.concatenate(blocks), read_mono(tmp_path / "tone.wav", 16_000))
    assert abs(sum(block.size for block in blocks) - 9 * 16_000) <= 1


def test_blocks_are_small(tmp_path: Path) -> None:
    tone(tmp_path / "tone.wav", 30.0)
    with AudioFile(tmp_path / "tone.wav") as file:
        assert max(block.shape[1] for block in file.blocks()) < 100_000


def test_an_hour_is_probed_in_little_memory(tmp_path: Path) -> None:
    """An hour of stereo in memory would be 700 MB."""
    path = tmp_path / "hour.flac"
    with soundfile.SoundFile(str(path), "w", samplerate=24_000, channels=2, format="FLAC") as file:
        for _ in range(360):
            file.write(np.zeros((240_000, 2), dtype=np.int16))
    duration_s, grown_mb = memory_of("print(probe(path).duration_s)", path)
    assert float(duration_s) == 3600
    assert grown_mb < 60


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tone(tmp_path / "tone.wav", 9.0)
    monkeypatch.setattr(sound_file, "LONGEST_S", 3)
    with pytest.raises(AudioError, match="more than"):
        probe(tmp_path / "tone.wav")
    monkeypatch.setattr(sound_file, "LONGEST_S", 3600)
    monkeypatch.setattr(decode, "MOST_IN_MEMORY", 100_000)
    with pytest.raises(TooLarge):
        decode_file(tmp_path / "tone.wav")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "bytes.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError):
        probe(path)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_files_never_do_worse_than_an_audio_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any bytes of a file overwritten, any part of it cut off."""
    name = data.draw(
        st.sampled_from(["pcm_8k.wav", "mp3_vbr.mp3", "vorbis.ogg", "aac.m4a", "opus.webm", "flac24.flac"])
    )
    content = bytearray(shared(f"audio/awkward/{name}").read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        found = probe(path)
    except AudioError:
        return
    assert 0 < found.duration_s < 60


def test_names_are_not_believed(tmp_path: Path) -> None:
    tone(tmp_path / "really_a.wav", 0.5)
    renamed = tmp_path / "song.mp3"
    (tmp_path / "really_a.wav").rename(renamed)
    with renamed.open("rb") as file:
        assert sniff(file) == "wav"
    assert probe(renamed).codec == "pcm_s16le"
