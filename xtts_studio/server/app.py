"""Puts a server together: API, gate, page, and the backend that runs steps."""

import importlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from anyio.to_thread import run_sync
from fastapi import FastAPI

from xtts_studio import speakers
from xtts_studio.dataset import staging
from xtts_studio.errors import InvalidInput
from xtts_studio.jobs.backend import Backend
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.store import JobStore
from xtts_studio.server.api import create_api
from xtts_studio.server.auth import COOKIE, Logins, check_exposure
from xtts_studio.server.gate import Cors, Gate
from xtts_studio.server.history import History
from xtts_studio.server.keys import Keys
from xtts_studio.server.page import Page
from xtts_studio.server.places import Places
from xtts_studio.server.preferences import PreferenceFile
from xtts_studio.server.studio import Studio
from xtts_studio.server.takes import Takes
from xtts_studio.server.uploads import Uploads
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace

logger = logging.getLogger(__name__)

DIST = Path(__file__).parent / "dist"
"""The exported page, where the build puts it."""

MakeBackend = Callable[[JobStore, Workspace, Settings], Backend]


def create_app(settings: Settings, *, make_backend: MakeBackend | None = None, dist: Path = DIST) -> FastAPI:
    """The application. Raises `InvalidInput` for settings it must not start with."""
    check_exposure(settings)
    studio = assemble(settings, make_backend or backend_for(settings))
    app = create_api(_lifespan)
    app.state.studio = studio
    app.add_middleware(Gate, logins=studio.logins, keys=studio.keys)
    app.add_middleware(Cors)  # around the gate: a browser asks first, without a key
    page = Page(dist, lambda request: studio.logins.user_of(request.cookies.get(COOKIE)) is not None)
    if not page.built:
        logger.warning("the page was not built (make page); the API alone is served")
    app.router.default = page  # not a mount: that would come before "405, wrong method" of the API's own routes
    return app


def backend_for(settings: Settings) -> MakeBackend:
    """Where steps run: in processes of this machine, or in the functions of the Modal app this server is part of."""
    if settings.compute == "local":
        return LocalBackend
    try:
        modal = importlib.import_module("xtts_studio.jobs.modal")
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"XTTS_COMPUTE=modal needs the package {error.name!r}, which is not installed.",
            hint="Install it with pip install 'xtts-studio[modal]', or leave XTTS_COMPUTE unset.",
        ) from error
    return cast(MakeBackend, modal.modal_backend)


def assemble(settings: Settings, make_backend: MakeBackend) -> Studio:
    """The parts of a server, not yet running."""
    workspace = Workspace(settings.home)
    logins = Logins(settings)
    engine = open_database(workspace.database)
    store, history = JobStore(engine), History(engine, workspace)
    preferences = PreferenceFile(workspace, settings)
    chosen = settings.model_copy(update=preferences.current.model_dump(include={"device", "worker_idle_s"}))
    return Studio(
        settings=settings,
        workspace=workspace,
        store=store,
        backend=make_backend(store, workspace, chosen),
        logins=logins,
        keys=Keys(engine),
        history=history,
        takes=Takes(engine, workspace, history),
        preferences=preferences,
        places=Places(settings.speech_at_once, settings.speech_queue),
        uploads=Uploads(workspace, settings.upload_limit_bytes),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    studio: Studio = app.state.studio
    await run_sync(studio.backend.start)
    _clear_incoming(studio.workspace)  # only now: until then they may be another server's
    studio.uploads.clear_abandoned()
    speakers.clear_staging(studio.workspace)
    staging.clear_staging(studio.workspace)
    try:
        yield
    finally:
        studio.close_streams()
        await studio.listeners.close()
        await run_sync(studio.backend.stop)


def _clear_incoming(workspace: Workspace) -> None:
    """Removes uploads that an earlier server did not finish; those in parts, in folders of their own, can go on."""
    for path in workspace.incoming.glob("*"):
        if path.is_file() or path.is_symlink():  # the command line's, to a folder elsewhere
            path.unlink(missing_ok=True)
