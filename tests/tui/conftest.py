"""Fixtures of the screen tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App

from debugger.session import Session
from ttvm.setup import MachineOptions

from .screens import screen_text


class ScreenExtension(SingleFileSnapshotExtension):
    """One readable text file per screen."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def screen_matches(snapshot: SnapshotAssertion) -> Callable[[App[Any]], None]:
    """Compares the screen with the stored one."""

    def check(app: App[Any]) -> None:
        assert screen_text(app) + "\n" == snapshot(extension_class=ScreenExtension)

    return check


@pytest.fixture
def debug(tmp_path: Path) -> Callable[..., Session]:
    """Makes a session on a program given as text."""

    def load(text: str, name: str = "program.ttvm", policy: str = "round-robin") -> Session:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return Session(str(path), MachineOptions(policy=policy))

    return load
