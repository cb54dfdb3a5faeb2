"""What training needs of each clip: audio codes, text ids, length. Computed once and kept with the dataset.

The file `features.safetensors` in the dataset's folder holds them by content: codes by the clip's bytes and the DVAE,
ids by the text, its language and the vocabulary. So an edited text or a replaced clip is computed anew, nothing else
is, and several base models live side by side. The file can be deleted at any time.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from xtts_studio import __version__
from xtts_studio.errors import DatasetError
from xtts_studio.events import Progress, Report
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.workspace import written_whole
from xtts_studio.xtts.dvae import Dvae
from xtts_studio.xtts.mel import dvae_mel
from xtts_studio.xtts.resample import resample

SAMPLE_RATE_HZ = 22_050
FILE = "features.safetensors"
_CLIPS_PER_SAVE = 500


@dataclass(frozen=True)
class Source:
    """A clip to train on: its file, what is said in it, and in which language."""

    path: Path
    text: str
    language: str


@dataclass(frozen=True)
class TrainingClip:
    """A clip as training sees it."""

    path: Path
    text_ids: Tensor  # (L,) int64
    codes: Tensor  # (N,) int64
    samples: int  # at 22 050 Hz
    digest: str  # of the sound and of what was made of it


def read_wave(path: Path) -> Tensor:
    """A clip as float32 (samples,) at 22 050 Hz, channels averaged. Raises `DatasetError` when it can't be read."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise _unreadable(path, error) from error
    return resample(torch.from_numpy(np.ascontiguousarray(samples.mean(axis=1))), rate_hz, SAMPLE_RATE_HZ)


def _unreadable(path: Path, error: Exception) -> DatasetError:
    if not path.exists():
        return DatasetError(
            f"The clip {path.name} is no longer there.", hint="Was the dataset deleted? Train on one that stays."
        )
    return DatasetError(
        f"The clip {path.name} can't be read: {error}.", hint="Drop the clip from the dataset, or cut it anew."
    )


class FeatureFile:
    """Tensors by key, kept in one safetensors file. A damaged file counts as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tensors = _read(path)
        self._used: set[str] = set()
        self._changed = 0

    def get(self, key: str) -> Tensor | None:
        found = self._tensors.get(key)
        if found is not None:
            self._used.add(key)
        return found

    def put(self, key: str, tensor: Tensor) -> None:
        self._tensors[key] = tensor
        self._used.add(key)
        self._changed += 1
        if self._changed >= _CLIPS_PER_SAVE:
            self.save()

    def forget_unused(self, prefixes: Iterable[str]) -> None:
        """Drops what lies under `prefixes` and nobody asked for: clips that were deleted or edited."""
        for key in [key for key in self._tensors if key.startswith(tuple(prefixes)) and key not in self._used]:
            del self._tensors[key]
            self._changed += 1

    def save(self) -> None:
        """Writes what was computed since the file was last written; not where the dataset was deleted meanwhile."""
        if self._changed and self.path.parent.is_dir():
            with written_whole(self.path) as temporary:
                save_file(self._tensors, temporary)
            self._changed = 0


class Extractor:
    """Computes the features of clips, or finds them in a dataset's feature file.

    mel_stats: (80,), on the DVAE's device.
    """

    def __init__(
        self, dvae: Dvae, mel_stats: Tensor, tokenizer: Tokenizer, vocabulary: Path, file: FeatureFile
    ) -> None:
        self.dvae, self.mel_stats, self.tokenizer, self.file = dvae, mel_stats, tokenizer, file
        self.code_prefix = f"codes/{_digest_of_tensors([*dvae.state_dict().values(), mel_stats])[:16]}/"
        self.text_prefix = f"text/{_digest(vocabulary.read_bytes())[:16]}-{__version__}/"
        self.computed_codes = 0  # clips whose codes were not in the file

    def extract(self, sources: Sequence[Source], report: Report) -> list[TrainingClip]:
        """Features of all clips, in order. What is computed is kept even when `report` raises."""
        try:
            clips = []
            for number, source in enumerate(sources, start=1):
                clips.append(self._clip(source))
                if number % math.ceil(len(sources) / 100) == 0:
                    report(Progress(number / len(sources), f"Prepared clip {number} of {len(sources)}"))
            self.file.forget_unused([self.code_prefix, self.text_prefix])
            return clips
        finally:
            self.file.save()

    def _clip(self, source: Source) -> TrainingClip:
        try:
            sound = _digest(source.path.read_bytes())
        except OSError as error:
            raise _unreadable(source.path, error) from error
        text = _digest(f"{source.language}\0{source.text}".encode())
        codes_and_length = self._codes(self.code_prefix + sound, source.path)
        text_ids = self._text_ids(self.text_prefix + text, source)
        return TrainingClip(
            path=source.path,
            text_ids=text_ids.long(),
            codes=codes_and_length[1:].long(),
            samples=int(codes_and_length[0]),
            digest=_digest(f"{sound}{codes_and_length.tolist()}{text_ids.tolist()}".encode()),
        )

    def _codes(self, key: str, path: Path) -> Tensor:
        """The clip's length in samples, then its codes: (1 + N,) int32."""
        found = self.file.get(key)
        if found is None:
            wave = read_wave(path)
            found = torch.cat([torch.tensor([len(wave)]), self._encode(wave)]).to(torch.int32)
            self.file.put(key, found)
            self.computed_codes += 1
        return found

    @torch.no_grad()
    def _encode(self, wave: Tensor) -> Tensor:
        mel = dvae_mel(wave[None].to(self.mel_stats.device), self.mel_stats)
        return self.dvae.encode(mel)[0].cpu()  # (1, N) -> (N,)

    def _text_ids(self, key: str, source: Source) -> Tensor:
        found = self.file.get(key)
        if found is None:
            found = torch.tensor(self.tokenizer.encode(source.text, source.language), dtype=torch.int32)
            self.file.put(key, found)
        return found


def fingerprint(clips: Sequence[TrainingClip]) -> str:
    """One digest of all that training sees of the clips, in order."""
    return _digest("".join(clip.digest for clip in clips).encode())


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError):
        return {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of_tensors(tensors: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
