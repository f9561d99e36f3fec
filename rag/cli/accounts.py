"""The commands about who may sign in, and what was done: account, audit."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from rag.cli.command import DONE, Commands, open_library, print_json, say, settings_of
from rag.errors import FootnoteError

if TYPE_CHECKING:
    from rag.index.accounts.account import Place, Role
    from rag.index.accounts.accounts import Accounts

_DOES = ("new", "list", "role", "password", "disable", "enable", "library", "adopt")
_EPILOG = (
    "new NAME makes an account; list shows all; role NAME reader|editor|admin; password NAME sets another; disable and "
    "enable NAME; library NAME shared|own says which library it asks; adopt NAME gives it the conversations from "
    "before there were accounts. A reader asks and reads, an editor changes articles too, an admin settings, tokens "
    "and accounts. Passwords are asked for on the terminal."
)


def add_commands(commands: Commands) -> None:
    """Add account and audit."""
    account = commands.add("account", _account, "make, list and change accounts, by which people sign in")
    account.epilog = _EPILOG
    account.add_argument("does", choices=_DOES, metavar="DOES", help=f"what to do: {', '.join(_DOES)}")
    account.add_argument("name", nargs="?", default="", help="the account's name")
    account.add_argument("value", nargs="?", default="", help="the role or the library that it is given")
    account.add_argument("--role", default="reader", help="of a new one: reader (the default), editor or admin")
    account.add_argument("--own", action="store_true", help="give a new one a library of its own")
    account.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input, to its first line's end"
    )
    audit = commands.add("audit", _audit, "show who signed in, and who changed what")
    audit.add_argument("--since", metavar="DAY", help="from this day on, such as 2026-01-31 (UTC)")
    audit.add_argument("--most", type=int, default=100, metavar="N", help="at most so many, the latest (default 100)")


def _account(options: argparse.Namespace) -> int:
    from rag.index.accounts.accounts import Accounts

    with open_library(options) as library:
        accounts = Accounts(library.catalog, settings_of(options))
        if options.does == "list":
            return _list(accounts, options)
        if not options.name:
            raise FootnoteError(f"Name the account: footnote account {options.does} NAME.")
        if options.own or (options.does, options.value) == ("library", "own"):
            library.home.own("")  # says so where there can be none
        done = _done(accounts, options)
    print_json({"done": done}) if options.json else say(done)
    return DONE


def _done(accounts: Accounts, options: argparse.Namespace) -> str:
    """Do what was asked for, and say what that was."""
    name = options.name
    if options.does == "new":
        role = cast("Role", options.role)
        made = accounts.make(name, _password(options), role=role, library="own" if options.own else "shared")
        return f"{made.name} can sign in, as {made.role}"
    if options.does == "role":
        accounts.set_role(name, cast("Role", options.value))
        return f"{name} is {options.value} now"
    if options.does == "password":
        accounts.get(name)  # before a person types
        accounts.set_password(name, _password(options))
        return f"{name} has another password, and is signed out everywhere"
    if options.does == "disable":
        accounts.disable(name)
        return f"{name} cannot sign in any more"
    if options.does == "enable":
        accounts.enable(name)
        return f"{name} can sign in again"
    if options.does == "library":
        accounts.set_library(name, cast("Place", options.value))
        return f"{name} asks {'a library of its own' if options.value == 'own' else 'the shared library'} now"
    return f"{name} has {accounts.adopt(name)} conversations from before there were accounts"


def _password(options: argparse.Namespace) -> str:
    """Ask for a password twice on the terminal, or read it where that is said. Never an argument: all can see those."""
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin is None or not sys.stdin.isatty():
        raise FootnoteError("There is no terminal to type a password on. Send it to --password-stdin.")
    from getpass import getpass

    password = getpass("Password: ")
    if getpass("Again: ") != password:
        raise FootnoteError("The two are not the same. Nothing was changed.")
    return password


def _list(accounts: Accounts, options: argparse.Namespace) -> int:
    found, sessions = accounts.list(), accounts.sessions.counts()
    if options.json:
        print_json([asdict(account) | {"sessions": sessions.get(account.id, 0)} for account in found])
        return DONE
    for account in found:
        state = f"{sessions.get(account.id, 0)} signed in"
        if account.disabled:
            state = f"disabled {account.disabled:%Y-%m-%d}"
        own = "  library of its own" if account.library == "own" else ""
        say(f"{account.role:<6}  made {account.made:%Y-%m-%d}  {state:<20}  {account.name}{own}")
    if not found:
        print("There are no accounts. `footnote account new NAME --role admin` makes the first.", file=sys.stderr)
    return DONE


def _audit(options: argparse.Namespace) -> int:
    from rag.index.accounts.audit import Audit

    with open_library(options) as library:
        found = Audit(library.catalog).list(since=_day(options.since), most=max(1, options.most))
    if options.json:
        print_json([asdict(entry) for entry in found])
        return DONE
    for entry in reversed(found):
        who = entry.who or "nobody"
        say(f"{entry.at:%Y-%m-%d %H:%M:%S}  {who:<16}  {entry.action:<18}  {entry.address:<15}  {entry.what}".rstrip())
    if not found:
        print("Nothing was done.", file=sys.stderr)
    return DONE


def _day(written: str | None) -> datetime | None:
    if not written:
        return None
    try:
        day = datetime.fromisoformat(written)
    except ValueError as error:
        raise FootnoteError(f"{written!r} is no day. Write it as 2026-01-31.") from error
    return day.astimezone(UTC).replace(tzinfo=None) if day.tzinfo else day
