"""Small steps that do what real ones may: take time, tell, fail, crash, take memory, ignore a cancel."""

import math
import os
import signal
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np
from pydantic import BaseModel

from xtts_studio.errors import AudioError, Cancelled
from xtts_studio.events import Artifact, Log, Metric, Progress, Report, Sound
from xtts_studio.shapes import Shape, SpeakRequest, SpeakResult
from xtts_studio.steps import Step
from xtts_studio.workspace import Workspace


class Work(Shape):
    """What a fake step shall do."""

    do: str = "tell"
    count: int = 3
    seconds: float = 0.0


class Done(Shape):
    """What it did."""

    pid: int
    text: str = ""
    loss: float = 0.0


def work(request: Work, workspace: Workspace, report: Report) -> Done:
    """Does what is asked."""
    return {
        "tell": _tell,
        "sleep": _sleep,
        "stubborn": _stubborn,
        "swallow": _swallow,
        "refuse": _refuse,
        "break": _break,
        "kill": _kill,
        "exit": _exit,
        "allocate": _allocate,
        "nan": _nan,
        "environment": _environment,
        "meet": _meet,
        "flood": _flood,
        "flooded": _flooded,
        "late": _late,
        "awaken": _awaken,
    }[request.do](request, report)


def _tell(request: Work, report: Report) -> Done:
    for i in range(1, request.count + 1):
        report(Metric(i, "loss", 1 / i))
        time.sleep(request.seconds)
    report(Log("half way"))
    report(Artifact("data/runs/run-1", "run"))
    report(Progress(1.0, "all told"))
    return Done(pid=os.getpid(), text="told")


def _sleep(request: Work, report: Report) -> Done:
    end = time.monotonic() + request.seconds
    while time.monotonic() < end:
        report(Progress(0.5, "sleeping"))
        time.sleep(0.02)
    return Done(pid=os.getpid(), text="slept")


def _stubborn(request: Work, report: Report) -> Done:
    report(Progress(0.1, "deaf"))
    time.sleep(request.seconds)
    return Done(pid=os.getpid())


def _swallow(request: Work, report: Report) -> Done:
    try:
        return _sleep(request, report)
    except Cancelled as error:
        raise RuntimeError("a library wraps what it doesn't know") from error


def _refuse(_: Work, __: Report) -> Done:
    raise AudioError("That is no sound.", hint="Send sound.", details={"seen": 7})


def _break(_: Work, __: Report) -> Done:
    raise ZeroDivisionError("a secret of the code")


def _kill(_: Work, report: Report) -> Done:
    report(Progress(0.25, "about to die"))
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    return Done(pid=0)


def _exit(_: Work, __: Report) -> Done:
    os._exit(3)


def _allocate(request: Work, _: Report) -> Done:
    return Done(pid=os.getpid(), text=str(bytearray(request.count)[:0]))


def _nan(_: Work, report: Report) -> Done:
    report(Metric(1, "loss", math.nan))
    return Done(pid=os.getpid(), loss=math.nan)


def _environment(_: Work, __: Report) -> Done:
    return Done(pid=os.getpid(), text=f"{os.environ['XTTS_DEVICE']} {os.environ['XTTS_HOME']}")


_lock = threading.Lock()
_meetings: dict[int, threading.Barrier] = {}
_flooded_pieces = 0


def _meet(request: Work, _: Report) -> Done:
    """Ends when as many are here at once."""
    with _lock:
        meeting = _meetings.setdefault(request.count, threading.Barrier(request.count))
    meeting.wait(20)
    return Done(pid=os.getpid(), text="met")


def _flood(request: Work, report: Report) -> Done:
    """Speaks as fast as it may."""
    global _flooded_pieces
    _flooded_pieces = 0
    for i in range(request.count):
        report(Sound(np.full(10, i, "<f4").tobytes()))
        _flooded_pieces = i + 1
    return Done(pid=os.getpid(), text="flooded")


def _flooded(_: Work, __: Report) -> Done:
    return Done(pid=os.getpid(), text=str(_flooded_pieces))


def _late(request: Work, report: Report) -> Done:
    """Says nothing for a while, then much."""
    report(Progress(0.1, "deaf"))
    time.sleep(request.seconds)
    for _ in range(100):
        with suppress(Cancelled):
            report(Sound(b"late"))
    return Done(pid=os.getpid(), text="late")


def _awaken(request: Work, report: Report) -> Done:
    """Says nothing for a while, then speaks."""
    time.sleep(request.seconds)
    return _flood(request, report)


def speak(request: SpeakRequest, workspace: Workspace, report: Report) -> SpeakResult:
    """Half a second of a tone for each word; the word `broken` ends it with an error, `later` lets it wait."""
    words = request.text.split()
    if words[0] == "mute":
        raise AudioError("There is nothing to say.")
    if words[0] == "later":
        time.sleep(30)
    for i, word in enumerate(words):
        if word == "broken":
            raise AudioError("The voice broke.")
        tone = np.sin(np.arange(12_000) * 440 * 2 * np.pi * (i + 1) / 24_000) * 1.5
        report(Sound(tone.astype("<f4").tobytes()))
        time.sleep(0.01 if word != "slowly" else 0.5)
    return SpeakResult(seed=request.seed or 0, audio_s=len(words) / 2, wall_s=0.1, sentences=[request.text])


def _step(name: str, role: Any, kind: Any) -> Step:
    return Step(name, role, kind, Work, Done, "tests.jobs.fake_steps:work")


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        _step("chunk", "vad", "job"),
        _step("transcribe", "whisper", "job"),
        _step("train", "training", "job"),
        _step("pull", "download", "job"),
        _step("ask", "vad", "call"),
        _step("think", "inference", "call"),
        Step("missing", "vad", "call", Work, Done, "a_package_that_is_not_there.module:work"),
        Step("speak", "inference", "call", SpeakRequest, SpeakResult, "tests.jobs.fake_steps:speak"),
    )
}


def follow_up(name: str, request: BaseModel) -> tuple[str, BaseModel] | None:
    """After a chunk job of three, a transcription."""
    if name == "chunk" and isinstance(request, Work) and request.count == 3 and request.do == "tell":
        return "transcribe", Work(do="tell", count=1)
    return None
