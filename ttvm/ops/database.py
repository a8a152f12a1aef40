"""Databases, asked in SQL."""

from __future__ import annotations

from collections.abc import Iterable

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.forms import debug
from ttvm.ops import checks
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import Bool, Bytes, Handle, List, Object, Value


def connect(process: Process, system: Actors, url: Value) -> Value:
    """Open a database; it belongs to this process and is closed when the process ends.

    `sqlite::memory:` is a new, empty one that is never written to disk; `sqlite:notes.db` is a file, made when there
    is none. For a file one must be allowed to read and write it; who may only read gets a database that cannot be
    changed. The URL of any other database that SQLAlchemy knows, `postgresql://user@host/name`, needs its driver and
    the permission to do everything. What cannot be opened is DatabaseError.
    """
    return system.ask(process, "a database that is being opened", "databases", "connect", checks.text(url, "a URL"))


def query(process: Process, system: Actors, database: Value, sql: Value) -> Value:
    """Ask a database a question: one statement of SQL.

    The answer has three fields: `columns`, the list of the names; `rows`, a list of lists; and `data`, a list of
    objects, column to value. When two columns have the same name, say `id`, the second is `id_2` in `data`. A statement
    that gives no rows is executed, and the answer is empty.

    Numbers, texts, nulls and blobs are Int, Float, Str, null and Bytes. What other databases know besides (decimal
    numbers, dates, times) is a Str. More than about a million values, or 2^24 characters, are LimitExceeded. What the
    database refuses is DatabaseError with its own words. So are a database that others keep locked for 5 seconds, and
    a question that takes more than 30.

    Processes that share a database are served in the order in which they ask.
    """
    return _ask(process, system, "query", database, sql, None)


def execute(process: Process, system: Actors, database: Value, sql: Value) -> Value:
    """Change a database with one statement of SQL, and give the number of rows that changed.

    Each statement is a transaction of its own, unless the program begins one: after `BEGIN`, nothing counts before
    `COMMIT`, and `ROLLBACK` takes all of it back. A transaction is one of the database that DB_CONNECT gave, for all
    processes that use it; when the process that began it ends before, it is taken back. Faults are those of DB_QUERY.
    """
    return _ask(process, system, "execute", database, sql, None)


def query_with(process: Process, system: Actors, database: Value, sql: Value, parameters: Value) -> Value:
    """Do what DB_QUERY does, with values in places that the statement leaves open.

    A list has a value for every `?`, an object one for every `:name`. A value is never read as SQL, whatever it is.
    It is a number, a text, a bool (in SQLite 1 or 0), bytes or null; anything else is TypeMismatch, and the float NaN,
    which databases do not know, is DomainError. As many as the statement needs, or it is DatabaseError.
    """
    return _ask(process, system, "query", database, sql, _parameters(parameters))


def execute_with(process: Process, system: Actors, database: Value, sql: Value, parameters: Value) -> Value:
    """Do what DB_EXEC does, with values in places that the statement leaves open; see DB_QUERY_WITH."""
    return _ask(process, system, "execute", database, sql, _parameters(parameters))


def _ask(
    process: Process, system: Actors, verb: str, database: Value, sql: Value, parameters: List | Object | None
) -> Value:
    if not isinstance(database, Handle) or database.kind != "Database":
        raise mismatch("a database that DB_CONNECT gave")
    statement = checks.text(sql, "SQL")
    return system.ask(process, f"the database {database.title}", "databases", verb, database, statement, parameters)


def _parameters(parameters: Value) -> List | Object:
    """The parameters, if each is one. Raises Fault."""
    values: Iterable[tuple[int | str, Value]]
    if isinstance(parameters, List):
        values = enumerate(parameters, 1)
    elif isinstance(parameters, Object):
        values = parameters.items()
    else:
        raise mismatch("parameters that are a List or an Object")
    for place, value in values:
        if not (value is None or isinstance(value, (int, float, str, Bool, Bytes))):
            raise Fault(FaultKind.TYPE_MISMATCH, f"cannot give a database the parameter {place}: {debug(value, 60)}")
        if value != value:
            raise Fault(FaultKind.DOMAIN_ERROR, f"cannot give a database the parameter {place}, as it is NaN")
    return parameters
