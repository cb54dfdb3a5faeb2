"""`speakers.npz` in a dataset's folder: what a speaker encoder made of each clip. Deleting it loses nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from torch import Tensor

from xtts_studio.dataset.outliers import Embeddings
from xtts_studio.workspace import written_whole

SPEAKERS = "speakers.npz"


class SpeakerFile:
    """Embeddings by clip, of one encoder and of sound files as they were; a damaged file counts as empty."""

    def __init__(self, folder: Path, weights: Iterable[Tensor]) -> None:
        self._path = folder / SPEAKERS
        self._encoder = _digest(weights)
        self._known = self._read()
        self._changed = False

    def get(self, file: str, stamp: str) -> Embeddings | None:
        """The embedding of a clip, (channels,); None where its sound is another or was never heard."""
        known = self._known.get(file)
        return known[1] if known is not None and stamp and known[0] == stamp else None

    def put(self, file: str, stamp: str, row: Embeddings) -> None:
        self._known[file] = (stamp, row)
        self._changed = True

    def save(self, stamps: Mapping[str, str]) -> None:
        """Keeps the embeddings of the clips that `stamps` names."""
        kept = {file: known for file, known in self._known.items() if file in stamps}
        if not self._changed or not kept or not self._path.parent.is_dir():
            return
        with written_whole(self._path) as temporary, temporary.open("wb") as out:
            np.savez(
                out,
                encoder=np.array(self._encoder),
                files=np.array(list(kept)),
                stamps=np.array([stamp for stamp, _ in kept.values()]),
                rows=np.stack([row for _, row in kept.values()]),
            )
        self._changed = False

    def _read(self) -> dict[str, tuple[str, Embeddings]]:
        try:
            with np.load(self._path, allow_pickle=False) as found:
                if str(found["encoder"]) != self._encoder:
                    return {}
                names = zip(found["files"].tolist(), found["stamps"].tolist(), found["rows"], strict=True)
                return {file: (stamp, row) for file, stamp, row in names}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}


def _digest(weights: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in weights:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
