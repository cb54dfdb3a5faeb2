"""Clips split, merged, trimmed and made equally loud: with real speech, its words and its recording."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.dataset.clips import RATE_HZ, add_clip, add_lj, copied, edit, heard, room, row, sound_of, speech, state
from xtts_studio.dataset import history, store
from xtts_studio.dataset.details import read_details
from xtts_studio.errors import AudioError, Cancelled, Conflict, InvalidInput, NotFound
from xtts_studio.events import Event, Progress
from xtts_studio.segment.cuts import ONSET_LATE_S
from xtts_studio.shapes import Chunk, ChunkEdit, CutSettings, Word
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A recording of LJ Speech, and its first eight clips with words and texts in the dataset "voice"."""
    workspace = Workspace(tmp_path_factory.mktemp("spoken"))
    add_lj(workspace, 8)
    return workspace


@pytest.fixture
def lj(spoken: Workspace, tmp_path: Path) -> Workspace:
    return copied(spoken, tmp_path / "home")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def _chunks(workspace: Workspace) -> list[Chunk]:
    return store.read(workspace, "voice").chunks


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z ]", "", text.lower().replace("-", " ")).split())


def _words_fit(workspace: Workspace, chunk: Chunk) -> None:
    """The words are in order and inside, and where one is heard it is not silent."""
    words, sound = read_details(workspace.dataset("voice"), chunk.file).words, sound_of(workspace, chunk)
    assert words, "the words went along"
    assert all(0 <= word.start_s <= word.end_s <= chunk.duration_s + 1e-6 for word in words)
    loud = np.sqrt((sound**2).mean())
    for word in words:
        around = sound[int(word.start_s * RATE_HZ) : int(word.end_s * RATE_HZ) + 1]
        assert np.abs(around).max() > 0.3 * loud, f"{word.word} is heard in {chunk.file}"


def test_each_part_of_a_split_is_what_its_text_says(lj: Workspace) -> None:
    said, found = [], []
    for old in _chunks(lj):
        if old.duration_s < 2:
            continue
        result = edit(lj, "split", old)
        assert " ".join(part.text for part in result.chunks) == old.text
        assert [part.start_s for part in result.chunks] == pytest.approx([old.start_s, result.chunks[0].end_s])
        assert result.chunks[-1].end_s == old.end_s
        for part in result.chunks:
            _words_fit(lj, part)
            assert "text_guessed" not in part.flags
            assert "touches_speech" not in part.flags, "the cut lies in a pause"
            said.append(_plain(part.text).split())
            found.append(_plain(" ".join(str(word["word"]) for word in heard(sound_of(lj, part)))).split())
    right = sum(a == b for a, b in zip(said, found, strict=True))
    assert len(said) == 12
    assert right >= 11, [pair for pair in zip(said, found, strict=True) if pair[0] != pair[1]]


def test_a_split_is_moved_to_the_quietest_moment_nearby(lj: Workspace) -> None:
    old = _chunks(lj)[0]
    sound = sound_of(lj, old)
    first, second = edit(lj, "split", old, at_s=4.3).chunks
    assert abs(first.duration_s - 4.3) <= 0.0601
    assert first.duration_s + second.duration_s == pytest.approx(old.duration_s, abs=1e-5)
    cut = round(first.duration_s * RATE_HZ)

    def power(at: int) -> float:
        return float((sound[at - 220 : at + 220] ** 2).mean())

    quietest = min(power(at) for at in range(round(4.24 * RATE_HZ), round(4.36 * RATE_HZ), 20))
    assert power(cut) <= 1.2 * quietest
    assert first.text.endswith("concerned,")
    assert second.text.startswith("differs")


def test_new_files_take_the_old_ones_place_and_undo_restores_it(lj: Workspace) -> None:
    before, chunks = state(lj), _chunks(lj)
    result = edit(lj, "split", chunks[2])
    assert result.replaced == [chunks[2].file]
    assert [chunk.file for chunk in _chunks(lj)] == [
        *(chunk.file for chunk in chunks[:2]),
        "chunks/chunk_009.wav",
        "chunks/chunk_010.wav",
        *(chunk.file for chunk in chunks[3:]),
    ]
    assert [chunk.words == read_details(lj.dataset("voice"), chunk.file).words for chunk in result.chunks] == [True] * 2
    after = state(lj)
    assert history.undo(lj, "voice").label == "Split chunk_003.wav"
    assert state(lj) == before
    history.redo(lj, "voice")
    assert state(lj) == after


