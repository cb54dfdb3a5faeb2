"""Runs the server until it is told to stop."""

import logging
import socket

import uvicorn

from xtts_studio.errors import Conflict, StudioError
from xtts_studio.server.app import create_app
from xtts_studio.server.auth import check_exposure, uses_default_password
from xtts_studio.server.studio import Studio
from xtts_studio.settings import DEFAULT_PASSWORD, Settings

logger = logging.getLogger(__name__)

CLOSE_WITHIN_S = 5


class Server(uvicorn.Server):
    """Ends event streams first: uvicorn waits for open answers, and those would never end by themselves."""

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self._studio = studio

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._studio.close_streams()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serves page and API at the settings' address. Raises a `StudioError` where it can't start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    check_exposure(settings)
    listening = _listen(settings)
    try:
        app = create_app(settings)
        app.state.studio.backend.start()  # here its errors reach the caller, not uvicorn's log
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=CLOSE_WITHIN_S)
        logger.info("XTTS Studio: %s", _welcome(settings, listening.getsockname()[1]))
        server = Server(config, app.state.studio)
        server.run(sockets=[listening])
    finally:
        listening.close()
    if not server.started:
        raise StudioError("The server did not start.", hint="The lines above say why.")


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listening.close()
        raise Conflict(
            f"The server can't listen on {settings.host} port {settings.port}: {error.strerror or error}.",
            hint="Is another one running there? Choose another port with --port or XTTS_PORT.",
        ) from error
    return listening


def _welcome(settings: Settings, port: int) -> str:
    host = "localhost" if settings.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else settings.host
    address = f"http://{host}:{port}"
    if uses_default_password(settings):
        return f"{address} - log in as {settings.auth_user} with the password {DEFAULT_PASSWORD}"
    return f"{address} - log in as {settings.auth_user}"
