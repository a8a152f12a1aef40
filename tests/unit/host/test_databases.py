"""Databases of the real world: files that others read too, locks, endless work, processes that end meanwhile."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.machines import ROOT
from ttvm.errors import FaultKind
from ttvm.host import databases, sqlite
from ttvm.host.databases import Databases, Times
from ttvm.host.memory import MemoryConsole
from ttvm.host.outside import RealOutside
from ttvm.host.permissions import Permissions
from ttvm.outside import ALL, Grants, Pending, Refusal, Request
from ttvm.values import FALSE, TRUE, Bytes, Handle, List, Object, Pid, Value

ENDLESS = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n"
PATIENCE = 20_000
"""Milliseconds after which a test fails instead of waiting on."""


class World:
    """The room of databases in the real world, with a few seconds less patience than usual."""

    def __init__(self, grants: Grants, times: Times) -> None:
        self.outside = RealOutside(MemoryConsole(), Permissions(grants))
        room = Databases(self.outside.handles, self.outside.permissions, self.outside.background, times)
        self.outside._rooms["databases"] = room
        self.answers: dict[int, Value | Refusal] = {}

    def begin(self, verb: str, *arguments: Value, pid: Pid = 1) -> Value | Refusal | Pending:
        """Ask without waiting."""
        return self.outside.ask(pid, Request("databases", verb, arguments))

    def finish(self, asked: Value | Refusal | Pending) -> Value | Refusal:
        """Wait for an answer."""
        if not isinstance(asked, Pending):
            return asked
        while asked.ticket not in self.answers:
            assert self.outside.wait(PATIENCE), "no answer"
            self.answers.update(self.outside.arrivals())
        return self.answers.pop(asked.ticket)

    def ask(self, verb: str, *arguments: Value, pid: Pid = 1) -> Value | Refusal:
        """Ask and wait."""
        return self.finish(self.begin(verb, *arguments, pid=pid))

    def open(self, url: str, pid: Pid = 1) -> Handle:
        """The handle of a database that can be opened."""
        handle = self.ask("connect", url, pid=pid)
        assert isinstance(handle, Handle), handle
        return handle

    def execute(self, database: Handle, sql: str, *parameters: Value, pid: Pid = 1) -> Value | Refusal:
        """Do something."""
        return self.ask("execute", database, sql, List(list(parameters)), pid=pid)

    def rows(self, database: Handle, sql: str, *parameters: Value, pid: Pid = 1) -> list[list[Value]]:
        """The rows of a question that is answered."""
        answer = self.ask("query", database, sql, List(list(parameters)), pid=pid)
        assert isinstance(answer, Object), answer
        rows = answer["rows"]
        assert isinstance(rows, List)
        return [row.elements() for row in rows if isinstance(row, List)]


MakeWorld = Callable[..., World]


def outside_threads() -> set[threading.Thread]:
    """The threads of worlds that are open, those that other tests have left included."""
    return {thread for thread in threading.enumerate() if thread.name == "ttvm outside"}


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    before = outside_threads()
    worlds: list[World] = []

    def make(grants: Grants = ALL, times: Times | None = None) -> World:
        worlds.append(World(grants, times or Times(busy=0.05, pause=0.005, work=10.0, grace=5.0)))
        return worlds[-1]

    yield make
    for world in worlds:
        world.outside.close()
    assert outside_threads() <= before, "a thread is left"


def folder_grants(folder: Path) -> Grants:
    """What allows to read and write a folder, and nothing else."""
    return Grants(read=(str(folder),), write=(str(folder),))


def refusal(answer: object) -> tuple[FaultKind, str]:
    """The kind and the words of a refusal."""
    assert isinstance(answer, Refusal), answer
    return answer.kind, answer.text


# -- files


def test_what_one_run_writes_the_next_one_reads_and_so_does_python(make_world: MakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "caf\u00e9 %20?#.db"
    first = make_world(folder_grants(tmp_path))
    database = first.open(f"sqlite:{path}")
    assert first.execute(database, "CREATE TABLE t(a, b)") == 0
    assert first.execute(database, "INSERT INTO t VALUES (?, ?)", "\u00e9\U0001f642", Bytes(b"\0\xff")) == 1
    assert first.execute(database, "INSERT INTO t VALUES (?, ?)", TRUE, 2.5) == 1
    first.outside.close()
    second = make_world(folder_grants(tmp_path))
    expected = [["\u00e9\U0001f642", b"\0\xff"], [1, 2.5]]
    assert second.rows(second.open(f"sqlite:{path}"), "SELECT * FROM t") == expected
    with_python = sqlite3.connect(path)
    assert [list(row) for row in with_python.execute("SELECT * FROM t")] == expected
    with_python.close()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_was_not_committed_is_gone(make_world: MakeWorld, tmp_path: Path) -> None:
    first = make_world()
    database = first.open(f"sqlite:{tmp_path}/a.db")
    first.execute(database, "CREATE TABLE t(a)")
    first.execute(database, "BEGIN")
    first.execute(database, "INSERT INTO t VALUES (1)")
    first.outside.close()
    second = make_world()
    assert second.rows(second.open(f"sqlite:{tmp_path}/a.db"), "SELECT * FROM t") == []


def test_who_may_only_read_cannot_change(make_world: MakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    world = make_world(Grants(read=(str(tmp_path),)))
    assert refusal(world.ask("connect", f"sqlite:{path}"))[0] is FaultKind.PERMISSION_DENIED
    assert not path.exists()
    with_python = sqlite3.connect(path)
    with_python.execute("CREATE TABLE t(a)")
    with_python.close()
    database = world.open(f"sqlite:{path}")
    assert world.rows(database, "SELECT * FROM t") == []
    words = "fails: attempt to write a readonly database"
    assert refusal(world.execute(database, "INSERT INTO t VALUES (1)")) == (FaultKind.DATABASE_ERROR, words)
    assert refusal(world.execute(database, f"ATTACH '{tmp_path}/b.db' AS b"))[0] is FaultKind.PERMISSION_DENIED
    assert [each.name for each in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"This is no database. " * 100, "fails: file is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 500, "fails: file is not a database"),
    ],
)
def test_a_file_that_is_no_database(make_world: MakeWorld, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    world = make_world()
    assert refusal(world.ask("connect", f"sqlite:{path}")) == (FaultKind.DATABASE_ERROR, words)
    assert path.read_bytes() == content
    os.mkfifo(tmp_path / "pipe")
    database = world.open("sqlite::memory:")
    for place in (tmp_path, tmp_path / "pipe"):
        words = f"needs a file: {place} is a directory, a pipe or a device"
        assert refusal(world.ask("connect", f"sqlite:{place}")) == (FaultKind.DATABASE_ERROR, words)
        assert refusal(world.execute(database, f"ATTACH '{place}' AS x")) == (FaultKind.DATABASE_ERROR, words)
    world.open("sqlite::memory:")
    assert len(world.outside.handles) == 2, "what could not be opened has no handle"


# -- SQL that wants more than it may


HOSTILE = [
    "ATTACH '{other}' AS x",
    "attach database '{other}' as x",
    "/* */ ATTACH /* '' */ '{other}' AS x",
    "-- harmless\nATTACH\n'{other}'\nAS x",
    'ATTACH "{other}" AS x',
    "ATTACH [{other}] AS x",
    "ATTACH '{other}' || '' AS x",
    "ATTACH (SELECT '{other}') AS x",
    "ATTACH CAST(x'2f' AS TEXT) || 'x' AS x",
    "EXPLAIN ATTACH '{other}' AS x",
    "ATTACH 'file:{other}' AS x",
    "ATTACH 'FILE:{other}' AS x",
    "ATTACH 'file::memory:?cache=shared' AS x",
    "ATTACH 'file:{own}?mode=rwc' AS x",
    "ATTACH '{own}/../../{other}' AS x",
    "ATTACH '{link}' AS x",
    "ATTACH '/dev/stdin' AS x",
    "VACUUM INTO '{other}'",
    "VACUUM main INTO '{other}'",
    "VACUUM INTO '{oth' || 'er}'",
    "VACUUM INTO 'file:{other}'",
    "VACUUM INTO (SELECT '{other}')",
    "PRAGMA temp_store_directory = '{folder}'",
    "PRAGMA temp_store_directory('{folder}')",
    "PRAGMA data_store_directory = '{folder}'",
    "PRAGMA main.temp_store = file",
    "pragma TEMP_STORE = 1",
    "PRAGMA writable_schema = ON",
    "PRAGMA writable_schema = RESET",
    "PRAGMA trusted_schema = ON",
    "PRAGMA mmap_size = 1000000000",
    "PRAGMA hard_heap_limit = 0",
    "PRAGMA soft_heap_limit = 0",
    "PRAGMA hard_heap_limit",
    "PRAGMA cache_size = 1000000000",
    "PRAGMA busy_timeout = 1000000",
    "PRAGMA max_page_count = 1",
    "PRAGMA threads = 8",
    "PRAGMA locking_mode = exclusive",
    "PRAGMA query_only = OFF",
    "PRAGMA schema_version = 7",
    "PRAGMA lock_proxy_file = '{other}'",
    "SELECT load_extension('{other}')",
    "SELECT LOAD_EXTENSION('{other}', 'main')",
    "SELECT \"load_extension\"('{other}')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    "CREATE TRIGGER t AFTER INSERT ON own BEGIN SELECT load_extension('{other}'); END",
    "CREATE VIEW v AS SELECT load_extension('{other}')",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_sql_does_not_get_out(make_world: MakeWorld, tmp_path: Path, sql: str) -> None:
    """Every one of these is refused, and nothing appears outside of the folder that is allowed."""
    allowed, folder = tmp_path / "allowed", tmp_path / "other"
    allowed.mkdir()
    folder.mkdir()
    (folder / "secret.db").write_bytes(b"")
    (allowed / "link").symlink_to(folder / "secret.db")
    world = make_world(folder_grants(allowed))
    database = world.open(f"sqlite:{allowed}/own.db")
    world.execute(database, "CREATE TABLE own(a)")
    places = {"own": str(allowed), "other": f"{folder}/secret.db", "link": f"{allowed}/link", "folder": str(folder)}
    for name, place in places.items():
        sql = sql.replace(f"{{{name}}}", place)
    sql = sql.replace("{oth' || 'er}", f"{folder}/sec' || 'ret.db")
    answer = world.execute(database, sql)
    if isinstance(answer, Refusal):
        assert answer.kind is FaultKind.PERMISSION_DENIED, answer.text
    else:
        assert sql.startswith(("CREATE", "EXPLAIN")), "refused when it is used"
        used = world.execute(database, "INSERT INTO own VALUES (1)" if "TRIGGER" in sql else "SELECT * FROM v")
        assert refusal(used)[0] in (FaultKind.PERMISSION_DENIED, FaultKind.DATABASE_ERROR)
    assert {each.name for each in folder.iterdir()} == {"secret.db"}
    assert (folder / "secret.db").read_bytes() == b""
    assert {each.name for each in allowed.iterdir()} <= {"link", "own.db"}
    assert world.rows(database, "SELECT 1") == [[1]], "the database goes on"


def test_what_is_allowed_can_be_attached(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(folder_grants(tmp_path))
    database = world.open("sqlite::memory:")
    for sql in (
        f"ATTACH '{tmp_path}/b.db' AS b",
        "CREATE TABLE b.t(a)",
        "INSERT INTO b.t VALUES (1)",
        "DETACH b",
        "CREATE TABLE own(a)",
        "VACUUM",
        f"VACUUM INTO '{tmp_path}/c.db'",
        "CREATE VIRTUAL TABLE words USING fts5(text)",
        "ALTER TABLE own RENAME TO mine",
    ):
        assert not isinstance(world.execute(database, sql), Refusal), sql
    assert world.rows(world.open(f"sqlite:{tmp_path}/b.db"), "SELECT * FROM t") == [[1]]
    assert world.rows(world.open(f"sqlite:{tmp_path}/c.db"), "SELECT name FROM sqlite_schema") == [["own"]]
    assert world.rows(database, "PRAGMA table_info(mine)") == [[0, "a", "", 0, None, 0]]
    assert world.rows(database, "SELECT name FROM pragma_table_info('mine')") == [["a"]]


def test_a_path_is_never_an_address(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    world = make_world(folder_grants(tmp_path))
    world.execute(world.open("sqlite:file:a.db?mode=memory"), "CREATE TABLE t(a)")
    assert [each.name for each in tmp_path.iterdir()] == ["file:a.db?mode=memory"]


def hot_journal(name: str) -> bytes:
    """The end of a journal that names another file."""
    text = name.encode()
    checksum = sum(text) & 0xFFFFFFFF
    return b"\0\0\0\2" + text + len(text).to_bytes(4, "big") + checksum.to_bytes(4, "big") + sqlite._JOURNAL_END


def test_a_journal_cannot_make_sqlite_delete_a_file(make_world: MakeWorld, tmp_path: Path) -> None:
    allowed, victim = tmp_path / "allowed", tmp_path / "victim"
    allowed.mkdir()
    victim.write_bytes(b"precious\0")
    world = make_world(folder_grants(allowed))
    database = world.open(f"sqlite:{allowed}/a.db")
    world.execute(database, "CREATE TABLE t(a)")
    header = bytes.fromhex("d9d505f920a163d7") + bytes(4) + bytes(4) + (2).to_bytes(4, "big")
    journal = header + (512).to_bytes(4, "big") + (4096).to_bytes(4, "big")
    journal = journal.ljust(512, b"\0") + hot_journal(str(victim))
    (allowed / "a.db-journal").write_bytes(journal)
    kind, words = refusal(world.execute(database, "INSERT INTO t VALUES (1)"))
    assert (kind, str(victim) in words) == (FaultKind.PERMISSION_DENIED, True)
    assert refusal(world.ask("connect", f"sqlite:{allowed}/a.db"))[0] is FaultKind.PERMISSION_DENIED
    assert victim.read_bytes() == b"precious\0"
    # The journal does what is said of it: SQLite, left alone, deletes the file.
    with_python = sqlite3.connect(allowed / "a.db")
    with_python.execute("SELECT * FROM t").close()
    with_python.close()
    assert not victim.exists()


# -- locks, time and memory


def test_a_locked_database(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world()
    url = f"sqlite:{tmp_path}/a.db"
    first, second = world.open(url), world.open(f"sqlite:///{tmp_path}/a.db")
    world.execute(first, "CREATE TABLE t(a)")
    world.execute(first, "BEGIN IMMEDIATE")
    words = "fails: database is locked (for more than 0.05 s)"
    assert refusal(world.execute(second, "INSERT INTO t VALUES (1)")) == (FaultKind.DATABASE_ERROR, words)
    assert world.rows(second, "SELECT * FROM t") == [], "reading is possible"
    world.execute(first, "COMMIT")
    assert world.execute(second, "INSERT INTO t VALUES (1)") == 1


def test_a_lock_that_goes_away_is_waited_for(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(times=Times(busy=10.0, pause=0.001))
    url = f"sqlite:{tmp_path}/a.db"
    first, second = world.open(url), world.open(url)
    world.execute(first, "CREATE TABLE t(a)")
    world.execute(first, "BEGIN EXCLUSIVE")
    waiting = world.begin("execute", second, "INSERT INTO t VALUES (1)", None)
    world.execute(first, "COMMIT")
    assert world.finish(waiting) == 1


def test_endless_work_ends(make_world: MakeWorld) -> None:
    world = make_world(times=Times(work=0.05))
    database = world.open("sqlite::memory:")
    for verb in ("query", "execute"):
        words = "fails: it takes longer than 0.05 s"
        assert refusal(world.ask(verb, database, ENDLESS, None)) == (FaultKind.DATABASE_ERROR, words)
    rows = ENDLESS.replace("count(*)", "a")
    assert refusal(world.ask("execute", database, rows, None))[1] == words
    assert world.rows(database, "SELECT 1") == [[1]]


FILL_MEMORY = """
from tests.unit.host.test_databases import ALL, ENDLESS, Times, World, sqlite
sqlite.MOST_MEMORY = 30_000_000
world = World(ALL, Times())
database = world.open("sqlite::memory:")
world.execute(database, "CREATE TABLE t(a)")
for sql in (
    ENDLESS.replace("SELECT count(*)", "INSERT INTO t SELECT zeroblob(1000000)"),
    ENDLESS.replace("count(*)", "zeroblob(1000000)") + " ORDER BY -a",
    "CREATE TEMP TABLE u AS " + ENDLESS.replace("count(*)", "zeroblob(1000000) AS b"),
):
    answer = world.execute(database, sql)
    print(answer.kind, answer.text)