def test_split_and_merged_again_a_clip_is_as_it_was(lj: Workspace) -> None:
    for old in [chunk for chunk in _chunks(lj) if chunk.duration_s > 2]:
        sound, words = sound_of(lj, old), read_details(lj.dataset("voice"), old.file).words
        (merged,) = edit(lj, "merge", *edit(lj, "split", old).chunks).chunks
        assert (merged.text, merged.start_s, merged.end_s) == (old.text, old.start_s, old.end_s)
        again = sound_of(lj, merged)
        assert len(again) == len(sound)
        assert np.abs(again - sound)[200:-200].max() < 1e-4, "the joint is taken from the recording"
        assert [word.word for word in merged.words] == [word.word for word in words]
        moved = [abs(a.start_s - b.start_s) for a, b in zip(merged.words, words, strict=True)]
        assert np.median(moved) < 0.002
        assert max(moved) < 0.5


def test_merging_keeps_the_true_pause(lj: Workspace) -> None:
    chunks = _chunks(lj)
    pairs = [(a, b) for a, b in pairwise(chunks) if a.duration_s + b.duration_s < 11]
    first, second = pairs[0]
    result = edit(lj, "merge", second, first)
    (merged,) = result.chunks
    assert result.replaced == [first.file, second.file]
    assert merged.text == f"{first.text} {second.text}"
    assert merged.duration_s == pytest.approx(second.end_s - first.start_s, abs=1e-3)
    assert (merged.start_s, merged.end_s) == (first.start_s, second.end_s)
    _words_fit(lj, merged)
    between = sound_of(lj, merged)[round(first.duration_s * RATE_HZ) + 100 :][:500]
    assert 0 < np.abs(between).max() < 0.02, "the room, not digital silence"
    said = _plain(" ".join(str(word["word"]) for word in heard(sound_of(lj, merged))))
    assert said == _plain(merged.text)


def test_levels_are_kept_when_clips_are_merged(lj: Workspace) -> None:
    """A clip that was made louder or quieter stays so."""
    chunks = _chunks(lj)
    index = next(i for i in range(7) if chunks[i].duration_s + chunks[i + 1].duration_s < 11)
    first, second = chunks[index : index + 2]
    path = lj.dataset("voice") / second.file
    import soundfile

    soundfile.write(path, sound_of(lj, second) * 0.25, RATE_HZ, subtype="PCM_16")
    sounds = [sound_of(lj, first), sound_of(lj, second)]
    (merged,) = edit(lj, "merge", first, second).chunks
    whole = sound_of(lj, merged)
    assert np.abs(whole[500 : len(sounds[0]) - 500] - sounds[0][500:-500]).max() < 0.002
    assert np.abs(whole[-len(sounds[1]) + 500 : -500] - sounds[1][500:-500]).max() < 0.002


def test_without_the_recording_the_pause_is_silence(lj: Workspace) -> None:
    import shutil

    chunks = _chunks(lj)
    index = next(i for i in range(7) if chunks[i].duration_s + chunks[i + 1].duration_s < 11)
    first, second = chunks[index : index + 2]
    shutil.rmtree(lj.recordings)
    result = edit(lj, "merge", first, second)
    assert "could not be taken from the recording" in result.notices[0]
    sound, gap = sound_of(lj, result.chunks[0]), round((second.start_s - first.end_s) * RATE_HZ)
    own = len(sound_of(lj, first))
    assert np.array_equal(sound[:own], sound_of(lj, first))
    assert not sound[own : own + gap].any()
    assert np.array_equal(sound[own + gap :], sound_of(lj, second))
    _words_fit(lj, result.chunks[0])


def test_silence_around_real_speech_is_trimmed_to_what_cutting_leaves(lj: Workspace) -> None:
    folder = lj.dataset("voice")
    for old in _chunks(lj)[:4]:
        words = read_details(folder, old.file).words
        later = [word.model_copy(update={"start_s": word.start_s + 1, "end_s": word.end_s + 1}) for word in words]
        sound = sound_of(lj, old)
        padded = row(room(1, 1), sound, room(1.5, 2))
        wide = add_clip(lj, padded, later, recording="r", text=old.text, start_s=10, end_s=10 + len(padded) / RATE_HZ)
        (trimmed,) = edit(lj, "trim", wide).chunks
        lead_s, tail_s = trimmed.start_s - 10, wide.end_s - trimmed.end_s
        assert 0.6 < lead_s < 1.3, "about a second before"
        assert 0.9 < tail_s < 2.3
        assert trimmed.duration_s == pytest.approx(wide.duration_s - lead_s - tail_s, abs=1e-4)
        kept = sound_of(lj, trimmed)
        begin = round(lead_s * RATE_HZ)
        assert np.array_equal(kept[200:-200], padded[begin + 200 : begin + len(kept) - 200])
        gone = np.concatenate([padded[:begin], padded[begin + len(kept) :]])
        assert np.abs(gone).max() < 0.015, "nothing but the room was left out"
        _words_fit(lj, trimmed)
        assert edit(lj, "trim", trimmed).chunks == []


