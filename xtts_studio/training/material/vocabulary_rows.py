"""The rows of a model that belong to new entries of its vocabulary.

V entries, C channels.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor, nn

from xtts_studio.errors import CheckpointError
from xtts_studio.xtts.checkpoint import Network

_TAG = re.compile(r"\[([a-z]{2,3}(?:-[a-z]+)?)\]")


def grow(network: Network, vocabulary: Path, extended: Path) -> None:
    """Gives the text embedding and the text head of the network a row for each entry that `extended` has beyond
    `vocabulary`, the network's own. The rows that are there stay bit for bit.

    A new row is the mean of the rows of the base's pieces that spelled the entry before. A letter that the base lacks
    begins as the letter under its accent, or as the mean of all letters; a language's tag as the mean of all tags.
    Raises `CheckpointError` where the files don't belong together.
    """
    old, new = _Entries.read(vocabulary), _Entries.read(extended)
    _refuse_others(network, old, new)
    made_of = _made_of(old, new)
    gpt = network.gpt
    gpt.text_embedding.weight = _grown(gpt.text_embedding.weight, made_of)
    gpt.text_embedding.num_embeddings = new.size
    gpt.text_head.weight = _grown(gpt.text_head.weight, made_of)
    gpt.text_head.bias = _grown(gpt.text_head.bias, made_of)
    gpt.text_head.out_features = new.size
    languages = dict.fromkeys([*network.config.languages, *new.languages])
    network.config = gpt.config = replace(network.config, text_tokens=new.size, languages=tuple(languages))


@dataclass(frozen=True)
class _Entries:
    """A vocabulary file: its entries by id, and how each that a merge makes is made first."""

    ids: dict[str, int]
    merges: dict[str, tuple[str, str]]

    @staticmethod
    def read(path: Path) -> "_Entries":
        try:
            model = json.loads(path.read_text(encoding="utf-8"))["model"]
            merges: dict[str, tuple[str, str]] = {}
            for merge in model["merges"]:
                left, right = merge.split(" ") if isinstance(merge, str) else merge
                merges.setdefault(left + right, (left, right))
            return _Entries(dict(model["vocab"]), merges)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"{path} can't be read as a vocabulary: {error!r}.", hint="Begin a new run, it writes its own."
            ) from error

    @property
    def size(self) -> int:
        return max(self.ids.values()) + 1

    @property
    def languages(self) -> list[str]:
        return [tag[1] for entry in self.ids if (tag := _TAG.fullmatch(entry))]


def _refuse_others(network: Network, old: _Entries, new: _Entries) -> None:
    rows = network.gpt.text_embedding.num_embeddings
    if rows != old.size:
        raise CheckpointError(
            f"The model has {rows} text tokens, its vocabulary {old.size}; they don't belong together."
        )
    moved = next((entry for entry, number in old.ids.items() if new.ids.get(entry) != number), None)
    if moved is not None or len(new.ids) - len(old.ids) != new.size - old.size:
        raise CheckpointError(
            f"The run's vocabulary was not made from its base model's: {moved or 'an entry'!r} differs.",
            hint="Has the base model been replaced? Begin a new run.",
        )


def _made_of(old: _Entries, new: _Entries) -> dict[int, list[int]]:
    """For each new id, in order, the ids of which it is the mean: the base's, and those of new letters."""
    tags = [number for entry, number in old.ids.items() if _TAG.fullmatch(entry)]
    letters = [number for entry, number in old.ids.items() if len(entry) == 1 and entry.isalpha()]
    found = {}
    for entry, number in sorted(new.ids.items(), key=lambda item: item[1]):
        if entry in old.ids:
            continue
        if _TAG.fullmatch(entry):
            found[number] = tags or letters
        elif entry in new.merges:
            found[number] = _spelling(entry, old, new)
        else:
            bare = unicodedata.normalize("NFD", entry)[0]
            found[number] = [old.ids[bare]] if bare in old.ids else letters
    return found


def _spelling(entry: str, old: _Entries, new: _Entries) -> list[int]:
    """The ids that spelled a piece before any new merge."""
    if entry in old.ids or entry not in new.merges:
        return [new.ids[entry]]
    return [number for part in new.merges[entry] for number in _spelling(part, old, new)]


def _grown(rows: Tensor, made_of: dict[int, list[int]]) -> nn.Parameter:
    """(V, C) or (V,) with the new rows behind."""
    old = rows.detach()
    new = old.new_empty((len(old) + len(made_of), *old.shape[1:]))
    new[: len(old)] = old
    for number, parts in made_of.items():  # letters come before the pieces that have them
        new[number] = new[parts].float().mean(0)
    return nn.Parameter(new, requires_grad=rows.requires_grad)
