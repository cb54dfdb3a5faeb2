"""OpenAI's `/v1/audio/transcriptions`, by Whisper."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import ValidationError

from xtts_studio import models
from xtts_studio.server import errors
from xtts_studio.server.compat.choices import LANGUAGE_NAMES
from xtts_studio.server.compat.openai_shapes import Transcription
from xtts_studio.server.compat.subtitles import srt, vtt
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.server.upload import Form, receive
from xtts_studio.server.work import while_there
from xtts_studio.shapes import HeardSegment, HearRequest, HearResult, ModelInfo
from xtts_studio.workspace import Workspace

router = APIRouter(prefix="/v1", tags=["openai"], include_in_schema=False)

OPENAI_HEARING = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe")
"""OpenAI's models: the Whisper model of the settings stands for them."""


@router.post("/audio/transcriptions")
async def create_transcription(request: Request, studio: StudioDep) -> Response:
    """What is said in a file. It is heard and forgotten."""
    form = await receive(request, studio.workspace.incoming, studio.settings.upload_limit_bytes, "file")
    try:
        wanted = _wanted(form)
        model = await to_thread.run_sync(_model, studio, wanted.model)
        heard = await while_there(
            studio,
            "hear",
            HearRequest(
                incoming=form.files[0].path.name,
                language=_language(wanted.language),
                whisper_model=model,
                prompt=wanted.prompt,
                temperature=wanted.temperature,
            ),
            request,
        )
        return _answer(HearResult.model_validate(heard.model_dump()), wanted)
    finally:
        form.discard()


def whisper_models(workspace: Workspace) -> list[ModelInfo]:
    """The models here that listen."""
    return [model for model in models.list_models(workspace) if model.present and model.kind == "whisper"]


def _wanted(form: Form) -> Transcription:
    """The fields of the form; empty ones count as left out."""
    names = ("timestamp_granularities[]", "timestamp_granularities")
    granularities = [value for name in names for value in form.repeated.get(name, [])]
    fields: dict[str, Any] = {name: value for name, value in form.fields.items() if value}
    try:
        return Transcription.model_validate({**fields, "timestamp_granularities": granularities})
    except ValidationError as error:
        raise errors.invalid([{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]) from error


def _model(studio: Studio, wanted: str | None) -> str:
    """The Whisper model that is meant. Raises `ModelMissing` with how to get it."""
    here = {model.name for model in whisper_models(studio.workspace)}
    if not wanted or (wanted.startswith(OPENAI_HEARING) and wanted not in here):
        wanted = studio.preferences.current.whisper_model
    models.find_whisper(studio.workspace, wanted)
    return wanted


def _language(wanted: str | None) -> str | None:
    """The code that Whisper knows it by: "en" of "en-US"."""
    return wanted.strip().lower().replace("_", "-").split("-")[0] if wanted else None


def _answer(heard: HearResult, wanted: Transcription) -> Response:
    match wanted.response_format:
        case "text":
            return PlainTextResponse(heard.text + "\n")
        case "srt":
            return PlainTextResponse(srt(heard.segments), media_type="application/x-subrip; charset=utf-8")
        case "vtt":
            return PlainTextResponse(vtt(heard.segments), media_type="text/vtt; charset=utf-8")
        case "verbose_json":
            return JSONResponse(_verbose(heard, wanted.timestamp_granularities))
    return JSONResponse({"text": heard.text})


def _verbose(heard: HearResult, granularities: list[Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "task": "transcribe",
        "language": _language_name(heard.language),
        "duration": heard.duration_s,
        "text": heard.text,
    }
    if "segment" in granularities or not granularities:
        told["segments"] = [_segment(number, segment) for number, segment in enumerate(heard.segments)]
    if "word" in granularities:
        told["words"] = [{"word": word.word, "start": word.start_s, "end": word.end_s} for word in heard.words]
    return told


def _segment(number: int, segment: HeardSegment) -> dict[str, Any]:
    rest = segment.model_dump(exclude={"start_s", "end_s"})
    return {"id": number, "start": segment.start_s, "end": segment.end_s, **rest}


def _language_name(code: str) -> str:
    """As OpenAI names it ("english"), for the languages that we have names for."""
    return {**{str(known): name for known, name in LANGUAGE_NAMES.items()}, "pt": "Portuguese"}.get(code, code).lower()