def test_trimming_leaves_as_much_as_cutting(workspace: Workspace) -> None:
    defaults = CutSettings()
    chunk = add_clip(workspace, row(room(1), speech(2), room(1)))
    (trimmed,) = edit(workspace, "trim", chunk).chunks
    tail_s = defaults.speech_pad_ms / 1000
    assert 1 - trimmed.start_s == pytest.approx(tail_s + ONSET_LATE_S, abs=0.02)
    assert trimmed.end_s - 3 == pytest.approx(tail_s, abs=0.02)
    sound = sound_of(workspace, trimmed)
    assert np.abs(sound[[0, -1]]).max() < 0.0003, "faded"


def test_a_soft_beginning_and_a_soft_end_are_kept(workspace: Workspace) -> None:
    soft = speech(0.25, level=0.002)
    chunk = add_clip(workspace, row(room(1), soft, speech(2), soft, room(1)))
    (trimmed,) = edit(workspace, "trim", chunk).chunks
    assert trimmed.start_s <= 1.0
    assert trimmed.end_s >= 3.5


def test_a_click_alone_is_no_speech(workspace: Workspace) -> None:
    click = row(np.full(200, 0.1, dtype=np.float32))
    chunk = add_clip(workspace, row(room(0.4), click, room(1), speech(2), room(1)))
    (trimmed,) = edit(workspace, "trim", chunk).chunks
    assert trimmed.start_s == pytest.approx(1.409 - 0.2, abs=0.03)


@pytest.mark.parametrize(
    "sound", [room(3), row(np.zeros(RATE_HZ, np.float32)), row(room(3, level=0.05), speech(1, level=0.02))]
)
def test_where_speech_cant_be_told_nothing_is_trimmed(workspace: Workspace, sound: np.ndarray) -> None:
    chunk = add_clip(workspace, sound)
    result = edit(workspace, "trim", chunk)
    assert (result.chunks, result.replaced) == ([], [])
    assert "can be told from speech" in result.notices[0]
    assert _chunks(workspace) == [chunk]


def test_normalised_clips_are_as_loud_as_the_middle_one(workspace: Workspace) -> None:
    from xtts_studio.audio.loudness import PEAK, integrated_lufs

    chunks = [add_clip(workspace, row(room(0.3), speech(2, k, 0.02 * 1.6**k), room(0.3))) for k in range(5)]
    middle = integrated_lufs(sound_of(workspace, chunks[2]), RATE_HZ)
    result = edit(workspace, "normalise", *chunks)
    assert result.replaced == [chunks[index].file for index in (0, 1, 3, 4)], "in order, the middle one is right"
    for chunk in result.chunks:
        sound = sound_of(workspace, chunk)
        assert integrated_lufs(sound, RATE_HZ) == pytest.approx(middle, abs=0.15)
        assert np.abs(sound).max() <= PEAK + 1e-4
    assert edit(workspace, "normalise", *_chunks(workspace)).chunks == []


def test_a_lonely_clip_is_brought_to_minus_23_lufs(workspace: Workspace) -> None:
    from xtts_studio.audio.loudness import integrated_lufs

    chunk = add_clip(workspace, row(speech(2, level=0.01)))
    (louder,) = edit(workspace, "normalise", chunk).chunks
    assert integrated_lufs(sound_of(workspace, louder), RATE_HZ) == pytest.approx(-23, abs=0.1)


def test_peaks_are_never_clipped(workspace: Workspace) -> None:
    quiet = speech(2, level=0.01)
    quiet[5000:5010] = 0.5
    chunk = add_clip(workspace, row(quiet))
    (louder,) = edit(workspace, "normalise", chunk).chunks
    sound = sound_of(workspace, louder)
    assert np.abs(sound).max() == pytest.approx(10 ** (-1 / 20), abs=1e-4)
    scale = sound[5005] / sound_of(workspace, chunk)[5005]
    assert np.allclose(sound, sound_of(workspace, chunk) * scale, atol=1e-4), "the form of the wave stays"
    assert edit(workspace, "normalise", louder).chunks == []


