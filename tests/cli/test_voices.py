"""`voices` as a person uses it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Typist
from tests.parity.published import STUDIO_VOICE


def test_voices_are_listed_blended_and_taken_along(speaker: Typist, tmp_path: Path) -> None:
    assert speaker.enters("voices", "studio").stdout.split("\n")[0] == STUDIO_VOICE
    assert "Gold is ready" in speaker.enters("voices", "studio", "--add", STUDIO_VOICE, "--name", "Gold").stdout
    assert "Half is ready" in speaker.enters("voices", "blend", "Half", "Reader=2", "Gold").stdout
    listed = speaker.enters("voices", "list").stdout
    assert all(name in listed for name in ("Reader", "Gold", "Half", "published"))
    file = tmp_path / "half.xttsvoice"
    speaker.enters("voices", "export", "Half", "-o", str(file))
    assert "Again is ready" in speaker.enters("voices", "import", str(file), "--name", "Again").stdout
    outputs = [tmp_path / f"{name}.wav" for name in ("Half", "Again")]
    for output in outputs:
        speaker.enters("speak", "Ahoy.", "--voice", output.stem, "--seed", "1", "-o", str(output))
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_what_can_not_be_is_told(speaker: Typist, tmp_path: Path) -> None:
    assert "Anna=2 Ben=1" in speaker.is_told("voices", "blend", "X", "Reader=much", "Gold")
    assert "'Nobody'" in speaker.is_told("voices", "blend", "X", "Reader", "Nobody")
    assert "weight" in speaker.is_told("voices", "blend", "X", "Reader=0", "Gold=1")
    assert "'Nobody'" in speaker.is_told("voices", "export", "Nobody", "-o", str(tmp_path / "x"))
    assert "can't be written" in speaker.is_told("voices", "export", "Reader", "-o", str(tmp_path))
    assert "no file" in speaker.is_told("voices", "import", str(tmp_path / "x"))
    (tmp_path / "x").write_bytes(b"hello")
    assert "no voice file" in speaker.is_told("voices", "import", str(tmp_path / "x"))
    assert "Nobody" in speaker.is_told("voices", "studio", "--add", "Nobody")
