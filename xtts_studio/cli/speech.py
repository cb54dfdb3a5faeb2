"""`speak`: text to a WAV file or to standard output, as it is made."""

import hashlib
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from xtts_studio import shapes, speakers
from xtts_studio.audio.encode import opened_for_writing
from xtts_studio.cli import console
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.events import Event, Sound
from xtts_studio.workspace import Workspace, written_whole

SAMPLE_RATE_HZ = 24_000
_speaking = partial(console.option, shapes.SpeakRequest)


def speak(
    text: Annotated[str, typer.Argument(help="The text, or - to read it from standard input.")],
    voice: Annotated[str, typer.Option(help="A voice of the workspace, or an audio file with the voice to clone.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="WAV file to write; - for raw 16-bit samples to stdout.")
    ],
    language: Annotated[str, typer.Option(help="Language of the text.")] = "en",
    model: Annotated[str | None, typer.Option(help="The model: the base, or one you fine-tuned.")] = None,
    temperature: Annotated[
        float | None, _speaking("temperature", "--temperature", "Higher is livelier, lower is steadier.")
    ] = None,
    speed: Annotated[float | None, _speaking("speed", "--speed", "1 is the voice's own pace, 2 twice as fast.")] = None,
    top_k: Annotated[
        int | None, _speaking("top_k", "--top-k", "Choose among this many of the likeliest codes; 0 for all.")
    ] = None,
    top_p: Annotated[
        float | None, _speaking("top_p", "--top-p", "Choose among the codes that make up this much probability.")
    ] = None,
    repetition_penalty: Annotated[
        float | None, _speaking("repetition_penalty", "--repetition-penalty", "Higher repeats less.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same audio; random when left out.")] = None,
) -> None:
    """Speak a text with a voice."""
    workspace = console.workspace()
    to_stdout = str(output) == "-"
    if not to_stdout:
        _check_output(output)
    body = console.request(
        shapes.SpeakRequest,
        text=_text(text),
        language=language,
        speaker=_voice(voice, model or shapes.BASE_MODEL, workspace),
        model=model,
        temperature=temperature,
        speed=speed,
        top_k=top_k,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        seed=seed,
    )
    if to_stdout:
        result = console.run("speak", body, workspace, "Speaking", _to_stdout)
    else:
        result = _to_file(body, workspace, output)
    rate = result.wall_s / result.audio_s if result.audio_s else 0.0
    console.err.print(
        f"{result.audio_s:.2f} s of speech in {result.wall_s:.2f} s ({rate:.2f} × real time), seed {result.seed}."
    )


def _check_output(output: Path) -> None:
    """Raises `InvalidInput` before any work is done for nothing."""
    if output.is_dir():
        raise InvalidInput(f"{str(output)!r} is a folder.", hint="Name the WAV file to write, or - for stdout.")
    if not output.parent.is_dir():
        raise InvalidInput(f"There is no folder {str(output.parent)!r} to write to.", hint="Make it first.")


def _text(given: str) -> str:
    text = sys.stdin.read() if given == "-" else given
    if not text.strip():
        raise InvalidInput("The text is empty.", hint="Write what is to be said, or - and give it on standard input.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("The text is not UTF-8.", hint="Convert it, for instance with iconv.") from None
    return text


def _voice(voice: str, model: str, workspace: Workspace) -> str:
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


def _to_stdout(event: Event) -> None:
    if isinstance(event, Sound):
        sys.stdout.buffer.write(_pcm16(event.samples))
        sys.stdout.buffer.flush()


def _to_file(body: shapes.SpeakRequest, workspace: Workspace, output: Path) -> shapes.SpeakResult:
    with (
        console.bar("Speaking") as bar,
        written_whole(output) as temporary,
        opened_for_writing(temporary, "WAV", SAMPLE_RATE_HZ) as file,
    ):

        def report(event: Event) -> None:
            if isinstance(event, Sound):
                file.write(np.frombuffer(event.samples, "<f4"))
            else:
                bar(event)

        result: shapes.SpeakResult = console.run("speak", body, workspace, "Speaking", report)
    return result


def _pcm16(samples: bytes) -> bytes:
    """float32 samples as 16-bit little-endian ones."""
    clipped: np.ndarray = np.clip(np.frombuffer(samples, "<f4"), -1, 1) * 32767
    return clipped.astype("<i2").tobytes()
