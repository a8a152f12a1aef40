"""Programs that serve, and clients that are no programs of ours."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cli.command import program, ttvm
from tests.machines import ROOT

CONNECTIONS = 1000


@contextmanager
def echo_server(*options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The example, its port, and what becomes of it."""
    command = [sys.executable, "-m", "ttvm", "--allow-net=127.0.0.1", *options, "examples/echo_server.ttvm"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            words, _, port = process.stdout.readline().rpartition(" ")
            assert words == "listening at port"
            yield int(port), process
        finally:
            process.kill()


def line(connection: socket.socket, text: str) -> str:
    """Send a line; the line that comes back."""
    connection.sendall(text.encode())
    data = b""
    while not data.endswith(b"\n"):
        piece = connection.recv(4096)
        assert piece, "the connection has ended"
        data += piece
    return data.decode()


def test_a_thousand_connections_at_once_while_another_process_counts() -> None:
    with echo_server() as (port, process), ExitStack() as stack:
        connections = []
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
            connections.append(stack.enter_context(connection))
        for number, connection in enumerate(connections):
            connection.sendall(f"hello {number}\n".encode())
        for number, connection in reversed(list(enumerate(connections))):
            assert line(connection, "") == f"hello {number}\n"
        assert line(connections[0], "count\n") == f"{CONNECTIONS}\n"
        connections[1].sendall(b"stop\n")
        stack.close()
        output, errors = process.communicate(timeout=60)
        assert (output, errors, process.returncode) == (f"served {CONNECTIONS} connections\n", "", 0)


def test_clients_that_vanish_do_not_disturb_the_others() -> None:
    with echo_server() as (port, process), socket.create_connection(("127.0.0.1", port), timeout=30) as steady:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as rude:
                rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                rude.sendall(b"half a li")
                assert rude.recv(1) == b"h"
        assert line(steady, "still here\n") == "still here\n"
        assert line(steady, "count\n") == "21\n"
        steady.sendall(b"stop\n")
        output, errors = process.communicate(timeout=60)
        assert (output, errors, process.returncode) == ("served 21 connections\n", "", 0)


def test_a_server_can_be_interrupted() -> None:
    with echo_server() as (port, process), socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        assert line(client, "x\n") == "x\n"
        process.send_signal(2)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert errors.startswith("interrupted after ")
        assert client.recv(1) == b"", "its connections are closed"


def test_a_server_ends_after_its_time(tmp_path: Path) -> None:
    path = program(tmp_path, "    PUSH_INT 0\n    TCP_LISTEN\n    TCP_ACCEPT\n")
    done = ttvm("--allow-net", "--timeout", "0.2", path)
    assert done.status == 4
    assert "stopped after 0.2 s" in done.errors


def test_the_time_limit_of_the_network_is_a_number_of_seconds(tmp_path: Path) -> None:
    path = program(tmp_path, "    HALT\n")
    for wrong in ("0", "-1", "soon"):
        done = ttvm("--net-timeout", wrong, path)
        assert (done.status, "number of seconds" in done.errors) == (2, True)
    assert ttvm("--net-timeout", "5", path).status == 0
