"""`book` as it is typed: chapters to files, and a break at any moment costs nothing but time."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from tests.books.making import small_book
from tests.cli.brief import make_brief
from tests.cli.conftest import Typist
from tests.parity.published import STUDIO_VOICE
from xtts_studio.errors import InvalidInput
from xtts_studio.xtts import Voice

VOICE = ("--voice", "Reader", "--seed", "5")
CHAPTERS = {"One": "It was early. The boat left.\n\nNobody saw it.", "Two": "It came back.", "Three": "The end."}


@pytest.fixture
def epub(tmp_path: Path) -> Path:
    return small_book(tmp_path / "a.epub", CHAPTERS)


def state(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "book.json").read_text(encoding="utf-8"))
    return content


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def sounds(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in files(folder).items() if name != "book.json"}


@pytest.mark.usefixtures("few_codes")
def test_each_chapter_is_a_file_with_its_name(speaker: Typist, epub: Path, output: Path) -> None:
    told = speaker.enters("book", str(epub), "-o", str(output), *VOICE).stderr
    assert list(files(output)) == ["01 - One.mp3", "02 - Two.mp3", "03 - Three.mp3", "book.json"]
    assert [path.name for path in output.iterdir() if path.is_dir()] == []
    assert "Language: en, as the book says." in told
    assert "3 chapters, " in told
    with av.open(str(output / "02 - Two.mp3")) as file:
        assert file.metadata == {"title": "Two", "album": "The Harbour", "artist": "A. Writer", "track": "2/3"}
        assert file.duration / av.time_base == pytest.approx(state(output)["chapters"][1]["audio_s"], abs=0.1)


def test_a_chapter_is_its_blocks_and_the_pauses_between(
    speaker: Typist, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_brief(monkeypatch, 40)
    (tmp_path / "a.txt").write_text(
        "It was early in the morning.\n\nThe boat left the harbour.\n\n* * *\n\nNobody saw it."
    )
    words = ("book", str(tmp_path / "a.txt"), *VOICE, "--language", "en", "--format", "wav", "--paragraph-pause", "777")
    speaker.enters(*words, "-o", str(output))
    samples = soundfile.read(output / "01 - a.wav", dtype="int16")[0]
    assert len(samples) / 24_000 == pytest.approx(state(output)["chapters"][0]["audio_s"], abs=0.001)
    silent = np.flatnonzero(np.convolve(samples == 0, np.ones(18_000), "valid") == 18_000)
    assert np.count_nonzero(np.diff(silent) > 1) == 1  # two pauses for three paragraphs that say something


@pytest.mark.usefixtures("few_codes")
def test_what_is_done_is_not_spoken_again(speaker: Typist, epub: Path, output: Path) -> None:
    speaker.enters("book", str(epub), "-o", str(output), *VOICE, "--chapters", "1,3")
    before = sounds(output)
    assert list(before) == ["01 - One.mp3", "03 - Three.mp3"]
    times = {name: (output / name).stat().st_mtime_ns for name in before}
    told = speaker.enters("book", str(epub), "-o", str(output)).stderr  # voice and settings are remembered
    assert "3 chapters (2 of them from before)" in told
    assert {name: (output / name).stat().st_mtime_ns for name in before} == times
    shutil.rmtree(output)
    speaker.enters("book", str(epub), "-o", str(output), *VOICE)
    whole = sounds(output)
    assert {name: whole[name] for name in before} == before


@pytest.mark.usefixtures("few_codes")
def test_a_chapter_that_reads_otherwise_is_spoken_anew(speaker: Typist, output: Path, tmp_path: Path) -> None:
    speaker.enters("book", str(small_book(tmp_path / "a.epub", CHAPTERS)), "-o", str(output), *VOICE)
    before = sounds(output)
    changed = {"Zero": "A new beginning.", **CHAPTERS, "Two": "It never came back."}
    told = speaker.enters("book", str(small_book(tmp_path / "b.epub", changed)), "-o", str(output)).stderr
    after = sounds(output)
    assert "4 chapters (2 of them from before)" in told
    assert list(after) == ["01 - Zero.mp3", "02 - One.mp3", "03 - Two.mp3", "04 - Three.mp3"]
    assert after["02 - One.mp3"] == before["01 - One.mp3"]
    assert after["03 - Two.mp3"] != before["02 - Two.mp3"]


@pytest.mark.usefixtures("few_codes")
def test_other_settings_are_asked_about(speaker: Typist, epub: Path, output: Path) -> None:
    speaker.enters("book", str(epub), "-o", str(output), *VOICE, "--chapters", "1")
    before = sounds(output)
    told = speaker.is_told("book", str(epub), "-o", str(output), "--temperature", "0.6", "--format", "flac")
    assert "temperature was 0.75, now 0.6" in told
    assert "format was mp3, now flac" in told
    assert "--again" in told
    assert sounds(output) == before
    speaker.enters("book", str(epub), "-o", str(output), "--temperature", "0.6", "--format", "flac", "--again")
    assert list(sounds(output)) == ["01 - One.flac", "02 - Two.flac", "03 - Three.flac"]


@pytest.mark.usefixtures("few_codes")
def test_another_book_does_not_take_the_place_of_one(speaker: Typist, epub: Path, output: Path, tmp_path: Path) -> None:
    speaker.enters("book", str(epub), "-o", str(output), *VOICE, "--chapters", "1")
    before = sounds(output)
    other = tmp_path / "other.txt"
    other.write_text("Something else is told here.", encoding="utf-8")
    told = speaker.is_told("book", str(other), "-o", str(output), "--language", "en")
    assert "1 chapters of another book" in told
    assert sounds(output) == before


def _break_off(speaker: Typist, words: tuple[str, ...], folder: Path, how: signal.Signals) -> str:
    """Runs a command until blocks beyond the first chapter are done, then ends it."""
    command = [sys.executable, "-m", "tests.cli.brief", *words]
    speaking = subprocess.Popen(command, env=speaker.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 100
    while all(len(list(parts.glob("*.pcm"))) < 2 for parts in folder.glob(".parts/*")):  # the first has one block
        assert speaking.poll() is None, speaking.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    speaking.send_signal(how)
    told = speaking.communicate(timeout=60)[1].decode()
    assert speaking.returncode == (130 if how == signal.SIGINT else -how)
    return told


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_break_at_any_moment_changes_nothing(
    how: signal.Signals, speaker: Typist, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_brief(monkeypatch, 60)
    long = "\n\n".join(f"This is paragraph {number} of a chapter that is long." for number in range(8))
    epub = small_book(tmp_path / "a.epub", {"One": "Hi.", "Two": long})
    words = ("book", str(epub), *VOICE, "--format", "wav")
    broken = output / "broken"
    told = _break_off(speaker, (*words, "-o", str(broken)), broken, how)
    if how == signal.SIGINT:
        assert f"xtts-studio book {epub} --output {broken}" in told
        assert "Traceback" not in told
    parts = {path: path.stat().st_mtime_ns for path in broken.glob(".parts/*/*.pcm")}
    first = (broken / "01 - One.wav").stat().st_mtime_ns
    seen: list[str] = []
    _count_spoken(monkeypatch, seen)
    speaker.enters("book", str(epub), "-o", str(broken))
    assert (broken / "01 - One.wav").stat().st_mtime_ns == first
    again = len(seen)
    speaker.enters(*words, "-o", str(output / "whole"))
    assert len(seen) - again == again + len(parts) + 1  # the first chapter, and the blocks that were done
    assert sounds(broken) == sounds(output / "whole")
    assert sorted(path.name for path in broken.iterdir()) == ["01 - One.wav", "02 - Two.wav", "book.json"]


@pytest.mark.parametrize("others", ["1", "3"])
def test_other_chapters_leave_the_blocks_of_a_broken_one(
    others: str, speaker: Typist, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_brief(monkeypatch, 40)
    long = "\n\n".join(f"This is paragraph {number} of a long chapter." for number in range(4))
    words = ("book", str(small_book(tmp_path / "a.epub", {**CHAPTERS, "Two": long})), "-o", str(output), *VOICE)
    with pytest.MonkeyPatch.context() as patch:
        _refuse(patch, "paragraph 2")
        assert "no more" in speaker.is_told(*words, "--chapters", "2")
    parts = {path: path.stat().st_mtime_ns for path in output.glob(".parts/*/*.pcm")}
    assert len(parts) == 3  # the title is one
    speaker.enters(*words, "--chapters", others)
    assert {path: path.stat().st_mtime_ns for path in output.glob(".parts/*/*.pcm")} == parts
    seen: list[str] = []
    _count_spoken(monkeypatch, seen)
    speaker.enters(*words, "--chapters", "2")
    assert len(seen) == 2
    assert not (output / ".parts").exists()


@pytest.mark.usefixtures("few_codes")
def test_a_chapter_spoken_alone_leaves_those_that_it_moved(speaker: Typist, output: Path, tmp_path: Path) -> None:
    speaker.enters("book", str(small_book(tmp_path / "a.epub", CHAPTERS)), "-o", str(output), *VOICE)
    before = sounds(output)
    longer = small_book(tmp_path / "b.epub", {"Zero": "A new beginning.", **CHAPTERS})
    speaker.enters("book", str(longer), "-o", str(output), "--chapters", "1")
    after = sounds(output)
    assert list(after) == ["01 - Zero.mp3", "02 - One.mp3", "03 - Two.mp3", "04 - Three.mp3"]
    assert [after[name] for name in list(after)[1:]] == list(before.values())
    assert "4 chapters (4 of them from before)" in speaker.enters("book", str(longer), "-o", str(output)).stderr


def _parts(path: Path, *texts: str) -> str:
    """A book whose chapters all have one title."""
    path.write_text("\n\n".join(f"# Part\n\n{text}" for text in texts))
    return str(path)


@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize("order", ["ZAB", "BCA", "AAB"])
def test_chapters_of_one_title_keep_their_own_sound(
    order: str, speaker: Typist, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = {"A": "It was early.", "B": "The boat left the harbour.", "C": "Nobody saw it.", "Z": "A beginning."}
    words = ("--language", "en", "--format", "wav", *VOICE)
    old = "AB" if "C" not in order else "ABC"
    speaker.enters(
        "book", _parts(tmp_path / "a.md", *(says[name] for name in old)), "-o", str(output / "moved"), *words
    )
    seen: list[str] = []
    _count_spoken(monkeypatch, seen)
    book = _parts(tmp_path / "a.md", *(says[name] for name in order))
    speaker.enters("book", book, "-o", str(output / "moved"), *words)
    spoken = sorted(text.split("\n\n")[-1] for text in seen)  # after its title
    assert spoken == sorted(says[name] for name in (Counter(order) - Counter(old)).elements())
    speaker.enters("book", book, "-o", str(output / "new"), *words)
    samples = [
        {path.name: soundfile.read(path)[0].tobytes() for path in (output / folder).glob("*.wav")}
        for folder in ("moved", "new")
    ]
    assert samples[0] == samples[1]
    again = speaker.enters("book", book, "-o", str(output / "moved")).stderr
    assert f"{len(order)} chapters ({len(order)} of them from before)" in again


@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize("kind", ["published", "blend"])
def test_another_voice_of_the_same_name_is_told(kind: str, speaker: Typist, epub: Path, output: Path) -> None:
    speaker.enters("voices", "studio", "--add", STUDIO_VOICE, "--name", f"A {kind}")
    voice = f"A {kind}"
    if kind == "blend":
        voice = "Between"
        speaker.enters("voices", "blend", voice, f"A {kind}", "Reader")
    words = ("book", str(epub), "-o", str(output), "--voice", voice, "--seed", "5", "--chapters", "2")
    speaker.enters(*words)
    assert "1 of them from before" in speaker.enters(*words).stderr
    folder = Path(speaker.environment["XTTS_HOME"]) / "speakers" / voice
    latents = (folder / "part_1" if kind == "blend" else folder) / "latents.safetensors"
    known = Voice.load(latents)
    Voice(known.gpt_latent.clone() + 1, known.speaker_embedding.clone()).save(latents)
    assert "the voice of that name is another one now" in speaker.is_told(*words)


def _refuse(patch: pytest.MonkeyPatch, words: str) -> None:
    """Speaks until these words come."""
    from xtts_studio.synthesis import steps

    speak = steps.speak

    def refusing(request: Any, *others: Any) -> Any:
        if words in request.text:
            raise InvalidInput("I say no more.")
        return speak(request, *others)

    patch.setattr(steps, "speak", refusing)


def _count_spoken(monkeypatch: pytest.MonkeyPatch, seen: list[str]) -> None:
    from xtts_studio.synthesis import steps

    speak = steps.speak

    def counting(request: Any, *others: Any) -> Any:
        seen.append(request.text)
        return speak(request, *others)

    monkeypatch.setattr(steps, "speak", counting)


def test_the_chapters_are_listed_before_anything_is_spoken(speaker: Typist, epub: Path) -> None:
    listed = speaker.enters("book", str(epub), "--list").stdout
    assert all(title in listed for title in CHAPTERS)


@pytest.mark.usefixtures("few_codes")
def test_a_chapter_without_words_is_told(speaker: Typist, output: Path, tmp_path: Path) -> None:
    epub = small_book(tmp_path / "a.epub", {"北京": "北京。", "Two": "It came back."})
    told = speaker.enters("book", str(epub), "-o", str(output), *VOICE).stderr
    assert "nothing to speak in chapter 1" in told
    assert list(sounds(output)) == ["02 - Two.mp3"]
    assert "(2 of them from before)" in speaker.enters("book", str(epub), "-o", str(output)).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--output is missing"),
        (("-o", "x", "--chapters", "9"), "names no chapters; there are 1 to 3"),
        (("-o", "x", "--chapters", "a-b"), "names no chapters"),
        (("-o", "x", "--format", "wma"), "no format 'wma'"),
        (("-o", "FOLDER"), "--voice is missing"),
        (("-o", "FOLDER", "--voice", "Nobody"), "neither an audio file nor a voice"),
        (("-o", "FOLDER", *VOICE, "--language", "tlh"), "--language: "),
        (("-o", __file__, *VOICE), "is no folder"),
    ],
)
def test_what_can_not_work_is_told(
    words: tuple[str, ...], told: str, speaker: Typist, epub: Path, output: Path
) -> None:
    typed = [str(output) if word == "FOLDER" else word for word in words]
    assert told in speaker.is_told("book", str(epub), *typed)


def test_a_book_that_does_not_tell_its_language_asks_for_it(speaker: Typist, output: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Hello.")
    assert "--language" in speaker.is_told("book", str(tmp_path / "a.txt"), "-o", str(output), *VOICE)
    assert "no file" in speaker.is_told("book", str(tmp_path / "absent.epub"), "-o", str(output), *VOICE)


def test_two_do_not_speak_into_one_folder(speaker: Typist, epub: Path, output: Path) -> None:
    from filelock import FileLock

    with FileLock(output / ".book.lock"):
        assert "Another xtts-studio" in speaker.is_told("book", str(epub), "-o", str(output), *VOICE)
