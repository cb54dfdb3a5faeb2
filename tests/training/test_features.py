"""Features: right, computed once, and computed anew when what they come from changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
import torch

from xtts_studio.errors import Cancelled, DatasetError
from xtts_studio.events import Event, ignore
from xtts_studio.training.features import Extractor, Source, TrainingClip, fingerprint, read_wave
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
    kept = set(extractor.file._tensors)
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
