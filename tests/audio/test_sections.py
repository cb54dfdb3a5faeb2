"""Several readers at once find what one reader finds, in whole files and in damaged ones."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from xtts_studio.audio import sections
from xtts_studio.audio.sound_file import AudioFile
from xtts_studio.audio.survey import Probe, survey
from xtts_studio.audio.tally import Clock
from xtts_studio.errors import AudioError, Cancelled

RATE_HZ = 8_000
Found = tuple[Probe, NDArray[np.float32], float]


@pytest.fixture(autouse=True, scope="module")
def _short_sections() -> object:
    """Sections of seconds, so that small files have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SHORTEST_SECTION_S", 2)
        patch.setattr(sections, "EDGE_S", 1)
        patch.setattr(sections, "OVERLAP_S", 1)
        patch.setattr(sections, "_BLOCK_VALUES", 7_000)
        yield


def _sound(seconds: float, channels: int, silent: bool = False) -> NDArray[np.float32]:
    """Noise that is louder in some places, (n, channels); `silent`: with pauses of digital silence."""
    random = np.random.default_rng(int(seconds * 100) + channels)
    samples = random.normal(0, 0.1, (round(seconds * RATE_HZ), channels)).astype(np.float32)
    samples *= 1 + np.sin(np.arange(len(samples)) / 5_000)[:, np.newaxis]
    if silent:
        samples[np.arange(len(samples)) // (3 * RATE_HZ) % 2 == 1] = 0
    return samples.clip(-0.99, 0.99)


def _content(kind: str, subtype: str, samples: NDArray[np.float32]) -> bytes:
    memory = io.BytesIO()
    soundfile.write(memory, samples, RATE_HZ, format=kind, subtype=subtype)
    return memory.getvalue()


def _found(path: Path, readers: int) -> Found | str:
    try:
        found, outline = survey(path, readers=readers)
    except AudioError as error:
        return error.message
    return found, outline.pairs(), outline.level()


def _same(one: Found | str, other: Found | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one[0] == other[0] and np.array_equal(one[1], other[1]) and one[2] == other[2]


def _divided(path: Path, readers: int = 3) -> bool:
    """Whether the sections were good for an answer."""
    with AudioFile(path) as file:
        return sections.in_sections(file, Clock(lambda read_s, of_s: None), readers) is not None


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("FLAC", "PCM_16"),
        ("FLAC", "PCM_24"),
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_32"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_whole_files(tmp_path: Path, kind: str, subtype: str, channels: int) -> None:
    path = tmp_path / "sound"
    path.write_bytes(_content(kind, subtype, _sound(17.123, channels)))
    assert _divided(path)
    assert _same(_found(path, 3), _found(path, 1))
    assert _same(_found(path, 2), _found(path, 1))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_files(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Bytes overwritten, cut out, put in twice or cut off, anywhere: nobody can tell by how many it was read."""
    kind = data.draw(st.sampled_from(["FLAC", "WAV"]))
    content = bytearray(_content(kind, "PCM_16", _sound(12, data.draw(st.integers(1, 2)), data.draw(st.booleans()))))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, 60) | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    begin = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(begin, min(len(content), begin + 20_000)))
    match data.draw(st.sampled_from(["nothing", "cut out", "twice", "cut off"])):
        case "cut out":
            del content[begin:end]
        case "twice":
            content[begin:begin] = content[begin:end]
        case "cut off":
            del content[begin:]
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(content)
    assert _same(_found(path, 3), _found(path, 1))


def _frames(content: bytes) -> list[int]:
    """Where the frames of a FLAC file begin."""
    first = next(re.finditer(rb"\xff\xf8", content))
    head = content[first.start() : first.start() + 3]
    starts, at = [first.start()], first.start()
    while (at := content.find(head, at + 1)) > 0:
        starts.append(at)
    return starts


@pytest.mark.parametrize("missing", [1, 5, -2])
@pytest.mark.parametrize("silent", [False, True])
def test_frames_that_are_missing_without_a_trace(tmp_path: Path, missing: int, silent: bool) -> None:
    """Checksums say nothing then; the sections don't fit together."""
    content = _content("FLAC", "PCM_16", _sound(17, 1, silent))
    starts = _frames(content)
    path = tmp_path / "short.flac"
    path.write_bytes(content[: starts[missing]] + content[starts[missing + 1] :])
    assert _same(_found(path, 3), _found(path, 1))
    assert not _divided(path)


@pytest.mark.parametrize("claimed_s", [5, 11.5, 12.5, 30])
def test_a_header_that_claims_another_length(tmp_path: Path, claimed_s: float) -> None:
    content = bytearray(_content("FLAC", "PCM_16", _sound(12, 1)))
    at = content.index(b"fLaC") + 8 + 13  # 36 bits that end at byte 18 of STREAMINFO
    claimed = (content[at] & 0xF0) << 32 | round(claimed_s * RATE_HZ)
    content[at : at + 5] = claimed.to_bytes(5, "big")
    path = tmp_path / "liar.flac"
    path.write_bytes(content)
    assert _same(_found(path, 3), _found(path, 1))


def test_what_watches_ends_all_readers(tmp_path: Path) -> None:
    path = tmp_path / "sound.flac"
    path.write_bytes(_content("FLAC", "PCM_16", _sound(17, 1)))
    told: list[float] = []

    def stop(read_s: float, of_s: float | None) -> None:
        told.append(read_s)
        if len(told) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        survey(path, stop, readers=3)
    assert len(told) < 10
    survey(path, lambda read_s, of_s: told.append(read_s), readers=3)
    assert told[-1] == pytest.approx(17)


@pytest.mark.parametrize(
    ("kind", "channels", "at", "byte"),
    [("WAV", 2, 32, 85), ("FLAC", 1, 10, 0)],
    ids=["WAV frames as long as they are not", "FLAC samples of no kind"],
)
def test_headers_that_lie(tmp_path: Path, kind: str, channels: int, at: int, byte: int) -> None:
    """FFmpeg goes by what is told there and libsndfile doesn't, or the other way round: one reader then."""
    content = bytearray(_content(kind, "PCM_16", _sound(12, channels, False)))
    content[at] = byte
    path = tmp_path / "file"
    path.write_bytes(content)
    assert _same(_found(path, 3), _found(path, 1))
