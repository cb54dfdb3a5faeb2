"""A fine-tuned model in a folder, at a strength: 0 is its base, 1 the model as it was trained."""

from __future__ import annotations

from pathlib import Path

from xtts_studio.errors import CheckpointError
from xtts_studio.xtts.adapter_file import FILE, Adapter, read_adapter
from xtts_studio.xtts.checkpoint import Network, load_network
from xtts_studio.xtts.lora import base_fingerprint, blend, merge


def load_at(folder: Path, base: Path | None, strength: float) -> tuple[Network, Path]:
    """The network of a model, full or adapter, and the folder that has its vocabulary.

    base: the folder of the model it was trained from; None for one that was not. Raises CheckpointError where it is
    needed and missing or another, and for all that `load_network` refuses.
    """
    if is_adapter(folder):
        return _merged(read_adapter(folder), folder, base, strength)
    if base is None or strength == 1:
        return load_network(folder), folder
    if strength == 0:
        return load_network(base), base
    network = load_network(folder)
    blend(network.gpt, load_network(base).gpt.state_dict(), strength)
    return network, folder


def is_adapter(folder: Path) -> bool:
    """Whether a model's folder holds an adapter, which can't speak without its base."""
    return (folder / FILE).is_file()


def check_base(adapter: Adapter, fingerprint: str) -> None:
    """Raises CheckpointError where a base of this fingerprint is not the one that the adapter was trained on."""
    if adapter.base_fingerprint != fingerprint:
        raise CheckpointError(
            f"The adapter was trained on other weights of {adapter.base} than those that are here: "
            f"{adapter.base_fingerprint} is expected, {fingerprint} was found.",
            hint=f"Bring back the {adapter.base} that it was trained on, or train it again.",
            details={"expected": adapter.base_fingerprint, "found": fingerprint},
        )


def _merged(adapter: Adapter, folder: Path, base: Path | None, strength: float) -> tuple[Network, Path]:
    if base is None:
        raise CheckpointError(
            f"{folder} is an adapter, which can't be loaded without its base {adapter.base}.",
            hint="Choose the model by its name, or a whole model's folder.",
        )
    network = load_network(base)
    check_base(adapter, base_fingerprint(network.gpt))
    merge(network.gpt, adapter, strength)
    return network, base
