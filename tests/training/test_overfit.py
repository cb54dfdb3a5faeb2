"""A tiny XTTS, made from nothing but 32 recordings, learns them by heart: its losses fall and it sounds ever more like
the reader. Nothing in it is random but where it begins: DVAE, vocoder and speaker encoder are made of the recordings.

The vocoder learns to voice the latents of the GPT as training leaves it, so the auditions of the checkpoints before
are held after training. The speaker encoder tells the reader from other speakers and from noise; the clips that its
embeddings are compared with were in neither.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import mean, stdev
from typing import NamedTuple

import pytest
import torch

from benchmarks.scratch import DATASET, Scratch, read_recordings
from benchmarks.scratch_model import Scale
from tests.shared import shared
from xtts_studio.events import Event, Metric, ignore
from xtts_studio.models.shelf import base_folder
from xtts_studio.shapes import Audition, TrainRequest
from xtts_studio.training.auditions import speaking
from xtts_studio.training.auditions.room import AuditionRoom
from xtts_studio.training.run import train
from xtts_studio.xtts.cloning import Clip, speaker_embedding

SCALE = Scale(layers=3, channels=64, heads=2, codes=256, hidden=48, width=32)
DVAE_STEPS, VOCODER_STEPS = 80, 80
BETWEEN_AUDITIONS, AUDITIONS = 42, 3  # steps; six epochs of 27 clips, four a step
LINES, MOST_CODES = 10, 45  # 2.1 s of each line
OTHERS = 12
REQUEST = TrainRequest(
    dataset=DATASET,
    name="tiny",
    epochs=1000,
    max_steps=BETWEEN_AUDITIONS * AUDITIONS,
    effective_batch=4,
    batch_size=4,
    learning_rate=3e-3,
    lr_schedule="cosine",
    warmup_steps=10,
    prompts="other",  # so that all codes are learned, not those alone that no prompt gives away
    dropout=0.0,
    precision="float32",
    gradient_checkpointing=False,
    audition=False,
    early_stop_after=0,
    save_every_steps=BETWEEN_AUDITIONS,
    keep_every_steps=BETWEEN_AUDITIONS,
    model_precision="float32",
)


class Learned(NamedTuple):
    """What was told while it learned, its auditions from before the first step on, and the most that the vocoder lets
    it reach: the similarity of what it makes of the recordings' own codes."""

    losses: dict[int, float]
    eval_losses: dict[int, float]
    auditions: list[Audition]
    similarity_of_copies: float


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learned]:
    recordings = read_recordings(shared("audio/ljspeech"))
    others = read_recordings(shared("audio/lang"))[::3][:OTHERS]
    with torch.random.fork_rng(devices=[]), pytest.MonkeyPatch.context() as patch:
        patch.setenv("XTTS_DEVICE", "cpu")
        patch.setattr(speaking, "MOST_CODES", MOST_CODES)
        torch.manual_seed(1)
        scratch = Scratch(tmp_path_factory.mktemp("scratch"), recordings, SCALE, "cpu", seed=1)
        scratch.make_base(DVAE_STEPS, [one.wave[: 6 * 22_050] for one in others], REQUEST.eval_fraction)
        told: list[Event] = []
        result = train(REQUEST, scratch.workspace, told.append)
        scratch.take(result.run_id, REQUEST)
        scratch.fit_vocoder(VOCODER_STEPS, stacks=False)
        copies = mean(similarity(scratch, number) for number in range(LINES))
        yield Learned(curve(told, "loss"), curve(told, "eval_loss"), auditions(scratch), copies)


def curve(events: list[Event], name: str) -> dict[int, float]:
    return {event.step: event.value for event in events if isinstance(event, Metric) and event.name == name}


def auditions(scratch: Scratch) -> list[Audition]:
    """Of the texts that were learned, spoken by the GPT as it was before training and at each checkpoint."""
    texts = [one.text for one in scratch.recordings]
    numbers = [scratch.number_of(clip) for clip in scratch.clips.train[:LINES]]
    room = AuditionRoom(
        scratch.workspace.runs / "auditions",
        base_folder(scratch.workspace),
        scratch.tokenizer,
        scratch.clips.evaluation,
        [(texts[number], "en") for number in numbers],
        1,
        scratch.mel_stats,
        None,
        torch.device("cpu"),
    )
    held = []
    for number, checkpoint in enumerate([None, *scratch.checkpoints]):
        scratch.load(checkpoint)
        held.append(room.hold(scratch.gpt, BETWEEN_AUDITIONS * number, number, None, ignore))
    return held


def similarity(scratch: Scratch, number: int) -> float:
    """Of what the vocoder makes of a clip's own codes, to the clips never seen."""
    copy = speaker_embedding(
        scratch.vocoder.speaker_encoder, Clip(scratch.reconstructed(number, MOST_CODES)[None], 24_000)
    )
    return float(torch.cosine_similarity(copy, scratch.embedding, dim=1))


def similarities(audition: Audition) -> list[float]:
    return [line.similarity for line in audition.lines if line.similarity is not None]


def test_the_loss_falls_from_audition_to_audition(learned: Learned) -> None:
    edges = [BETWEEN_AUDITIONS * number for number in range(AUDITIONS + 1)]
    assert [audition.step for audition in learned.auditions] == edges
    since = [mean(learned.losses[step] for step in range(after + 1, until + 1)) for after, until in pairwise(edges)]
    assert all(later < earlier for earlier, later in pairwise([learned.losses[1], *since])), since


def test_what_is_learned_by_heart_helps_with_new_clips_only_at_first(learned: Learned) -> None:
    last, best = learned.eval_losses[max(learned.eval_losses)], min(learned.eval_losses.values())
    assert best < 0.75 * learned.eval_losses[0]
    assert learned.losses[max(learned.losses)] < best < last  # overfitted, as it was to be


def test_it_sounds_more_and_more_like_the_reader(learned: Learned) -> None:
    heard = [similarities(audition) for audition in learned.auditions]
    assert all(len(lines) >= LINES - 2 for lines in heard)  # a line may be silent
    means = [mean(lines) for lines in heard]
    for number, (earlier, later) in enumerate(pairwise(heard)):
        # Ten lines drawn by chance give a mean that is certain only so far: twice that is more than chance explains.
        chance = math.hypot(*(stdev(lines) / math.sqrt(len(lines)) for lines in (earlier, later)))
        assert means[number + 1] > means[number] - 2 * chance, means
    possible = learned.similarity_of_copies - means[0]
    assert possible > 0.2, (means, learned.similarity_of_copies)
    assert means[-1] - means[0] > 0.4 * possible, (means, learned.similarity_of_copies)
