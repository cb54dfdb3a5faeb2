"""What holds for every clip that is split, merged, trimmed or made as loud as others."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.dataset.clips import RATE_HZ, Sound, add_clip, edit, room, row, sound_of, speech, state
from tests.recorded import uploaded
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import history, store
from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Chunk, Word
from xtts_studio.workspace import Workspace

_FADE_SAMPLES = 200


@dataclass(frozen=True)
class _Made:
    """A clip that was made of words with pauses between them: each word as long as it is loud."""

    sound: Sound
    words: list[Word]
    text: str
    language: str

    @property
    def loud(self) -> list[tuple[int, int]]:
        return [(round(word.start_s * RATE_HZ), round(word.end_s * RATE_HZ)) for word in self.words]


@st.composite
def _clips(draw: st.DrawFn, most_words: int = 12, longest_silence_s: float = 0.6) -> _Made:
    """Speech at any level above a room that is at least 26 dB quieter, between silences of any length."""
    language = draw(st.sampled_from(["en", "ja"]))
    count, level = draw(st.integers(1, most_words)), draw(st.floats(0.02, 0.3))
    noise = level * 10 ** (-draw(st.floats(40, 60)) / 20)
    silences = [draw(st.floats(0.02, longest_silence_s)) for _ in range(count + 1)]
    silences[0], silences[-1] = draw(st.floats(0, 2)), draw(st.floats(0, 2))
    at_s, parts, words, texts = 0.0, [], [], []
    for index in range(count):
        parts.append(np.zeros(round(silences[index] * RATE_HZ), dtype=np.float32))
        at_s += len(parts[-1]) / RATE_HZ
        parts.append(speech(draw(st.floats(0.15, 0.9)), index, level))
        end_s = at_s + len(parts[-1]) / RATE_HZ
        name = "".join(
            draw(st.lists(st.sampled_from("あいうえ" if language == "ja" else "abcd"), min_size=1, max_size=5))
        )
        mark = draw(st.sampled_from(["。", "、", ""] if language == "ja" else [".", ",", "!", ""]))
        words.append(Word(word=name, start_s=at_s, end_s=end_s, probability=0.9))
        texts.append(name + mark)
        at_s = end_s
    parts.append(np.zeros(round(silences[-1] * RATE_HZ), dtype=np.float32))
    whole = np.concatenate(parts)
    sound = row(whole + room(len(whole) / RATE_HZ + 0.001, level=noise)[: len(whole)])
    return _Made(sound, words, ("" if language == "ja" else " ").join(texts), language)


@contextmanager
def _workspace() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as home:
        yield Workspace(Path(home))


def _added(workspace: Workspace, made: _Made, **fields: object) -> Chunk:
    known = {"text": made.text, "language": made.language, "text_source": "heard", "recording": "r"}
    return add_clip(workspace, made.sound, made.words, **(known | fields))


def _cuts(made: _Made, parts: list[Chunk]) -> list[int]:
    return np.cumsum([round(part.duration_s * RATE_HZ) for part in parts])[:-1].tolist()


@settings(max_examples=40, deadline=None)
@given(_clips())
def test_a_split_loses_nothing_and_cuts_no_word(made: _Made) -> None:
    with _workspace() as workspace:
        chunk = _added(workspace, made)
        try:
            parts = edit(workspace, "split", chunk).chunks
        except InvalidInput:
            assert chunk.duration_s < 1.2
            return
        sounds = [sound_of(workspace, part) for part in parts]
        assert sum(len(sound) for sound in sounds) == len(made.sound)
        assert all(0.5 <= part.duration_s <= 11.61 for part in parts)
        assert "".join("".join(part.text.split()) for part in parts) == "".join(made.text.split())
        assert [word.word for part in parts for word in part.words] == [word.word for word in made.words]
        starts = np.cumsum([0, *(part.duration_s for part in parts)])
        for start_s, part, sound in zip(starts, parts, sounds, strict=False):
            begin = round(start_s * RATE_HZ)
            same = sound == made.sound[begin : begin + len(sound)]
            assert same[_FADE_SAMPLES:-_FADE_SAMPLES].all()
            times = [(word.start_s + start_s, word.end_s + start_s) for word in part.words]
            known = [
                word for word in made.words if begin <= (word.start_s + word.end_s) / 2 * RATE_HZ < begin + len(sound)
            ]
            if "touches_speech" not in part.flags:
                assert times == [pytest.approx((word.start_s, word.end_s), abs=0.012) for word in known]
        for cut in _cuts(made, parts):
            if not any("touches_speech" in part.flags for part in parts):
                assert not any(first + 60 < cut < last - 60 for first, last in made.loud), "between words"


@settings(max_examples=12, deadline=None)
@given(_clips())
def test_split_then_merged_is_the_same_sound_and_text(made: _Made) -> None:
    if len(made.sound) > 11.5 * RATE_HZ:
        return
    with _workspace() as workspace:
        (workspace.home / "source").mkdir()
        write_wav(workspace.home / "source" / "a.wav", made.sound, RATE_HZ)
        recording = uploaded(workspace, workspace.home / "source" / "a.wav")
        chunk = _added(workspace, made, recording=recording.id)
        before = state(workspace)
        try:
            parts = edit(workspace, "split", chunk).chunks
        except InvalidInput:
            return
        (merged,) = edit(workspace, "merge", *parts).chunks
        assert (merged.text, merged.start_s, merged.end_s) == (
            made.text,
            chunk.start_s,
            pytest.approx(chunk.end_s, abs=1e-5),
        )
        sound = sound_of(workspace, merged)
        assert abs(len(sound) - len(made.sound)) <= 1
        cuts = [0, *_cuts(made, parts), len(made.sound)]
        faded = np.zeros(len(made.sound), dtype=np.bool_)
        for cut in cuts:
            faded[max(0, cut - _FADE_SAMPLES) : cut + _FADE_SAMPLES] = True
        common = min(len(sound), len(made.sound))
        assert np.abs(sound[:common] - made.sound[:common])[~faded[:common]].max(initial=0) <= 2 / 32768
        for _ in range(2):
            history.undo(workspace, "voice")
        assert state(workspace) == before


@settings(max_examples=40, deadline=None)
@given(_clips(longest_silence_s=1.5))
def test_trimming_keeps_all_speech_and_trimmed_twice_is_trimmed_once(made: _Made) -> None:
    with _workspace() as workspace:
        chunk = _added(workspace, made)
        before = state(workspace)
        result = edit(workspace, "trim", chunk)
        lead_s, tail_s = made.words[0].start_s, chunk.duration_s - made.words[-1].end_s
        if not result.chunks:
            short = made.words[-1].end_s - made.words[0].start_s < 0.3
            assert short or (lead_s < 0.45 and tail_s < 0.4) or "told from speech" in result.notices[0]
            return
        (trimmed,) = result.chunks
        assert trimmed.start_s <= chunk.start_s + lead_s + 1e-3
        assert trimmed.end_s >= chunk.end_s - tail_s - 1e-3
        assert made.words[0].start_s - trimmed.start_s < 0.45
        begin, sound = round(trimmed.start_s * RATE_HZ), sound_of(workspace, trimmed)
        same = sound == made.sound[begin : begin + len(sound)]
        assert same[_FADE_SAMPLES:-_FADE_SAMPLES].all()
        assert [(word.word, word.start_s + trimmed.start_s) for word in trimmed.words] == [
            (word.word, pytest.approx(word.start_s, abs=2e-3)) for word in made.words
        ]
        assert edit(workspace, "trim", trimmed).chunks == []
        history.undo(workspace, "voice")
        assert state(workspace) == before


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.005, 0.25), min_size=1, max_size=6), st.data())
def test_normalised_twice_is_normalised_once(levels: list[float], data: st.DataObject) -> None:
    with _workspace() as workspace:
        for index, level in enumerate(levels):
            sound = speech(0.6, index, level)
            sound[3000] = data.draw(st.floats(-0.9, 0.9))
            add_clip(workspace, row(sound))
        chosen = data.draw(st.sets(st.integers(0, len(levels) - 1), min_size=1))
        chunks = store.read(workspace, "voice").chunks
        before = state(workspace)
        changed = edit(workspace, "normalise", *(chunks[index] for index in chosen)).chunks
        for chunk in changed:
            assert np.abs(sound_of(workspace, chunk)).max() <= 10 ** (-1 / 20) + 1e-4
        chunks = store.read(workspace, "voice").chunks
        assert edit(workspace, "normalise", *(chunks[index] for index in chosen)).chunks == []
        if changed:
            history.undo(workspace, "voice")
        assert state(workspace) == before