print(world.rows(database, "SELECT count(*) FROM t"))
world.outside.close()
"""


def test_memory_is_limited() -> None:
    """In a Python of its own: SQLite's limit is one of the whole process, and can only be lowered."""
    done = subprocess.run(
        [sys.executable, "-c", FILL_MEMORY], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "LimitExceeded would take more memory than databases may\n" * 3 + "[[0]]\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT zeroblob(20000000)",
        "SELECT hex(zeroblob(16000000))",
        "SELECT replace(hex(zeroblob(8000)), '0', hex(zeroblob(8000)))",
        f"SELECT 'a' LIKE '{'%a' * 600}'",
    ],
)
def test_large_values_are_refused_at_once(make_world: MakeWorld, sql: str) -> None:
    world = make_world()
    kind, words = refusal(world.execute(world.open("sqlite::memory:"), sql))
    assert (kind, words) in (
        (FaultKind.LIMIT_EXCEEDED, "fails: string or blob too big"),
        (FaultKind.DATABASE_ERROR, "fails: LIKE or GLOB pattern too complex"),
    )


def test_a_hundred_thousand_rows(make_world: MakeWorld) -> None:
    world = make_world()
    database = world.open("sqlite::memory:")
    numbers = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n LIMIT {}) SELECT a, a * 2 AS b FROM n"
    assert world.execute(database, "CREATE TABLE t AS " + numbers.format(100_000)) in (0, 100_000)
    answer = world.ask("query", database, "SELECT * FROM t", None)
    assert isinstance(answer, Object)
    rows, data = answer["rows"], answer["data"]
    assert isinstance(rows, List)
    assert isinstance(data, List)
    assert (len(rows), rows.elements()[-1], data.elements()[-1]) == (
        100_000,
        List([100_000, 200_000]),
        Object({"a": 100_000, "b": 200_000}),
    )


