"""The step `speak`; voices are made in `voices`."""

import secrets
import time

from xtts_studio.errors import TextError
from xtts_studio.events import Progress, Report, Sound
from xtts_studio.library import find_xtts
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.speakers import clip_paths, read_speaker
from xtts_studio.synthesis.process import engine
from xtts_studio.workspace import Workspace
from xtts_studio.xtts import Sampling

_HIGHEST_SEED = 2**32


def speak(request: SpeakRequest, workspace: Workspace, report: Report) -> SpeakResult:
    """Speaks a text, telling each piece of sound as it is made.

    Raises `NotFound` for an unknown voice or model, `ModelMissing`, `TextError` for a text with nothing to speak.
    """
    started = time.monotonic()
    speaker = read_speaker(workspace, request.speaker)
    folder = find_xtts(workspace, request.model)
    report(Progress(0.0, "Loading the model"))
    loaded = engine().model(folder)
    voice = engine().voice(loaded, workspace.speaker(request.speaker), clip_paths(workspace, speaker))
    sentences = loaded.model.tokenizer.split(request.text, request.language)
    if not sentences:
        raise TextError("The text has nothing in it that can be spoken.", hint="Write some words.")
    seed = secrets.randbelow(_HIGHEST_SEED) if request.seed is None else request.seed
    report(Progress(0.0, "Speaking"))
    samples = 0
    for piece in loaded.model.stream(
        request.text, voice, request.language, seed=seed, sampling=_sampling(request), speed=request.speed
    ):
        report(Sound(piece.astype("<f4").tobytes()))
        samples += len(piece)
    rate_hz = loaded.model.config.output_sample_rate_hz
    return SpeakResult(
        seed=seed,
        sample_rate_hz=rate_hz,
        audio_s=samples / rate_hz,
        wall_s=round(time.monotonic() - started, 3),
        sentences=sentences,
    )


def _sampling(request: SpeakRequest) -> Sampling:
    return Sampling(
        temperature=request.temperature,
        top_k=request.top_k,
        top_p=request.top_p,
        repetition_penalty=request.repetition_penalty,
        length_penalty=request.length_penalty,
    )
