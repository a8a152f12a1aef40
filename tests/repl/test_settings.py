"""The settings of the REPL: where they are, what they may be, and that each is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.repl import cli, settings
from debugger.repl.settings import OPTIONS, Settings, read_settings, settings_page
from tests.machines import ROOT
from ttvm.errors import TtvmError


def test_without_a_file_everything_has_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "settings_file", lambda: tmp_path / "config.toml")
    assert read_settings() == Settings()


def test_the_page_is_a_file_of_the_defaults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_text(settings_page(), encoding="utf-8")
    assert read_settings(file) == Settings()
    assert [option.name for option in OPTIONS] == list(Settings()._names)
    assert cli.main(["--settings"]) == 0
    assert capsys.readouterr().out == settings_page()


def test_each_is_explained_in_the_documentation() -> None:
    page = (ROOT / "docs" / "repl.md").read_text(encoding="utf-8")
    for option in OPTIONS:
        assert f"| `{option.name}` |" in page
        assert option.meaning in page


def test_a_file_changes_them(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('mode = "vi"\nauto = true\n', encoding="utf-8")
    read = read_settings(file)
    assert (read.mode, read.auto) == ("vi", True)
    assert (read.chosen().mode, read.chosen().auto) == ("vi", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mode = 1", "mode is emacs, vi, and not 1"),
        ('mode = "ed"', "mode is emacs, vi, and not 'ed'"),
        ("auto = 1", "auto is true or false, and not 1"),
        ("nothing = 1", "there is no setting nothing"),
        ("mode", "expected '=' after a key"),
    ],
)
def test_a_mistake_names_the_file(tmp_path: Path, text: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TtvmError, match=r"config\.toml: ") as raised:
        read_settings(file)
    assert words in str(raised.value)
    assert cli.main(["--config", str(file)]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(TtvmError, match="there is no such file"):
        read_settings(tmp_path / "none.toml")
    with pytest.raises(TtvmError, match="it cannot be read"):
        read_settings(tmp_path)
