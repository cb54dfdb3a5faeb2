"""Cutting, as a function of arrays: what holds for any speech, and what the choices are."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from xtts_studio.segment.cuts import LONGEST_PAUSE_INSIDE_S, Cut, Wanted, plan_cuts
from xtts_studio.segment.pauses import Loudness, Times

_FRAME_S = 0.01
_WANTED = Wanted(min_s=1.5, target_s=8.0, max_s=11.5, start_pad_s=0.2, end_pad_s=0.12)


def _energy(speech: Times, duration_s: float) -> np.ndarray:
    """Loud in speech, nearly nothing elsewhere."""
    energy = np.full(round(duration_s / _FRAME_S), 1e-7, dtype=np.float32)
    for start_s, end_s in speech:
        energy[round(start_s / _FRAME_S) : round(end_s / _FRAME_S)] = 0.01
    return energy


def _cuts(speech: Times, duration_s: float, wanted: Wanted, energy: np.ndarray | None = None) -> list[Cut]:
    frames = _energy(speech, duration_s) if energy is None else energy
    return plan_cuts(speech, Loudness(frames, _FRAME_S, speech), wanted, (0.0, duration_s))


def _plan(spans: list[tuple[float, float]], duration_s: float, wanted: Wanted = _WANTED) -> list[Cut]:
    return _cuts(np.array(spans, dtype=np.float64).reshape(-1, 2), duration_s, wanted)


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


@settings(max_examples=100, deadline=None)
@given(_speech(), _wanted())
def test_what_always_holds(spoken: tuple[Times, float], wanted: Wanted) -> None:
    speech, duration_s = spoken
    cuts = _cuts(speech, duration_s, wanted)
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


@settings(max_examples=100, deadline=None)
@given(_speech(), _wanted())
def test_edges_lie_in_pauses_unless_forced(spoken: tuple[Times, float], wanted: Wanted) -> None:
    speech, duration_s = spoken
    for cut in _cuts(speech, duration_s, wanted):
        if "forced_cut" not in cut.flags:
            for edge in (cut.start_s, cut.end_s):
                assert not ((speech[:, 0] + 1e-6 < edge) & (edge < speech[:, 1] - 1e-6)).any()


@settings(max_examples=100, deadline=None)
@given(_speech(), _wanted())
def test_padding_is_kept_where_there_is_room(spoken: tuple[Times, float], wanted: Wanted) -> None:
    speech, duration_s = spoken
    for cut in _cuts(speech, duration_s, wanted):
        before = speech[speech[:, 1] <= cut.start_s + 1e-6]
        starts = speech[speech[:, 0] >= cut.start_s - 1e-6]
        if (
            "forced_cut" in cut.flags
            or len(before) == 0
            or len(starts) == 0
            or cut.end_s - cut.start_s > wanted.max_s - 0.1
        ):
            continue
        room_s = starts[0, 0] - before[-1, 1] - wanted.end_pad_s - wanted.start_pad_s
        lead_s = starts[0, 0] - cut.start_s
        if room_s > 0.15 and wanted.start_pad_s:
            assert wanted.start_pad_s - 0.03 <= lead_s <= wanted.start_pad_s + 0.07


def test_silence_has_no_chunks() -> None:
    assert _plan([], 10.0) == []


def test_one_stretch_is_padded_more_before_than_after() -> None:
    (cut,) = _plan([(2.0, 7.0)], 10.0)
    assert 2.0 - 0.25 <= cut.start_s <= 2.0 - 0.2
    assert 7.0 + 0.12 <= cut.end_s <= 7.0 + 0.17
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
    cuts = _cuts(np.array([[0.5, 20.5]]), 21.0, _WANTED, energy)
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


def test_a_quiet_moment_within_speech_is_a_pause() -> None:
    """The detector passes over pauses of some tenths of a second."""
    speech = np.array([[1.0, 14.0]])
    energy = _energy(speech, 16.0)
    energy[700:725] = 1e-7
    cuts = _cuts(speech, 16.0, _WANTED, energy)
    assert [cut.flags for cut in cuts] == [(), ()]
    assert all(7.0 <= edge <= 7.25 for edge in (cuts[0].end_s, cuts[1].start_s))


def test_a_shut_mouth_within_a_word_is_none() -> None:
    speech = np.array([[1.0, 12.0]])
    energy = _energy(speech, 14.0)
    energy[700:711] = 1e-7
    assert len(_cuts(speech, 14.0, _WANTED, energy)) == 1


def test_a_clean_pause_is_preferred_to_one_with_a_breath() -> None:
    speech = np.array([[1.0, 6.0], [6.6, 10.4], [11.0, 16.0]])
    energy = _energy(speech, 17.0)
    energy[600:660] = 1e-5
    energy[1040:1100] = 1e-7
    first, second = _cuts(speech, 17.0, _WANTED, energy)
    assert 10.4 <= first.end_s <= second.start_s <= 11.0
    energy[600:660], energy[1040:1100] = 1e-7, 1e-5
    first, second = _cuts(speech, 17.0, _WANTED, energy)
    assert 6.0 <= first.end_s <= second.start_s <= 6.6


def test_in_noise_the_detector_alone_is_believed() -> None:
    speech = np.array([[1.0, 6.0], [6.5, 12.9]])
    energy = np.full(1300, 0.004, dtype=np.float32)
    for start_s, end_s in speech:
        energy[round(start_s * 100) : round(end_s * 100)] = 0.01
    energy[300:330] = 0.004
    cuts = _cuts(speech, 13.0, _WANTED, energy)
    assert len(cuts) == 2
    assert 6.0 <= cuts[0].end_s <= cuts[1].start_s <= 6.5


def test_only_a_range_is_cut() -> None:
    speech = np.array([[4.0, 9.0], [9.8, 14.0]])
    loudness = Loudness(_energy(np.array([[1.0, 3.0], *speech.tolist()]), 15.0), _FRAME_S, speech)
    cuts = plan_cuts(speech, loudness, _WANTED, (4.0, 14.0))
    assert (cuts[0].start_s, cuts[-1].end_s) == (4.0, 14.0)


def test_thousands_of_stretches_take_no_time() -> None:
    import time

    started = time.process_time()
    cuts = _plan([(2.0 * i, 2.0 * i + 1.5) for i in range(20_000)], 40_000.0)
    assert len(cuts) > 3_000
    assert time.process_time() - started < 3
