"""What a PostgreSQL server says, in words for a person."""

from __future__ import annotations

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from rag.errors import DiskFull, LibraryBusy, LibraryUnusable
from rag.index.databases.told import explain, is_broken


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("28P01", LibraryUnusable, "refuses the user (it said so). Put the right user and password"),
        ("3D000", LibraryUnusable, "has no such database (it said so). Make it with `createdb`"),
        ("42501", LibraryUnusable, "does not let this user do that"),
        ("25006", LibraryUnusable, "can only be read"),
        ("53100", DiskFull, "has no room left on its disk. What was complete before is kept."),
        ("53300", LibraryBusy, "has no connection left"),
        ("55P03", LibraryBusy, "is held by another process for too long"),
        ("40P01", LibraryBusy, "was changed by another process at the same moment"),
        ("22021", LibraryUnusable, "cannot store a text"),
        ("57P01", LibraryUnusable, "is being stopped or started"),
        ("08006", LibraryUnusable, "broke off the connection"),
    ],
)
def test_an_error_says_what_to_do(code: str, kind: type[Exception], told: str) -> None:
    meaning = explain(DatabaseError({"C": code, "M": "it said so"}), "postgresql://h:5432/d")
    assert type(meaning) is kind
    assert str(meaning).startswith("The database postgresql://h:5432/d ")
    assert told in str(meaning)


def test_what_is_unknown_stays_what_it_is() -> None:
    assert explain(DatabaseError({"C": "42601", "M": "syntax error"}), "d") is None
    assert explain(ValueError("other"), "d") is None


def test_what_ends_a_connection_is_known() -> None:
    ends = [InterfaceError("network error"), OSError(), TimeoutError(), DatabaseError({"C": "57P01", "M": "bye"})]
    assert all(is_broken(error) for error in ends)
    assert not is_broken(DatabaseError({"C": "42501", "M": "no"}))
    assert "does not answer (network error)" in str(explain(InterfaceError("network error"), "d"))
