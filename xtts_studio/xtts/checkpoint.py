"""Model folders: reading what was published, reading and writing our own, refusing all else by name.

    as published   config.json  vocab.json  model.pth  [dvae.pth  mel_stats.pth  speakers_xtts.pth]
    ours           config.json  vocab.json  model.safetensors  [dvae.safetensors]

Checkpoints are data: nothing in them is ever run. Tensors are mapped from the file and read when first used, so a
model of 1.9 GB is there in a moment. Every tensor must be one the architecture has, of its shape, and none may be
missing.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from xtts_studio.errors import CheckpointError, Conflict
from xtts_studio.workspace import replace_folder
from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.dvae import Dvae
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.mel import BANDS
from xtts_studio.xtts.pickles import read_pickled
from xtts_studio.xtts.storing import write_tensors
from xtts_studio.xtts.vocoder import Vocoder, fold_weight_norm
from xtts_studio.xtts.voice import Voice, published_voice

_SURPLUS_OF_TRAINING = re.compile(
    r"torch_mel_spectrogram_style_encoder|torch_mel_spectrogram_dvae|dvae"  # helpers of the reference's trainer
    r"|gpt\.gpt_inference\."  # the same tensors under a second name
    r"|gpt\.gpt\.wte\.weight$"
    r"|gpt\.gpt\.h\.\d+\.attn\.(masked_)?bias$"  # causal masks that older libraries stored
)
_VOCODER = "hifigan_decoder."
_NAMED_AT_MOST = 5
M = TypeVar("M", bound=nn.Module)


class Network(nn.Module):
    """All that speaks: the modules and the names of a published model.pth, with weight norm folded away."""

    mel_stats: Tensor  # (80,)

    def __init__(self, config: XttsConfig) -> None:
        super().__init__()
        self.config = config
        self.gpt = Gpt(config)
        self.hifigan_decoder = Vocoder(config.channels, config.speaker_channels)
        self.register_buffer("mel_stats", torch.zeros(BANDS))


def load_config(folder: Path) -> XttsConfig:
    """The folder's configuration, the text tokens taken from its vocabulary: there they can't be out of date."""
    vocabulary = _vocabulary(folder / "vocab.json")
    config = XttsConfig.read(folder)
    return replace(
        config,
        text_tokens=max(vocabulary.values()) + 1,
        start_text_token=vocabulary.get("[START]", config.start_text_token),
        stop_text_token=vocabulary.get("[STOP]", config.stop_text_token),
    )


def load_network(folder: Path | str) -> Network:
    """The model in a folder, in evaluation mode, on the CPU, float32. The GPT may be trained, the rest is frozen.

    Raises CheckpointError, naming file and tensors, for anything that is not exactly an XTTS v2 model.
    """
    folder = Path(folder)
    config = load_config(folder)
    file = _first_of(folder, "model.safetensors", "model.pth")
    tensors = fold_weight_norm(_without_surplus(_read_tensors(file)))
    network = _filled(lambda: Network(config), tensors, file)
    network.hifigan_decoder.requires_grad_(False)
    return network


def load_dvae(folder: Path | str) -> Dvae:
    """The DVAE beside a model, needed for training alone. Raises CheckpointError where there is none."""
    file = _first_of(Path(folder), "dvae.safetensors", "dvae.pth")
    tensors = _read_tensors(file)
    try:
        dvae = _filled(lambda: Dvae.shaped_like(tensors), tensors, file)
    except KeyError as error:
        raise CheckpointError(f"{file} has no tensor {error}, so it is no DVAE.") from None
    return dvae.requires_grad_(False)


def load_vocoder(folder: Path | str) -> Vocoder:
    """The vocoder and speaker encoder of a model alone, frozen, on the CPU; of the rest nothing is read.

    Raises CheckpointError, as `load_network`.
    """
    folder = Path(folder)
    config = load_config(folder)
    file = _first_of(folder, "model.safetensors", "model.pth")
    tensors = fold_weight_norm(_without_surplus(_read_tensors(file)))
    own = {name.removeprefix(_VOCODER): tensor for name, tensor in tensors.items() if name.startswith(_VOCODER)}
    return _filled(lambda: Vocoder(config.channels, config.speaker_channels), own, file).requires_grad_(False)


def load_studio_voices(folder: Path | str) -> dict[str, Voice]:
    """The voices published with a model (speakers_xtts.pth), by name; none where the file is absent."""
    file = Path(folder) / "speakers_xtts.pth"
    if not file.exists():
        return {}
    content = read_pickled(file)
    try:
        return {str(name): published_voice(entry) for name, entry in content.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise CheckpointError(f"{file} does not hold voices as published: {error!r}.") from None


def save_network(
    folder: Path | str, network: Network, vocab: Path, *, dvae: Dvae | None = None, overwrite: bool = False
) -> Path:
    """Write a whole portable model folder, which appears complete or not at all.

    Raises Conflict where the folder exists, unless it may be overwritten; OSError where the disk refuses.
    """
    folder = Path(folder)
    if folder.exists() and not overwrite:
        raise Conflict(f"There is already a model at {folder}.", hint="Choose another name.")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        (partial / "config.json").write_text(json.dumps(network.config.to_json(), indent=2), encoding="utf-8")
        shutil.copyfile(vocab, partial / "vocab.json")
        write_tensors(partial / "model.safetensors", network.state_dict())
        if dvae is not None:
            write_tensors(partial / "dvae.safetensors", dvae.state_dict())
        replace_folder(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _first_of(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise CheckpointError(
        f"{folder} has neither {' nor '.join(names)}.",
        hint="Fetch the base model again, or point at a whole model folder.",
    )


def _read_tensors(file: Path) -> dict[str, Tensor]:
    content = _read_safetensors(file) if file.suffix == ".safetensors" else read_pickled(file)
    weights = content.get("model", content) if isinstance(content, dict) else content
    if not isinstance(weights, dict) or not weights:
        raise CheckpointError(f"{file} holds a {type(weights).__name__}, expected a table of tensors.")
    for name, tensor in weights.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise CheckpointError(f"{file}: {name!r} is a {type(tensor).__name__}, expected a tensor.")
    return weights


def _read_safetensors(file: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} can't be read as safetensors: {error}.", hint="Fetch it again.") from None


def _without_surplus(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names without the leading "xtts." of trainer checkpoints, and without what only training needed."""
    plain = {name.removeprefix("xtts."): tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in plain.items() if not _SURPLUS_OF_TRAINING.match(name)}


