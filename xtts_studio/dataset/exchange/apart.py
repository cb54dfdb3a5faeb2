"""An export that a process of its own writes: pyarrow's 90 MB go away with it, and a server stays small."""

import subprocess
import sys
from collections.abc import Iterator

from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.workspace import Workspace

_BLOCK_BYTES = 1 << 18


def blocks_apart(workspace: Workspace, name: str, format: Format, dropped: bool) -> Iterator[bytes]:
    """As `writing.blocks`. Raises `ChildProcessError` where the process fails; it ends when nobody reads on."""
    words = [str(workspace.home.resolve()), name, format, "dropped" if dropped else "active"]
    with subprocess.Popen(
        [sys.executable, "-m", "xtts_studio.dataset.exchange", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            while block := process.stdout.read(_BLOCK_BYTES):
                yield block
            if process.wait():
                raise ChildProcessError(f"the export ended with status {process.returncode}")
        finally:
            process.kill()
