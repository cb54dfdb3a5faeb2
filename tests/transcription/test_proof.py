"""Cuts are proven: a chunk whose first or last word was cut on purpose is found, and made whole again."""

from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import pytest

from tests.recorded import uploaded
from tests.shared import shared
from tests.transcription.material import LONG, NO_PAUSE, chunks_of, cut, move_edges, plain, run, said, with_sounds
from xtts_studio.audio.decode import decode_file, read_mono
from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.resample import resample
from xtts_studio.dataset.details import read_details
from xtts_studio.events import ignore
from xtts_studio.recordings import delete_recording, original_path
from xtts_studio.segment.steps import chunk
from xtts_studio.shapes import Chunk, ChunkRequest, Recording, Word
from xtts_studio.transcription.loudness import loudness
from xtts_studio.workspace import Workspace

CUT = {"first_word_cut", "last_word_cut"}


def _words(workspace: Workspace, dataset: str, chunk: Chunk) -> list[Word]:
    """The words of a chunk where they really are loud, in seconds of the chunk."""
    sound = decode_file(workspace.dataset(dataset) / chunk.file)
    level = loudness(resample(sound.mono(), sound.sample_rate_hz, 16_000))
    return [level.placed(word) for word in read_details(workspace.dataset(dataset), chunk.file).words]


@pytest.fixture(scope="module")
def proven(workspace: Workspace) -> Recording:
    """The dataset `honest`, transcribed and proven."""
    recording = cut(workspace, "honest")
    run(workspace, "honest")
    return recording


def test_honest_cuts_pass_and_say_what_was_said(workspace: Workspace, proven: Recording) -> None:
    chunks = chunks_of(workspace, "honest")
    assert jiwer.wer(plain(" ".join(said())), plain(" ".join(one.text for one in chunks))) <= 0.05
    assert [one.file for one in chunks if CUT & set(one.flags)] == []
    for one in chunks:
        proof = read_details(workspace.dataset("honest"), one.file).proof
        assert proof is not None
        assert (proof.alone, proof.moved_start_s, proof.moved_end_s) == (one.text, 0, 0)
        assert proof.agreement >= 0.75


def test_without_a_pause_the_edges_are_told_from_cut_words(workspace: Workspace) -> None:
    cut(workspace, "nopause", NO_PAUSE)
    run(workspace, "nopause")
    chunks = chunks_of(workspace, "nopause")
    assert jiwer.wer(plain(" ".join(said(NO_PAUSE))), plain(" ".join(one.text for one in chunks))) <= 0.1
    assert sum(bool(CUT & set(one.flags)) for one in chunks) <= len(chunks) / 10


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_a_word_cut_on_purpose_is_found_and_made_whole(workspace: Workspace, proven: Recording, share: float) -> None:
    name = f"cut{round(share * 100)}"
    cut(workspace, name, end_s=46.0)
    run(workspace, name, prove=False)
    before = chunks_of(workspace, name)
    moved: dict[str, tuple[float, float]] = {}
    for index, one in enumerate(before):
        words = _words(workspace, name, one)
        first, last = words[0], words[-1]
        if index % 2:
            moved[one.file] = (one.start_s + first.start_s + share * (first.end_s - first.start_s), one.end_s)
        else:
            moved[one.file] = (one.start_s, one.start_s + last.start_s + share * (last.end_s - last.start_s))
    move_edges(workspace, name, proven, moved)
    result = run(workspace, name)
    after = chunks_of(workspace, name)
    assert result.mended == len(moved), result
    assert [one.file for one in after if CUT & set(one.flags)] == []
    assert not {one.file for one in after} & {one.file for one in before}
    for old, new in zip(before, after, strict=True):
        assert plain(new.text) == plain(old.text)
        assert (new.start_s, new.end_s) == pytest.approx((old.start_s, old.end_s), abs=0.3)
        assert new.duration_s <= 11.6
        assert (workspace.dataset(name) / old.file).is_file()
    _check_sounds(workspace, name, proven, after)
    for one, later in pairwise(after):
        assert one.end_s <= later.start_s


def _check_sounds(workspace: Workspace, name: str, recording: Recording, chunks: list[Chunk]) -> None:
    """Each file holds its stretch of the recording."""
    whole = read_mono(original_path(workspace, recording), 22_050)
    for one in chunks:
        sound = decode_file(workspace.dataset(name) / one.file).mono()
        first = round(one.start_s * 22_050)
        np.testing.assert_allclose(sound[200:-200], whole[first : first + len(sound)][200:-200], atol=2e-4)
        proof = read_details(workspace.dataset(name), one.file).proof
        assert proof is not None
        assert proof.moved_start_s or proof.moved_end_s


