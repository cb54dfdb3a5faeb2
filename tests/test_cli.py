"""The command line through its front door: each verb as typed, and what a person is told when it can't work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import soundfile

from tests.parity.published import write_published_folder
from tests.recorded import SENTENCES
from xtts_studio import __version__
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.workspace import read_json, write_json

QUICK = ("--batch-size", "1", "--epochs", "1", "--max-steps", "2", "--no-audition")


class Person:
    """Somebody at a terminal with a workspace of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        mine = ("AUTH_", "JWT_", "XTTS_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
        self.environment |= {"XTTS_HOME": str(home), "XTTS_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}

    def types(self, *words: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Runs a command to its end."""
        return subprocess.run(
            self._command(words), env=self.environment | environment, input=stdin, capture_output=True, timeout=120
        )

    def gets(self, *words: str, stdin: bytes = b"") -> str:
        """Runs a command that must succeed; gives standard output."""
        done = self.types(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def fails(self, *words: str, stdin: bytes = b"", **environment: str) -> str:
        """Runs a command that must end with status 1 and sentences; gives them."""
        done = self.types(*words, stdin=stdin, **environment)
        told = done.stderr.decode()
        assert done.returncode == 1, told
        assert "Error: " in told
        assert "Traceback" not in told
        return told

    def starts(self, *words: str) -> subprocess.Popen[bytes]:
        """Runs a command that the test will stop."""
        return subprocess.Popen(
            self._command(words), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    @staticmethod
    def _command(words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "xtts_studio", *words]


@pytest.fixture
def newcomer(tmp_path: Path) -> Person:
    """Somebody with an empty workspace."""
    return Person(tmp_path / "home")


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody with the tiny base model, fetched from a folder, and a dataset whose texts were typed."""
    folder = tmp_path_factory.mktemp("cli")
    person = Person(folder / "home")
    person.gets("models", "pull", "xtts-v2", "--from", str(write_published_folder(folder / "tiny")))
    said = person.gets("cut", str(HARBOUR), "--dataset", "harbour", "--target", "4", "--max", "8")
    assert re.match(r"\d+ chunks \(\d+\.\d s\) added to harbour, which has \d+ now\.", said)
    _type_texts(person)
    return person


def _type_texts(person: Person) -> None:
    path = person.home / "data" / "datasets" / "harbour" / "metadata.json"
    dataset = read_json(path)
    for chunk in dataset["chunks"]:
        heard = [s["text"] for s in SENTENCES if s["end_s"] > chunk["start_s"] and s["start_s"] < chunk["end_s"]]
        chunk.update(text=" ".join(heard), language="en")
    write_json(path, dataset)


def test_help_teaches_each_verb(newcomer: Person) -> None:
    told = newcomer.gets("--help")
    for verb in ("serve", "cut", "transcribe", "check", "train", "speak", "book", "models"):
        assert re.search(rf"^\W*{verb} ", told, re.MULTILINE)
    training = newcomer.gets("train", "--help")
    assert "(0.15)" in training  # the default of --eval-fraction
    assert not newcomer.home.exists()


def test_cutting_again_adds_nothing_and_says_so(owner: Person) -> None:
    done = owner.types("cut", str(HARBOUR), "--dataset", "harbour", "--target", "4", "--max", "8")
    assert done.stdout.decode().startswith("No chunks added to harbour")
    assert "were not added" in done.stderr.decode()
    assert list((owner.home / "data" / "incoming").iterdir()) == []


def test_check_says_what_will_train(owner: Person) -> None:
    assert re.search(r"(\d+) of \1 chunks will train", owner.gets("check", "harbour"))


def test_train_then_speak(owner: Person, tmp_path: Path) -> None:
    done = owner.types("train", "harbour", "--name", "mine", *QUICK)
    assert "Model mine: 2 steps" in done.stdout.decode(), done.stderr.decode()
    assert "You chose it." in done.stderr.decode()  # the recipe, with its reasons
    assert "--model mine" in done.stderr.decode()  # how to hear it
    assert "mine" in owner.gets("models", "list")
    taken = owner.fails("train", "harbour", "--name", "mine", *QUICK)
    assert "already a model named 'mine'" in taken
    words = ("--voice", str(HARBOUR), "--model", "mine", "--seed", "3")
    owner.gets("speak", "Good morning.", *words, "-o", str(tmp_path / "a.wav"))
    told = soundfile.info(tmp_path / "a.wav")
    assert (told.samplerate, told.channels, told.subtype) == (24_000, 1, "PCM_16")
    piped = owner.types("speak", "-", *words, "-o", "-", stdin=b"Good morning.\n")
    assert piped.returncode == 0
    assert len(piped.stdout) == told.frames * 2  # the same seed says the same


def test_ctrl_c_keeps_a_checkpoint_and_says_how_to_go_on(owner: Person) -> None:
    runs = owner.home / "data" / "runs"
    before = set(runs.glob("*/checkpoints/step-*"))
    settings = ("--batch-size", "1", "--epochs", "500", "--save-every-steps", "1", "--no-audition")
    training = owner.starts("train", "harbour", "--name", "stopped", *settings)
    _wait_for(lambda: set(runs.glob("*/checkpoints/step-*")) - before, training)
    training.send_signal(signal.SIGINT)
    _, told = (stream.decode() for stream in training.communicate(timeout=60))
    assert training.returncode == 130
    found = re.search(r"Go on with it: xtts-studio (.*)", told)
    assert found, told
    words = found[1].split()
    assert words[:4] == ["train", "harbour", "--name", "stopped"]
    assert "--no-audition" in words
    words[words.index("--epochs") + 1] = "2"
    assert "Model stopped: " in owner.gets(*words)


def _wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "nobody"), "no dataset 'nobody'"),
        (("cut", "missing.wav", "--dataset", "a"), "'missing.wav' does not exist"),
        (("cut", str(HARBOUR.parent), "--dataset", "a"), "is no file"),
        (("cut", __file__, "--dataset", "a"), "not sound"),
        (("cut", str(HARBOUR), "--dataset", "../a"), "can't be used as a dataset name"),
        (("cut", str(HARBOUR), "--dataset", "a", "--start", "20", "--end", "10"), "range from 20 s to 10 s"),
        (("cut", str(HARBOUR), "--dataset", "a", "--start", "-1"), "--start: "),
        (("transcribe", "nobody"), "Whisper model 'base' is not here yet"),
        (("transcribe", "nobody", "--language", "klingon"), "--language: "),
        (("train", "harbour", "--name", "a"), "models pull xtts-v2 --accept-licence"),
        (("train", "harbour", "--name", "a", "--batch-size", "0"), "--batch-size: "),
        (("models", "pull", "nonsense"), "no model 'nonsense'"),
        (("models", "pull", "xtts-v2", "--from", "/nowhere"), "no folder '/nowhere'"),
        (("models", "pull", "xtts-v2"), "--accept-licence"),
        (("serve", "--port", "99999"), "XTTS_PORT: "),
        (("serve", "--host", "0.0.0.0"), "AUTH_PASSWORD"),
    ],
)
def test_what_can_not_work_is_told_in_sentences(newcomer: Person, words: Sequence[str], told: str) -> None:
    assert told in newcomer.fails(*words)


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("", "--voice", str(HARBOUR), "-o", "a.wav"), b"", "text is empty"),
        (("-", "--voice", str(HARBOUR), "-o", "a.wav"), b" \n", "text is empty"),
        (("-", "--voice", str(HARBOUR), "-o", "a.wav"), b"\xff\xfe", "text is empty"),
        (("Hi.", "--voice", "Nobody", "-o", "a.wav"), b"", "neither an audio file nor a voice"),
        (("Hi.", "--voice", str(HARBOUR), "-o", "/nowhere/a.wav"), b"", "no folder '/nowhere'"),
        (("Hi.", "--voice", str(HARBOUR), "-o", "/"), b"", "is a folder"),
    ],
)
def test_what_can_not_be_spoken_is_told_before_any_work(
    newcomer: Person, words: Sequence[str], stdin: bytes, told: str
) -> None:
    assert told in newcomer.fails("speak", *words, stdin=stdin)
    assert not newcomer.home.exists()


def test_settings_that_do_not_fit_are_named(newcomer: Person) -> None:
    assert "XTTS_COMPUTE: " in newcomer.fails("models", "list", XTTS_COMPUTE="abacus")


def test_a_workspace_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    person = Person(tmp_path / "file")
    assert str(tmp_path / "file") in person.fails("cut", str(HARBOUR), "--dataset", "a")


def test_an_unknown_option_is_a_usage_error(newcomer: Person) -> None:
    done = newcomer.types("cut", str(HARBOUR), "--dataset", "a", "--nonsense")
    assert done.returncode == 2
    assert b"--nonsense" in done.stderr


def test_a_dataset_of_silence_is_not_made(newcomer: Person, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", [0.0] * 22_050 * 3, 22_050)
    assert "No speech was found" in newcomer.fails("cut", str(tmp_path / "silence.wav"), "--dataset", "a")
    assert not (newcomer.home / "data" / "datasets" / "a").exists()


def test_models_are_listed_before_any_is_there(newcomer: Person) -> None:
    listed = newcomer.gets("models", "list")
    assert "xtts-v2" in listed
    assert "yes" not in listed
    assert "Coqui Public Model License" in newcomer.gets("models", "licence")
    assert newcomer.gets("version").strip() == __version__
