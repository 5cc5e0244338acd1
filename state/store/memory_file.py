"""The memory: one SQLite file that outlives runs, with what they have learned and what people said of it.

It holds two things. Records, as JSON, of what was shown (`item`), broken (`incident`), said (`verdict`) and of the runs that
wrote it (`run`): facts with a time, which people read, export and import, and which only ever grow. And the state of each
bucket and tenant shard at the end of the latest run, which the next one continues: counts, habits, precedents.

It is written at the end of a run, and by a live run now and then, each time in one transaction, so a reader finds the old
memory or the new one, whenever a process dies. The journal is a rollback journal, not a write-ahead log: there is one writer
at a time and nobody reads beside it, and releases of SQLite from 3.7.0 to 3.51.2 can lose pages of a write-ahead log that is
reset (https://sqlite.org/wal.html).

`digest` is over the content, not over the bytes: two files of the same content may differ in their pages.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from state.store.atomic_files import publish, sync

MEMORY_VERSION: Final = 1
RECORD_KINDS: Final = ("run", "item", "incident", "verdict")
SHAPE: Final = "shape"
"""the kind of record that comes from others: a template without names, with what became of it there"""
_APPLICATION: Final = 0x6272414D
"""marks the file as a memory (https://sqlite.org/pragma.html#pragma_application_id)"""
_TABLES: Final = (
    "CREATE TABLE record (kind TEXT NOT NULL, name TEXT NOT NULL, time_us INTEGER NOT NULL, tenant TEXT NOT NULL,"
    " content TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID",
    "CREATE TABLE state (key TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE about (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
)
_PAGE_RECORDS: Final = 1000


class MemoryFileError(Exception):
    """A file that is no memory, or cannot be read or written as one."""


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A fact: its kind, its name within the kind, its time in microseconds since the epoch, UTC, and its tenant."""

    kind: str
    name: str
    time_us: int
    tenant: str
    content: Mapping[str, Any] = field(compare=False)
    """plain JSON values"""


@dataclass(frozen=True, slots=True)
class Continued:
    """The state that a run left: of each key its bytes, and until which slot everything is judged."""

    judged_before: int
    """the first slot, in ten minutes since the epoch, that is not judged"""
    versions: Mapping[str, int]
    """the versions of the layouts of the states"""
    states: Mapping[str, bytes]
    is_whole: bool = False
    """whether the last judged slot was read to its end: a run that is stopped between two slots leaves only what it has
    judged, while a replay also judges the slot in which its inputs end"""

    def digest(self) -> str:
        """Return the SHA-256 of the states, and of until when they are judged, in hexadecimal digits."""
        whole = hashlib.sha256(_json([self.judged_before, dict(self.versions), self.is_whole]).encode())
        for key, state in sorted(self.states.items()):
            whole.update(key.encode())
            whole.update(hashlib.sha256(state).digest())
        return whole.hexdigest()


class MemoryFile:
    """A memory on disk; it need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Return whether there is a memory. A writer that was killed at its first update leaves an empty database: none."""
        if not self.path.is_file():
            return False
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
                return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
        except sqlite3.DatabaseError:
            # whoever reads it says what is wrong with it
            return True

    def records(self, kind: str | None = None) -> Iterator[Record]:
        """Yield the records of a kind, or of all, in order of time. Raises `MemoryFileError`."""
        if not self.exists:
            return
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT kind, name, time_us, tenant, content FROM record WHERE kind = :kind OR :kind IS NULL"
                " ORDER BY time_us, kind, name",
                {"kind": kind},
            )
            while page := rows.fetchmany(_PAGE_RECORDS):
                for each, name, time_us, tenant, content in page:
                    yield Record(each, name, time_us, tenant, orjson.loads(content))

    def about(self) -> dict[str, Any]:
        """Return until when it is judged, the versions of its states, and `is_whole` where it is so; empty where there is no
        state.
        """
        if not self.exists:
            return {}
        with self._reading() as connection:
            return {name: orjson.loads(content) for name, content in connection.execute("SELECT * FROM about")}

    def state(self, key: str) -> bytes | None:
        """Return the state of a key; None where there is none."""
        with self._reading() as connection:
            row = connection.execute("SELECT content FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def continued(self) -> Continued | None:
        """Return the state of all keys; None where there is none."""
        about = self.about()
        if not about:
            return None
        with self._reading() as connection:
            states = dict(connection.execute("SELECT key, content FROM state ORDER BY key"))
        return Continued(about["judged_before"], about["versions"], states, about.get("is_whole", False))

    def digest(self) -> str:
        """Return the SHA-256 of the content in hexadecimal digits; empty where there is no file."""
        if not self.exists:
            return ""
        whole = hashlib.sha256()
        with self._reading() as connection:
            for table, order in (("record", "kind, name"), ("about", "name"), ("state", "key")):
                for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - our own names
                    for cell in row:
                        part = cell if isinstance(cell, bytes) else str(cell).encode("utf-8", "surrogatepass")
                        whole.update(len(part).to_bytes(8, "big"))
                        whole.update(part)
        return whole.hexdigest()

    def update(self, records: Iterable[Record], continued: Continued | None = None) -> None:
        """Add records, the newer content in place of the older one of the same name, and replace the state where one is
        given: all of it or nothing.
        """
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)",
                ((each.kind, each.name, each.time_us, each.tenant, _json(each.content)) for each in sorted(records)),
            )
            if continued is not None:
                connection.execute("DELETE FROM state")
                connection.executemany("INSERT INTO state VALUES (?, ?)", sorted(continued.states.items()))
                about: dict[str, Any] = {
                    "judged_before": continued.judged_before,
                    "versions": dict(continued.versions),
                    **({"is_whole": True} if continued.is_whole else {}),
                }
                connection.execute("DELETE FROM about")
                connection.executemany(
                    "INSERT INTO about VALUES (?, ?)", [(name, _json(each)) for name, each in about.items()]
                )

    def forget_state(self) -> None:
        """Remove the state, and keep the records."""
        with self._writing() as connection:
            connection.execute("DELETE FROM state")
            connection.execute("DELETE FROM about")

    def copy_to(self, path: Path) -> None:
        """Copy the memory as it is now to a file that appears whole or not at all."""
        aside = path.with_name(f".{path.name}.aside")
        aside.unlink(missing_ok=True)
        with self._reading() as source, closing(sqlite3.connect(aside)) as copy:
            source.backup(copy)
        sync(aside)
        publish(aside, path)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
                self._require_known(connection)
                yield connection
        except sqlite3.DatabaseError as error:
            raise MemoryFileError(f"{self.path} is no memory that can be read ({error}). {_FIX}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Run a block in one transaction, which is durable when the block has ended."""
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                    for table in _TABLES:
                        connection.execute(table)
                    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {MEMORY_VERSION}")
                self._require_known(connection)
                yield connection
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise MemoryFileError(f"{self.path} cannot be written as a memory ({error}). {_FIX}") from error
        # it names hosts and holds what people said, which is not for everybody on the machine
        self.path.chmod(0o640)

    def _require_known(self, connection: sqlite3.Connection) -> None:
        """Raise `MemoryFileError` for a database that is no memory, or one of another version."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION:
            raise MemoryFileError(f"{self.path} is no memory of brainstem. {_FIX}")
        if version != MEMORY_VERSION:
            raise MemoryFileError(
                f"{self.path} is a memory of version {version}, this program reads {MEMORY_VERSION}. Operator action:"
                " export it with the build that wrote it, and import that with this one."
            )


_FIX: Final = "Operator action: give the file of another memory or a new name, or restore it from a copy."


def _json(content: Any) -> str:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
