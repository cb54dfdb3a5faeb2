"""The settings that the page may change, kept in the workspace's `settings.json`."""

import logging
import threading

from pydantic import ValidationError

from xtts_studio.errors import InvalidInput
from xtts_studio.server.bodies import Preferences, PreferencesUpdate
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace, read_json, write_json

logger = logging.getLogger(__name__)


class PreferenceFile:
    """Reads and writes the preferences; where none were saved, the environment's settings count."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._path = workspace.home / "settings.json"
        self._lock = threading.Lock()
        self._defaults = {"device": settings.device, "worker_idle_s": settings.worker_idle_s}
        self.current = self._load()

    def update(self, changes: PreferencesUpdate) -> Preferences:
        """Applies and saves changes; raises `InvalidInput` for values that can't be."""
        with self._lock:
            merged = {**self.current.model_dump(), **changes.model_dump(exclude_none=True)}
            try:
                self.current = Preferences.model_validate(merged)
            except ValidationError as error:
                first = error.errors()[0]
                raise InvalidInput(f"{first['loc'][0]}: {first['msg']}; found {first['input']!r}.") from error
            write_json(self._path, self.current.model_dump())
            return self.current

    def _load(self) -> Preferences:
        try:
            saved = read_json(self._path) if self._path.is_file() else {}
            return Preferences.model_validate({**self._defaults, **saved})
        except (ValueError, TypeError, OSError) as error:
            logger.warning("%s can't be read (%s); the defaults count", self._path.name, error)
            return Preferences.model_construct(**{**Preferences().model_dump(), **self._defaults})
