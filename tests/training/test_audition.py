"""Auditions of a tiny model: what they say and write, and that they disturb nothing of the training around them."""

from __future__ import annotations

import errno
import gc
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from tests.shared import shared
from tests.training.conftest import write_clips
from xtts_studio.errors import Cancelled, DatasetError, DiskFull, OutOfMemory
from xtts_studio.events import Event, Log, Progress, ignore
from xtts_studio.shapes import Audition
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.auditions import files as audition_files, speaking
from xtts_studio.training.auditions.files import read_auditions
from xtts_studio.training.auditions.recognising import RATE_HZ, Recogniser, find_recogniser
from xtts_studio.training.auditions.room import AuditionRoom
from xtts_studio.training.auditions.scores import character_error_rate
from xtts_studio.training.material.features import TrainingClip
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import Network
from xtts_studio.xtts.lora import LoraConfig, attach
from xtts_studio.xtts.resample import resample
from xtts_studio.xtts.vocoder import Vocoder

SENTENCES = [("Yes, of course.", "en"), ("Wo bist du?", "de")]
MOST_CODES = 8

MakeRoom = Callable[..., AuditionRoom]


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> list[TrainingClip]:
    """Two clips with their text; what training alone needs is left out."""
    tokenizer = Tokenizer(tiny_folder / "vocab.json")
    sources = write_clips(tmp_path_factory.mktemp("held-out"))[:2]
    return [
        TrainingClip(
            path=source.path,
            text_ids=torch.tensor(tokenizer.encode(source.text, source.language)),
            codes=torch.empty(0, dtype=torch.long),
            samples=soundfile.info(source.path).frames,
            digest="",
        )
        for source in sources
    ]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run's folder; in it, models that never end are stopped after a third of a second."""
    monkeypatch.setattr(speaking, "MOST_CODES", MOST_CODES)
    return tmp_path / "run"


@pytest.fixture
def make_room(run: Path, tiny_folder: Path, held_out: list[TrainingClip], network: Network) -> MakeRoom:
    """A room of the run; all but the tiny model can be chosen."""

    def make(
        sentences: Sequence[tuple[str, str]] = SENTENCES,
        seed: int = 1,
        recogniser: Recogniser | None = None,
        clips: Sequence[TrainingClip] = held_out,
    ) -> AuditionRoom:
        return AuditionRoom(
            run / "auditions",
            tiny_folder,
            Tokenizer(tiny_folder / "vocab.json"),
            clips,
            sentences,  # type: ignore[arg-type]
            seed,
            network.mel_stats,
            recogniser,
            network.mel_stats.device,
        )

    return make


@pytest.fixture
def network(make_network: Callable[[], Network]) -> Network:
    return make_network()


def sounds(run: Path, step: int) -> list[bytes]:
    return [path.read_bytes() for path in sorted((run / "auditions" / f"step-{step:08}").glob("*.wav"))]


