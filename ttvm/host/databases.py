"""Databases: opened, asked one question at a time, and closed when their process ends.

The work is done on other threads, as drivers know no other way. SQLite looks at every few thousand of its own
instructions whether it shall stop; what another driver does is left alone when it takes too long.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ttvm.errors import FaultKind
from ttvm.host.background import Background, Work
from ttvm.host.database_targets import Target, read_url
from ttvm.host.handles import Handles, Refused
from ttvm.host.permissions import Permissions
from ttvm.host.sql_results import read_result
from ttvm.record import Record
from ttvm.source import visible
from ttvm.values import Handle, List, Object, Pid, Value

MOST_DATABASES = 100
"""Databases one run may have open at once."""
MOST_THREADS = 4
"""Databases that work at once; others wait for a thread."""
_LONGEST_WORDS = 500
"""Characters of what a database says about an error."""


class Times(Record):
    """Seconds that things may take."""

    busy: float = 5.0
    """Waiting for a database that somebody else has locked."""
    pause: float = 0.01
    """Between two attempts to use a locked database."""
    work: float = 30.0
    """A statement, with the reading of its result."""
    grace: float = 2.0
    """More that a driver gets that nobody can stop, and that the machine waits when it closes a database."""


class Job:
    """One thing that a process wants of a database."""

    def __init__(self, pid: Pid) -> None:
        self.pid = pid
        self.given_up = threading.Event()
        """Set when nobody wants the result any more. Any thread may do that."""
        self.deadline = 0.0

    def shall_stop(self) -> bool:
        """Whether it is over, for one reason or the other."""
        return self.given_up.is_set() or time.monotonic() > self.deadline


class Database:
    """An open database. ``do`` is called by one thread at a time, ``close`` and ``leave`` by that of the machine."""

    def __init__(self, target: Target, times: Times) -> None:
        self.target = target
        self.times = times
        self.turn = asyncio.Lock()
        self.users: set[Pid] = set()
        self.gone: set[Pid] = set()
        """Users that have ended: their transactions are taken back before anything else is done."""
        self.is_closed = False
        self.is_stuck = False
        """Whether its driver has not come back from something that took too long."""
        self._busy = threading.Lock()
        self._job: Job | None = None
        self._connection: Connection | None = None
        self._transaction_of: Pid = 0
        """The process that began the transaction; 0 when there is none."""

    def do(self, job: Job, work: Callable[[], Value]) -> Value:
        """Do one thing. Raises Refused, and whatever the driver raises."""
        with self._busy:
            self._job = job
            job.deadline = time.monotonic() + self.times.work
            try:
                self._check_open()
                self._take_back()
                return self._persevere(job, work)
            finally:
                self._job = None
                self._settle(job)
                if self.is_closed:
                    self._disconnect()

    def _check_open(self) -> None:
        if self.is_closed:
            raise Refused(FaultKind.NO_SUCH_HANDLE, f"needs an open database {self.target.title}: this one is closed")

    def _persevere(self, job: Job, work: Callable[[], Value]) -> Value:
        """Try again as long as somebody else has locked the database. A statement that found that did nothing."""
        patience = time.monotonic() + self.times.busy
        while True:
            try:
                self.target.check()
                return work()
            except Exception as error:
                if not _is_locked(error) or time.monotonic() >= patience:
                    raise self._explain(job, error) from None
            if job.given_up.wait(self.times.pause):
                raise self._interrupted(job)

    def _explain(self, job: Job, error: Exception) -> Refused:
        """What an error is for the program."""
        if isinstance(error, Refused):
            return error
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return self._interrupted(job)
        refusal = self.target.refusal()
        if refusal is not None:
            return refusal
        if isinstance(cause, MemoryError):
            return Refused(FaultKind.LIMIT_EXCEEDED, "would take more memory than databases may")
        if code == sqlite3.SQLITE_TOOBIG:
            return Refused(FaultKind.LIMIT_EXCEEDED, f"fails: {cause}")
        if isinstance(cause, UnicodeEncodeError):
            return Refused(FaultKind.FORMAT_ERROR, "finds half of a surrogate pair in a text")
        words = " ".join(visible(str(cause) or type(cause).__name__).split())
        if _is_locked(error):
            words += f" (for more than {self.times.busy:g} s)"
        return Refused(FaultKind.DATABASE_ERROR, f"fails: {words[:_LONGEST_WORDS]}")

    def _interrupted(self, job: Job) -> Refused:
        self._check_open()
        return Refused(FaultKind.DATABASE_ERROR, f"fails: it takes longer than {self.times.work:g} s")

    def _settle(self, job: Job) -> None:
        """Note whose transaction it is now; one whose process is gone is taken back."""
        connection = self._connection
        if connection is None or not self.target.is_in_transaction(connection):
            self._transaction_of = 0
            return
        self._transaction_of = self._transaction_of or job.pid
        if job.given_up.is_set() and self._transaction_of == job.pid:
            self._roll_back()
        self._take_back()

    def _take_back(self) -> None:
        if self._transaction_of in self.gone:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._connection is not None and self.target.is_in_transaction(self._connection):
            self._connection.exec_driver_sql("ROLLBACK")
        self._transaction_of = 0

    def take_back(self) -> None:
        """Take back the transaction of a process that is gone, if there is one. For a thread that may wait."""
        with self._busy:
            if not self.is_closed:
                self._take_back()

    def open(self) -> Value:
        """Connect, and look whether it is a database."""
        connection = self._connection = self.target.open(self._shall_stop)
        try:
            self.target.probe(connection)
        except BaseException:
            self._disconnect()
            raise
        return None

    def _shall_stop(self) -> bool:
        job = self._job
        return job is not None and job.shall_stop()

    def query(self, sql: str, parameters: List | Object | None) -> Value:
        """The answer of DB_QUERY."""
        result = self._run(sql, parameters)
        try:
            return read_result(result, self._look)
        finally:
            result.close()

    def execute(self, sql: str, parameters: List | Object | None) -> Value:
        """The answer of DB_EXEC."""
        result = self._run(sql, parameters)
        try:
            if result.returns_rows:
                # INSERT ... RETURNING has not done everything before its rows are read.
                for _ in result:
                    self._look()
            return max(0, result.rowcount)
        finally:
            result.close()

    def _run(self, sql: str, parameters: List | Object | None) -> CursorResult[Any]:
        assert self._connection is not None
        return self.target.run(self._connection, sql, parameters)

    def _look(self) -> None:
        job = self._job
        if job is not None and job.shall_stop():
            raise self._interrupted(job)

    def close(self) -> None:
        """Stop what is being done, take back what was not committed, and disconnect."""
        self.is_closed = True
        self._give_up(self._job)
        # SQLite stops at once. A driver that does not is disconnected by its own thread, when it comes back.
        if self._busy.acquire(timeout=0 if self.is_stuck else self.times.grace):
            try:
                self._disconnect()
            finally:
                self._busy.release()

    def is_begun_by(self, pid: Pid) -> bool:
        """Whether a transaction of a process is open, or may be: it still works."""
        job = self._job
        return not self.is_closed and (self._transaction_of == pid or (job is not None and job.pid == pid))

    def give_up_for(self, pid: Pid) -> None:
        """Stop what is being done for a process."""
        job = self._job
        if job is not None and job.pid == pid:
            self._give_up(job)

    def _give_up(self, job: Job | None) -> None:
        if job is not None:
            job.given_up.set()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
                connection.engine.dispose()
            except SQLAlchemyError:
                connection.invalidate()


def _is_locked(error: Exception) -> bool:
    """Whether SQLite found a lock that may go away."""
    code = getattr(error.orig, "sqlite_errorcode", 0) if isinstance(error, DBAPIError) else 0
    return code & 0xFF == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT


class _Use:
    """That a process uses the database of another one; it is over when that process ends."""

    def __init__(self, database: Database, pid: Pid, background: Background) -> None:
        self._database = database
        self._pid = pid
        self._background = background

    def close(self) -> None:
        """Stop what is being done for the process, and take back what it has begun."""
        database = self._database
        database.users.discard(self._pid)
        # From now on nothing can join its transaction; another thread takes it back soon, though nobody may ask.
        database.gone.add(self._pid)
        database.give_up_for(self._pid)
        if database.is_begun_by(self._pid):
            self._background.call(self._background.loop.run_in_executor, None, database.take_back)


class Databases:
    """The room of the database instructions."""

    def __init__(
        self, handles: Handles, permissions: Permissions, background: Background, times: Times | None = None
    ) -> None:
        self._handles = handles
        self._permissions = permissions
        self._background = background
        self._times = times or Times()
        self._threads = asyncio.Semaphore(MOST_THREADS)
        self._open: list[Database] = []
        self._failed: list[Handle] = []
        """Handles that nobody got, as opening failed."""

    def connect(self, pid: Pid, url: str) -> Work:
        """Open a database."""
        target = read_url(url, self._permissions)
        # Here and not on the thread of the loop, which must not touch the handles.
        while self._failed:
            self._handles.close(self._failed.pop())
        self._open = [database for database in self._open if not database.is_closed]
        if len(self._open) >= MOST_DATABASES:
            raise Refused(FaultKind.LIMIT_EXCEEDED, f"would have more than {MOST_DATABASES} databases open")
        database = Database(target, self._times)
        database.users.add(pid)
        handle = self._handles.open(pid, "Database", target.title, database)
        self._open.append(database)
        return self._connect(pid, handle, database)

    async def _connect(self, pid: Pid, handle: Handle, database: Database) -> Value:
        try:
            await self._do(pid, database, database.open)
        except Refused:
            self._failed.append(handle)
            raise
        return handle

    def query(self, pid: Pid, handle: Handle, sql: str, parameters: List | Object | None) -> Work:
        """Ask a question."""
        database = self._find(pid, handle)
        return self._do(pid, database, lambda: database.query(sql, parameters))

    def execute(self, pid: Pid, handle: Handle, sql: str, parameters: List | Object | None) -> Work:
        """Change something; the number of rows."""
        database = self._find(pid, handle)
        return self._do(pid, database, lambda: database.execute(sql, parameters))

    def _find(self, pid: Pid, handle: Handle) -> Database:
        database = self._handles.find(handle, Database)
        if pid not in database.users:
            self._handles.open(pid, "Use", database.target.title, _Use(database, pid, self._background))
            database.users.add(pid)
        return database

    async def _do(self, pid: Pid, database: Database, work: Callable[[], Value]) -> Value:
        """Do something in turn, on another thread."""
        job = Job(pid)
        task = asyncio.ensure_future(self._take_turn(database, job, work))
        try:
            # The turn lasts as long as the thread works, also when nobody waits for it any more.
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            job.given_up.set()
            raise

    async def _take_turn(self, database: Database, job: Job, work: Callable[[], Value]) -> Value:
        async with database.turn:
            if job.given_up.is_set():
                return None
            if database.is_stuck:
                raise Refused(FaultKind.DATABASE_ERROR, "fails: the database has not come back from its last statement")
            async with self._threads:
                thread = asyncio.ensure_future(asyncio.to_thread(database.do, job, work))
                times = database.times
                done, _ = await asyncio.wait({thread}, timeout=times.busy + times.work + times.grace)
            if not done:
                database.is_stuck = True
                thread.add_done_callback(lambda late: late.cancelled() or late.exception())
                raise Refused(FaultKind.DATABASE_ERROR, f"fails: it takes longer than {times.work:g} s")
            return thread.result()
