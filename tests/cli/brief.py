"""`xtts-studio`, but speech is brief: a second for each piece of text, and books in blocks of a line.

Random weights seldom say that they are done. `python -m tests.cli.brief book …`
"""

from __future__ import annotations

import pytest

from xtts_studio.books.blocks import blocks
from xtts_studio.cli import main
from xtts_studio.xtts.decoding import Decoder


def make_brief(patch: pytest.MonkeyPatch, most_characters: int | None = None) -> None:
    join = Decoder.join
    patch.setattr(Decoder, "join", lambda *given: join(*given[:4], 24))
    if most_characters is not None:
        patch.setattr(blocks, "__defaults__", (most_characters,))


if __name__ == "__main__":
    make_brief(pytest.MonkeyPatch(), 60)
    main()
