"""What is measured of speech, and the score made of it."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, strategies as st

from xtts_studio.shapes import Audition, AuditionLine
from xtts_studio.shapes.base import Language
from xtts_studio.text.clean import clean
from xtts_studio.training.auditions.scores import (
    MARGIN,
    character_error_rate,
    cosine,
    is_better,
    is_speech,
    line_score,
    score,
    silence_share,
    speech_s,
)
from xtts_studio.training.auditions.sentences import MOST_LINES, SENTENCES, sentences_for

RATE_HZ = 24_000
SHARE = st.floats(0, 1)


def tone(seconds: float, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(np.arange(round(seconds * RATE_HZ)) * 0.1)).astype(np.float32)


def line(**measured: object) -> AuditionLine:
    known = {"similarity": 0.8, "cer": 0.1, "pace": 1.0, "silence": 0.1, "ended": True}
    told = {"text": "Yes.", "language": "en", "seed": 1, "file": "line-01.wav", "duration_s": 1.0}
    return AuditionLine.model_validate(told | known | measured)


def audition(points: float, eval_loss: float | None = None) -> Audition:
    return Audition(step=1, epoch=1, created_at="", lines=[], eval_loss=eval_loss, score=points)


def test_silence_is_told_from_sound() -> None:
    assert silence_share(tone(2.0), RATE_HZ) == 0
    assert silence_share(np.zeros(RATE_HZ, np.float32), RATE_HZ) == 1
    assert silence_share(np.empty(0, np.float32), RATE_HZ) == 1
    half = np.concatenate([tone(1.0), tone(1.0, level=0.001)])
    assert silence_share(half, RATE_HZ) == pytest.approx(0.5, abs=0.02)
    assert silence_share(half * 0.01, RATE_HZ) == silence_share(half, RATE_HZ)
    assert speech_s(half, RATE_HZ) == pytest.approx(1.0, abs=0.04)


def test_what_is_no_speech() -> None:
    assert is_speech(tone(0.5))
    assert not is_speech(np.empty(0, np.float32))
    assert not is_speech(tone(0.5, level=1e-5))
    broken = tone(0.5)
    broken[7] = np.nan
    assert not is_speech(broken)


def test_a_voice_is_like_itself() -> None:
    voice = np.random.default_rng(1).normal(size=512).astype(np.float32)
    assert cosine(voice, voice * 3) == pytest.approx(1.0)
    assert cosine(voice, -voice) == pytest.approx(-1.0)
    assert cosine(voice, np.zeros(512, np.float32)) is None
    assert cosine(voice, np.full(512, np.nan, np.float32)) is None


@pytest.mark.parametrize(
    ("language", "text", "heard", "rate"),
    [
        ("en", "Take 12 apples, please!", "take twelve apples please", 0.0),
        ("en", "abcde fghij", "abcde fghij and", 0.3),
        ("en", "abcde", "", 1.0),
        ("de", "Die Straße ist naß.", "die strasse ist nass", 0.0),
        ("ru", "Возьми 3 яблока.", "возьми три яблока", 0.0),
        ("zh-cn", "天还没有亮。", "天 还 没 有 亮", 0.0),
        ("zh-cn", "天还没有亮。", "天还没有", 0.2),
    ],
)
def test_character_errors_are_counted_as_ears_would(language: str, text: str, heard: str, rate: float) -> None:
    assert character_error_rate(text, heard, language) == pytest.approx(rate)


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8))
def test_edits_are_a_distance(first: str, second: str, third: str) -> None:
    def edits(a: str, b: str) -> int:
        return round(character_error_rate(a, b, "en") * max(1, len(a)))

    assert edits(first, first) == 0
    assert edits(first, second) == edits(second, first)
    assert edits(first, third) <= edits(first, second) + edits(second, third)
    assert edits(first, second) >= abs(len(first) - len(second))


@given(st.floats(-1, 1), st.floats(0, 3), st.floats(0, 5), SHARE, st.booleans(), SHARE)
def test_scores_lie_between_0_and_1(
    sim: float, cer: float, pace: float, silence: float, ended: bool, own: float
) -> None:
    assert 0 <= line_score(line(similarity=sim, cer=cer, pace=pace, silence=silence, ended=ended), own) <= 1
    assert 0 <= line_score(line(similarity=None, cer=None, pace=None, silence=silence, ended=ended), own) <= 1


@given(SHARE, SHARE)
def test_more_is_better(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert line_score(line(similarity=low), 0.1) <= line_score(line(similarity=high), 0.1)
    assert line_score(line(cer=high), 0.1) <= line_score(line(cer=low), 0.1)
    assert line_score(line(pace=1 + high), 0.1) <= line_score(line(pace=1 + low), 0.1)
    assert line_score(line(pace=1 - high), 0.1) <= line_score(line(pace=1 - low), 0.1)
    assert line_score(line(silence=0.1 + high), 0.1) <= line_score(line(silence=0.1 + low), 0.1)
    assert line_score(line(ended=False), 0.1) < line_score(line(), 0.1)


def test_what_says_nothing_has_no_points() -> None:
    mute = line(similarity=None, cer=None, pace=None, silence=None, ended=False, duration_s=0)
    assert line_score(mute, 0.1) == 0
    assert score([], 0.1) == 0
    assert score([mute, line()], 0.1) == pytest.approx(line_score(line(), 0.1) / 2)
    assert line_score(line(similarity=1.0, cer=0.0), 0.1) == pytest.approx(1.0)


def test_the_better_checkpoint_is_clearly_better_or_has_the_lower_loss() -> None:
    assert is_better(audition(0.0), None, None)
    assert is_better(audition(0.8), 0.7, 1.0)
    assert not is_better(audition(0.7, 0.1), 0.8, 1.0)
    assert is_better(audition(0.8 - MARGIN / 2, 0.9), 0.8, 1.0)
    assert not is_better(audition(0.8 + MARGIN / 2, 1.1), 0.8, 1.0)
    assert not is_better(audition(0.8), 0.8, None)
    assert is_better(audition(0.8, 1.0), 0.8, float("nan"))


@pytest.mark.parametrize("language", get_args(Language))
def test_each_language_has_four_sentences_of_about_one_length(language: Language) -> None:
    texts = SENTENCES[language]
    dense = language in ("zh-cn", "ja", "ko")
    assert len(set(texts)) == 4
    assert all((20 if dense else 40) <= len(text) <= 110 for text in texts)
    assert sum(any(map(str.isdigit, text)) for text in texts) == 1
    assert all(text == text.strip() for text in texts)
    assert not any(map(str.isdigit, clean(texts[2], language))) or language in ("ja", "zh-cn")


def test_languages_share_the_places() -> None:
    assert sentences_for(["en"]) == [(text, "en") for text in SENTENCES["en"]]
    three = [language for _, language in sentences_for(["en", "de", "fr"])]
    assert [three.count(code) for code in ("en", "de", "fr")] == [3, 3, 2]
    everything = sentences_for(list(SENTENCES))
    assert len(everything) == len({language for _, language in everything}) == MOST_LINES
    assert sentences_for([]) == sentences_for(["?", "", "sv"]) == sentences_for(["en"])


def test_another_language_speaks_what_training_never_saw() -> None:
    unseen = [("Ja.", "sv"), ("Båten ligger stilla vid den gamla bryggan.", "sv"), ("The boat lies at the quay.", "en")]
    assert sentences_for(["sv"], unseen=unseen) == [unseen[1]]
    assert sentences_for(["sv"], unseen=unseen[:1]) == [unseen[0]]
    assert sentences_for(["sv"], ["Hej!"], unseen) == [("Hej!", "sv")]
    assert {language for _, language in sentences_for(["en", "sv"], unseen=unseen)} == {"en", "sv"}


def test_own_sentences_are_spoken_in_the_first_language() -> None:
    assert sentences_for(["de"], ["Guten Tag.", " … "]) == [("Guten Tag.", "de")]
    mixed = sentences_for(["de", "en"], ["Guten Tag."])
    assert mixed[0] == ("Guten Tag.", "de")
    assert {language for _, language in mixed[1:]} == {"en"}
    own = [f"Satz {number}." for number in range(12)]
    assert sentences_for(["de", "en"], own) == [(text, "de") for text in own]