def _filled(make: Callable[[], M], tensors: Mapping[str, Tensor], file: Path) -> M:
    """A module made without memory of its own, whose parameters *are* the tensors of the file."""
    with torch.device("meta"), _NoInitialValues():
        module = make()
    _refuse_differences(module.state_dict(), tensors, file)
    tensors = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    module.load_state_dict(tensors, assign=True)
    return module.eval()


class _NoInitialValues(TorchFunctionMode):
    """Leaves new parameters as they are: they get the file's values, and drawing random ones takes seconds."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def _refuse_differences(expected: Mapping[str, Tensor], found: Mapping[str, Tensor], file: Path) -> None:
    differences = {
        "missing": [name for name in expected if name not in found],
        "surplus": [name for name in found if name not in expected],
        "misshapen": [
            f"{name} {tuple(found[name].shape)} instead of {tuple(tensor.shape)}"
            for name, tensor in expected.items()
            if name in found and found[name].shape != tensor.shape
        ],
    }
    told = [f"{len(names)} {kind}: {_listed(names)}" for kind, names in differences.items() if names]
    if told:
        raise CheckpointError(
            f"{file} does not fit the architecture; {'; '.join(told)}.",
            hint="The file is damaged, of another model, or config.json and vocab.json are not its own.",
            details={kind: names for kind, names in differences.items() if names},
        )


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _vocabulary(file: Path) -> dict[str, int]:
    try:
        vocabulary = json.loads(file.read_text(encoding="utf-8"))["model"]["vocab"]
        return {str(token): int(number) for token, number in vocabulary.items()}
    except FileNotFoundError:
        raise CheckpointError(f"No vocab.json in {file.parent}.", hint="It is part of every XTTS v2 model.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{file} is no vocabulary of the tokenizers library: {error!r}.") from None
