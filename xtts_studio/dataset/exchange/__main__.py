"""Writes an export to standard output, for a server that doesn't want what it needs in its own memory (`apart`)."""

import sys
from pathlib import Path
from typing import cast

from xtts_studio.dataset.exchange.exporting import export
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.exchange.writing import blocks
from xtts_studio.workspace import Workspace


def main(home: str, name: str, format: str, dropped: str) -> None:
    """The arguments of `export`, as words."""
    try:
        for block in blocks(export(Workspace(Path(home)), name, cast(Format, format), dropped == "dropped")):
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
