"""What an x-ray of a dataset finds."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes.base import BASE_MODEL, Shape, Stored

Fix = Literal["trim", "split", "merge", "normalise", "drop"]
"""What a click can do about a finding."""

Light = Literal["green", "amber", "red"]
"""red: training leaves the clip out or it does harm; amber: look at it; green: nothing was found."""


class Finding(Stored):
    """Something about a clip. `code` is for programs, `reason` for people; `fix` mends it, where something can."""

    code: str
    light: Literal["amber", "red"]
    reason: str
    fix: Fix | None = None
    others: list[str] = Field(default=[], description="Clips that it has to do with: to merge with, or the same.")


class ClipReport(Stored):
    """What an x-ray says of one clip. `doubt` orders clips: the greater, the more harm the clip may do."""

    file: str
    light: Light
    usable: bool = Field(description="Training takes it.")
    doubt: float
    findings: list[Finding] = []
    digest: str = Field("", description="Of what was looked at: the clip's text, language, state, flags and sound.")


class XrayTotals(Stored):
    """What a dataset amounts to."""

    clips: int
    active: int
    usable: int
    usable_s: float
    lights: dict[str, int] = {}
    findings: dict[str, int] = Field(default={}, description="Clips per code.")
    duration_histogram: list[int] = Field(default=[], description="Usable clips per whole second of duration.")
    tail_histogram: list[int] = Field(default=[], description="Clips per 50 ms of silence at their end.")
    letters: dict[str, int] = Field(default={}, description="How often each letter of the language occurs; 0: never.")
    sentences: dict[str, int] = Field(default={}, description="statement, question, exclamation, unfinished.")
    words: int = 0
    different_words: int = 0


class Xray(Stored):
    """A dataset's x-ray, as `xray.json` in its folder holds it."""

    version: int = 1
    made_at: str
    base_model: str
    totals: XrayTotals
    clips: list[ClipReport]
    speakers_compared: bool = False
    notices: list[str] = []


class XrayRequest(Shape):
    """Measure a dataset's clips, and tell of each what training does with it and how it sounds."""

    dataset: str
    base_model: str = BASE_MODEL


class XrayResult(Shape):
    dataset: str
    totals: XrayTotals
    notices: list[str] = []


class CompareSpeakersRequest(XrayRequest):
    """Which clips of a dataset sound like another speaker?"""