def test_a_clip_that_is_too_long_becomes_parts_that_fit(workspace: Workspace) -> None:
    sounds = [row(room(0.2), speech(1.7, k), room(0.1)) for k in range(17)]
    text = " ".join(f"Sentence{k} is here." for k in range(17))
    words = [
        Word(word=word, start_s=2 * k + 0.2 + 0.55 * n, end_s=2 * k + 0.75 + 0.55 * n, probability=0.9)
        for k in range(17)
        for n, word in enumerate((f"Sentence{k}", "is", "here."))
    ]
    chunk = add_clip(workspace, row(*sounds), words, text=text, text_source="heard", confidence=0.5)
    result = edit(workspace, "split", chunk)
    assert len(result.chunks) in (3, 4)
    assert all(part.duration_s <= 11.6 for part in result.chunks)
    assert " ".join(part.text for part in result.chunks) == text
    assert all(re.fullmatch(r"(Sentence\d+ is here\. ?)+", part.text) for part in result.chunks)
    assert {tuple(part.flags) for part in result.chunks} == {()}
    assert [part.confidence for part in result.chunks] == [0.9] * len(result.chunks)


def test_speech_without_any_pause_is_split_too_and_flagged(workspace: Workspace) -> None:
    chunk = add_clip(workspace, row(speech(14)), text="one two three four")
    parts = edit(workspace, "split", chunk).chunks
    assert all(part.duration_s <= 11.6 for part in parts)
    assert all({"touches_speech", "text_guessed"} <= set(part.flags) for part in parts)
    assert " ".join(part.text for part in parts) == "one two three four"


@pytest.mark.parametrize(
    ("language", "text", "words", "expected"),
    [
        ("en", 'He said: "No!" Then he left.', "He said No Then he left", ['He said: "No!"', "Then he left."]),
        ("fr", "Vraiment ? « Oui, toujours ! »", "Vraiment Oui toujours", ["Vraiment ?", "« Oui, toujours ! »"]),
        ("de", "Straße frei. Los geht’s!", "strasse Frei los gehts", ["Straße frei.", "Los geht’s!"]),
        ("zh-cn", "你好，世界。今天很好！", "你好 世界 今天 很好", ["你好，世界。", "今天很好！"]),
        ("ja", "「こんにちは。」元気ですか？", "こんにちは 元気 ですか", ["「こんにちは。」", "元気ですか？"]),
        ("ru", "Это — дом. Он большой.", "это дом он большой", ["Это — дом.", "Он большой."]),
    ],
)
def test_texts_keep_their_spelling(
    workspace: Workspace, language: str, text: str, words: str, expected: list[str]
) -> None:
    """A second of speech, half a second of pause, another of speech; the first words lie before the pause."""
    heard_words = words.split()
    first = len(re.sub(r"\W", "", expected[0]))
    before = [word for index, word in enumerate(heard_words) if len("".join(heard_words[: index + 1])) <= first + 1]
    half = len(before)
    times = [*np.linspace(0.2, 1.2, half + 1)[:-1], *np.linspace(1.7, 2.7, len(heard_words) - half + 1)[:-1]]
    said = [
        Word(word=word, start_s=float(at), end_s=float(at) + 0.2, probability=1)
        for word, at in zip(heard_words, times, strict=True)
    ]
    sound = row(room(0.2), speech(1), room(0.5), speech(1, 1), room(0.2))
    chunk = add_clip(workspace, sound, said, text=text, language=language, recording="r")
    parts = edit(workspace, "split", chunk).chunks
    assert [part.text for part in parts] == expected
    assert not any("text_guessed" in part.flags for part in parts)
    assert edit(workspace, "merge", *parts).chunks[0].text == text


def test_a_typed_text_is_divided_by_the_words_that_were_heard(lj: Workspace) -> None:
    from xtts_studio.dataset.edits import edit_chunk

    old = _chunks(lj)[0]
    typed = old.text.replace("Printing", "PRINTING").replace("concerned", "konzerned").replace("crafts", "krafts")
    edit_chunk(lj, "voice", old.file, ChunkEdit(text=typed))
    parts = edit(lj, "split", old, at_s=4.25).chunks
    assert [part.text_source for part in parts] == ["typed", "typed"]
    assert " ".join(part.text for part in parts) == typed
    assert parts[0].text.endswith("konzerned,")


