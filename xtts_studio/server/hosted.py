"""A server whose disk goes with its container: what no volume holds is backed up to one, and restored at the start.

Jobs, history and keys are in SQLite, which must not lie on a network volume that others mount: it stays on the
container's own disk. A copy of it (and of the preferences) goes to the data volume a few seconds after each change and
at the end. What was written in the seconds before a container dies is lost, nothing else.
"""

import logging
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from anyio.to_thread import run_sync
from fastapi import FastAPI

from xtts_studio.server.app import create_app
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace, written_whole

logger = logging.getLogger(__name__)

EVERY_S = 5.0
STREAM_LIMIT_S = 120.0
"""Modal ends an HTTP request after 150 s; a stream that ends before is taken up again by the page."""

FOLDER = "backup"
PREFERENCES = "settings.json"


def hosted_app(settings: Settings, commit: Callable[[], object], every_s: float = EVERY_S) -> FastAPI:
    """The application, restored before it starts and backed up while it runs; `commit` keeps a volume's changes."""
    backup = Backup(Workspace(settings.home), commit, every_s)
    backup.restore()
    app = create_app(settings.model_copy(update={"stream_limit_s": settings.stream_limit_s or STREAM_LIMIT_S}))
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with inner(app):
            backup.start()
            yield
        await run_sync(backup.stop)  # after the backend: what it writes at its end belongs to it

    app.router.lifespan_context = lifespan
    return app


class Backup:
    """Copies of the database and the preferences in `data/backup`, never half of one."""

    def __init__(self, workspace: Workspace, commit: Callable[[], object], every_s: float) -> None:
        self._database, self._preferences = workspace.database, workspace.home / PREFERENCES
        self._folder = workspace.home / "data" / FOLDER
        self._commit, self._every_s = commit, every_s
        self._saved: object = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def restore(self) -> None:
        """Puts back what was saved, where the container has none of its own. A damaged copy is kept aside and told."""
        kept = self._folder / self._database.name
        if not self._database.exists() and kept.exists():
            if _is_sound(kept):
                self._database.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(kept, self._database)
            else:
                aside = kept.with_suffix(".damaged")
                kept.replace(aside)
                logger.error("the saved database is damaged and was kept as %s; jobs and history begin anew", aside)
        if not self._preferences.exists() and (self._folder / PREFERENCES).exists():
            shutil.copyfile(self._folder / PREFERENCES, self._preferences)

    def start(self) -> None:
        """Begins to save after changes."""
        self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Saves what has changed since, and ends."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._try()

    def save(self) -> bool:
        """Saves what has changed since the last time; whether there was anything."""
        state = [_state(path) for path in (self._database, _log_of(self._database), self._preferences)]
        if state == self._saved:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        with written_whole(self._folder / self._database.name) as temporary:
            _copy_database(self._database, temporary)
        if self._preferences.exists():
            with written_whole(self._folder / PREFERENCES) as temporary:
                shutil.copyfile(self._preferences, temporary)
        self._commit()
        self._saved = state
        return True

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._try()

    def _try(self) -> None:
        try:
            self.save()
        except Exception:  # a volume that is full or reloading: the next time may work
            logger.exception("the database could not be saved")


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _log_of(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def _copy_database(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False
