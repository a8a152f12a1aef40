"""SQLite files and databases in memory, and what SQL may do there: nothing beyond the permissions.

SQL reaches further than the database it is sent to: it can name other files, load code and change settings of the
whole program. SQLite asks an authorizer about each of these while it reads a statement, so before anything happens.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.host.permissions import Permissions
from ttvm.values import SIZE_LIMIT

IN_MEMORY = ":memory:"
MOST_MEMORY = 1 << 29
"""Bytes that all databases of this Python process may take in memory, for their pages and for sorting."""
LONGEST_PATTERN = 1_000
"""Characters of a pattern of LIKE or GLOB: one comparison with a long one takes for ever, and cannot be stopped."""
_STEPS_BETWEEN_LOOKS = 10_000
"""Instructions of SQLite's own machine between two looks at whether it shall stop: a fraction of a millisecond."""

# fmt: off
_PRAGMAS = frozenset({
    "analysis_limit", "application_id", "auto_vacuum", "automatic_index", "case_sensitive_like", "collation_list",
    "data_version", "defer_foreign_keys", "encoding", "foreign_key_check", "foreign_key_list", "foreign_keys",
    "freelist_count", "function_list", "ignore_check_constraints", "incremental_vacuum", "index_info",
    "index_list", "index_xinfo", "integrity_check", "journal_mode", "journal_size_limit", "module_list",
    "optimize", "page_count", "pragma_list", "quick_check", "read_uncommitted", "recursive_triggers",
    "reverse_unordered_selects", "secure_delete", "synchronous", "table_info", "table_list", "table_xinfo",
    "user_version", "wal_autocheckpoint", "wal_checkpoint",
})
# fmt: on
"""What anybody may do. The rest, such as temp_store_directory and writable_schema, reaches further or does harm."""
# fmt: off
_PRAGMAS_TO_READ = frozenset({
    "cache_size", "compile_options", "locking_mode", "max_page_count", "mmap_size", "page_size", "query_only",
    "schema_version", "temp_store",
})
# fmt: on
"""What anybody may look at, but not change."""
_FORBIDDEN_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer"})
"""They run machine code that the program names."""
_FORBIDDEN_TABLES = frozenset({"sqlite_dbpage"})
"""To write into it is to write anything anywhere in the file."""
_CHANGES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
_JOURNAL_END = bytes.fromhex("d9d505f920a163d7")


class SqliteRules:
    """What the statements sent to one database may do. ``refusal`` is what the last forbidden one was refused with."""

    def __init__(self, permissions: Permissions, path: str) -> None:
        # SQL runs on another thread than the machine, where nobody can be asked.
        self._permissions = Permissions(permissions.grants)
        self.refusal: Refused | None = None
        self._files = [] if path == IN_MEMORY else [path]

    def decide(self, action: int, first: str | None, second: str | None, schema: str | None, inner: str | None) -> int:
        """SQLite's question; the meaning of the texts depends on the action."""
        try:
            self._check(action, first, second)
        except Refused as refused:
            self.refusal = refused
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def _check(self, action: int, first: str | None, second: str | None) -> None:
        if action == sqlite3.SQLITE_ATTACH:
            self._attach(first)
        elif action == sqlite3.SQLITE_PRAGMA:
            name = (first or "").lower()
            if name not in _PRAGMAS and (second is not None or name not in _PRAGMAS_TO_READ):
                raise _never(f"PRAGMA {name}")
        elif action == sqlite3.SQLITE_FUNCTION:
            function = (second or "").lower()
            if function in _FORBIDDEN_FUNCTIONS:
                raise _never(f"the function {function}")
            if function == "regexp":
                # SQLAlchemy brings one that Python computes: a single comparison could stop everything for ever.
                raise Refused(FaultKind.DATABASE_ERROR, "fails: SQLite has no function REGEXP of its own")
        elif action in _CHANGES and (first or "").lower() in _FORBIDDEN_TABLES:
            raise _never(f"changes of {first}")

    def _attach(self, name: str | None) -> None:
        """ATTACH, and VACUUM, which attaches the file that it writes into."""
        if name is None:
            raise Refused(FaultKind.PERMISSION_DENIED, "may only attach a file whose name stands in the statement")
        if name.lower().startswith("file:"):
            raise _never("the name of a file that begins with file:")
        if name not in ("", IN_MEMORY):
            self._permissions.read(name)
            path = self._permissions.write(name)
            check_file(path, name)
            self._files.append(path)

    def check_journals(self) -> None:
        """Raises Refused when SQLite would touch a file that is none of these databases.

        What was interrupted is taken back at the next use, and the journal that says how may name a further file, the
        one of a transaction over several databases, that SQLite then reads and deletes. A journal is a file like any
        other, so the program may have written that name itself.
        """
        for path in self._files:
            name = _named_in_journal(f"{path}-journal")
            if name is not None and not any(name.startswith(f"{each}-mj") for each in self._files):
                self._permissions.read(name)
                self._permissions.write(name)


def check_file(path: str, name: str) -> None:
    """Raises Refused for anything but a file or nothing: to open a pipe may take for ever."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise Refused(FaultKind.DATABASE_ERROR, f"needs a file: {name} is a directory, a pipe or a device")


def _never(what: str) -> Refused:
    return Refused(FaultKind.PERMISSION_DENIED, f"may not use {what} in SQL, whatever is allowed")


def _named_in_journal(path: str) -> str | None:
    """The file that a journal names at its end; None when there is no journal, or it names none."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 16))
            end = file.read(16)
            if len(end) < 16 or end[8:] != _JOURNAL_END:
                return None
            length = int.from_bytes(end[:4], "big")
            if not 0 < length <= size - 16:
                return None
            file.seek(size - 16 - length)
            return os.fsdecode(file.read(length).partition(b"\0")[0])
    except OSError:
        return None


def connect(path: str, read_only: bool) -> sqlite3.Connection:
    """A connection for any thread, one at a time, to a file of that name, or IN_MEMORY. It never waits for others."""
    if path == IN_MEMORY:
        name, is_uri = path, False
    else:
        # An address can say that nothing may be written or made. What is special in it is quoted.
        name, is_uri = f"{Path(path).as_uri()}?mode={'ro' if read_only else 'rwc'}", True
    return sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False, uri=is_uri)


def restrict(connection: sqlite3.Connection, rules: SqliteRules, shall_stop: Callable[[], bool]) -> None:
    """Keep what is done over a connection within the rules, in bounds of memory, and able to be stopped."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, SIZE_LIMIT)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
    # In memory, as what is sorted may not be written into files that were never allowed.
    for pragma in ("temp_store=memory", "mmap_size=0", "trusted_schema=off", f"hard_heap_limit={MOST_MEMORY}"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.set_progress_handler(shall_stop, _STEPS_BETWEEN_LOOKS)
    connection.set_authorizer(rules.decide)
