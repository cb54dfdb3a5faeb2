"""What training needs of each clip: audio codes, text ids, length. Computed once and kept with the clip's dataset.

The file `features.safetensors` in a dataset's folder (see `feature_file`) holds them by content: codes by the clip's
bytes and the DVAE, ids by the text, its language and the vocabulary. So an edited text or a replaced clip is computed
anew, nothing else is, and several base models live side by side. The file can be deleted at any time.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor

from xtts_studio import __version__
from xtts_studio.errors import DatasetError
from xtts_studio.events import Progress, Report
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.material.feature_file import FILE, FeatureFile
from xtts_studio.xtts.dvae import Dvae
from xtts_studio.xtts.mel import dvae_mel
from xtts_studio.xtts.resample import resample

__all__ = ["FILE", "Extractor", "FeatureFile", "Source", "TrainingClip", "fingerprint", "fingerprints", "read_wave"]

SAMPLE_RATE_HZ = 22_050


@dataclass(frozen=True)
class Source:
    """A clip to train on: its file, what is said in it, and in which language.

    `group`: its dataset's number in the run; clips of one group have one voice. `weight`: how often it is seen per
    epoch.
    """

    path: Path
    text: str
    language: str
    group: int = 0
    weight: float = 1.0


@dataclass(frozen=True)
class TrainingClip:
    """A clip as training sees it."""

    path: Path
    text_ids: Tensor  # (L,) int64
    codes: Tensor  # (N,) int64
    samples: int  # at 22 050 Hz
    digest: str  # of the sound and of what was made of it
    group: int = 0  # as of `Source`
    weight: float = 1.0


def read_wave(path: Path, samples: int | None = None) -> Tensor:
    """A clip as float32 (samples,) at 22 050 Hz, channels averaged.

    Raises `DatasetError` when it can't be read, or has not as many `samples` as it had when its features were made.
    """
    try:
        sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise _unreadable(path, error) from error
    wave = resample(torch.from_numpy(np.ascontiguousarray(sound.mean(axis=1))), rate_hz, SAMPLE_RATE_HZ)
    if samples is not None and len(wave) != samples:
        raise DatasetError(
            f"The clip {_named(path)} has {len(wave)} samples; it had {samples} when training began.",
            hint="Somebody has replaced or cut off its file. Put it back and go on with the run, or start a new one.",
        )
    return wave


def _unreadable(path: Path, error: Exception) -> DatasetError:
    if not path.exists():
        return DatasetError(
            f"The clip {_named(path)} is no longer there.", hint="Was the dataset deleted? Train on one that stays."
        )
    return DatasetError(
        f"The clip {_named(path)} can't be read: {error}.", hint="Drop the clip from the dataset, or cut it anew."
    )


def _named(path: Path) -> str:
    """harbour/chunks/chunk_001.wav: a run may have several datasets with clips of the same name."""
    return "/".join(path.parts[-3:])


class Extractor:
    """Computes the features of clips, or finds them in the feature files of their datasets.

    mel_stats: (80,), on the DVAE's device. files: one for each group of the clips, or one for all.
    """

    def __init__(
        self,
        dvae: Dvae,
        mel_stats: Tensor,
        tokenizer: Tokenizer,
        vocabulary: Path,
        files: FeatureFile | Sequence[FeatureFile],
    ) -> None:
        self.dvae, self.mel_stats, self.tokenizer = dvae, mel_stats, tokenizer
        self.files = [files] if isinstance(files, FeatureFile) else list(files)
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
            for file in self.files:
                file.forget_unused([self.code_prefix, self.text_prefix])
            return clips
        finally:
            for file in self.files:
                file.save()

    def _file(self, source: Source) -> FeatureFile:
        return self.files[source.group] if len(self.files) > 1 else self.files[0]

    def _clip(self, source: Source) -> TrainingClip:
        try:
            sound = _digest(source.path.read_bytes())
        except OSError as error:
            raise _unreadable(source.path, error) from error
        text = _digest(f"{source.language}\0{source.text}".encode())
        codes_and_length = self._codes(self.code_prefix + sound, source)
        text_ids = self._text_ids(self.text_prefix + text, source)
        return TrainingClip(
            path=source.path,
            text_ids=text_ids.long(),
            codes=codes_and_length[1:].long(),
            samples=int(codes_and_length[0]),
            digest=_digest(f"{sound}{codes_and_length.tolist()}{text_ids.tolist()}".encode()),
            group=source.group,
            weight=source.weight,
        )

    def _codes(self, key: str, source: Source) -> Tensor:
        """The clip's length in samples, then its codes: (1 + N,) int32."""
        file = self._file(source)
        found = file.get(key)
        if found is None:
            wave = read_wave(source.path)
            found = torch.cat([torch.tensor([len(wave)]), self._encode(wave)]).to(torch.int32)
            file.put(key, found)
            self.computed_codes += 1
        return found

    @torch.no_grad()
    def _encode(self, wave: Tensor) -> Tensor:
        mel = dvae_mel(wave[None].to(self.mel_stats.device), self.mel_stats)
        return self.dvae.encode(mel)[0].cpu()  # (1, N) -> (N,)

    def _text_ids(self, key: str, source: Source) -> Tensor:
        file = self._file(source)
        found = file.get(key)
        if found is None:
            found = torch.tensor(self.tokenizer.encode(source.text, source.language), dtype=torch.int32)
            file.put(key, found)
        return found


def fingerprint(clips: Sequence[TrainingClip]) -> str:
    """One digest of all that training sees of the clips, in order."""
    return _digest("".join(clip.digest for clip in clips).encode())


def fingerprints(clips: Sequence[TrainingClip]) -> dict[int, str]:
    """`fingerprint` of the clips of each group."""
    groups = sorted({clip.group for clip in clips})
    return {group: fingerprint([clip for clip in clips if clip.group == group]) for group in groups}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of_tensors(tensors: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
