"""The command about conversations that are kept: conversations."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.command import DONE, Commands, open_library, print_json, say
from rag.errors import FootnoteError

if TYPE_CHECKING:
    from rag.index.conversations import Conversation, Conversations


_HITS = 1000
"""Turns that a search names at most."""


def add_commands(commands: Commands) -> None:
    """Add conversations."""
    kept = commands.add(
        "conversations", _conversations, "list, search, show and export the conversations that are kept"
    )
    does = kept.add_mutually_exclusive_group()
    does.add_argument("--search", metavar="WORDS", help="only those in which all of these words stand, and where")
    does.add_argument("--show", metavar="ID", help="print one")
    does.add_argument(
        "--export",
        nargs="+",
        metavar=("ID", "FILE"),
        help="write one to FILE, as HTML where that ends in .html, else as Markdown; without FILE it is printed",
    )
    does.add_argument("--rename", nargs=2, metavar=("ID", "TITLE"), help="give one another title")
    does.add_argument("--delete", metavar="ID", help="delete one; for 7 days it can be restored")
    does.add_argument("--restore", metavar="ID", help="bring back one that was deleted")


def _conversations(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        kept = library.conversations
        if options.show:
            return _show(kept.get(options.show), options)
        if options.export:
            return _export(kept, options)
        if options.rename or options.delete or options.restore:
            return _change(kept, options)
        return _list(kept, options)


def _list(kept: Conversations, options: argparse.Namespace) -> int:
    found = kept.list(search=options.search or "")
    hits = kept.search(options.search, limit=_HITS) if options.search else []
    if options.json:
        print_json([{**asdict(info), "found": [asdict(h) for h in hits if h.conversation == info]} for info in found])
        return DONE
    for info in found:
        say(f"{info.id}  {info.updated:%Y-%m-%d %H:%M}  {info.turns:>3}  {info.title}")
        for hit in hits:
            if hit.conversation == info:
                say(f"    {hit.question}\n    {hit.excerpt}".rstrip())
    if not found:
        what = f"No conversation has {options.search!r} in it." if options.search else "No conversations are kept."
        print(what, file=sys.stderr)
    return DONE


def _show(conversation: Conversation, options: argparse.Namespace) -> int:
    from rag.text import clean_text, one_line

    if options.json:
        turns = [{"asked": turn.asked, "answer": turn.answer.to_dict()} for turn in conversation.turns]
        print_json({**asdict(conversation.info), "turns": turns})
        return DONE
    say(conversation.info.title)
    for turn in conversation.turns:
        question = one_line(clean_text(turn.answer.question))
        say("", f"> {question}  ({turn.asked:%Y-%m-%d %H:%M} UTC)", turn.answer)
    return DONE


def _export(kept: Conversations, options: argparse.Namespace) -> int:
    conversation_id, *files = options.export
    if len(files) > 1:
        raise FootnoteError("Name one file to write to: footnote conversations --export ID FILE")
    text = written_for(kept.get(conversation_id), *files)
    if files:
        print(f"Written to {write_new(files[0], text)}")
    else:
        say(text.removesuffix("\n"))
    return DONE


def _change(kept: Conversations, options: argparse.Namespace) -> int:
    if options.rename:
        conversation_id, title = options.rename
        known = kept.get(conversation_id).info.id
        try:
            kept.rename(known, title)
        except ValueError as error:
            raise FootnoteError(str(error)) from error
        said = f"{known} is called {kept.get(known).info.title}"
    elif options.delete:
        known = kept.get(options.delete).info.id
        kept.delete(known)
        said = f"{known} is deleted. For 7 days this brings it back: footnote conversations --restore {known}"
    else:
        known = options.restore
        kept.restore(known)
        said = f"{known} is back: {kept.get(known).info.title}"
    if options.json:
        print_json({"id": known, "done": said})
    else:
        print(said)
    return DONE


def written_for(conversation: Conversation, name: str = "") -> str:
    """Return a conversation as a file of that name holds it. Raises `FootnoteError` for a PDF."""
    from rag.answering.document import document
    from rag.answering.transcript import transcript

    ending = Path(name).suffix.lower()
    if ending == ".pdf":
        raise FootnoteError("Name a file that ends in .html; a browser prints it as PDF. Or print it from the window.")
    return document(conversation) if ending in (".html", ".htm") else transcript(conversation)


def write_new(name: str, text: str) -> Path:
    """Write text to a new file and return its path. Raises `FootnoteError`, also where there is such a file."""
    path = Path(name).expanduser()
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise FootnoteError(f"{path} is there already. Give the file another name.") from error
    except OSError as error:
        raise FootnoteError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    return path