def test_too_many_rows(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttvm.host.sql_results.MOST_CELLS", 1000)
    world = make_world()
    database = world.open("sqlite::memory:")
    kind, words = refusal(world.ask("query", database, ENDLESS.replace("count(*)", "a"), None))
    assert (kind, "(after 500 rows)" in words) == (FaultKind.LIMIT_EXCEEDED, True)


def test_too_many_databases(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "MOST_DATABASES", 2)
    world = make_world()
    first = world.open("sqlite::memory:")
    world.open("sqlite::memory:")
    words = "would have more than 2 databases open"
    assert refusal(world.ask("connect", "sqlite::memory:")) == (FaultKind.LIMIT_EXCEEDED, words)
    world.outside.handles.close(first)
    world.open("sqlite::memory:")


# -- processes that end, handles that are closed


def wait_for_lock(path: Path, is_free: bool) -> None:
    """Return as soon as another connection can write to the file; or as soon as it cannot."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE / 1000 if is_free else 0)
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE").close()
            except sqlite3.OperationalError:
                assert not is_free
                return
            connection.execute("ROLLBACK").close()
            if is_free:
                return
    finally:
        connection.close()


def test_who_ends_while_it_waits_leaves_no_lock(make_world: MakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    world = make_world(times=Times(work=100.0))
    database = world.open(f"sqlite:{path}")
    world.execute(database, "CREATE TABLE t(a)")
    world.begin("execute", database, ENDLESS.replace("SELECT count(*)", "INSERT INTO t SELECT a"), None)
    wait_for_lock(path, is_free=False)
    world.outside.leave(1)
    wait_for_lock(path, is_free=True)
    assert len(world.outside.handles) == 0
    assert world.outside.arrivals() == []
    again = world.open(f"sqlite:{path}")
    assert world.rows(again, "SELECT count(*) FROM t") == [[0]]


def test_who_only_used_a_database_leaves_it_open(make_world: MakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    world = make_world(times=Times(work=100.0))
    database = world.open(f"sqlite:{path}", pid=1)
    world.execute(database, "CREATE TABLE t(a)", pid=1)
    world.execute(database, "BEGIN", pid=2)
    world.execute(database, "INSERT INTO t VALUES (1)", pid=2)
    world.begin("query", database, ENDLESS, None, pid=2)
    waiting = world.begin("query", database, "SELECT count(*) FROM t", None, pid=1)
    world.outside.leave(2)
    answer = world.finish(waiting)
    assert isinstance(answer, Object)
    assert answer["rows"] == List([List([0])]), "the transaction of process 2 was taken back"
    wait_for_lock(path, is_free=True)


def test_a_transaction_ends_with_the_process_that_began_it(make_world: MakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    world = make_world()
    database = world.open(f"sqlite:{path}", pid=1)
    world.execute(database, "CREATE TABLE t(a)", pid=1)
    world.execute(database, "BEGIN IMMEDIATE", pid=2)
    world.rows(database, "SELECT 1", pid=3)
    world.outside.leave(3)
    world.execute(database, "INSERT INTO t VALUES (1)", pid=1)
    wait_for_lock(path, is_free=False)
    world.outside.leave(2)
    wait_for_lock(path, is_free=True)
    assert world.rows(database, "SELECT * FROM t", pid=1) == []


def test_nothing_joins_the_transaction_of_who_has_ended(make_world: MakeWorld) -> None:
    """What is done right after the end counts, although the transaction is taken back on another thread."""
    world = make_world()
    database = world.open("sqlite::memory:", pid=1)
    world.execute(database, "CREATE TABLE t(a)", pid=1)
    for pid in range(2, 50):
        world.execute(database, "BEGIN", pid=pid)
        world.execute(database, "INSERT INTO t VALUES (0)", pid=pid)
        world.outside.leave(pid)
        assert world.execute(database, "INSERT INTO t VALUES (?)", pid, pid=1) == 1
    assert world.rows(database, "SELECT * FROM t", pid=1) == [[pid] for pid in range(2, 50)]


def test_closing_a_database_refuses_what_waits_for_it(make_world: MakeWorld) -> None:
    world = make_world(times=Times(work=100.0))
    database = world.open("sqlite::memory:")
    asked = [world.begin("query", database, ENDLESS, None, pid=pid) for pid in (1, 2)]
    asked.append(world.begin("execute", database, "SELECT 1", None, pid=3))
    assert world.outside.handles.close(database)
    words = "needs an open database sqlite::memory:: this one is closed"
    assert [refusal(world.finish(each)) for each in asked] == [(FaultKind.NO_SUCH_HANDLE, words)] * 3
    assert refusal(world.execute(database, "SELECT 1")) == (FaultKind.NO_SUCH_HANDLE, words)


def test_the_end_of_the_machine_ends_all_work(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(times=Times(work=100.0))
    opened = [world.open(f"sqlite:{tmp_path}/{number}.db") for number in range(6)]
    for database in opened:
        world.execute(database, "CREATE TABLE t(a)")
    for database in opened:
        world.begin("query", database, ENDLESS, None)
    world.outside.close()
    for number in range(6):
        wait_for_lock(tmp_path / f"{number}.db", is_free=True)


# -- values


def test_values_go_in_and_come_out(make_world: MakeWorld) -> None:
    world = make_world()
    database = world.open("sqlite::memory:")
    values: Sequence[Value] = (
        0,
        -(2**63),
        2**63 - 1,
        2.5,
        float("-inf"),
        "",
        "\u00e9\0x",
        None,
        Bytes(b""),
        Bytes(b"\xff"),
    )
    marks = ", ".join("?" * len(values))
    assert world.rows(database, f"SELECT {marks}", *values) == [list(values)]
    assert world.rows(database, "SELECT ?, ?", TRUE, FALSE) == [[1, 0]]
    [[data]] = world.rows(database, "SELECT x'00ff'")
    assert type(data) is Bytes
    kind, words = refusal(world.execute(database, "SELECT ?", "\ud800"))
    assert (kind, words) == (FaultKind.FORMAT_ERROR, "finds half of a surrogate pair in a text")
    assert refusal(world.execute(database, "SELECT '\ud800'"))[0] is FaultKind.FORMAT_ERROR
    assert refusal(world.ask("query", database, "SELECT CAST(x'ff' AS TEXT)", None))[0] is FaultKind.DATABASE_ERROR
    assert refusal(world.execute(database, "SELECT '\0'"))[0] is FaultKind.DATABASE_ERROR
