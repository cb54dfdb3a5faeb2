"""The stand-in as a whole, and the environment in which the SDK finds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.modal_service.calls import Calls
from tests.modal_service.deployed import Deployed
from tests.modal_service.rpc import Served
from tests.modal_service.stores import Stores
from tests.modal_service.web import Web


class ModalService(Deployed, Stores, Calls, Web):
    """A workspace on Modal: apps, what they are made of, and calls that run in containers below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unknown: list[str] = []
        """Calls that were asked for and that there is nothing for."""
        self._numbers = count(1)
        self._served = Served(self)
        Deployed.__init__(self)
        Stores.__init__(self)
        Calls.__init__(self)

    @property
    def files_url(self) -> str:
        return f"http://127.0.0.1:{self._served.files_port}"

    @property
    def web_url(self) -> str:
        """The address of the app's page."""
        return f"http://127.0.0.1:{self._served.web_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Of a process outside, as somebody with a token has it; the token's file of this machine is left alone."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODAL_", "XTTS_"))}
        return kept | {
            "MODAL_SERVER_URL": f"http://127.0.0.1:{self._served.port}",
            "MODAL_TOKEN_ID": "ak-stand-in",
            "MODAL_TOKEN_SECRET": "as-stand-in",
            "MODAL_CONFIG_PATH": str(self.root / "modal.toml"),
        }

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self._numbers):08}"


@contextmanager
def modal_service(root: Path) -> Iterator[ModalService]:
    """Runs until the end of the block; its containers end with it."""
    service = ModalService(root)
    service._served.start()
    try:
        yield service
    finally:
        service.end_containers()
        service._served.stop()
