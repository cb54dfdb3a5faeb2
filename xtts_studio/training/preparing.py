"""From a request to a trainer that could begin: data, plan, model, features. Written are features, versions
of the datasets, and a vocabulary that has grown, in the run's folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from xtts_studio.errors import ModelMissing
from xtts_studio.events import Event, Progress, Report
from xtts_studio.models import find_xtts
from xtts_studio.settings import Settings
from xtts_studio.shapes import BASE_MODEL, Audition, TrainingPlan, TrainRequest
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.auditions.recognising import find_recogniser
from xtts_studio.training.auditions.room import AuditionRoom
from xtts_studio.training.auditions.sentences import sentences_for
from xtts_studio.training.loop.around import Clips, Hold, Surroundings
from xtts_studio.training.loop.learned import Learned, LowRank, WholeGpt
from xtts_studio.training.loop.precision import Numerics, numerics
from xtts_studio.training.loop.ranks import Ranks
from xtts_studio.training.loop.trainer import Trainer
from xtts_studio.training.material.features import FILE, Extractor, FeatureFile, fingerprint
from xtts_studio.training.material.gathering import Material, gather, pinned, texts
from xtts_studio.training.material.vocabulary import extended
from xtts_studio.training.plan.bases import refuse_adapter
from xtts_studio.training.plan.planning import continued, planned
from xtts_studio.training.plan.recipe import refuse_contradictions, settled
from xtts_studio.training.runs import Run, open_run, refuse_full_disk
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import Network, load_dvae, load_network
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.lora import LoraConfig, attach, base_fingerprint
from xtts_studio.xtts.precision import device_named

_DVAE_FILES = ("dvae.safetensors", "dvae.pth")


@dataclass(frozen=True)
class BaseModel:
    """The folder of the model that is fine-tuned, and the one whose DVAE makes its codes."""

    folder: Path
    dvae_folder: Path


@dataclass(frozen=True)
class Prepared:
    """All that a training needs. `request` is complete but for what a probe decides."""

    request: TrainRequest
    plan: TrainingPlan
    run: Run
    base: BaseModel
    material: Material
    clips: Clips
    learned: Learned
    mel_stats: Tensor  # (80,) on the device
    numerics: Numerics
    tokenizer: Tokenizer
    workspace: Workspace

    @property
    def fingerprint(self) -> str:
        """Of all that training and evaluation see of the clips."""
        return f"{fingerprint(self.clips.train)[:32]}{fingerprint(self.clips.evaluation)[:32]}"

    def trainer(
        self,
        report: Report,
        on_checkpoint: Callable[[Path], None] = lambda path: None,
        ranks: Ranks | None = None,
        request: TrainRequest | None = None,
    ) -> Trainer:
        """A trainer at its first step; `request` in place of the prepared one."""
        request = request or self.request
        checkpoints = self.run.checkpoints(request.keep_every_steps)
        around = Surroundings(checkpoints, report, self._hold(request), on_checkpoint, ranks or Ranks())
        return Trainer(self.learned, self.mel_stats, self.clips, request, self.numerics, around)

    def _hold(self, request: TrainRequest) -> Hold | None:
        if not request.audition:
            return None
        languages = [language for dataset in self.material.datasets for language in dataset.languages]
        unseen = [(source.text, source.language) for source in self.material.evaluation]
        room = AuditionRoom(
            self.run.folder / "auditions",
            self.base.folder,
            self.tokenizer,
            self.clips.evaluation or self.clips.train[-5:],
            sentences_for(languages, request.audition_sentences, unseen),
            request.seed,
            self.mel_stats,
            find_recogniser(self.workspace),
            self.numerics.device,
        )

        def hold(step: int, epoch: int, eval_loss: float | None, report: Report) -> Audition:
            return room.hold(self.learned.gpt, step, epoch, eval_loss, report)

        return hold


def prepare(request: TrainRequest, workspace: Workspace, report: Report) -> Prepared:
    """Finds and reads everything. Raises `ModelMissing`, `NotFound`, `Conflict`, `DatasetError`, `DiskFull`,
    `InvalidInput` for what a training can't begin with."""
    request = continued(request, workspace)
    refuse_contradictions(request)
    base = find_base(workspace, request.base_model)
    run = open_run(request, workspace)
    device = device_named(Settings().device)
    calculating = numerics(request.precision, request.method, device)
    report(Progress(0.0, "Loading the model"))
    network = load_network(base.folder)
    try:
        return _prepared(request, workspace, report, base, run, network, calculating)
    except BaseException:
        run.forget_unless_begun()  # it may have a vocabulary already
        raise


