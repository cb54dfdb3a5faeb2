"""The card of a model: what it was made of, how, and what was measured of it. card.json lies beside the weights.

Everything in it was counted or measured; nothing is judged. Needs no torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xtts_studio import __version__
from xtts_studio.models import LICENCE_NAME, LICENCE_URL
from xtts_studio.shapes import Audition, TrainRequest
from xtts_studio.training.auditions.files import scores_of
from xtts_studio.training.records.card_text import card_markdown

__all__ = ["TrainedDataset", "card_markdown", "make_card"]

_SAID_ELSEWHERE = {
    "name",
    "dataset",
    "dataset_weight",
    "dataset_version",
    "more_datasets",
    "base_model",
    "method",
    "run_id",
}


@dataclass(frozen=True)
class TrainedDataset:
    """A dataset as a run used it. `fingerprint`: of the sound and the text ids that training saw, in order."""

    name: str
    version: int
    weight: float
    train_clips: int
    eval_clips: int
    speech_s: float
    languages: tuple[str, ...]
    fingerprint: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "fingerprint": self.fingerprint,
            "weight": self.weight,
            "train_clips": self.train_clips,
            "eval_clips": self.eval_clips,
            "minutes": round(self.speech_s / 60, 2),
            "languages": list(self.languages),
        }


def make_card(
    request: TrainRequest,
    *,
    run_id: str,
    datasets: Sequence[TrainedDataset],
    fingerprint: str,
    steps: int,
    losses: Mapping[str, float | None],
    audition: Audition | None = None,
    step: int | None = None,
    added_tokens: int = 0,
) -> dict[str, Any]:
    """The content of card.json.

    `request` with its settings as they were used. fingerprint: of all clips of the run; `steps` that were trained in
    all, of which the model is that after `step` (the last when None); losses: "train" and "eval" at that step;
    `audition` of that step where there was one; added_tokens: entries that the vocabulary was given.
    """
    first = datasets[0]
    return {
        "name": request.name,
        "kind": "adapter" if request.method == "lora" else "full",
        "base": request.base_model,
        "licence": {"name": LICENCE_NAME, "url": LICENCE_URL, "of": "the weights of the base model and of this one"},
        "run_id": run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "languages": sorted({language for dataset in datasets for language in dataset.languages}),
        # The first one as it always was told, the fingerprint that of the whole run; then all of them.
        "dataset": {
            "name": first.name,
            "version": first.version,
            "fingerprint": fingerprint,
            "train_clips": sum(dataset.train_clips for dataset in datasets),
            "eval_clips": sum(dataset.eval_clips for dataset in datasets),
        },
        "datasets": [dataset.to_json() for dataset in datasets],
        "settings": request.model_dump(exclude=_SAID_ELSEWHERE),
        "added_tokens": added_tokens,
        "steps": steps,
        "step": steps if step is None else step,
        "losses": dict(losses),
        "scores": None if audition is None else scores_of(audition),
        "software": {"name": "XTTS Studio", "version": __version__},
    }
