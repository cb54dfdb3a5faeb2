"""`speak`: text to a file, or to standard output as it is made."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from xtts_studio import shapes
from xtts_studio.audio.encode import stream_encoder
from xtts_studio.audio.files import format_of, speech_file
from xtts_studio.audio.pcm import pcm16
from xtts_studio.books.encodings import decode, is_text
from xtts_studio.cli import console, options
from xtts_studio.errors import InvalidInput
from xtts_studio.events import Event, Sound
from xtts_studio.workspace import Workspace, written_whole

SAMPLE_RATE_HZ = 24_000


def speak(
    voice: Annotated[str, typer.Option(help="A voice of the workspace, or an audio file with the voice to clone.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write, in the format of its name; - for standard output.")
    ],
    text: Annotated[str | None, typer.Argument(help="The text, or - to read it from standard input.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the text from this file; - for standard input.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the text.")] = "en",
    audio_format: options.Format = None,
    model: options.Model = None,
    temperature: options.Temperature = None,
    speed: options.Speed = None,
    top_k: options.TopK = None,
    top_p: options.TopP = None,
    repetition_penalty: options.RepetitionPenalty = None,
    length_penalty: options.LengthPenalty = None,
    seed: options.Seed = None,
    split: options.Split = None,
    sentence_pause_ms: options.SentencePause = None,
    paragraph_pause_ms: options.ParagraphPause = None,
    loudness_lufs: options.Loudness = None,
    precision: options.Precision = None,
    strength: options.Strength = None,
) -> None:
    """Speak a text with a voice.

    Where the text says \\[pause 500ms] or \\[pause 1.5s] there is silence of that length.
    """
    workspace = console.workspace()
    to_stdout = str(output) == "-"
    wanted = _format(audio_format, output, to_stdout)
    body = console.request(
        shapes.SpeakRequest,
        text=_text(text, file, language),
        language=language,
        speaker=options.voice_named(voice, model or shapes.BASE_MODEL, workspace),
        model=model,
        temperature=temperature,
        speed=speed,
        top_k=top_k,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        length_penalty=length_penalty,
        seed=seed,
        split=split,
        sentence_pause_ms=sentence_pause_ms,
        paragraph_pause_ms=paragraph_pause_ms,
        loudness_lufs=loudness_lufs,
        precision=precision,
        strength=strength,
    )
    result = _to_stdout(body, workspace, wanted) if to_stdout else _to_file(body, workspace, output, wanted)
    for notice in result.notices:
        console.say(f"Note: {notice}")
    console.say(told(result))


def told(result: shapes.SpeakResult) -> str:
    """A speech in one line: how long it is, how fast it came, and what it needs to be made again."""
    rate = result.wall_s / result.audio_s if result.audio_s else 0.0
    first = "" if result.first_sound_s is None else f"first sound after {result.first_sound_s:.2f} s, "
    speed = f"{result.audio_s:.2f} s of speech in {result.wall_s:.2f} s ({rate:.2f} × real time)"
    return f"{speed}, {first}{result.precision}, seed {result.seed}."


def _format(asked: str | None, output: Path, to_stdout: bool) -> shapes.AudioFormat:
    """The format to write. Raises `InvalidInput`, before any work is done for nothing, where it can't be written."""
    if to_stdout:
        if sys.stdout.isatty():
            raise InvalidInput("Sound is not for a terminal.", hint="Name a file with -o, or pipe it to a player.")
        return options.known_format(asked or "pcm")
    if output.is_dir():
        raise InvalidInput(f"{str(output)!r} is a folder.", hint="Name the file to write, or - for standard output.")
    if not output.parent.is_dir():
        raise InvalidInput(f"There is no folder {str(output.parent)!r} to write to.", hint="Make it first.")
    return options.known_format(asked) if asked else format_of(output)


def _text(given: str | None, file: Path | None, language: str) -> str:
    if (given is None) == (file is None):
        raise InvalidInput("One text is needed.", hint="Give the text itself, or --file, or - for standard input.")
    text = _read(file or Path("-"), language) if given is None or given == "-" else given
    if not text.strip():
        raise InvalidInput("The text is empty.", hint="Write what is to be said, or - and give it on standard input.")
    try:
        text.encode()
    except UnicodeEncodeError:  # how Python shows bytes of the command line that are no UTF-8
        raise InvalidInput("The text is not UTF-8.", hint="Put it into a file, and name that with --file.") from None
    longest = 200_000
    if len(text) > longest:
        raise InvalidInput(
            f"The text has {len(text):,} characters, more than {longest:,}.",
            hint="Let xtts-studio book speak it, chapter by chapter.",
        )
    return text


def _read(file: Path, language: str) -> str:
    """A text file, or standard input."""
    if str(file) == "-":
        data = sys.stdin.buffer.read()
    elif not file.is_file():
        raise InvalidInput(f"{str(file)!r} is no file.", hint="Name a text file, or - for standard input.")
    else:
        data = file.read_bytes()
    if data[:4] == b"PK\x03\x04":
        raise InvalidInput("This is a packed file, not text.", hint="An EPUB is spoken by: xtts-studio book")
    if not is_text(data):
        raise InvalidInput("This is no text.", hint="Name a text file; a voice is given with --voice.")
    text, notice = decode(data, language=language)
    if notice:
        console.say(f"Note: {notice}")
    return text


def _to_stdout(body: shapes.SpeakRequest, workspace: Workspace, wanted: shapes.AudioFormat) -> shapes.SpeakResult:
    encoder = stream_encoder(wanted, SAMPLE_RATE_HZ)

    def report(event: Event) -> None:
        if isinstance(event, Sound):
            _send(encoder.encode(pcm16(event.samples)))

    try:
        result: shapes.SpeakResult = console.run("speak", body, workspace, "Speaking", report)
        _send(encoder.finish())
    except BrokenPipeError:
        # Python would write what is left when it exits, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
    return result


def _send(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _to_file(
    body: shapes.SpeakRequest, workspace: Workspace, output: Path, wanted: shapes.AudioFormat
) -> shapes.SpeakResult:
    with (
        console.bar("Speaking") as bar,
        written_whole(output) as temporary,
        speech_file(temporary, wanted, SAMPLE_RATE_HZ) as file,
    ):

        def report(event: Event) -> None:
            if isinstance(event, Sound):
                file.write(pcm16(event.samples))
            else:
                bar(event)

        result: shapes.SpeakResult = console.run("speak", body, workspace, "Speaking", report)
    return result
