"""Which chunks are trained on and which only evaluated: each chunk decides by itself, so it stays when more come."""

import hashlib

from xtts_studio.shapes import Chunk

_SCALE = 2.0**64


def split(chunks: list[Chunk], eval_fraction: float) -> tuple[list[Chunk], list[Chunk]]:
    """Chunks to train on and chunks to evaluate, each in the order given.

    A chunk's part of its recording decides by hash, so adding chunks moves none from one side to the other. Of two
    chunks or more at least one is on either side: the first two are never on the same. Without a fraction, or with a
    single chunk, all are trained on.
    """
    if eval_fraction <= 0 or len(chunks) < 2:
        return list(chunks), []
    first_eval = min(chunks[:2], key=_share)
    evaluated = {id(chunk) for chunk in chunks[2:] if _share(chunk) < eval_fraction} | {id(first_eval)}
    return [one for one in chunks if id(one) not in evaluated], [one for one in chunks if id(one) in evaluated]


def _share(chunk: Chunk) -> float:
    """A number from 0 to 1 that belongs to the chunk."""
    identity = f"{chunk.recording}|{chunk.start_s:.3f}|{chunk.end_s:.3f}|{chunk.file}"
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big") / _SCALE
