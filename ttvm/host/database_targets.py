"""What the URL of a database leads to, whether it is allowed, and how it is opened."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ttvm.errors import FaultKind
from ttvm.host import sqlite
from ttvm.host.handles import Refused
from ttvm.host.permissions import Permissions
from ttvm.host.sql_results import bound
from ttvm.values import List, Object

_MEMORY_URLS = ("sqlite::memory:", "sqlite://", "sqlite:///:memory:")


class Target:
    """A database that may be opened."""

    title: str
    """The URL without what is secret in it."""

    def open(self, shall_stop: Callable[[], bool]) -> Connection:
        """A connection on which every statement is a transaction of its own. Raises what SQLAlchemy raises."""
        raise NotImplementedError

    def probe(self, connection: Connection) -> None:
        """Look whether it is a database. Raises what SQLAlchemy raises."""

    def check(self) -> None:
        """Called before each statement; raises Refused."""

    def refusal(self) -> Refused | None:
        """Why the last statement was not permitted; None when that was not its problem."""
        return None

    def is_in_transaction(self, connection: Connection) -> bool:
        """Whether the program has begun a transaction that has not ended."""
        return False

    def run(self, connection: Connection, sql: str, parameters: List | Object | None) -> CursorResult[Any]:
        """Execute a statement. Raises what SQLAlchemy and the driver raise."""
        raise NotImplementedError


class SqliteTarget(Target):
    """A file, or a database in memory."""

    def __init__(self, path: str, title: str, read_only: bool, permissions: Permissions) -> None:
        self._path = path
        self.title = title
        self._read_only = read_only
        self._rules = sqlite.SqliteRules(permissions, path)
        self._raw: sqlite3.Connection | None = None

    def open(self, shall_stop: Callable[[], bool]) -> Connection:
        raw = sqlite.connect(self._path, self._read_only)
        try:
            engine = create_engine("sqlite://", creator=lambda: raw, poolclass=NullPool, isolation_level="AUTOCOMMIT")
            # Column names with points in them stay as they are.
            connection = engine.connect().execution_options(sqlite_raw_colnames=True)
            sqlite.restrict(raw, self._rules, shall_stop)
        except BaseException:
            raw.close()
            raise
        self._raw = raw
        return connection

    def probe(self, connection: Connection) -> None:
        # SQLite looks into the file when it first needs it.
        connection.exec_driver_sql("PRAGMA schema_version").close()

    def check(self) -> None:
        self._rules.refusal = None
        self._rules.check_journals()

    def refusal(self) -> Refused | None:
        return self._rules.refusal

    def is_in_transaction(self, connection: Connection) -> bool:
        return self._raw is not None and self._raw.in_transaction

    def run(self, connection: Connection, sql: str, parameters: List | Object | None) -> CursorResult[Any]:
        # SQLite knows both kinds of places itself, and what is text and comment in the statement.
        return connection.exec_driver_sql(sql, bound(parameters, bools=False))


class DriverTarget(Target):
    """Any other database. Its driver may do what it likes, so everything must be allowed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        url = engine.url
        self.title = str(URL.create(url.drivername, url.username, None, url.host, url.port, url.database))

    def open(self, shall_stop: Callable[[], bool]) -> Connection:
        return self._engine.connect()

    def run(self, connection: Connection, sql: str, parameters: List | Object | None) -> CursorResult[Any]:
        values = bound(parameters, bools=True)
        if values is None:
            return connection.execution_options(no_parameters=True).exec_driver_sql(sql)
        statement, names = marked(sql, isinstance(values, dict))
        if isinstance(values, tuple):
            if len(values) != len(names):
                raise Refused(
                    FaultKind.DATABASE_ERROR, f"needs as many parameters as places: {len(names)}, not {len(values)}"
                )
            values = dict(zip(names, values, strict=True))
        return connection.execute(text(statement), values)


_PIECE = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|::|\?|:\w+|.""", re.DOTALL
)
"""Texts, names in quotes, comments, and the places for parameters, which mean nothing in any of those."""


def marked(sql: str, named: bool) -> tuple[str, list[str]]:
    """SQL with its places in the form of SQLAlchemy, which knows those of each driver, and the names of the places."""
    names: list[str] = []

    def mark(piece: re.Match[str]) -> str:
        found = piece[0]
        if found == "?" and not named:
            names.append(f"p{len(names) + 1}")
            return f":{names[-1]}"
        if named and len(found) > 1 and found[0] == ":" and found != "::":
            names.append(found[1:])
            return found
        return found.replace(":", "\\:")

    return _PIECE.sub(mark, sql), names


def read_url(url: str, permissions: Permissions) -> Target:
    """What a URL leads to. Raises Refused when that is nothing, or not allowed."""
    if "\0" in url:
        raise _no_url("needs a URL without NUL characters")
    if url in _MEMORY_URLS:
        return SqliteTarget(sqlite.IN_MEMORY, "sqlite::memory:", False, permissions)
    kind, colon, rest = url.partition(":")
    if not colon:
        raise _no_url('needs a URL such as "sqlite:notes.db" or "sqlite::memory:"')
    if kind == "sqlite" and not rest.startswith("//"):
        return _file(rest, permissions)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise _no_url("needs a URL such as dialect://user@host/database") from None
    if parsed.drivername == "sqlite":
        if parsed.host or parsed.query:
            raise _no_url("needs a URL of SQLite with a path and nothing else, such as sqlite:///notes.db")
        return _file(parsed.database or "", permissions)
    if not permissions.grants.everything:
        raise Refused(FaultKind.PERMISSION_DENIED, f"may not use {kind} databases: --allow-all would allow it")
    return DriverTarget(_engine(parsed))


def _no_url(text: str) -> Refused:
    return Refused(FaultKind.DATABASE_ERROR, text)


def _file(path: str, permissions: Permissions) -> SqliteTarget:
    """A file that may be read and written, or exists and may be read."""
    if not path:
        raise _no_url("needs a path, or :memory:, after sqlite:")
    resolved = permissions.read(path)
    read_only = False
    try:
        resolved = permissions.write(path)
    except Refused:
        if not os.path.exists(resolved):
            raise
        read_only = True
    sqlite.check_file(resolved, path)
    return SqliteTarget(resolved, f"sqlite:{path}", read_only, permissions)


def _engine(url: URL) -> Engine:
    """An engine for the driver that a URL names. Raises Refused when it is not installed."""
    try:
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    except NoSuchModuleError:
        raise _no_url(f"knows no databases of the kind {url.drivername}") from None
    except ModuleNotFoundError as error:
        raise _no_url(f"needs the Python package {error.name}, which is not installed") from None
    except (SQLAlchemyError, TypeError, ValueError) as error:
        raise _no_url(f"cannot use this URL: {error}") from None
    if engine.dialect.is_async:
        raise _no_url(f"needs another driver than {url.drivername}, which only works with asyncio")
    return engine
