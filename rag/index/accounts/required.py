"""What has to be before others are let in: accounts, and somebody who can make them."""

from __future__ import annotations

from rag.errors import FootnoteError
from rag.index.accounts.accounts import Accounts
from rag.index.library import Library
from rag.leaving import is_loopback
from rag.settings import Settings


def require_auth(settings: Settings) -> None:
    """Raise `FootnoteError` where others could reach a window that asks for no account."""
    if not settings.auth and not is_loopback(settings.host):
        raise FootnoteError(
            f"Footnote listens on {settings.host} only with accounts: without them, whoever reached it from elsewhere "
            "would see and change everything. Make an admin by `footnote account new NAME --role admin`, then give "
            "--auth (or set FOOTNOTE_AUTH=true). Or leave out --host, and reach it from elsewhere through SSH: "
            "`ssh -L 7860:127.0.0.1:7860 THIS-MACHINE`."
        )


def require_admin(settings: Settings) -> None:
    """Raise `FootnoteError` where accounts are asked for, and nobody could ever make one in the window."""
    if not settings.auth:
        return
    with Library(settings=settings) as library:
        if not Accounts(library.catalog, settings).has_admin():
            raise FootnoteError(
                "There is no admin yet, so nobody could sign in. Make one first: "
                "`footnote account new NAME --role admin`."
            )
