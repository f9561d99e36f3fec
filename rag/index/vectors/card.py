"""The card that the owner of a library's vector index leaves in its folder: who it is, and how to ask it."""

from __future__ import annotations

import json
import os
import platform
import secrets
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.index.files import write_whole

_NAME = "owner.json"


@dataclass(frozen=True, slots=True)
class Card:
    """Who has the vector index open. Only the person who runs it can read the card."""

    pid: int
    host: str
    """Name of the computer."""
    what: str
    """The command, as in "footnote chat"."""
    since: str
    """Date and time, in UTC."""
    port: int
    """On 127.0.0.1."""
    secret: str

    def __str__(self) -> str:
        return f"`{self.what}` (process {self.pid} on {self.host}, since {self.since} UTC)"

    @property
    def is_here(self) -> bool:
        """Whether it runs on this computer, and can be asked."""
        return self.host == platform.node()


def own_card(port: int) -> Card:
    """Return the card of this process."""
    return Card(
        pid=os.getpid(),
        host=platform.node(),
        what=_what(),
        since=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        port=port,
        secret=secrets.token_hex(32),
    )


def read_card(folder: Path) -> Card | None:
    """Return the card in the library `folder`; None where there is none, or none that can be read now."""
    try:
        return Card(**json.loads((folder / _NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def leave_card(folder: Path, card: Card) -> None:
    """Put the card into the library `folder`, for nobody else's eyes."""
    write_whole(folder / _NAME, json.dumps(asdict(card), indent=1).encode(), mode=0o600)


def take_card(folder: Path) -> None:
    """Take the card away."""
    (folder / _NAME).unlink(missing_ok=True)


def _what() -> str:
    """Name this process by its command, without what was asked or added."""
    name = Path(sys.argv[0] if sys.argv else "").name.removesuffix(".exe")
    if name not in ("footnote", "cli.py"):
        return f"python {name}".strip()
    return " ".join(["footnote", *(word for word in sys.argv[1:2] if word.isalpha())])
