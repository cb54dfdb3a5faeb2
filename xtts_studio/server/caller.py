"""Who a request comes from, as the gate found out."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from xtts_studio.server.key_shapes import Key, KeyDefaults


@dataclass(frozen=True)
class Caller:
    """A person with a login, or a program with a key."""

    user: str | None = None
    key: Key | None = None
    base: str = ""
    """What the client writes before the addresses of its API: with a key in it where it was sent that way."""

    @property
    def defaults(self) -> KeyDefaults:
        """What counts where a request says nothing."""
        return self.key.defaults if self.key else KeyDefaults()


def _caller(request: Request) -> Caller:
    return cast(Caller, request.state.caller)


CallerDep = Annotated[Caller, Depends(_caller)]