def _prepared(
    request: TrainRequest,
    workspace: Workspace,
    report: Report,
    base: BaseModel,
    run: Run,
    network: Network,
    calculating: Numerics,
) -> Prepared:
    device = calculating.device
    request = pinned(request, workspace)
    tokenizer, vocabulary = _vocabulary(request, workspace, run, base, network, report)
    material = gather(request, workspace, tokenizer, report)
    plan = planned(request, workspace)
    refuse_full_disk(run.folder, plan.disk_bytes)
    request = settled(request, plan)
    network.mel_stats = network.mel_stats.to(device)
    clips = _features(network, base, material, tokenizer, vocabulary, report)
    learned = _learned(network.gpt, base, request, calculating)
    network.gpt.to(device)
    mel_stats = network.mel_stats
    return Prepared(request, plan, run, base, material, clips, learned, mel_stats, calculating, tokenizer, workspace)


def find_base(workspace: Workspace, name: str) -> BaseModel:
    """Raises `ModelMissing` without the model, or without a DVAE. A fine-tuned model uses that of the base model."""
    refuse_adapter(workspace, name)
    folder = find_xtts(workspace, name)
    for candidate in (folder, find_xtts(workspace, BASE_MODEL)):
        if any((candidate / file).exists() for file in _DVAE_FILES):
            return BaseModel(folder, candidate)
    raise ModelMissing(
        "Training needs dvae.pth, which turns recordings into audio codes; it is not there.",
        hint=f"Fetch the base model again: xtts-studio models pull {BASE_MODEL}.",
    )


def _vocabulary(
    request: TrainRequest, workspace: Workspace, run: Run, base: BaseModel, network: Network, report: Report
) -> tuple[Tokenizer, Path]:
    """The base's own, or with entries for the run's texts; then kept with the run."""
    if not request.new_tokens:
        path = base.folder / "vocab.json"
        return Tokenizer(path), path
    path = run.folder / "vocab.json"
    found = texts(request, workspace)
    return extended(network, base.folder / "vocab.json", found, request.new_tokens, path, report), path


def _features(
    network: Network, base: BaseModel, material: Material, tokenizer: Tokenizer, vocabulary: Path, report: Report
) -> Clips:
    """Codes and ids of all clips. The DVAE is in memory only while this runs."""
    dvae = load_dvae(base.dvae_folder).to(network.mel_stats.device)
    files = [FeatureFile(folder / FILE) for folder in material.folders]
    extractor = Extractor(dvae, network.mel_stats, tokenizer, vocabulary, files)
    clips = extractor.extract([*material.train, *material.evaluation], report)
    return Clips(clips[: len(material.train)], clips[len(material.train) :])


def _learned(gpt: Gpt, base: BaseModel, request: TrainRequest, calculating: Numerics) -> Learned:
    """What of the GPT will change; the rest of it is frozen, and kept in fewer bits where that pays."""
    if request.method == "full":
        gpt.requires_grad_(True)
        return WholeGpt(gpt)
    config = LoraConfig(request.lora_rank, request.lora_alpha, request.lora_dropout, tuple(request.lora_targets))
    mark = base_fingerprint(gpt)
    calculating.keep(gpt)
    attach(gpt, config, request.seed)
    return LowRank(gpt, config, request.base_model, mark)


def between(report: Report, start: float, stop: float) -> Report:
    """A report whose progress from 0 to 1 is passed on as `start` to `stop`."""

    def scaled(event: Event) -> None:
        if isinstance(event, Progress):
            event = replace(event, fraction=start + (stop - start) * event.fraction)
        report(event)

    return scaled


def release(prepared: Prepared) -> None:
    """Gives a GPU's idle memory back to others."""
    if prepared.numerics.device.type == "cuda":
        torch.cuda.empty_cache()
