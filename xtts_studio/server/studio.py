"""What a running server consists of, and how a route asks for it."""

from dataclasses import dataclass, field
from typing import Annotated, cast

from anyio import CapacityLimiter
from fastapi import Depends, Query, Request

from xtts_studio.jobs.backend import Backend
from xtts_studio.jobs.local import TOGETHER
from xtts_studio.jobs.store import JobStore
from xtts_studio.server.auth import Logins
from xtts_studio.server.history import History
from xtts_studio.server.keys import Keys
from xtts_studio.server.listeners import Listeners
from xtts_studio.server.listening import Listening
from xtts_studio.server.places import Places
from xtts_studio.server.preferences import PreferenceFile
from xtts_studio.server.takes import Takes
from xtts_studio.server.uploads import Uploads
from xtts_studio.settings import Settings
from xtts_studio.steps import STEPS, Role
from xtts_studio.workspace import Workspace

CALLS_AT_ONCE = 16
"""Callers that may wait for a worker of one role at one time; they have threads of their own."""

TOGETHER_AT_ONCE = 2
"""The same for a role whose worker does them all at once: each making of a voice takes memory there. Speech has places
of its own."""


def _call_limiters() -> dict[Role, CapacityLimiter]:
    roles = {row.role for row in STEPS.values() if row.kind == "call"}
    return {role: CapacityLimiter(TOGETHER_AT_ONCE if role in TOGETHER else CALLS_AT_ONCE) for role in roles}


@dataclass
class Studio:
    """The parts of one server; `app.state.studio` holds it."""

    settings: Settings
    workspace: Workspace
    store: JobStore
    backend: Backend
    logins: Logins
    keys: Keys
    history: History
    takes: Takes
    preferences: PreferenceFile
    places: Places
    uploads: Uploads
    call_limiters: dict[Role, CapacityLimiter] = field(default_factory=_call_limiters)
    listening: Listening = field(default_factory=Listening)
    reading: Listening = field(default_factory=Listening)
    listeners: Listeners = field(default_factory=Listeners)
    closing: bool = False

    def call_limiter(self, step: str) -> CapacityLimiter:
        """What limits the callers of a step, so that those of one role don't hold up another's."""
        return self.call_limiters[STEPS[step].role]

    def close_streams(self) -> None:
        """Ends the open event streams; their readers will come back."""
        self.closing = True
        self.store.notifier.notify()


def _studio(request: Request) -> Studio:
    return cast(Studio, request.app.state.studio)


StudioDep = Annotated[Studio, Depends(_studio)]


@dataclass(frozen=True)
class Paging:
    """Which part of a list."""

    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 50
    offset: Annotated[int, Query(ge=0, le=2**31, description="How many to leave out before.")] = 0


PagingDep = Annotated[Paging, Depends()]
