"""The step `speak`; voices are made in `voices`."""

import secrets
import time
from contextlib import closing

from xtts_studio.events import Progress, Report, Sound
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.speakers import read_speaker
from xtts_studio.synthesis.engine import Manner
from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.synthesis.process import engine, model_named
from xtts_studio.synthesis.voices import voice_of
from xtts_studio.text.script import Script, parse
from xtts_studio.workspace import Workspace
from xtts_studio.xtts import Sampling

_HIGHEST_SEED = 2**32


def speak(request: SpeakRequest, workspace: Workspace, report: Report) -> SpeakResult:
    """Speaks a text, telling each piece of sound as it is made.

    Raises `NotFound` for an unknown voice or model, `ModelMissing`, `TextError` for a text with nothing to speak,
    `InvalidInput` for a precision that this machine can't do, `CheckpointError` for an adapter of another base.
    """
    began = time.monotonic()
    speaker = read_speaker(workspace, request.speaker)
    report(Progress(0.0, "Loading the model"))
    loaded = model_named(workspace, request.model, request.precision, request.strength)
    report(Progress(0.0, "Reading the voice"))  # each report is where somebody who has gone is noticed
    voice = voice_of(loaded, workspace, speaker)
    report(Progress(0.0, "Reading the text"))
    script = _script(request, loaded)
    manner = _manner(request)
    samples, first_s = 0, None
    begun: list[int] = []
    ended: list[int] = []
    with closing(
        engine().speak(loaded, voice, script, manner, lambda: begun.append(samples), lambda: ended.append(samples))
    ) as pieces:
        for piece in pieces:
            if piece is None:
                report(Progress(0.0, "Speaking"))  # whoever cancelled is noticed here
                continue
            if first_s is None and piece.any():  # a pause at the beginning is no sound
                first_s = time.monotonic() - began
            report(Sound(piece.astype("<f4").tobytes()))
            samples += len(piece)
    rate_hz = loaded.model.config.output_sample_rate_hz
    return SpeakResult(
        seed=manner.seed,
        sample_rate_hz=rate_hz,
        audio_s=samples / rate_hz,
        wall_s=round(time.monotonic() - began, 3),
        first_sound_s=None if first_s is None else round(first_s, 3),
        precision=loaded.precision,
        sentences=script.sentences,
        spans=list(zip(begun, ended, strict=True)),
        notices=script.notices,
    )


def _script(request: SpeakRequest, loaded: LoadedModel) -> Script:
    return parse(
        request.text,
        request.language,
        loaded.model.tokenizer,
        split=request.split,
        sentence_pause_ms=request.sentence_pause_ms,
        paragraph_pause_ms=request.paragraph_pause_ms,
    )


def _manner(request: SpeakRequest) -> Manner:
    sampling = Sampling(
        temperature=request.temperature,
        top_k=request.top_k,
        top_p=request.top_p,
        repetition_penalty=request.repetition_penalty,
        length_penalty=request.length_penalty,
    )
    seed = secrets.randbelow(_HIGHEST_SEED) if request.seed is None else request.seed
    return Manner(sampling, seed, request.speed, request.loudness_lufs)