def test_an_audition_is_kept_with_its_scores(run: Path, make_room: MakeRoom, network: Network) -> None:
    told: list[Event] = []
    audition = make_room().hold(network.gpt, 200, 2, 3.5, told.append)
    assert read_auditions(run) == [audition]
    assert (audition.step, audition.epoch, audition.eval_loss) == (200, 2, 3.5)
    assert [(line.text, line.language, line.seed) for line in audition.lines] == [
        ("Yes, of course.", "en", 1),
        ("Wo bist du?", "de", 2),
    ]
    for number, line in enumerate(audition.lines, start=1):
        wave, rate_hz = soundfile.read(audition_files.line_path(run, 200, number))
        assert rate_hz == 24_000
        assert len(wave) / rate_hz == pytest.approx(line.duration_s, abs=1e-3)
        assert np.abs(wave).max() > 0.01
        assert line.similarity is not None
        assert -1 <= line.similarity <= 1
        assert line.pace is not None
        assert line.pace > 0
        assert line.silence is not None
        assert 0 <= line.silence <= 1
        assert (line.cer, line.heard) == (None, None)
    assert 0 < audition.score <= 1
    fractions = [event.fraction for event in told if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    reference = soundfile.info(audition_files.reference_path(run))
    assert (reference.samplerate, reference.subtype) == (22_050, "PCM_16")


def test_the_same_seed_says_the_same_to_the_last_bit(run: Path, make_room: MakeRoom, network: Network) -> None:
    for step, seed in enumerate((1, 1, 7), start=1):
        make_room(SENTENCES[:1], seed).hold(network.gpt, step, 1, None, ignore)
    assert sounds(run, 1) == sounds(run, 2)
    assert sounds(run, 3) != sounds(run, 1)


def test_other_weights_say_something_else_of_the_same_voice(run: Path, make_room: MakeRoom, network: Network) -> None:
    room = make_room(SENTENCES[:1])
    room.hold(network.gpt, 1, 1, None, ignore)
    with torch.no_grad():
        network.gpt.mel_head.weight.mul_(0.5)  # type: ignore[union-attr,operator]
    room.hold(network.gpt, 2, 1, None, ignore)
    assert sounds(run, 1) != sounds(run, 2)


def test_nothing_of_the_training_is_disturbed(make_room: MakeRoom, network: Network) -> None:
    gpt = network.gpt
    gpt.train()
    gpt.gpt.h[0].eval()
    for parameter in gpt.parameters():
        parameter.grad = torch.ones_like(parameter)
    weights = {name: tensor.clone() for name, tensor in gpt.state_dict().items()}
    modes = [module.training for module in gpt.modules()]
    needs = [parameter.requires_grad for parameter in gpt.parameters()]
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    make_room(SENTENCES[:1]).hold(gpt, 1, 1, None, ignore)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]
    assert modes == [module.training for module in gpt.modules()]
    assert needs == [parameter.requires_grad for parameter in gpt.parameters()]
    assert all(torch.equal(tensor, weights[name]) for name, tensor in gpt.state_dict().items())
    assert all(torch.equal(parameter.grad, torch.ones_like(parameter)) for parameter in gpt.parameters())  # type: ignore[arg-type]
    gpt.style(torch.zeros(1, 80, 40)).sum().backward()  # and it can be trained as before


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_nothing_of_a_training_on_a_gpu_is_disturbed(run: Path, make_room: MakeRoom, network: Network) -> None:
    gpt = network.cuda().gpt
    gpt.train()
    weights = {name: tensor.clone() for name, tensor in gpt.state_dict().items()}
    before = torch.cuda.get_rng_state(), torch.get_rng_state()
    with torch.autocast("cuda", torch.bfloat16):
        audition = make_room().hold(gpt, 1, 1, None, ignore)
    assert audition.score > 0
    assert torch.equal(torch.cuda.get_rng_state(), before[0])
    assert torch.equal(torch.get_rng_state(), before[1])
    assert all(torch.equal(tensor, weights[name]) for name, tensor in gpt.state_dict().items())
    assert all(module.training for module in gpt.modules())
    make_room().hold(gpt, 2, 1, None, ignore)
    assert sounds(run, 1) == sounds(run, 2)


def test_the_vocoder_is_in_memory_only_meanwhile(make_room: MakeRoom, network: Network) -> None:
    def vocoders() -> int:
        gc.collect()
        return sum(type(one) is Vocoder for one in gc.get_objects())

    room, before, meanwhile = make_room(SENTENCES[:1]), vocoders(), list[int]()
    room.hold(network.gpt, 1, 1, None, lambda event: meanwhile.append(vocoders()))
    assert max(meanwhile) == before + 1
    assert vocoders() == before
    with pytest.raises(Cancelled):
        room.hold(network.gpt, 2, 1, None, cancelling_after(2))
    assert vocoders() == before


def test_an_adapter_in_training_is_heard(run: Path, make_room: MakeRoom, network: Network) -> None:
    room = make_room(SENTENCES[:1])
    room.hold(network.gpt, 1, 1, None, ignore)
    attach(network.gpt, LoraConfig(rank=4), seed=3)
    network.gpt.train()
    room.hold(network.gpt, 2, 1, None, ignore)
    assert sounds(run, 1) == sounds(run, 2)  # it has learned nothing yet
    with torch.no_grad():
        for name, parameter in network.gpt.named_parameters():
            if name.endswith("lora_b"):
                parameter.fill_(0.05)
    room.hold(network.gpt, 3, 1, None, ignore)
    assert sounds(run, 3) != sounds(run, 2)


