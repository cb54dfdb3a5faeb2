"""The models that can be fetched: where they are published, at which revision, and how their files are recognised."""

from dataclasses import dataclass
from typing import Literal

from xtts_studio.shapes import BASE_MODEL

WEIGHTS = ("model.safetensors", "model.pth")
"""The weights of an XTTS model: as we save them, as they are published."""
ADAPTER = "adapter.safetensors"
"""In place of weights: what was learned beside those of another model, which is needed to speak."""
XTTS_NEEDS = ("config.json", "vocab.json", WEIGHTS)
WHISPER_NEEDS = ("config.json", "model.bin", "tokenizer.json", ("vocabulary.json", "vocabulary.txt"))
"""The files a model can't do without; of the names in a tuple, one."""


@dataclass(frozen=True)
class PublishedFile:
    """A file of a model. Without a checksum here, the one that the server tells is used."""

    name: str
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class PublishedModel:
    """A model on the Hugging Face Hub, pinned to a commit. Files are fetched in this order, the weights last."""

    name: str
    kind: Literal["base", "whisper"]
    repository: str
    revision: str
    size_bytes: int
    files: tuple[PublishedFile, ...]
    licence: str


BASE = PublishedModel(
    name=BASE_MODEL,
    kind="base",
    repository="coqui/XTTS-v2",
    revision="6c2b0d75eae4b7047358e3b6bd9325f857d43f77",
    size_bytes=2_087_632_000,
    files=(
        PublishedFile("config.json", 4_368, "ef262b1454dd2a77e1461b0b2cd53e19b8a7624cc131b837d36df67356bc75e8"),
        PublishedFile("vocab.json", 361_219, "928260878a59da8a72a2a5b7687fea29d5106137669d90945430fe17e415304a"),
        PublishedFile("mel_stats.pth", 1_067, "1f69422a8a8f344c4fca2f0c6b8d41d2151d6615b7321e48e6bb15ae949b119c"),
        PublishedFile(
            "speakers_xtts.pth", 7_754_818, "f0f6137c19a4eab0cbbe4c99b5babacf68b1746e50da90807708c10e645b943b"
        ),
        PublishedFile("dvae.pth", 210_514_388, "b29bc227d410d4991e0a8c09b858f77415013eeb9fba9650258e96095557d97a"),
        PublishedFile("model.pth", 1_867_929_118, "c7ea20001c6a0a841c77e252d8409f6a74fb423e79b3206a0771ba5989776187"),
    ),
    licence="CPML",
)


def _whisper(
    name: str, repository: str, revision: str, megabytes: int, *others: str, sha256: str | None = None
) -> PublishedModel:
    files = (*map(PublishedFile, ("config.json", "tokenizer.json", *others)), PublishedFile("model.bin", None, sha256))
    return PublishedModel(name, "whisper", repository, revision, megabytes * 10**6, files, "MIT")


WHISPER: dict[str, PublishedModel] = {
    model.name: model
    for model in (
        _whisper(
            "tiny", "Systran/faster-whisper-tiny", "d90ca5fe260221311c53c58e660288d3deb8d356", 78, "vocabulary.txt"
        ),
        _whisper(
            "base",
            "Systran/faster-whisper-base",
            "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
            148,
            "vocabulary.txt",
            sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        ),
        _whisper(
            "small", "Systran/faster-whisper-small", "536b0662742c02347bc0e980a01041f333bce120", 486, "vocabulary.txt"
        ),
        _whisper(
            "medium",
            "Systran/faster-whisper-medium",
            "08e178d48790749d25932bbc082711ddcfdfbc4f",
            1531,
            "vocabulary.txt",
        ),
        _whisper(
            "large-v2",
            "Systran/faster-whisper-large-v2",
            "f0fe81560cb8b68660e564f55dd99207059c092e",
            3090,
            "vocabulary.txt",
        ),
        _whisper(
            "large-v3",
            "Systran/faster-whisper-large-v3",
            "edaa852ec7e145841d8ffdb056a99866b5f0a478",
            3091,
            "vocabulary.json",
            "preprocessor_config.json",
        ),
        _whisper(
            "large-v3-turbo",
            "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
            "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
            1622,
            "vocabulary.json",
            "preprocessor_config.json",
        ),
    )
}
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


def published(name: str) -> PublishedModel | None:
    """The model that can be fetched under this name."""
    return BASE if name == BASE.name else WHISPER.get(ALIASES.get(name, name))


def missing(there: set[str], needed: tuple[str | tuple[str, ...], ...]) -> list[str]:
    """Which needed files are not there; alternatives are told by their first name."""
    options = [(need,) if isinstance(need, str) else need for need in needed]
    return [names[0] for names in options if there.isdisjoint(names)]
