"""Keys for programs: made once, shown once, kept as a hash, revoked at once."""

import hashlib
import logging
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError

from xtts_studio.errors import NotFound, NotSignedIn
from xtts_studio.jobs.database import keys
from xtts_studio.jobs.job import now
from xtts_studio.server.auth import Attempts
from xtts_studio.server.key_shapes import Key, KeyDefaults

logger = logging.getLogger(__name__)

PREFIX = "xs-"
_SECRET = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")
_SHOWN = len(PREFIX) + 8
_USED_AGAIN_AFTER = timedelta(minutes=1)
"""How exact `last_used_at` is: not every request is worth a write."""


class Keys:
    """The keys of one workspace, in its database.

    A secret has 256 random bits, so that SHA-256 without salt is enough: there is nothing to guess. For the same reason
    the time that a look-up by hash takes tells nothing of use.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._attempts = Attempts("the way in for keys", "A right key is let in at once.")

    def make(self, name: str) -> tuple[Key, str]:
        """A new key and its secret, which nobody will ever see again."""
        secret = PREFIX + secrets.token_hex(32)
        row = {
            "id": uuid.uuid4().hex,
            "name": name,
            "prefix": secret[:_SHOWN],
            "sha256": _hash(secret),
            "defaults": KeyDefaults().model_dump(mode="json"),
            "created_at": now(),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(keys).values(row))
        return self.get(str(row["id"])), secret

    def page(self, limit: int, offset: int) -> tuple[list[Key], int]:
        """A page of the keys, newest first, and how many there are."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            total = connection.scalar(select(func.count()).select_from(keys)) or 0
            query = select(keys).order_by(keys.c.number.desc()).limit(limit).offset(offset)
            return [_key(row) for row in connection.execute(query).mappings()], total

    def get(self, key_id: str) -> Key:
        """Raises `NotFound`."""
        row = self._row(keys.c.id == key_id)
        if row is None:
            raise _no_key(key_id)
        return _key(row)

    def change(self, key_id: str, changed: Callable[[Key], Key]) -> Key:
        """Changes name and defaults as `changed` says, in one transaction. Raises `NotFound`."""
        with self._engine.begin() as connection:
            row = connection.execute(select(keys).where(keys.c.id == key_id)).mappings().one_or_none()
            if row is None:
                raise _no_key(key_id)
            key = changed(_key(row))
            values = {"name": key.name, "defaults": key.defaults.model_dump(mode="json")}
            connection.execute(update(keys).where(keys.c.id == key_id).values(values))
        return key

    def revoke(self, key_id: str) -> None:
        """From now on the key opens nothing. Raises `NotFound`."""
        with self._engine.begin() as connection:
            if not connection.execute(delete(keys).where(keys.c.id == key_id)).rowcount:
                raise _no_key(key_id)

    def admit(self, secret: str, client: str) -> Key:
        """The key with this secret. Raises `NotSignedIn`, `TooManyRequests` for a client that was wrong too often.

        A right key is let in whatever the client tried before: nobody can lock it out with wrong ones.
        """
        row = self._row(keys.c.sha256 == _hash(secret)) if _SECRET.fullmatch(secret) else None
        if row is None:
            self._attempts.check(client)
            self._attempts.wrong(client)
            raise NotSignedIn(
                "This key is not known here; it may have been revoked.",
                hint="Make a key on the studio's settings page.",
                details={"key": True},
            )
        self._note_use(row)
        return _key(row)

    def _row(self, condition: Any) -> RowMapping | None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return connection.execute(select(keys).where(condition)).mappings().one_or_none()

    def _note_use(self, row: RowMapping) -> None:
        last = row["last_used_at"]
        if last and datetime.now(UTC) - datetime.fromisoformat(last) < _USED_AGAIN_AFTER:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(update(keys).where(keys.c.number == row["number"]).values(last_used_at=now()))
        except OperationalError as error:  # a full disk or a held lock must not keep anybody out
            logger.warning("when a key was used can't be noted: %s", error.orig)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _no_key(key_id: str) -> NotFound:
    return NotFound(f"There is no key {key_id[:64]!r}.", hint="It may have been revoked.")


def _key(row: RowMapping) -> Key:
    told = {name: row[name] for name in ("id", "name", "prefix", "created_at", "last_used_at")}
    defaults = KeyDefaults.model_validate(row["defaults"], extra="ignore")  # another version may have kept more
    return Key(**told, defaults=defaults)