def test_weights_that_are_no_numbers_have_no_points(run: Path, make_room: MakeRoom, network: Network) -> None:
    with torch.no_grad():
        network.gpt.final_norm.weight.fill_(float("nan"))
    audition = make_room().hold(network.gpt, 1, 1, float("nan"), ignore)
    assert audition.score == 0
    assert audition.eval_loss is None
    assert [(line.duration_s, line.ended, line.similarity) for line in audition.lines] == [(0, False, None)] * 2
    assert read_auditions(run) == [audition]
    assert len(sounds(run, 1)) == 2


def cancelling_after(events: int) -> Callable[[Event], None]:
    left = [events]

    def report(event: Event) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled

    return report


@pytest.mark.parametrize("events", [0, 1, 2, 4])
def test_a_cancel_leaves_nothing_half_written(run: Path, make_room: MakeRoom, network: Network, events: int) -> None:
    network.gpt.train()
    with pytest.raises(Cancelled):
        make_room().hold(network.gpt, 1, 1, None, cancelling_after(events))
    assert not list(run.rglob("*"))
    assert network.gpt.training


def test_a_cancel_leaves_an_earlier_audition_of_the_step_alone(
    run: Path, make_room: MakeRoom, network: Network
) -> None:
    audition = written(run, 1)
    before = sounds(run, 1)
    room = make_room(SENTENCES[:1])
    with pytest.raises(Cancelled):
        room.hold(network.gpt, 1, 1, None, cancelling_after(3))
    assert read_auditions(run) == [audition]
    assert sounds(run, 1) == before
    later = room.hold(network.gpt, 1, 1, None, ignore)
    assert read_auditions(run) == [later]


def written(run: Path, step: int) -> Audition:
    """An audition of silence, kept as any other."""
    line = {"text": "Yes.", "language": "en", "seed": 1, "file": "line-01.wav", "duration_s": 0.1, "ended": True}
    audition = Audition.model_validate({"step": step, "epoch": 1, "created_at": "", "lines": [line], "score": 0.5})
    audition_files.write_audition(run / "auditions", audition, [np.zeros(2400, np.float32)])
    return audition


