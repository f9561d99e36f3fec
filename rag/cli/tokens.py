"""The command about tokens, by which other programs may ask: token."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rag.cli.command import DONE, Commands, open_library, print_json, say

if TYPE_CHECKING:
    from rag.index.library import Library
    from rag.index.tokens import Scope, Tokens


def add_commands(commands: Commands) -> None:
    """Add token."""
    token = commands.add("token", _token, "make, list and revoke tokens, by which other programs may ask")
    token.add_argument("does", choices=["new", "list", "revoke"], help="what to do")
    token.add_argument("name", nargs="?", default="", help="the token's name: the program that it is for")
    token.add_argument("--account", metavar="NAME", help="whose a new one is: it can do no more than that account")
    token.add_argument("--write", action="store_true", help="let a new one add and remove articles too")


def _token(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        if options.does == "new":
            return _new(library, options)
        if options.does == "revoke":
            library.tokens.revoke(options.name)
            print_json({"revoked": options.name}) if options.json else say(f"revoked {options.name}")
            return DONE
        return _list(library.tokens, options)


def _new(library: Library, options: argparse.Namespace) -> int:
    from rag.index.accounts.accounts import Accounts

    scope: Scope = "write" if options.write else "read"
    of = Accounts(library.catalog, library.settings).get(options.account).id if options.account else None
    secret = library.tokens.make(options.name, scope=scope, account_id=of)
    if options.json:
        print_json({"name": options.name, "scope": scope, "token": secret})
    else:
        say(secret)
        print("Keep it now: it is not shown again.", file=sys.stderr)
    return DONE


def _list(tokens: Tokens, options: argparse.Namespace) -> int:
    found = tokens.list()
    if options.json:
        print_json([asdict(token) for token in found])
        return DONE
    for token in found:
        state = f"revoked {_time(token.revoked)}" if token.revoked else f"used {_time(token.used)}"
        of = f" ({token.account})" if token.account else ""
        say(f"{token.scope:<5}  made {_time(token.made)}  {state:<24}  {token.name}{of}")
    if not found:
        print("There are no tokens. `footnote token new NAME` makes one.", file=sys.stderr)
    return DONE


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else "never"
