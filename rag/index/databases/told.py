"""What an error of a PostgreSQL server means, in words for a person."""

from __future__ import annotations

from collections.abc import Mapping

from rag.errors import DiskFull, FootnoteError, LibraryBusy, LibraryUnusable

_MEANINGS: Mapping[str, tuple[type[FootnoteError], str]] = {
    "28": (LibraryUnusable, "refuses the user ({said}). Put the right user and password into FOOTNOTE_CATALOG_URL."),
    "3D000": (
        LibraryUnusable,
        "has no such database ({said}). Make it with `createdb`, or name another one in FOOTNOTE_CATALOG_URL.",
    ),
    "42501": (
        LibraryUnusable,
        "does not let this user do that ({said}). Let the user own the database, or grant what is missing.",
    ),
    "25006": (LibraryUnusable, "can only be read ({said}). Name one that can be written to in FOOTNOTE_CATALOG_URL."),
    "53100": (
        DiskFull,
        "has no room left on its disk. What was complete before is kept. Free some space there, then try again.",
    ),
    "53300": (LibraryBusy, "has no connection left ({said}). Try again later, or raise its max_connections."),
    "55P03": (LibraryBusy, "is held by another process for too long. Wait until it is done, then try again."),
    "40": (LibraryBusy, "was changed by another process at the same moment. Try again."),
    "22021": (
        LibraryUnusable,
        "cannot store a text ({said}). Where it holds the character NUL, take that out of the title or source.",
    ),
    "57P": (LibraryUnusable, "is being stopped or started ({said}). Try again when it is up. What was added is kept."),
    "08": (LibraryUnusable, "broke off the connection ({said}). Try again. What was added is kept."),
}
"""By the beginning of a code of PostgreSQL's, what is said of the database."""


def away(database: str, reason: object) -> LibraryUnusable:
    """Return the error for a server that cannot be reached, or is gone."""
    return LibraryUnusable(
        f"The PostgreSQL server of {database} does not answer ({reason}). Start it, or set FOOTNOTE_CATALOG_URL to "
        "where it is. What was added before is kept."
    )


def explain(error: BaseException, database: str) -> FootnoteError | None:
    """Return what an error of pg8000's or of the network means for `database`; None where it is unknown."""
    if is_broken(error) and not _code(error):
        return away(database, error.__cause__ or error)
    code = _code(error)
    for beginning in (code, code[:3], code[:2]):
        if beginning in _MEANINGS:
            kind, words = _MEANINGS[beginning]
            return kind(f"The database {database} {words.format(said=error.args[0].get('M', code))}")
    return None


def is_broken(error: BaseException) -> bool:
    """Say whether the connection on which this came is of no more use."""
    from pg8000.exceptions import InterfaceError

    return isinstance(error, InterfaceError | OSError) or _code(error)[:2] in ("57", "08")


def _code(error: BaseException) -> str:
    """Return the code that PostgreSQL gives an error; nothing where it is none of its errors."""
    said = error.args[0] if error.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else ""