def test_a_full_disk_leaves_nothing_half_written(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    first = written(run, 1)
    monkeypatch.setattr(audition_files, "write_json", refuse)
    for step in (1, 2):
        with pytest.raises(DiskFull):
            written(run, step)
    assert [path.name for path in (run / "auditions").iterdir()] == ["step-00000001"]
    assert read_auditions(run) == [first]


def test_what_is_heard_is_compared_with_what_was_to_be_said(make_room: MakeRoom, network: Network) -> None:
    heard: list[tuple[int, str]] = []

    def recogniser(samples: Sequence[Any], languages: Sequence[str]) -> list[str | None]:
        heard.extend((len(one), language) for one, language in zip(samples, languages, strict=True))
        return ["yes of curse", None]

    audition = make_room(recogniser=recogniser).hold(network.gpt, 1, 1, None, ignore)
    first, second = audition.lines
    assert heard == [
        (pytest.approx(first.duration_s * 16_000, abs=20), "en"),
        (pytest.approx(second.duration_s * 16_000, abs=20), "de"),
    ]
    assert (first.heard, first.cer) == ("yes of curse", pytest.approx(1 / 11))
    assert (second.heard, second.cer) == (None, None)
    assert audition.cer == first.cer


def test_a_recogniser_that_fails_doesnt_fail_the_audition(make_room: MakeRoom, network: Network) -> None:
    def recogniser(samples: Sequence[Any], languages: Sequence[str]) -> list[str | None]:
        raise RuntimeError("mkl_malloc: failed to allocate memory")

    told: list[Event] = []
    audition = make_room(recogniser=recogniser).hold(network.gpt, 1, 1, None, told.append)
    assert audition.cer is None
    assert audition.score > 0
    assert [event.level for event in told if isinstance(event, Log)] == ["warning"]


def test_a_sentence_that_the_model_cant_speak_is_left_out_and_told(make_room: MakeRoom, network: Network) -> None:
    told: list[Event] = []
    room = make_room([*SENTENCES, ("Hello.", "tlh"), ("…", "en")])
    assert len(room.hold(network.gpt, 1, 1, None, told.append).lines) == 2
    assert len([event for event in told if isinstance(event, Log)]) == 1
    assert make_room([]).hold(network.gpt, 2, 1, None, ignore).score == 0


def test_a_long_sentence_is_spoken_in_pieces(make_room: MakeRoom, network: Network) -> None:
    long = "The harbour is quiet, and every boat lies still under the moon. " * 6
    (line,) = make_room([(long, "en")]).hold(network.gpt, 1, 1, None, ignore).lines
    assert line.text == long
    assert line.duration_s > 1.5 * MOST_CODES * 1024 / 22_050 or line.ended


def test_where_memory_is_short_fewer_are_spoken_at_a_time(
    run: Path, make_room: MakeRoom, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, sizes = speaking._together, list[int]()

    def short(gpt: Any, voice: Any, pieces: Sequence[Any], tell: Any) -> Any:
        sizes.append(len(pieces))
        if len(pieces) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return together(gpt, voice, pieces, tell)

    monkeypatch.setattr(speaking, "_together", short)
    audition = make_room().hold(network.gpt, 1, 1, None, ignore)
    assert sizes == [2, 1, 1]
    assert audition.score > 0

    def none(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(speaking, "_together", none)
    with pytest.raises(OutOfMemory):
        make_room().hold(network.gpt, 2, 1, None, ignore)
    assert [one.step for one in read_auditions(run)] == [1]


def test_clips_that_are_gone_are_passed_over(
    make_room: MakeRoom, network: Network, held_out: list[TrainingClip], tmp_path: Path
) -> None:
    gone = replace(held_out[0], path=tmp_path / "gone.wav")
    assert make_room(SENTENCES[:1], clips=[gone, held_out[1]]).hold(network.gpt, 1, 1, None, ignore).score > 0
    with pytest.raises(DatasetError):
        make_room(clips=[gone]).hold(network.gpt, 2, 1, None, ignore)


def test_the_voice_is_that_of_the_first_dataset(
    run: Path, make_room: MakeRoom, network: Network, held_out: list[TrainingClip]
) -> None:
    other = [replace(clip, group=1) for clip in held_out[1:]]
    make_room(SENTENCES[:1], clips=[*other, held_out[0]]).hold(network.gpt, 1, 1, None, ignore)
    make_room(SENTENCES[:1], clips=[held_out[0]]).hold(network.gpt, 2, 1, None, ignore)
    assert sounds(run, 1) == sounds(run, 2)


def test_damaged_auditions_are_left_out(run: Path) -> None:
    for step in (1, 2, 3, 4):
        written(run, step)
    folder = run / "auditions"
    (folder / "step-00000001" / "audition.json").write_text('{"step": 1, "li')
    (folder / "step-00000002" / "audition.json").unlink()
    content = json.loads((folder / "step-00000003" / "audition.json").read_text())
    (folder / "step-00000003" / "audition.json").write_text(json.dumps(content | {"of a later version": True}))
    assert [one.step for one in read_auditions(run)] == [3, 4]


def test_whisper_hears_what_is_said(tmp_path: Path) -> None:
    """With a small real model that knows the sentences of these recordings."""
    workspace = Workspace(tmp_path)
    assert find_recogniser(workspace) is None
    folder = workspace.cache / "whisper"
    folder.mkdir(parents=True)
    (folder / "lj").symlink_to(shared("models/whisper-lj"))
    recogniser = find_recogniser(workspace)
    assert recogniser is not None
    with soundfile.SoundFile(shared("audio/long/long_en_lj_built.flac")) as file:
        first = json.loads(shared("audio/long/long_en_lj_built.json").read_text("utf-8"))["segments"][0]
        samples = file.read(first["end"] + 2000, dtype="float32")
        speech = resample(torch.from_numpy(samples), file.samplerate, RATE_HZ).numpy()
    heard, unknown = recogniser([speech, speech], ["en", "en"])
    assert heard == unknown
    assert heard is not None
    assert character_error_rate(first["text"], heard, "en") < 0.1
