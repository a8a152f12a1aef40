"""Databases behind drivers, with a driver made for the test: what it gives is not SQLite's, nor is its style."""

from __future__ import annotations

import datetime
import decimal
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL

from tests.unit.host.test_databases import MakeWorld, folder_grants, make_world, refusal
from ttvm.errors import FaultKind
from ttvm.host.database_targets import DriverTarget, marked, read_url
from ttvm.host.databases import Times
from ttvm.host.permissions import Permissions
from ttvm.host.sql_results import value_of
from ttvm.outside import ALL
from ttvm.values import TRUE, Bytes, List, Object, Value

__all__ = ["make_world"]

ANSWERED = threading.Event()
"""Lets the function that does not come back come back after all."""


class OddDialect(SQLiteDialect_pysqlite):
    """SQLite under another name, with places that look like those of PostgreSQL's drivers."""

    name = "odd"
    driver = "driver"
    default_paramstyle = "named"
    supports_statement_cache = True

    def create_connect_args(self, url: URL) -> tuple[Any, Any]:
        return [":memory:"], {"check_same_thread": False}

    def on_connect(self) -> Any:
        def prepare(connection: sqlite3.Connection) -> None:
            connection.create_function("stuck", 0, lambda: ANSWERED.wait(20) and None)

        return prepare


@pytest.fixture(autouse=True)
def odd_driver() -> Iterator[None]:
    registry.register("odd", __name__, "OddDialect")
    ANSWERED.clear()
    yield
    ANSWERED.set()


def test_parameters_take_the_form_of_the_driver(make_world: MakeWorld) -> None:
    world = make_world()
    database = world.open("odd://joe:secret@host:77/notes?key=secret")
    assert database.title == "odd://joe@host:77/notes"
    world.execute(database, "CREATE TABLE t(a, b)")
    sql = "INSERT INTO t VALUES (?, ':a ? ' || ?) -- ? :b"
    assert world.execute(database, sql, 1, "x") == 1
    assert world.rows(database, "SELECT * FROM t") == [[1, ":a ? x"]]
    named = world.ask("query", database, "SELECT :b, :a, ':a'", Object({"a": 1, "b": TRUE}))
    assert isinstance(named, Object)
    assert named["rows"] == List([List([1, 1, ":a"])])
    words = "needs as many parameters as places: 2, not 1"
    assert refusal(world.execute(database, "SELECT ?, ?", 1)) == (FaultKind.DATABASE_ERROR, words)
    kind, words = refusal(world.ask("query", database, "SELECT :b", Object({"a": 1})))
    assert (kind, "'b'" in words) == (FaultKind.DATABASE_ERROR, True)
    kind, words = refusal(world.ask("query", database, "SELECT 100 % 7 FROM nobody", None))
    assert (kind, words) == (FaultKind.DATABASE_ERROR, "fails: no such table: nobody")


def test_what_is_text_or_comment_is_no_place() -> None:
    sql = "a = ? AND '?''?' = \"?\" /* ? */ -- ?\n AND b = `?` AND $x$ ? $x$ = ?::text"
    statement, names = marked(sql, named=False)
    assert names == ["p1", "p2"]
    assert statement == sql.replace("a = ?", "a = :p1").replace("= ?::text", "= :p2\\:\\:text")
    assert marked("a::b = :c AND d = ':e'", named=True) == ("a\\:\\:b = :c AND d = '\\:e'", ["c"])


def test_a_driver_needs_every_permission(make_world: MakeWorld, tmp_path: Any) -> None:
    world = make_world(folder_grants(tmp_path))
    kind, words = refusal(world.ask("connect", "odd://joe:secret@host/notes"))
    assert (kind, words) == (FaultKind.PERMISSION_DENIED, "may not use odd databases: --allow-all would allow it")
    kind, _ = refusal(world.ask("connect", f"sqlite+pysqlite:///{tmp_path}/a.db"))
    assert kind is FaultKind.PERMISSION_DENIED, "another way to SQLite, without our rules"
    assert isinstance(read_url("odd://", Permissions(ALL)), DriverTarget)


def test_a_driver_that_does_not_come_back(make_world: MakeWorld) -> None:
    world = make_world(times=Times(busy=0.02, work=0.02, grace=0.02))
    database = world.open("odd://")
    asked = world.begin("query", database, "SELECT stuck()", None)
    waiting = world.begin("query", database, "SELECT 1", None, pid=2)
    assert refusal(world.finish(asked)) == (FaultKind.DATABASE_ERROR, "fails: it takes longer than 0.02 s")
    words = "fails: the database has not come back from its last statement"
    assert refusal(world.finish(waiting)) == (FaultKind.DATABASE_ERROR, words)
    assert refusal(world.ask("query", database, "SELECT 1", None)) == (FaultKind.DATABASE_ERROR, words)
    world.outside.handles.close(database)
    assert world.rows(world.open("odd://"), "SELECT 1") == [[1]], "others are not concerned"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (True, TRUE),
        (2**63, "9223372036854775808"),
        (decimal.Decimal("1.10"), "1.10"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05"),
        (datetime.time(3, 4), "03:04:00"),
        (memoryview(b"ab"), Bytes(b"ab")),
        ([1, (None, "x")], List([1, List([None, "x"])])),
        ({"a": [decimal.Decimal(2)]}, Object({"a": List(["2"])})),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_types_of_other_databases(given: Any, expected: Value) -> None:
    value = value_of(given)
    assert (type(value), value) == (type(expected), expected)
