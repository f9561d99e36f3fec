"""Tokens of other programs: shown once, kept as hashes, gone when they are revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rag.cli import main
from rag.errors import InvalidToken
from rag.index import tokens as module
from rag.index.catalog import Catalog
from rag.index.tokens import Tokens


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "c.sqlite3")
    yield opened
    opened.close()


def test_a_secret_is_kept_nowhere_and_only_itself_is_known(catalog: Catalog, tmp_path: Path) -> None:
    tokens = Tokens(catalog)
    secret = tokens.make("reader")
    assert len(secret) >= 43  # 256 bits in base64
    assert secret != tokens.make("writer", scope="write")
    assert tokens.find(secret[:-1]) is None
    assert tokens.find("") is None
    found = tokens.find(secret)
    assert found is not None
    assert (found.name, found.allows("read"), found.allows("write")) == ("reader", True, False)
    catalog.close()
    for file in tmp_path.glob("c.sqlite3*"):
        assert secret.encode() not in file.read_bytes()


def test_a_revoked_token_is_unknown_and_its_name_is_free_again(catalog: Catalog) -> None:
    tokens = Tokens(catalog)
    old = tokens.make("reader")
    with pytest.raises(InvalidToken, match="Revoke it first"):
        tokens.make(" reader ")
    tokens.revoke("reader")
    with pytest.raises(InvalidToken, match="footnote token list"):
        tokens.revoke("reader")
    new = tokens.make("reader", scope="write")
    assert tokens.find(old) is None
    assert tokens.find(new) is not None
    assert sorted(bool(token.revoked) for token in tokens.list()) == [False, True]


def test_it_is_noted_once_a_minute_that_a_token_is_used(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, start = Tokens(catalog), datetime(2026, 1, 2, 3, 4)
    secret = tokens.make("reader")
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        now = start + timedelta(seconds=seconds)
        monkeypatch.setattr(module, "now", lambda now=now: now)
        tokens.find(secret)
        assert tokens.list()[0].used == start + timedelta(seconds=noted)


@pytest.mark.parametrize("name", ["", "  \n", "x" * 101])
def test_a_token_needs_a_name(catalog: Catalog, name: str) -> None:
    with pytest.raises(InvalidToken, match="name"):
        Tokens(catalog).make(name)


def test_the_command_makes_lists_and_revokes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "new", "notes app", "--write", "--json"]) == 0
    secret = json.loads(capsys.readouterr().out)["token"]
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert "write" in listed
    assert "notes app" in listed
    assert secret not in listed
    assert main(["token", "revoke", "notes app"]) == 0
    assert main(["token", "revoke", "notes app"]) == 2
    assert "footnote token list" in capsys.readouterr().err


def test_programs_are_served_on_this_machine_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "only with accounts" in capsys.readouterr().err
