"""An x-ray hears what is wrong with a clip, and nothing where nothing is: real speech with defects mixed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.dataset import defects
from tests.dataset.defects import Samples
from tests.dataset.xrayed import RATE_HZ, Clip, codes, lj_clips, workspace_with_model, write_dataset, xrayed
from tests.shared import shared
from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.fingerprint import fingerprint
from xtts_studio.audio.measures import frame_powers
from xtts_studio.audio.resample import resample
from xtts_studio.dataset.measures import measured
from xtts_studio.dataset.twins import MOST_DIFFERENT

DEFECTS: dict[str, tuple[Callable[[Samples], Samples], list[str]]] = {
    "noise_12db": (lambda one: defects.noisy(one, 12), ["noisy"]),
    "white_noise_10db": (lambda one: defects.noisy(one, 10, "white"), ["noisy"]),
    "clipped": (defects.clipped, ["clipped"]),
    "telephone": (defects.through_telephone, ["narrow_band"]),
    "room": (lambda one: defects.echoing(one, 0.9), ["reverberant"]),
    "music_15db": (lambda one: defects.with_music(one, 15), ["music"]),
    "music_8db": (lambda one: defects.with_music(one, 8), ["music"]),
    "slow": (lambda one: defects.at_speed(one, 0.5), ["rate_outlier"]),
    "fast": (lambda one: defects.at_speed(one, 2), ["rate_outlier"]),
    "quiet": (lambda one: one * np.float32(0.1), ["quiet"]),
    "silence_before": (lambda one: defects.with_silence(one, 1.0, 0.0), ["long_silence_start"]),
    "silence_after": (lambda one: defects.with_silence(one, 0.0, 1.0), ["long_silence_end"]),
    "cut_off": (lambda one: one[: round(4.1 * RATE_HZ)], ["ends_abruptly"]),
    "nothing": (lambda one: one * np.float32(0), ["not_speech"]),
    "hiss": (lambda one: np.random.default_rng(3).normal(scale=0.02, size=len(one)).astype(np.float32), ["not_speech"]),
}
VICTIM = "LJ001-0016"  # of 5.3 s, spoken about as fast as is usual


def test_clean_clips_of_one_reader_are_all_green(tmp_path: Path) -> None:
    workspace = workspace_with_model(tmp_path)
    write_dataset(workspace, lj_clips())
    found = xrayed(workspace)
    assert codes(found) == {}
    assert found.totals.lights == {"green": 32, "amber": 0, "red": 0}
    assert found.totals.usable == 32


def test_each_defect_gets_exactly_its_finding(tmp_path: Path) -> None:
    """And the clips beside it have none."""
    clips = lj_clips(16)
    workspace = workspace_with_model(tmp_path)
    found = {}
    for name, (spoil, _) in DEFECTS.items():
        spoilt = clips | {VICTIM: Clip(spoil(clips[VICTIM].samples), clips[VICTIM].text)}
        write_dataset(workspace, spoilt, name)
        found[name] = codes(xrayed(workspace, name))
    assert found == {name: {VICTIM: expected} for name, (_, expected) in DEFECTS.items()}


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "pt", "ja"])
def test_clean_sound_of_other_people_is_clean(language: str) -> None:
    """Read by many people in many rooms: what the sound itself is like raises no doubt, whoever speaks."""
    said = {}
    for path in sorted(shared("audio/lang").glob(f"*-{language}*")):
        audio = decode_file(path, 0, 12)
        found = measured(resample(audio.mono(), audio.sample_rate_hz, RATE_HZ), RATE_HZ)
        said[path.name] = (found.snr_db or 0, found.clipped_share, found.band_hz or 0, found.music or 0, found.speech_s)
    assert said
    for name, (snr_db, clipped_share, band_hz, music, speech_s) in said.items():
        assert snr_db > 18, name
        assert clipped_share < 0.0002, name
        assert band_hz > 4_500, name
        assert music < 0.3, name
        assert speech_s > 1, name


def test_rooms_are_told_from_dry_recordings() -> None:
    """The longer a room rings the longer is what is measured, for each voice."""
    for clip in list(lj_clips().values())[::8]:
        rings = [measured(clip.samples, RATE_HZ).reverberation_s]
        rings += [measured(defects.echoing(clip.samples, t60_s), RATE_HZ).reverberation_s for t60_s in (0.4, 0.8, 1.4)]
        assert rings == sorted(rings, key=lambda one: one or 0)
        assert (rings[0] or 9) < 0.4 < 0.55 < (rings[2] or 0)


def test_copies_have_like_fingerprints_and_other_clips_have_not() -> None:
    def bits(samples: Samples) -> np.ndarray:
        print_ = fingerprint(*frame_powers(samples, RATE_HZ))
        return np.unpackbits(np.frombuffer(bytes.fromhex(print_), np.uint8))

    clips = [clip.samples for clip in lj_clips().values()]
    for one in clips[::4]:
        copies = [defects.as_mp3(one, 0.3), defects.with_silence(one, 0.3, 0.2) * 0.5, defects.noisy(one, 25)]
        assert max(np.mean(bits(one) != bits(copy)) for copy in copies) < MOST_DIFFERENT
    prints = [bits(one) for one in clips]
    apart = [np.mean(one != other) for at, one in enumerate(prints) for other in prints[:at]]
    assert min(apart) > MOST_DIFFERENT + 0.05


@pytest.mark.parametrize("samples", [1, 10, 700, 5_000, 12_000])
def test_the_shortest_clips_are_measured(samples: int) -> None:
    assert measured(np.full(samples, 0.1, np.float32), RATE_HZ).duration_s == round(samples / RATE_HZ, 4)
    assert measured(np.zeros(samples, np.float32), RATE_HZ).speech_s == 0