def test_doubts_go_to_the_part_that_they_speak_of(workspace: Workspace) -> None:
    sound = row(room(0.2), speech(2), room(0.5), speech(2, 1), room(0.2))
    flags = ["first_word_cut", "last_word_cut", "heard_differently"]
    chunk = add_clip(workspace, sound, text="One two. Three four.", flags=flags, recording="r")
    first, second = edit(workspace, "split", chunk).chunks
    assert (first.flags, second.flags) == (
        ["first_word_cut", "heard_differently", "text_guessed"],
        ["heard_differently", "last_word_cut", "text_guessed"],
    )
    (merged,) = edit(workspace, "merge", first, second).chunks
    assert merged.flags == sorted([*flags, "text_guessed"])


def test_clips_of_an_imported_dataset_are_joined_with_a_short_silence(workspace: Workspace) -> None:
    sounds = [row(room(0.1), speech(2, k), room(0.1)) for k in range(2)]
    first, second = (add_clip(workspace, sound, text=text) for sound, text in zip(sounds, ("A.", "B."), strict=True))
    (merged,) = edit(workspace, "merge", first, second).chunks
    assert merged.text == "A. B."
    silence = np.zeros(round(0.3 * RATE_HZ), dtype=np.float32)
    assert np.array_equal(sound_of(workspace, merged), np.concatenate([sounds[0], silence, sounds[1]]))


def _refusals() -> Iterator[tuple[str, list[dict[str, object]], list[int]]]:
    base = {"recording": "r", "text": "A."}
    yield "different recordings", [base, base | {"recording": "s"}], [0, 1]
    yield "different languages", [base, base | {"language": "de"}], [0, 1]
    yield "different people", [base | {"speaker": "a"}, base | {"speaker": "b"}], [0, 1]
    yield "is dropped", [base, base | {"state": "dropped"}], [0, 1]
    yield "have a text", [base, base | {"text": ""}], [0, 1]
    yield "lie between", [base, base, base], [0, 2]
    yield "two clips", [base], [0]
    yield "training takes 11.6 s", [base | {"long": True}, base | {"long": True}], [0, 1]


@pytest.mark.parametrize(("reason", "fields", "chosen"), list(_refusals()))
def test_what_cant_be_merged_is_refused_with_the_reason(
    workspace: Workspace, reason: str, fields: list[dict[str, object]], chosen: list[int]
) -> None:
    chunks = []
    for index, one in enumerate(fields):
        sound = speech(6 if one.get("long") else 1)
        times = {"start_s": 10.0 * index, "end_s": 10.0 * index + 1}
        known = {name: value for name, value in one.items() if name != "long"}
        chunks.append(add_clip(workspace, row(sound), **times, **known))
    before = state(workspace)
    with pytest.raises(InvalidInput, match=reason) as error:
        edit(workspace, "merge", *(chunks[index] for index in chosen))
    assert error.value.hint
    assert state(workspace) == before
    assert len(list((workspace.dataset("voice") / "chunks").glob("*.wav"))) == len(chunks)


@pytest.mark.parametrize("at_s", [0.2, 1.7, 50.0])
def test_parts_that_training_would_leave_out_are_refused(workspace: Workspace, at_s: float) -> None:
    chunk = add_clip(workspace, row(speech(2)))
    with pytest.raises(InvalidInput, match=r"under 0\.5 s"):
        edit(workspace, "split", chunk, at_s=at_s)
    with pytest.raises(InvalidInput, match="too short for two parts"):
        edit(workspace, "split", add_clip(workspace, row(speech(0.9))))


def test_clips_that_are_not_there_or_broken_are_told(workspace: Workspace) -> None:
    chunk, broken = add_clip(workspace, row(room(1), speech(2), room(1))), add_clip(workspace, row(speech(1)))
    (workspace.dataset("voice") / broken.file).write_bytes(b"RIFF no sound")
    with pytest.raises(NotFound):
        edit(workspace, "trim", chunk.model_copy(update={"file": "chunks/chunk_999.wav"}))
    with pytest.raises(AudioError, match=r"chunk_002\.wav can't be read"):
        edit(workspace, "trim", broken)
    result = edit(workspace, "trim", chunk, broken)
    assert result.replaced == [chunk.file]
    assert result.notices == ["1 clip can't be read: nothing was changed there."]