def test_two_chunks_that_share_a_cut_word_are_mended_together(workspace: Workspace) -> None:
    recording = cut(workspace, "shared", NO_PAUSE, end_s=50.0)
    run(workspace, "shared", prove=False)
    before = chunks_of(workspace, "shared")
    at = next(index for index, (a, b) in enumerate(pairwise(before)) if b.start_s - a.end_s < 0.2)
    first, second = before[at : at + 2]
    word = _words(workspace, "shared", first)[-1]
    middle_s = first.start_s + (word.start_s + word.end_s) / 2
    edges = {first.file: (first.start_s, middle_s), second.file: (middle_s, second.end_s)}
    move_edges(workspace, "shared", recording, edges)
    run(workspace, "shared")
    after = chunks_of(workspace, "shared")
    pair = after[at : at + 2]
    assert not {one.file for one in pair} & {first.file, second.file}
    assert not any(CUT & set(one.flags) for one in pair)
    assert plain(" ".join(one.text for one in pair)) == plain(f"{first.text} {second.text}")
    assert all(one.end_s <= later.start_s + 0.001 for one, later in pairwise(after))


def test_what_can_not_be_mended_is_flagged(workspace: Workspace, proven: Recording) -> None:
    """The recording is gone: a cut word is told by the loud edge alone, and stays cut."""
    cut(workspace, "stuck", end_s=60.0)
    run(workspace, "stuck", prove=False)
    one = chunks_of(workspace, "stuck")[1]
    (first, *_, last) = _words(workspace, "stuck", one)
    middle_s = one.start_s + (last.start_s + last.end_s) / 2
    move_edges(workspace, "stuck", proven, {one.file: (one.start_s + (first.start_s + first.end_s) / 2, middle_s)})
    delete_recording(workspace, proven.id)
    try:
        result = run(workspace, "stuck", files=[one.file])
        (flagged,) = [chunk for chunk in chunks_of(workspace, "stuck") if chunk.file == one.file]
        assert set(flagged.flags) >= {"first_word_cut", "last_word_cut"}
        assert (result.mended, result.doubtful) == (0, 1)
        honest = chunks_of(workspace, "stuck")[2]
        run(workspace, "stuck", files=[honest.file])
        assert not CUT & set(chunks_of(workspace, "stuck")[2].flags)
    finally:
        cut(workspace, "again", LONG, end_s=20.0)


def test_a_recording_that_breaks_off_keeps_all_it_has(workspace: Workspace, tmp_path: Path) -> None:
    """What would come after its end nobody knows: there is nothing to mend, and nothing is given away."""
    samples = decode_file(shared(f"{LONG}.flac"), 140.5, 150.0).mono()
    write_wav(tmp_path / "broken_off.wav", samples, 22_050)
    recording = uploaded(workspace, tmp_path / "broken_off.wav")
    chunk(ChunkRequest(recording_id=recording.id, dataset="off"), workspace, ignore)
    before = chunks_of(workspace, "off")
    run(workspace, "off")
    after = chunks_of(workspace, "off")
    assert before[-1].end_s == pytest.approx(recording.duration_s, abs=0.01)
    assert [(one.file, one.end_s) for one in after] == [(one.file, one.end_s) for one in before]


def test_a_chunk_is_proven_once(workspace: Workspace) -> None:
    cut(workspace, "once", end_s=30.0)
    run(workspace, "once", prove=False)
    folder = workspace.dataset("once")
    assert all(read_details(folder, one.file).proof is None for one in chunks_of(workspace, "once"))
    first = run(workspace, "once")
    count = len(chunks_of(workspace, "once"))
    assert (first.transcribed, first.proven) == (0, count)
    assert run(workspace, "once").proven == 0
    Path(folder / chunks_of(workspace, "once")[0].file).with_suffix(".json").write_text("{ damaged")
    assert run(workspace, "once").proven == 1


def test_noise_is_not_taken_for_cut_words(workspace: Workspace) -> None:
    with_sounds(workspace, "noise", {"noise": np.random.default_rng(0).normal(0, 0.01, 66_150)})
    run(workspace, "noise")
    assert chunks_of(workspace, "noise")[0].flags == ["no_speech"]
