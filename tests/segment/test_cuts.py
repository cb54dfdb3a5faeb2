"""Cutting, as a function of arrays: what holds for any speech, and what the choices are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtts_studio.segment.cuts import LONGEST_PAUSE_INSIDE_S, Cut, Times, Wanted, plan_cuts

_FRAME_S = 0.01
_WANTED = Wanted(min_s=1.5, target_s=8.0, max_s=11.5, start_pad_s=0.2, end_pad_s=0.12)


def _energy(speech: Times, duration_s: float) -> np.ndarray:
    """Loud in speech, nearly nothing elsewhere."""
    energy = np.full(round(duration_s / _FRAME_S), 1e-7, dtype=np.float32)
    for start_s, end_s in speech:
        energy[round(start_s / _FRAME_S) : round(end_s / _FRAME_S)] = 0.01
    return energy


def _plan(spans: list[tuple[float, float]], duration_s: float, wanted: Wanted = _WANTED) -> list[Cut]:
    speech = np.array(spans, dtype=np.float64).reshape(-1, 2)
    return plan_cuts(speech, _energy(speech, duration_s), _FRAME_S, duration_s, wanted)


@st.composite
def _speech(draw: st.DrawFn) -> tuple[Times, float]:
    """Stretches of speech between pauses, all of any length, and the duration of the whole."""
    at, spans = draw(st.floats(0, 3)), []
    for _ in range(draw(st.integers(0, 25))):
        spoken_s, pause_s = draw(st.floats(0.1, 30)), draw(st.floats(0.06, 4))
        spans.append((at, at + spoken_s))
        at += spoken_s + pause_s
    last_s = spans[-1][1] if spans else at
    return np.array(spans, dtype=np.float64).reshape(-1, 2), last_s + draw(st.floats(0, 3))


@st.composite
def _wanted(draw: st.DrawFn) -> Wanted:
    durations_s = sorted(draw(st.floats(0.5, 30)) for _ in range(3))
    return Wanted(*durations_s, draw(st.floats(0, 1)), draw(st.floats(0, 1)))


@settings(max_examples=300, deadline=None)
@given(_speech(), _wanted())
def test_what_always_holds(spoken: tuple[Times, float], wanted: Wanted) -> None:
    speech, duration_s = spoken
    cuts = plan_cuts(speech, _energy(speech, duration_s), _FRAME_S, duration_s, wanted)
    edges = [time for cut in cuts for time in (cut.start_s, cut.end_s)]
    assert edges == sorted(edges), "in order, and none over another"
    assert not edges or (edges[0] >= 0 and edges[-1] <= duration_s + 1e-9), "within the recording"
    assert all(cut.end_s - cut.start_s <= wanted.max_s + 1e-6 for cut in cuts), "none longer than the maximum"
    covered_s = sum(max(0.0, min(end, cut.end_s) - max(start, cut.start_s)) for start, end in speech for cut in cuts)
    assert covered_s == pytest.approx((speech[:, 1] - speech[:, 0]).sum(), abs=1e-6), "no speech is lost"
    for cut in cuts:
        assert ("too_short" in cut.flags) == (cut.end_s - cut.start_s < wanted.min_s)
        inside = speech[(speech[:, 0] > cut.start_s) & (speech[:, 1] < cut.end_s)]
        assert (inside[1:, 0] - inside[:-1, 1] <= LONGEST_PAUSE_INSIDE_S).all(), "no long silence within"


@settings(max_examples=300, deadline=None)
@given(_speech(), _wanted())
def test_edges_lie_in_pauses_unless_forced(spoken: tuple[Times, float], wanted: Wanted) -> None:
    speech, duration_s = spoken
    for cut in plan_cuts(speech, _energy(speech, duration_s), _FRAME_S, duration_s, wanted):
        if "forced_cut" not in cut.flags:
            for edge in (cut.start_s, cut.end_s):
                assert not ((speech[:, 0] + 1e-6 < edge) & (edge < speech[:, 1] - 1e-6)).any()


@settings(max_examples=200, deadline=None)
@given(_speech(), _wanted())
def test_padding_stays_on_its_side_of_a_pause(spoken: tuple[Times, float], wanted: Wanted) -> None:
    speech, duration_s = spoken
    middles = (speech[1:, 0] + speech[:-1, 1]) / 2
    for cut in plan_cuts(speech, _energy(speech, duration_s), _FRAME_S, duration_s, wanted):
        after = speech[speech[:, 0] >= cut.end_s - 1e-6]
        if len(after) and len(after) < len(speech) and "forced_cut" not in cut.flags:
            assert cut.end_s <= middles[len(speech) - len(after) - 1] + 1e-6


def test_silence_has_no_chunks() -> None:
    assert _plan([], 10.0) == []


def test_one_stretch_is_padded_more_before_than_after() -> None:
    (cut,) = _plan([(2.0, 7.0)], 10.0)
    assert 2.0 - 0.2 <= cut.start_s <= 2.0 - 0.15
    assert 7.0 + 0.09 <= cut.end_s <= 7.0 + 0.12
    assert cut.flags == ()


def test_short_stretches_are_joined_towards_the_target() -> None:
    cuts = _plan([(1.5 * i, 1.5 * i + 1.2) for i in range(32)], 50.0)
    durations_s = [cut.end_s - cut.start_s for cut in cuts]
    assert len(cuts) in (5, 6)
    assert all(6.0 < duration_s < 11.0 for duration_s in durations_s)


def test_long_silence_is_left_out() -> None:
    cuts = _plan([(1.0, 3.0), (13.0, 15.0)], 20.0)
    assert len(cuts) == 2
    assert sum(cut.end_s - cut.start_s for cut in cuts) < 5.0


def test_a_long_pause_is_preferred_to_a_short_one() -> None:
    first, second = _plan([(0.5, 6.0), (6.15, 8.0), (8.8, 14.0)], 15.0)
    assert 8.0 < first.end_s < 8.8
    assert first.end_s < second.start_s


def test_speech_without_a_pause_is_cut_where_it_is_quietest_and_flagged() -> None:
    energy = np.full(2100, 0.01, dtype=np.float32)
    energy[1030:1040] = 0.001
    cuts = plan_cuts(np.array([[0.5, 20.5]]), energy, _FRAME_S, 21.0, _WANTED)
    assert len(cuts) == 2
    assert all("forced_cut" in cut.flags for cut in cuts)
    assert 10.3 < cuts[0].end_s < 10.4
    assert cuts[0].end_s == cuts[1].start_s


def test_a_lonely_word_is_kept_and_flagged() -> None:
    (cut,) = _plan([(5.0, 5.6)], 10.0)
    assert cut.flags == ("too_short",)


def test_speech_at_the_edge_of_a_recording_is_flagged() -> None:
    (cut,) = _plan([(0.0, 5.0)], 5.0)
    assert "touches_speech" in cut.flags


def test_thousands_of_stretches_take_no_time() -> None:
    import time

    started = time.monotonic()
    cuts = _plan([(2.0 * i, 2.0 * i + 1.5) for i in range(20_000)], 40_000.0)
    assert len(cuts) > 3_000
    assert time.monotonic() - started < 10
