"""The SQLite database of a workspace: its tables, its migrations, and connections that wait for each other."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    text,
)

from xtts_studio.jobs.job import now

BUSY_TIMEOUT_S = 20.0

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("step", String, nullable=False),
    Column("state", String, nullable=False),
    Column("progress", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("request", JSON, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("attempt", Integer, nullable=False),
    Column("cancel_requested", Integer, nullable=False),
    Column("follow_up_job_id", String),
    Column("created_at", String, nullable=False),
    Column("started_at", String),
    Column("finished_at", String),
)

events = Table(
    "events",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("job_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", String, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("request", JSON, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("audio_s", Float, nullable=False),
    Column("wall_s", Float, nullable=False),
    Column("created_at", String, nullable=False),
    Column("first_sound_s", Float),
    Column("precision", String),
    Column("sentences", JSON(none_as_null=True)),
    Column("notices", JSON(none_as_null=True)),
    Column("spans", JSON(none_as_null=True)),
    Column("joined", JSON(none_as_null=True)),
)

takes = Table(
    "takes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("speech_id", String, nullable=False),
    Column("sentence", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("audio_s", Float, nullable=False),
    Column("created_at", String, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("prefix", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("defaults", JSON, nullable=False),
    Column("created_at", String, nullable=False),
    Column("last_used_at", String),
)


def _m001_jobs_events_history(connection: Connection) -> None:
    for statement in (
        """CREATE TABLE jobs (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, step TEXT NOT NULL, state TEXT NOT NULL,
            progress REAL NOT NULL, message TEXT NOT NULL, request TEXT NOT NULL, result TEXT, error TEXT,
            attempt INTEGER NOT NULL, cancel_requested INTEGER NOT NULL, follow_up_job_id TEXT,
            created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT)""",
        "CREATE INDEX jobs_by_state ON jobs (state, number)",
        """CREATE TABLE events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, number INTEGER NOT NULL,
            kind TEXT NOT NULL, data TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (job_id, number))""",
        """CREATE TABLE history (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, request TEXT NOT NULL,
            seed INTEGER NOT NULL, audio_s REAL NOT NULL, wall_s REAL NOT NULL, created_at TEXT NOT NULL)""",
    ):
        connection.execute(text(statement))


def _m002_history_of_how_it_was_spoken(connection: Connection) -> None:
    """Rows from before leave these empty: what was not measured then is not known now."""
    for column in ("first_sound_s REAL", "precision TEXT", "sentences TEXT", "notices TEXT"):
        connection.execute(text(f"ALTER TABLE history ADD COLUMN {column}"))


def _m003_keys_for_programs(connection: Connection) -> None:
    connection.execute(
        text(
            """CREATE TABLE keys (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, prefix TEXT NOT NULL,
            sha256 TEXT NOT NULL UNIQUE, defaults TEXT NOT NULL, created_at TEXT NOT NULL, last_used_at TEXT)"""
        )
    )


def _m004_takes(connection: Connection) -> None:
    """Where the sentences of speech from before lie in its sound is not known."""
    connection.execute(text("ALTER TABLE history ADD COLUMN spans TEXT"))
    connection.execute(
        text(
            """CREATE TABLE takes (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, speech_id TEXT NOT NULL,
            sentence INTEGER NOT NULL, seed INTEGER NOT NULL, audio_s REAL NOT NULL, created_at TEXT NOT NULL)"""
        )
    )
    connection.execute(text("CREATE INDEX takes_by_speech ON takes (speech_id, number)"))


def _m005_what_was_joined(connection: Connection) -> None:
    """Speech from before that was put together of takes says so in a notice."""
    connection.execute(text("ALTER TABLE history ADD COLUMN joined TEXT"))


MIGRATIONS: list[Callable[[Connection], None]] = [
    _m001_jobs_events_history,
    _m002_history_of_how_it_was_spoken,
    _m003_keys_for_programs,
    _m004_takes,
    _m005_what_was_joined,
]
"""In order, each run once; never change one that was released, add another."""


def open_database(path: Path) -> Engine:
    """Opens (or makes) the database and brings its tables up to date.

    `engine.begin()` takes the write lock at once, so that what is read there is still true when it is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        _migrate(connection)
    return engine


def _configure(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.create_function("casefold", 1, lambda value: str(value or "").casefold(), deterministic=True)


def _migrate(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)"))
    done = set(connection.execute(text("SELECT name FROM migrations")).scalars())
    for migration in MIGRATIONS:
        name = migration.__name__.lstrip("_")
        if name not in done:
            migration(connection)
            connection.execute(text("INSERT INTO migrations VALUES (:name, :at)"), {"name": name, "at": now()})
