"""`speak` as it is typed: from a text, a file or a pipe, to a file of any format or a pipe."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import time
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tests.cli.conftest import Typist

VOICE = ("--voice", "Reader", "--seed", "5")
TEXT = "The small boat left the harbour. It was early."


def spoken(speaker: Typist, *words: str, stdin: bytes = b"") -> str:
    """Runs `speak`; gives what was told on standard error."""
    return speaker.enters("speak", *words, *VOICE, stdin=stdin).stderr


@pytest.mark.usefixtures("few_codes")
def test_the_same_text_from_everywhere_is_the_same_sound(speaker: Typist, output: Path) -> None:
    (output / "text.txt").write_bytes(TEXT.encode("utf-16"))
    spoken(speaker, TEXT, "-o", str(output / "argument.wav"))
    spoken(speaker, "--file", str(output / "text.txt"), "-o", str(output / "file.wav"))
    spoken(speaker, "-", "-o", str(output / "pipe.wav"), stdin=TEXT.encode() + b"\n")
    told = spoken(speaker, "--file", "-", "-o", str(output / "pipe2.wav"), stdin=TEXT.encode("cp1252"))
    sound = (output / "argument.wav").read_bytes()
    assert all((output / f"{name}.wav").read_bytes() == sound for name in ("file", "pipe", "pipe2"))
    line = r"\d+\.\d\d s of speech in .* × real time\), first sound after \d+\.\d\d s, float32, seed 5\."
    assert re.search(line, told), told


@pytest.mark.usefixtures("few_codes")
def test_a_pipe_gets_the_same_samples_as_a_file(speaker: Typist, output: Path) -> None:
    spoken(speaker, TEXT, "-o", str(output / "a.wav"))
    samples, rate_hz = soundfile.read(output / "a.wav", dtype="int16")
    assert rate_hz == 24_000
    piped = speaker.enters("speak", TEXT, *VOICE, "-o", "-")
    assert piped.stdout_bytes == samples.tobytes()
    flac = speaker.enters("speak", TEXT, *VOICE, "-o", "-", "--format", "flac")
    with av.open(io.BytesIO(flac.stdout_bytes)) as file:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    assert np.array_equal(heard, samples)


@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.wav", "pcm_s16le", ()),
        ("a.FLAC", "flac", ()),
        ("a.mp3", "mp3float", ()),
        ("a.ogg", "opus", ()),
        ("a.opus", "opus", ()),
        ("a.aac", "aac", ()),
        ("a.dat", "mp3float", ("--format", "mp3")),
    ],
)
def test_the_name_of_the_file_tells_the_format(
    name: str, codec: str, options: tuple[str, ...], speaker: Typist, output: Path
) -> None:
    spoken(speaker, TEXT, "-o", str(output / name), *options)
    spoken(speaker, TEXT, "-o", str(output / "x.pcm"))
    wanted_s = (output / "x.pcm").stat().st_size / 48_000
    with av.open(str(output / name)) as file:
        assert file.streams.audio[0].codec_context.name in (codec, f"lib{codec}")
        heard_s = sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))
    assert heard_s == pytest.approx(wanted_s, abs=0.1)


@pytest.mark.usefixtures("few_codes")
def test_pauses_are_silence_of_that_length(speaker: Typist, output: Path) -> None:
    told = spoken(
        speaker, "One. [pause 700ms] Two.\n\nThree. 😀", "-o", str(output / "a.pcm"), "--paragraph-pause", "900"
    )
    samples = np.frombuffer((output / "a.pcm").read_bytes(), "<i2")
    silent = "".join("0" if not sample else "1" for sample in samples)
    runs = [len(run) for run in re.findall("0{9000,}", silent)]
    assert [round(run / 24, -2) for run in runs] == [700, 900]
    assert "Note: 1 emoji" in told


def test_a_reader_who_has_enough_is_no_error(speaker: Typist) -> None:
    words = ("speak", TEXT * 30, *VOICE, "-o", "-")
    speaking = speaker.starts(*words)
    assert speaking.stdout is not None
    assert speaking.stderr is not None
    assert speaking.stdout.read(1000)
    speaking.stdout.close()
    told = speaking.stderr.read().decode()
    speaking.wait(60)
    assert told == ""


def test_ctrl_c_leaves_no_half_file(speaker: Typist, output: Path) -> None:
    speaking = speaker.starts("speak", TEXT * 400, *VOICE, "-o", str(output / "a.mp3"))
    deadline = time.monotonic() + 60
    while not list(output.iterdir()):
        assert speaking.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1)
    speaking.send_signal(signal.SIGINT)
    _, told = speaking.communicate(timeout=60)
    assert speaking.returncode == 130, told
    assert b"Stopped." in told
    assert list(output.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Hi.", "-o", "a.xyz"), "doesn't tell the format"),
        (("Hi.", "-o", "a"), "--format"),
        (("Hi.", "-o", "a.wav", "--format", "wma"), "no format 'wma'"),
        (("-o", "a.wav"), "One text is needed"),
        (("Hi.", "--file", "b.txt", "-o", "a.wav"), "One text is needed"),
        (("--file", "absent.txt", "-o", "a.wav"), "'absent.txt' is no file"),
        (("Hi.", "-o", "a.wav", "--sentence-pause", "-1"), "--sentence-pause: "),
        (("Hi.", "-o", "a.wav", "--loudness", "0"), "--loudness: "),
        (("Hi.", "-o", "a.wav", "--precision", "int2"), "--precision: "),
        (("🙂", "-o", "a.wav"), "nothing in it that can be spoken"),
    ],
)
def test_what_can_not_be_spoken_is_told(words: tuple[str, ...], told: str, speaker: Typist) -> None:
    assert told in speaker.is_told("speak", *words, *VOICE)


def test_a_book_is_sent_to_the_verb_for_books(speaker: Typist, output: Path) -> None:
    (output / "a.epub").write_bytes(b"PK\x03\x04")
    (output / "long.txt").write_text("A word. " * 30_000)
    for name in ("a.epub", "long.txt"):
        assert "xtts-studio book" in speaker.is_told("speak", "--file", str(output / name), *VOICE, "-o", "a.wav")


def test_a_terminal_gets_no_sound(speaker: Typist) -> None:
    typed = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = speaker._command(("speak", "Hi.", *VOICE, "-o", "-"))
    done = subprocess.run(
        [command[0], "-c", typed, *command], env=speaker.environment, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert done.returncode == 1
    assert b"not for a terminal" in done.stdout
