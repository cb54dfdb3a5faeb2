"""What a voice's folder is to a model: latents, computed once and kept beside what they were made of.

    clips    the clips, as the model hears them
    studio   the latents that were published
    blend    the mean of its parts by their weights; each part is a voice's folder of its own, `part_1` and so on

Kept latents are named by the model and by a digest of what they were made of: another clip is another file.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError

from xtts_studio.errors import CheckpointError, InvalidInput
from xtts_studio.shapes import Speaker
from xtts_studio.speakers import LATENTS, cache_name, digest_of, folder_speaker, part_folder
from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.synthesis.process import engine
from xtts_studio.workspace import Workspace
from xtts_studio.xtts import Voice

_making = threading.Lock()  # a voice asked for twice at once is made once


def voice_of(loaded: LoadedModel, workspace: Workspace, speaker: Speaker) -> Voice:
    """The voice of a speaker for a model, computed where it was not kept yet.

    Raises `CheckpointError` where its files are gone or damaged.
    """
    return voice_in(loaded, workspace.speaker(speaker.name), speaker)


def voice_in(loaded: LoadedModel, folder: Path, speaker: Speaker) -> Voice:
    """The same for a folder wherever it lies: a voice in the making, or a part of a blend."""
    if speaker.kind == "studio":
        return _loaded(folder / LATENTS)
    path = folder / cache_name(loaded.voice_key, digest_of(folder, speaker))
    with suppress(CheckpointError, InvalidInput):
        return _kept(path, loaded)
    if speaker.kind == "blend":
        return _keep(path, _blended(loaded, folder, speaker))
    with _making:
        with suppress(CheckpointError, InvalidInput):  # made while this thread waited
            return _kept(path, loaded)
        return _keep(path, engine().compute(lambda: loaded.model.clone([folder / clip for clip in speaker.clips])))


def mix(voices: Sequence[Voice], weights: Sequence[float]) -> Voice:
    """The mean of voices by weights that are relative to each other.

    As with several references of one voice, the mean of the speaker embeddings keeps its length: it gets shorter the
    less alike the voices are. Raises `InvalidInput` for voices of different sizes.
    """
    if len({(voice.gpt_latent.shape, voice.speaker_embedding.shape) for voice in voices}) > 1:
        raise InvalidInput(
            "The voices of the blend are of models of different sizes.", hint="Blend voices of one model."
        )
    shares = torch.tensor(weights, dtype=torch.float64) / sum(weights)

    def mean(parts: list[torch.Tensor]) -> torch.Tensor:
        stacked = torch.stack(parts).double()  # (parts, 1, …): exact, so that a share of 1 is the part itself
        return (stacked * shares.view(-1, *[1] * (stacked.ndim - 1))).sum(0).float()

    return Voice(mean([voice.gpt_latent for voice in voices]), mean([voice.speaker_embedding for voice in voices]))


def _blended(loaded: LoadedModel, folder: Path, speaker: Speaker) -> Voice:
    folders = [part_folder(folder, number) for number in range(1, len(speaker.blend) + 1)]
    voices = [voice_in(loaded, inner, folder_speaker(inner)) for inner in folders]
    return mix(voices, [part.weight for part in speaker.blend])


def _kept(path: Path, loaded: LoadedModel) -> Voice:
    """Raises `CheckpointError` or `InvalidInput` where it was not made yet, or is damaged."""
    voice = _loaded(path)
    voice.check(loaded.model.config)
    if not (voice.gpt_latent.isfinite().all() and voice.speaker_embedding.isfinite().all()):
        raise CheckpointError(f"{path} holds numbers that are none.")
    return voice


def _loaded(path: Path) -> Voice:
    """Copied out of the file, which is mapped: cutting it off while its voice is in use would end the process."""
    voice = Voice.load(path)
    return Voice(voice.gpt_latent.clone(), voice.speaker_embedding.clone())


def _keep(path: Path, voice: Voice) -> Voice:
    """Keeps a voice in the place of what this model made of earlier clips. A disk that refuses costs only time."""
    with suppress(OSError, SafetensorError):
        voice.save(path)
        key = path.name.split("-")[1].removesuffix(".safetensors")
        for older in {*path.parent.glob(f"voice-{key}-*.safetensors"), *path.parent.glob(f"voice-{key}.safetensors")}:
            if older != path:
                older.unlink(missing_ok=True)
    return voice
