"""Models and voices kept at hand by the process that speaks."""

import hashlib
from collections import OrderedDict
from functools import cached_property
from pathlib import Path

from xtts_studio.errors import CheckpointError
from xtts_studio.xtts import Voice, Xtts

MOST_MODELS = 2
_MODEL_FILES = ("model.safetensors", "model.pth")


class LoadedModel:
    """A model and the key of the voices it makes."""

    def __init__(self, model: Xtts) -> None:
        self.model = model

    @cached_property
    def voice_key(self) -> str:
        """Digest of everything that turns recordings into a voice: models of one key share their voices."""
        network, config = self.model.network, self.model.config
        digest = hashlib.sha256(
            repr(
                (
                    config.gpt_cond_len_s,
                    config.gpt_cond_chunk_len_s,
                    config.max_ref_length_s,
                    config.normalize_references,
                )
            ).encode()
        )
        for module in (
            network.gpt.conditioning_encoder,
            network.gpt.conditioning_perceiver,
            network.hifigan_decoder.speaker_encoder,
        ):
            for tensor in module.state_dict().values():
                digest.update(tensor.cpu().contiguous().numpy().tobytes())
        digest.update(network.mel_stats.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]


class Engine:
    """Loads models and voices once. Not for several threads at a time."""

    def __init__(self, device: str = "auto") -> None:
        self.device = device
        self._models: OrderedDict[tuple[Path, int], LoadedModel] = OrderedDict()

    def model(self, folder: Path) -> LoadedModel:
        """The model in a folder; the two used last stay in memory, and one whose file has changed is read anew."""
        key = (folder.resolve(), _stamp(folder))
        if key not in self._models:
            for outdated in [other for other in self._models if other[0] == key[0]]:
                del self._models[outdated]
            while len(self._models) >= MOST_MODELS:  # before loading, so that never more are in memory
                self._models.popitem(last=False)
            self._models[key] = LoadedModel(Xtts.load(folder, device=self.device))
        self._models.move_to_end(key)
        return self._models[key]

    def voice(self, loaded: LoadedModel, folder: Path, clips: list[Path]) -> Voice:
        """The voice of reference clips, kept in `folder` for this model and for all that make voices as it does."""
        path = folder / f"voice-{loaded.voice_key}.safetensors"
        try:
            return Voice.load(path)
        except CheckpointError:  # not made yet, or damaged
            voice = loaded.model.clone(clips)
            voice.save(path)
            return voice


def _stamp(folder: Path) -> int:
    """When the model's weights were written."""
    return max(((folder / name).stat().st_mtime_ns for name in _MODEL_FILES if (folder / name).exists()), default=0)
