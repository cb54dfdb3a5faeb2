"""An x-ray promises what training does, names what mends a clip, and orders clips by the harm they may do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.dataset import defects
from tests.dataset.xrayed import (
    MODEL,
    NAME,
    RATE_HZ,
    Clip,
    codes,
    lj_clips,
    workspace_with_model,
    write_dataset,
    xrayed,
)
from tests.shared import shared
from xtts_studio.dataset import edits, store
from xtts_studio.dataset.details import read_details, write_details
from xtts_studio.dataset.editing import edit_clips
from xtts_studio.dataset.stamps import stale_files
from xtts_studio.dataset.xray import xray
from xtts_studio.dataset.xray_file import read_xray
from xtts_studio.errors import Cancelled, NotFound
from xtts_studio.events import Event, Progress, ignore
from xtts_studio.shapes import (
    ChunkEdit,
    ClipDetails,
    EditClipsRequest,
    Finding,
    TrainRequest,
    Word,
    Xray,
    XrayRequest,
)
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.material.gathering import gather
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    return lj_clips(12)


def used_by_training(workspace: Workspace) -> int:
    request = TrainRequest(dataset=NAME, name="mine")
    return gather(request, workspace, Tokenizer(shared("parity/vocab.json")), ignore).usable


def finding(found: Xray, name: str, code: str) -> Finding:
    (row,) = (row for row in found.clips if row.file == f"chunks/{name}.wav")
    (one,) = (one for one in row.findings if one.code == code)
    return one


def evenly(clip: Clip, start_s: float) -> list[Word]:
    """About when each word of a clip is said."""
    texts = clip.text.split()
    edges = start_s + np.linspace(0.1, len(clip.samples) / RATE_HZ - 0.2, len(texts) + 1)
    return [
        Word(word=f" {text}", start_s=start, end_s=end, probability=0.9)
        for text, start, end in zip(texts, edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]


def spoilt_for_training(clips: dict[str, Clip]) -> dict[str, Clip]:
    """Clips that training leaves out, named for the reason, and two that it takes."""
    first, second = clips["LJ001-0002"], clips["LJ001-0008"]
    sound = first.samples
    long = np.concatenate([clip.samples for clip in list(clips.values())[:3]])
    speech = clips["LJ001-0003"].samples
    return {
        "good": first,
        "also_good": second,
        "dropped": Clip(speech, "Well.", {"state": "dropped"}),
        "no_text": Clip(clips["LJ001-0004"].samples, " ", {"flags": ["no_speech"], "confidence": None}),
        "text_unusable": Clip(clips["LJ001-0005"].samples, "Привіт", {"language": "uk"}),
        "text_too_long": Clip(clips["LJ001-0006"].samples, "wonderful " * 100),
        "unknown_characters": Clip(clips["LJ001-0007"].samples, "A snowman ☃ indeed."),
        "too_short": Clip(sound[: round(0.4 * RATE_HZ)], "in"),
        "too_long": Clip(long, "Printing, in the only sense."),
        "unreadable": Clip(speech, "Broken."),
    }


def test_what_is_promised_is_what_training_uses(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    folder = write_dataset(workspace, spoilt_for_training(clips))
    (folder / "chunks/unreadable.wav").write_bytes(b"RIFF....WAVEnothing")
    found = xrayed(workspace)
    assert {Path(row.file).stem for row in found.clips if row.usable} == {"good", "also_good"}
    for row in found.clips:
        name = Path(row.file).stem
        if not row.usable:
            assert finding(found, name, name).light == row.light == "red"
            assert row.doubt <= 0.1
    assert found.totals.usable == used_by_training(workspace) == 2
    assert (found.totals.clips, found.totals.active) == (10, 9)
    fixes = {name: finding(found, name, name).fix for name in ("no_text", "text_too_long", "too_long", "unreadable")}
    assert fixes == {"no_text": "drop", "text_too_long": None, "too_long": "split", "unreadable": "drop"}
    wrong = "text_too_long"  # 100 words in six seconds: cut to pieces, such a text would pass as many
    assert "check the text" in finding(found, wrong, wrong).reason
    assert finding(found, wrong, "rate_outlier").light == "red"


def test_after_the_fixes_training_takes_what_is_promised(tmp_path: Path, clips: dict[str, Clip]) -> None:
    """Every finding that a click can mend is mended by it, and those clips are green then."""
    workspace = workspace_with_model(tmp_path)
    one, other = clips["LJ001-0008"], clips["LJ001-0002"]
    in_one = {"recording": "imported-same"}
    cut = round(0.4 * RATE_HZ)
    typography = clips["LJ001-0006"].text.removeprefix("And ")
    names = ["LJ001-0001", "LJ001-0003", "LJ001-0005", "LJ001-0007"]
    first, second = clips["LJ001-0009"], clips["LJ001-0012"]
    long = np.concatenate([first.samples, np.zeros(RATE_HZ // 2, np.float32), second.samples])
    spoilt = {
        **{name: clips[name] for name in names},
        "silent": Clip(defects.with_silence(one.samples, 1.0, 1.2), one.text),
        "faint": Clip(other.samples * np.float32(0.15), other.text),
        "long": Clip(long, f"{first.text} {second.text}"),
        "copy": Clip(defects.as_mp3(clips["LJ001-0005"].samples, 0.7), clips["LJ001-0005"].text),
        "short": Clip(clips["LJ001-0006"].samples[:cut], "And", in_one | {"end_s": 0.4}),
        "rest": Clip(clips["LJ001-0006"].samples[cut:], typography, in_one | {"start_s": 0.4, "end_s": 5.68}),
    }
    folder = write_dataset(workspace, spoilt)
    words = [*evenly(first, 0.0), *evenly(second, len(first.samples) / RATE_HZ + 0.5)]
    write_details(folder, "chunks/long.wav", ClipDetails(words=words))
    before = xrayed(workspace)
    wanted = {
        "silent": ["long_silence_start", "long_silence_end"],
        "faint": ["quiet"],
        "long": ["too_long"],
        "copy": ["duplicate"],
        "short": ["too_short"],
    }
    assert {name: found for name, found in codes(before).items() if name != "rest"} == wanted
    assert finding(before, "copy", "duplicate").others == ["chunks/LJ001-0005.wav"]
    assert finding(before, "short", "too_short").others == ["chunks/rest.wav"]
    assert before.totals.usable == used_by_training(workspace) == len(spoilt) - 2
    for row in before.clips:
        for fix, others in {one.fix: one.others for one in row.findings if one.fix}.items():
            if fix == "drop":
                edits.edit_chunk(workspace, NAME, row.file, ChunkEdit(state="dropped"))
            else:
                files = [row.file, *others] if fix == "merge" else [row.file]
                edit_clips(EditClipsRequest(dataset=NAME, action=fix, files=files), workspace, ignore)
    after = xrayed(workspace)
    assert codes(after) == {"copy": ["dropped"]}
    assert after.totals.usable == used_by_training(workspace) == after.totals.active == len(spoilt) - 1


def test_a_part_of_a_recording_that_was_cut_twice_is_a_duplicate(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    clip = clips["LJ001-0001"]
    later = Clip(clip.samples[RATE_HZ:], clip.text, {"recording": "r", "start_s": 1.0, "end_s": 9.65})
    write_dataset(workspace, {"whole": Clip(clip.samples, clip.text, {"recording": "r"}), "part": later})
    assert codes(xrayed(workspace)) == {"part": ["duplicate"]}


def test_the_same_sentence_said_again_is_no_duplicate(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    one, other = clips["LJ001-0003"], clips["LJ001-0001"]
    write_dataset(workspace, {"one": one, "other": Clip(other.samples, one.text)})
    assert codes(xrayed(workspace)) == {}


def test_what_cutting_and_hearing_doubted_is_told(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    flagged = dict(clips)
    for name, flags in {
        "LJ001-0001": ["last_word_cut"],
        "LJ001-0003": ["heard_differently"],
        "LJ001-0005": ["forced_cut", "touches_speech"],
        "LJ001-0007": ["ends_mid_sentence"],
    }.items():
        flagged[name] = Clip(clips[name].samples, clips[name].text, {"flags": flags})
    flagged["LJ001-0009"] = Clip(clips["LJ001-0009"].samples, clips["LJ001-0009"].text, {"confidence": 0.3})
    write_dataset(workspace, flagged)
    found = xrayed(workspace)
    assert codes(found) == {
        "LJ001-0001": ["last_word_cut"],
        "LJ001-0003": ["heard_differently"],
        "LJ001-0005": ["forced_cut", "touches_speech"],
        "LJ001-0007": ["ends_mid_sentence"],
        "LJ001-0009": ["low_confidence"],
    }
    worst_first = [Path(row.file).stem[-1] for row in sorted(found.clips, key=lambda row: -row.doubt)][:5]
    assert worst_first == ["1", "9", "5", "3", "7"]


def test_what_is_usual_in_a_dataset_is_not_told_of_each_clip(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    flags = {"flags": ["starts_mid_sentence"]}
    write_dataset(workspace, {name: Clip(clip.samples, clip.text, flags) for name, clip in clips.items()})
    assert codes(xrayed(workspace)) == {}


def test_what_most_clips_have_is_a_notice(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    few = list(clips.items())[:4]
    write_dataset(workspace, {name: Clip(defects.through_telephone(clip.samples), clip.text) for name, clip in few})
    found = xrayed(workspace)
    assert set(codes(found)) == {name for name, _ in few}
    assert any("telephone" in notice for notice in found.notices)


def test_totals_tell_what_there_is_and_what_is_missing(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    texts = ["Is this a question?", "What joy!", "It is so.", "and then"]
    named = list(clips.values())[:4]
    sounds = {str(at): Clip(clip.samples, text) for at, (clip, text) in enumerate(zip(named, texts, strict=True))}
    write_dataset(workspace, sounds)
    totals = xrayed(workspace).totals
    assert totals.sentences == {"statement": 1, "question": 1, "exclamation": 1, "unfinished": 1}
    assert totals.duration_histogram == [0, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert sum(totals.tail_histogram) == 4
    assert (totals.letters["q"], totals.letters["z"], totals.letters["i"]) == (1, 0, 5)
    assert (totals.words, totals.different_words) == (11, 10)
    assert totals.usable_s == pytest.approx(sum(len(clip.samples) for clip in named) / RATE_HZ, abs=0.01)


def test_a_sound_is_measured_once_and_anew_when_it_changes(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    folder = write_dataset(workspace, clips)
    file, other = "chunks/LJ001-0001.wav", "chunks/LJ001-0002.wav"
    words = [Word(word="Printing", start_s=0.1, end_s=0.6, probability=0.9)]
    write_details(folder, file, ClipDetails(words=words))
    first = xrayed(workspace)
    stamps = {path: path.stat().st_mtime_ns for path in (folder / "chunks").glob("*.json")}
    assert len(stamps) == len(clips)
    assert read_details(folder, file).words == words
    assert stale_files(folder, store.read(workspace, NAME).chunks, "en", first) == set()
    (folder / file).write_bytes((folder / other).read_bytes())
    os.utime(folder / file, ns=(1, 1))
    edits.edit_chunk(workspace, NAME, "LJ001-0003.wav", ChunkEdit(text="Something else."))
    assert stale_files(folder, store.read(workspace, NAME).chunks, "en", first) == {file, "chunks/LJ001-0003.wav"}
    second = xrayed(workspace)
    now = {path: path.stat().st_mtime_ns for path in (folder / "chunks").glob("*.json")}
    assert {path.name for path in now if now[path] != stamps[path]} == {"LJ001-0001.json"}
    assert read_details(folder, file).words == words
    assert stale_files(folder, store.read(workspace, NAME).chunks, "en", second) == set()


def test_a_cancelled_xray_leaves_the_last_one(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    folder = write_dataset(workspace, clips)

    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and event.fraction > 0.5:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        xrayed(workspace, report=cancel)
    assert read_xray(folder) is None
    assert not list(folder.glob(".*"))


def test_without_the_base_model_the_sound_is_told_all_the_same(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    write_dataset(workspace, spoilt_for_training(clips))
    told = xray(XrayRequest(dataset=NAME), workspace, ignore)
    assert any("base model is not here" in notice for notice in told.notices)
    assert told.totals.findings["too_long"] == 1
    assert "unknown_characters" not in told.totals.findings
    with pytest.raises(NotFound):
        xray(XrayRequest(dataset=NAME, base_model="nobody"), workspace, ignore)
    with pytest.raises(NotFound):
        xray(XrayRequest(dataset="nothing", base_model=MODEL), workspace, ignore)