def test_a_cancel_leaves_everything_as_it_was(workspace: Workspace) -> None:
    chunks = [add_clip(workspace, row(room(1), speech(1, k), room(1))) for k in range(3)]
    before = state(workspace)

    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and event.message == "Saving":
            raise Cancelled

    with pytest.raises(Cancelled):
        edit(workspace, "trim", *chunks, report=cancel)
    assert state(workspace) == before
    assert sorted(path.name for path in (workspace.dataset("voice") / "chunks").iterdir()) == sorted(
        Path(chunk.file).with_suffix(suffix).name for chunk in chunks for suffix in (".wav", ".json")
    )
    assert not [path for path in workspace.datasets.iterdir() if path.name.startswith(".making")]


def test_an_error_while_saving_leaves_everything_as_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = [add_clip(workspace, row(room(1), speech(1, k), room(1))) for k in range(3)]
    before = state(workspace)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(history, "write", full)
    with pytest.raises(OSError, match="No space left"):
        edit(workspace, "trim", *chunks)
    assert state(workspace) == before
    assert len(list((workspace.dataset("voice") / "chunks").iterdir())) == 6


def test_a_text_that_is_typed_meanwhile_stays(workspace: Workspace) -> None:
    from xtts_studio.dataset.edits import edit_chunk

    chunk = add_clip(workspace, row(room(1), speech(2), room(1)), text="old")

    def typing(event: Event) -> None:
        if isinstance(event, Progress) and event.message == "Saving":
            edit_chunk(workspace, "voice", chunk.file, ChunkEdit(text="new"))

    (trimmed,) = edit(workspace, "trim", chunk, report=typing).chunks
    assert (trimmed.text, trimmed.text_source) == ("new", "typed")
    with pytest.raises(Conflict, match="changed by somebody else"):
        edit(workspace, "split", trimmed, report=lambda event: _retyped(workspace, trimmed, event))
    assert _chunks(workspace)[0].text == "newer"


def _retyped(workspace: Workspace, chunk: Chunk, event: Event) -> None:
    from xtts_studio.dataset.edits import edit_chunk

    if isinstance(event, Progress) and event.message == "Saving":
        edit_chunk(workspace, "voice", chunk.file, ChunkEdit(text="newer"))


def test_many_clips_are_changed_at_once_in_order(workspace: Workspace) -> None:
    chunks = [add_clip(workspace, row(room(0.8), speech(0.5, k), room(0.8))) for k in range(60)]
    told: list[float] = []
    wanted = [*reversed(chunks), chunks[0]]
    result = edit(workspace, "trim", *wanted, report=lambda event: told.append(getattr(event, "fraction", -1)))
    assert result.replaced == [chunk.file for chunk in reversed(chunks)]
    assert [chunk.file for chunk in result.chunks] == [f"chunks/chunk_{k:03d}.wav" for k in range(61, 121)]
    assert [chunk.recording for chunk in _chunks(workspace)] == [chunk.recording for chunk in chunks]
    assert told == sorted(told)
    history.undo(workspace, "voice")
    assert _chunks(workspace) == chunks


@pytest.mark.parametrize("action", ["trim", "normalise"])
def test_words_in_metadata_of_older_datasets_go_along(workspace: Workspace, action: str) -> None:
    import json

    chunk = add_clip(workspace, row(room(1), speech(2, level=0.05), room(1)), text="One two.")
    folder = workspace.dataset("voice")
    (folder / chunk.file).with_suffix(".json").unlink()
    content = json.loads((folder / "metadata.json").read_text())
    content["chunks"][0]["words"] = [{"word": "One", "start_s": 1.0, "end_s": 1.8, "probability": 0.9}]
    (folder / "metadata.json").write_text(json.dumps(content))
    (fresh,) = edit(workspace, action, chunk).chunks
    (word,) = read_details(folder, fresh.file).words
    assert (word.word, word.start_s) == ("One", pytest.approx(1.0 - fresh.start_s, abs=1e-3))
    assert fresh.words == [word]


def test_a_clip_whose_sound_is_gone_is_told_from_one_that_never_was(workspace: Workspace) -> None:
    chunk = add_clip(workspace, row(room(1), speech(1), room(1)))
    (workspace.dataset("voice") / chunk.file).unlink()
    with pytest.raises(NotFound, match=r"The sound of chunk_001\.wav is no longer there"):
        edit(workspace, "trim", chunk)
