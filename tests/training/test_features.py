"""Features: right, computed once, and computed anew when what they come from changes."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors import SafetensorError

from xtts_studio.errors import Cancelled, DatasetError
from xtts_studio.events import Event, ignore
from xtts_studio.training.material import feature_file
from xtts_studio.training.material.features import (
    Extractor,
    FeatureFile,
    Source,
    TrainingClip,
    fingerprint,
    fingerprints,
    read_wave,
)
from xtts_studio.xtts.mel import dvae_mel

MakeExtractor = Callable[[Path], Extractor]


def test_features_are_the_clips_codes_ids_and_length(
    sources: list[Source], make_extractor: MakeExtractor, tmp_path: Path
) -> None:
    extractor = make_extractor(tmp_path / "f.safetensors")
    clip = extractor.extract(sources, ignore)[3]
    wave = read_wave(sources[3].path)
    assert clip.samples == len(wave) == soundfile.info(sources[3].path).frames
    assert torch.equal(clip.codes, extractor.dvae.encode(dvae_mel(wave[None], extractor.mel_stats))[0])
    assert clip.text_ids.tolist() == extractor.tokenizer.encode(sources[3].text, "en")
    assert len(clip.codes) >= -(-clip.samples // 1024)


def test_second_run_computes_nothing(sources: list[Source], make_extractor: MakeExtractor, tmp_path: Path) -> None:
    first = make_extractor(tmp_path / "f.safetensors")
    before = first.extract(sources, ignore)
    written = (tmp_path / "f.safetensors").stat().st_mtime_ns
    second = make_extractor(tmp_path / "f.safetensors")
    after = second.extract(sources, ignore)
    assert (first.computed_codes, second.computed_codes) == (10, 0)
    assert (tmp_path / "f.safetensors").stat().st_mtime_ns == written
    assert all(
        torch.equal(a.codes, b.codes) and torch.equal(a.text_ids, b.text_ids)
        for a, b in zip(before, after, strict=True)
    )
    assert fingerprint(before) == fingerprint(after)


def test_only_what_changed_is_computed_anew(
    sources: list[Source], make_extractor: MakeExtractor, features: list[TrainingClip], tmp_path: Path
) -> None:
    sources[0] = replace(sources[0], text="Another text.")
    sources[1].path.write_bytes(sources[2].path.read_bytes())
    extractor = make_extractor(tmp_path / "features.safetensors")
    clips = extractor.extract(sources[:5], ignore)
    assert extractor.computed_codes == 0  # the bytes of chunk 2 are known as chunk 3's
    assert clips[0].text_ids.tolist() == extractor.tokenizer.encode("Another text.", "en")
    assert torch.equal(clips[1].codes, features[2].codes)
    assert fingerprint(clips) != fingerprint(features[:5])
    kept = extractor.files[0].keys
    assert len([key for key in kept if key.startswith("codes/")]) == 4  # chunks 1, 3, 4, 5


def test_damaged_feature_file_counts_as_empty(
    sources: list[Source], make_extractor: MakeExtractor, tmp_path: Path
) -> None:
    (tmp_path / "f.safetensors").write_bytes(b"not tensors")
    extractor = make_extractor(tmp_path / "f.safetensors")
    assert len(extractor.extract(sources, ignore)) == 10
    assert extractor.computed_codes == 10


def test_cancelled_extraction_keeps_what_it_computed(
    sources: list[Source], make_extractor: MakeExtractor, tmp_path: Path
) -> None:
    told: list[Event] = []

    def cancel_at_four(event: Event) -> None:
        told.append(event)
        if len(told) == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_extractor(tmp_path / "f.safetensors").extract(sources, cancel_at_four)
    extractor = make_extractor(tmp_path / "f.safetensors")
    extractor.extract(sources, ignore)
    assert extractor.computed_codes == 6


def test_unreadable_clip_is_named(make_extractor: MakeExtractor, tmp_path: Path) -> None:
    path = tmp_path / "chunk_007.wav"
    path.write_bytes(b"RIFF....")
    with pytest.raises(DatasetError, match=r"chunk_007\.wav"):
        make_extractor(tmp_path / "f.safetensors").extract([Source(path, "Hello.", "en")], ignore)


def test_a_deleted_dataset_is_told_and_stays_deleted(sources: list[Source], make_extractor: MakeExtractor) -> None:
    folder = sources[0].path.parent.parent

    def delete(event: Event) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    with pytest.raises(DatasetError, match=r"chunk_002\.wav is no longer there"):
        make_extractor(folder / "features.safetensors").extract(sources, delete)
    assert not folder.exists()


def test_each_dataset_keeps_its_own_features(
    sources: list[Source], make_extractor: MakeExtractor, tmp_path: Path
) -> None:
    groups = [replace(source, group=number % 2, weight=1.0 + number % 2) for number, source in enumerate(sources)]
    paths = [tmp_path / "first" / "f.safetensors", tmp_path / "second" / "f.safetensors"]
    for path in paths:
        path.parent.mkdir()
    extractor = make_extractor(paths[0])
    extractor.files = [FeatureFile(path) for path in paths]
    clips = extractor.extract(groups, ignore)
    assert [(clip.group, clip.weight) for clip in clips] == [(source.group, source.weight) for source in groups]
    for group, path in enumerate(paths):
        assert len([key for key in FeatureFile(path).keys if key.startswith("codes/")]) == 5
        alone = make_extractor(path)
        alone.extract([source for source in groups if source.group == group], ignore)
        assert alone.computed_codes == 0
    assert fingerprints(clips) == {0: fingerprint(clips[::2]), 1: fingerprint(clips[1::2])}


def test_a_full_disk_costs_the_features_on_disk_and_nothing_else(
    sources: list[Source], make_extractor: MakeExtractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor = make_extractor(tmp_path / "f.safetensors")
    before = extractor.extract(sources[:4], ignore)

    def full(*arguments: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(feature_file, "save_file", full)
    assert fingerprint(extractor.extract(sources, ignore)[:4]) == fingerprint(before)
    assert len(extractor.extract(sources, ignore)) == 10
    assert extractor.computed_codes == 10  # what could not be written was not computed twice
    assert len([key for key in FeatureFile(tmp_path / "f.safetensors").keys if key.startswith("codes/")]) == 4


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory is in use")
def test_features_of_many_clips_stay_on_the_disk(tmp_path: Path) -> None:
    """Opening the file and asking for one of its tensors reads neither the others nor the whole of it."""
    file = FeatureFile(tmp_path / "f.safetensors")
    for number in range(600):
        file.put(f"codes/{number}", torch.full((20_000,), number, dtype=torch.int32))
    file.save()
    before = resident_bytes()
    again = FeatureFile(tmp_path / "f.safetensors")
    found = again.get("codes/599")
    assert found is not None
    assert found.tolist() == [599] * 20_000
    assert len(again.keys) == 600
    assert resident_bytes() - before < 12e6 < (tmp_path / "f.safetensors").stat().st_size / 4


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_clip_that_was_cut_off_since_is_named(sources: list[Source]) -> None:
    samples = len(read_wave(sources[0].path))
    assert len(read_wave(sources[0].path, samples)) == samples
    soundfile.write(sources[0].path, np.zeros(1000), 22_050)
    with pytest.raises(DatasetError, match=rf"chunks/chunk_001\.wav has 1000 samples; it had {samples}"):
        read_wave(sources[0].path, samples)
