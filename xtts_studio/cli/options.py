"""What `speak` and `book` have in common: the options of a speech request, and voices by name or by file."""

import hashlib
import shutil
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from xtts_studio import shapes, speakers
from xtts_studio.cli import console
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.workspace import Workspace

_speaking = partial(console.option, shapes.SpeakRequest)

Model = Annotated[str | None, typer.Option(help="The model: the base, or one you fine-tuned.")]
Format = Annotated[str | None, typer.Option("--format", help="wav, flac, mp3, opus, aac or pcm (raw 16-bit samples).")]
Temperature = Annotated[
    float | None, _speaking("temperature", "--temperature", "Higher is livelier, lower is steadier.")
]
Speed = Annotated[float | None, _speaking("speed", "--speed", "1 is the voice's own pace, 2 twice as fast.")]
TopK = Annotated[int | None, _speaking("top_k", "--top-k", "Choose among this many of the likeliest codes; 0 for all.")]
TopP = Annotated[
    float | None, _speaking("top_p", "--top-p", "Choose among the codes that make up this much probability.")
]
RepetitionPenalty = Annotated[
    float | None, _speaking("repetition_penalty", "--repetition-penalty", "Higher repeats less.")
]
LengthPenalty = Annotated[float | None, typer.Option("--length-penalty", hidden=True)]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same audio; random when left out.")]
Split = Annotated[bool | None, typer.Option("--split/--no-split", help="Cut long text into sentences.")]
SentencePause = Annotated[
    int | None, _speaking("sentence_pause_ms", "--sentence-pause", "Silence after every sentence, in ms.")
]
ParagraphPause = Annotated[
    int | None, _speaking("paragraph_pause_ms", "--paragraph-pause", "Silence at an empty line, in ms.")
]
Loudness = Annotated[
    float | None,
    _speaking("loudness_lufs", "--loudness", "Loudness to bring the speech to, for instance -18 (LUFS)."),
]
Precision = Annotated[
    str | None,
    typer.Option(help="How the model computes: fastest, float32 (exact), bfloat16, float16 or int8."),
]
Strength = Annotated[
    float | None,
    _speaking("strength", "--strength", "How much of its fine-tuning the model speaks with: 0 is its base, 1 all."),
]


def known_format(name: str) -> shapes.AudioFormat:
    """Raises `InvalidInput` for a format that there isn't."""
    from xtts_studio.audio.encode import SUFFIXES

    for known in SUFFIXES:
        if name.lower().removeprefix(".") == known:
            return known
    raise InvalidInput(f"There is no format {name!r}.", hint=f"Choose {', '.join(SUFFIXES)}.")


def voice_named(voice: str, model: str, workspace: Workspace) -> str:
    """The name of a voice: of the workspace, or one cloned now from a file (named after it and its content)."""
    path = Path(voice)
    if not path.is_file():
        _check_known(voice, workspace)
        return voice
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    stem = "".join(c if c.isalnum() or c in " -" else "-" for c in path.stem).strip(" -")[:40] or "voice"
    name = f"{stem}-{digest[:8]}"
    if not (workspace.speaker(name) / "speaker.json").is_file():
        incoming = workspace.incoming / f"{digest[:16]}{path.suffix[:10]}"
        incoming.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, incoming)
        speaker = console.run(
            "clone", shapes.CloneRequest(name=name, files=[incoming.name], model=model), workspace, "Cloning"
        )
        for notice in speaker.notices:
            console.say(f"Note: {notice}")
    return name


def _check_known(voice: str, workspace: Workspace) -> None:
    try:
        speakers.read_speaker(workspace, voice)
    except (NotFound, InvalidInput) as error:
        known = ", ".join(speaker.name for speaker in speakers.list_speakers(workspace))
        raise NotFound(
            f"{voice!r} is neither an audio file nor a voice.",
            hint=f"Name an audio file, or one of the voices here: {known}." if known else "Name an audio file.",
        ) from error
