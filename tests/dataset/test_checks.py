"""The trainer's filter: every reason it has, told."""

import os
from pathlib import Path

import pytest

from tests.recorded import tone
from tests.shared import shared
from xtts_studio.dataset import store
from xtts_studio.dataset.checks import check, usable_chunks
from xtts_studio.dataset.limits import MOST_SAMPLES
from xtts_studio.errors import ModelMissing, NotFound
from xtts_studio.events import ignore
from xtts_studio.shapes import BASE_MODEL, CheckRequest, Chunk, Dataset
from xtts_studio.text.tokenizer import STOP_ID, Tokenizer
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(shared("parity/vocab.json"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound files named for how long they are."""
    folder = tmp_path_factory.mktemp("dataset")
    (folder / "chunks").mkdir()
    for name, seconds in [("good", 2.0), ("short", 0.49), ("least", 0.5)]:
        tone(folder / "chunks" / f"{name}.wav", seconds)
    tone(folder / "chunks" / "most.wav", MOST_SAMPLES / 22_050)
    tone(folder / "chunks" / "long.wav", (MOST_SAMPLES + 1) / 22_050)
    tone(folder / "chunks" / "other_rate.wav", 11.0, rate_hz=48_000)
    (folder / "chunks" / "broken.wav").write_bytes(b"RIFF....WAVEnothing")
    return folder


def _dataset(file: str = "good", text: str = "Hello there.", **fields: object) -> Dataset:
    place = {"recording": "r", "start_s": 0.0, "end_s": 2.0, "duration_s": 2.0}
    chunk = Chunk.model_validate({"file": f"chunks/{file}.wav", "text": text, **place, **fields})
    return Dataset(name="d", language="en", created_at="", chunks=[chunk])


@pytest.mark.parametrize("file", ["good", "least", "most", "other_rate"])
def test_good_chunks_are_usable(folder: Path, tokenizer: Tokenizer, file: str) -> None:
    usable, rejected = usable_chunks(_dataset(file), folder, tokenizer)
    assert rejected == []
    assert (usable[0].file, usable[0].language) == (f"chunks/{file}.wav", "en")


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"state": "dropped"}, "dropped", "by hand"),
        ({"text": "  "}, "no_text", "no text yet"),
        ({"text": "", "flags": ["no_speech"]}, "no_text", "No words were heard"),
        ({"text": "Hello ☃ there."}, "unknown_characters", "☃"),
        ({"text": "wonderful " * 100}, "text_too_long", "200"),
        ({"language": "uk", "text": "Привіт"}, "text_unusable", "uk"),
        ({"file": "short"}, "too_short", "0.49 s"),
        ({"file": "long"}, "too_long", "11.6 s"),
        ({"file": "broken"}, "unreadable", "can't be read"),
        ({"file": "missing"}, "unreadable", "missing"),
    ],
)
def test_others_are_rejected_with_a_reason(
    folder: Path, tokenizer: Tokenizer, fields: dict[str, object], code: str, says: str
) -> None:
    usable, (rejection,) = usable_chunks(_dataset(**fields), folder, tokenizer)  # type: ignore[arg-type]
    assert usable == []
    assert rejection.code == code
    assert says in rejection.reason


def test_a_text_that_would_stop_the_model_is_rejected(
    folder: Path, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleaning keeps [STOP] out of the published vocabulary's ids; another vocabulary may have it in a merge."""
    monkeypatch.setattr(tokenizer, "encode", lambda text, language: [259, 14, STOP_ID, 20])
    assert usable_chunks(_dataset(), folder, tokenizer)[1][0].code == "stop_token"


def test_without_any_language_it_is_asked_for(folder: Path, tokenizer: Tokenizer) -> None:
    dataset = _dataset().model_copy(update={"language": None})
    assert usable_chunks(dataset, folder, tokenizer)[1][0].code == "no_language"


def test_text_of_exactly_the_most_ids_is_usable(folder: Path, tokenizer: Tokenizer) -> None:
    text = "a"
    while len(tokenizer.encode(text + " a", "en")) <= 200:
        text += " a"
    spare = 200 - len(tokenizer.encode(text, "en"))
    assert usable_chunks(_dataset(text=text + "!" * spare), folder, tokenizer)[1] == []
    assert usable_chunks(_dataset(text=text + " a"), folder, tokenizer)[1][0].code == "text_too_long"


def test_the_step_reads_dataset_and_model(folder: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with store.changing(workspace, "d", create=True) as dataset:
        dataset.language = "en"
        dataset.chunks = _dataset().chunks + _dataset("short").chunks
    (workspace.dataset("d") / "chunks").symlink_to(folder / "chunks")
    with pytest.raises(ModelMissing):
        check(CheckRequest(dataset="d"), workspace, ignore)
    model = workspace.models / "tuned"
    model.mkdir(parents=True)
    (model / "vocab.json").symlink_to(shared("parity/vocab.json"))
    found = check(CheckRequest(dataset="d", base_model="tuned"), workspace, ignore)
    assert (found.usable, found.usable_s, found.total) == (1, 2.0, 2)
    assert [one.code for one in found.rejected] == ["too_short"]
    with pytest.raises(NotFound):
        check(CheckRequest(dataset="nothing", base_model=BASE_MODEL), workspace, ignore)


def test_a_sound_is_read_once_until_it_changes(tmp_path: Path, tokenizer: Tokenizer) -> None:
    (tmp_path / "chunks").mkdir()
    path = tmp_path / "chunks" / "good.wav"
    tone(path, 2.0)
    assert usable_chunks(_dataset(), tmp_path, tokenizer)[1] == []
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(b"\0" * len(content))  # unnoticed: size and time are the same
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert usable_chunks(_dataset(), tmp_path, tokenizer)[1] == []
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert usable_chunks(_dataset(), tmp_path, tokenizer)[1][0].code == "unreadable"
    path.write_bytes(content)  # what can't be read is tried again
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert usable_chunks(_dataset(), tmp_path, tokenizer)[1] == []


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"version": 1, "sounds": [1]}', b'{"version": 1, "sounds": {"chunks/good.wav": [1]}}']
)
def test_a_damaged_memory_of_sounds_is_forgotten(tmp_path: Path, tokenizer: Tokenizer, content: bytes) -> None:
    (tmp_path / "chunks").mkdir()
    tone(tmp_path / "chunks" / "good.wav", 2.0)
    (tmp_path / "sounds.json").write_bytes(content)
    assert usable_chunks(_dataset(), tmp_path, tokenizer)[1] == []
