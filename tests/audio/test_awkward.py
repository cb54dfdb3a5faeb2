"""Every awkward upload gets what it should: speech, an explained part, or a clear error; soon, in little memory."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from tests.recorded import memory_of, tone
from tests.shared import ROOT, shared
from xtts_studio.audio.decode import decode_file, read_mono
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.survey import Probe, probe
from xtts_studio.errors import StudioError

_FOLDER = ROOT / "audio" / "awkward"
_EXPECTED: dict[str, dict[str, str]] = (
    json.loads((_FOLDER / "expected.json").read_text("utf-8")) if (_FOLDER / "expected.json").exists() else {}
)
_OTHER_CONTENT = {"mp3_vbr_no_xing.mp3", "stereo_two_voices.wav", "silence_60s_then_speech.opus"}
_SLOWEST_S = 5.0


@pytest.fixture(scope="module")
def speech() -> Samples:
    """What most of the files were made from."""
    return read_mono(shared("audio/ljspeech/wavs/LJ001-0008.wav"), 8_000)


@pytest.mark.parametrize("name", _EXPECTED or [pytest.param("", marks=pytest.mark.skip("shared material is absent"))])
def test_gets_what_it_should(name: str, speech: Samples) -> None:
    expected = _EXPECTED[name]["expect"]
    started = time.monotonic()
    found = _probed(_FOLDER / name)
    assert time.monotonic() - started < _SLOWEST_S
    if isinstance(found, StudioError):
        assert "error" in expected or "refuse" in expected, f"refused: {found}"
        assert found.status == 422
        assert found.message
        assert found.hint
        return
    assert expected.startswith("ok"), f"accepted, but should be refused: {found}"
    if expected == "ok" and name not in _OTHER_CONTENT:
        assert _likeness(read_mono(_FOLDER / name, 8_000), speech) > 0.9


def _probed(path: Path) -> Probe | StudioError:
    try:
        return probe(path)
    except StudioError as error:
        return error


def _likeness(heard: Samples, speech: Samples) -> float:
    """The highest correlation of two recordings over small shifts; 1 is equal."""
    size = 1 << (len(heard) + len(speech)).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard - heard.mean(), size) * np.conj(np.fft.rfft(speech, size)), size)
    return float(np.abs(product).max() / (np.linalg.norm(heard - heard.mean()) * np.linalg.norm(speech)))


def _file(name: str) -> Path:
    return shared(f"audio/awkward/{name}")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("truncated.wav", "ends early"),
        ("truncated_odd_byte.wav", "ends early"),
        ("truncated.flac", "ends early"),
        ("length_too_short.wav", "left out"),
        ("garbage_middle.mp3", "damaged"),
        ("f32_nan_inf.wav", "not numbers"),
        ("f32_over_full_scale.wav", "full scale"),
    ],
)
def test_says_what_is_wrong(name: str, says: str) -> None:
    assert says in " ".join(probe(_file(name)).notices)
    assert says in " ".join(decode_file(_file(name)).notices)


def test_samples_beyond_full_scale_are_scaled() -> None:
    samples = decode_file(_file("f32_over_full_scale.wav")).samples
    plain = decode_file(shared("audio/ljspeech/wavs/LJ001-0008.wav")).samples
    assert np.abs(samples).max() == pytest.approx(1.0)
    assert np.corrcoef(samples[0], plain[0, : samples.shape[1]])[0, 1] > 0.999


def test_samples_that_are_no_numbers_become_silent() -> None:
    assert np.isfinite(decode_file(_file("f32_nan_inf.wav")).samples).all()


@pytest.mark.parametrize("name", ["stereo_antiphase.wav", "stereo_left_only.wav", "six_channels.wav"])
def test_mono_version_is_as_loud_as_the_channel_that_speaks(name: str) -> None:
    sound = decode_file(_file(name))
    assert np.abs(sound.mono()).max() == pytest.approx(np.abs(sound.samples).max(), rel=0.01)


def test_two_voices_are_both_heard() -> None:
    sound = decode_file(_file("stereo_two_voices.wav"))
    assert np.allclose(sound.mono(), sound.samples.mean(axis=0), atol=1e-6)


def test_a_header_is_not_believed(tmp_path: Path) -> None:
    """48 kB that claim thirteen hours are one second and a half, and take no memory for more."""
    liar = tmp_path / "liar.wav"
    tone(liar, 1.5, rate_hz=16_000)
    content = bytearray(liar.read_bytes())
    size_at = content.index(b"data") + 4
    content[size_at : size_at + 4] = (13 * 3600 * 2 * 16_000).to_bytes(4, "little")
    liar.write_bytes(content)
    told, grown_mb = memory_of("found = probe(path); decode_file(path); print(found.duration_s, found.notices)", liar)
    duration_s, notices = told.split(" ", 1)
    assert float(duration_s) < 2
    assert grown_mb < 50
    assert "ends early" in notices


def test_scripts_and_playlists_open_no_other_file(tmp_path: Path) -> None:
    """Not even under the name of a format that is read, and not when they are hidden behind one."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(shared("audio/ljspeech/wavs/LJ001-0008.wav").read_bytes())
    scripts = {
        "concat.wav": f"ffconcat version 1.0\nfile '{secret.name}'\n",
        "list.flac": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n",
        "session.mp3": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\na=file:{secret}\n",
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(StudioError, match="not sound"):
            probe(tmp_path / name)


def test_tags_are_not_believed_either(tmp_path: Path) -> None:
    """A tag that claims 800 MB makes FFmpeg take them; tags in an old encoding are no reason to refuse a file."""
    plain = tmp_path / "plain.wav"
    tone(plain, 1.0)
    content = plain.read_bytes()
    bomb = b"LIST" + (900_000_000).to_bytes(4, "little") + b"INFO" + b"INAM" + (850_000_000).to_bytes(4, "little")
    old = b"INFO" + b"INAM" + (4).to_bytes(4, "little") + "é\0\0\0".encode("latin-1")
    for name, tags in {"bomb": bomb, "old": b"LIST" + len(old).to_bytes(4, "little") + old}.items():
        (tmp_path / f"{name}.wav").write_bytes(content[:12] + tags + content[12:])
    program = "try:\n print(probe(path).duration_s)\nexcept Exception as error:\n print(type(error).__name__)"
    told, grown_mb = memory_of(program, tmp_path / "bomb.wav")
    assert told == "AudioError"
    assert grown_mb < 50
    assert probe(tmp_path / "old.wav").duration_s == 1.0
