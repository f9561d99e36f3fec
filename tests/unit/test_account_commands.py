"""Accounts and the audit log on the command line."""

from __future__ import annotations

import io
import json

import pytest

from rag.cli import main

PASSWORD = "seven grey herons"
pytestmark = pytest.mark.usefixtures("cheap_passwords")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a person type the same password whenever one is asked for."""
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _: PASSWORD)


def test_accounts_are_made_listed_and_changed(capsys: pytest.CaptureFixture[str], typed: None) -> None:
    for command in (
        ["new", "Ann", "--role", "admin"],
        ["new", "Bo"],
        ["role", "Bo", "editor"],
        ["password", "Bo"],
        ["disable", "Bo"],
    ):
        assert main(["account", *command]) == 0
    assert "Ann can sign in, as admin" in capsys.readouterr().out
    assert main(["account", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["role"], bool(each["disabled"])) for each in listed] == [
        ("Ann", "admin", False),
        ("Bo", "editor", True),
    ]
    assert "password" not in listed[0]
    assert main(["account", "enable", "bo"]) == 0
    assert main(["account", "adopt", "Ann"]) == 0
    assert main(["account", "disable", "Ann"]) == 2
    assert "last admin" in capsys.readouterr().err
    assert main(["account", "list"]) == 0
    assert "editor  made" in capsys.readouterr().out
    assert main(["audit", "--since", "2020-01-01"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert (len(told), "account made" in told[0], "Ann has the 0 conv" in told[-1]) == (7, True, True)
    assert main(["audit", "--since", "2999-01-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["audit", "--since", "soon"]) == 2


def test_a_password_comes_from_the_terminal_twice_or_from_standard_input_as_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\r\nanother line\n"))
    assert main(["account", "new", "Ann"]) == 2  # nothing is read from a pipe unless that is said
    assert "--password-stdin" in capsys.readouterr().err
    assert main(["account", "new", "Ann", "--password-stdin"]) == 0
    said = iter([PASSWORD, "something else"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _: next(said))
    assert main(["account", "password", "Ann"]) == 2
    assert "not the same" in capsys.readouterr().err
    assert main(["account", "password", "Nobody"]) == 2
    assert main(["account", "new"]) == 2
    assert "Name the account" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["account", "new", "Bo", "--password", PASSWORD])
