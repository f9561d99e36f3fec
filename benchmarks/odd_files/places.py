"""Names that break programs, and what is no plain file: links, pipes, sockets, folders under names of files."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from benchmarks.odd_files.case import PASSED_OVER, Case, Impossible, added, reported
from benchmarks.odd_files.small import ENGLISH, JAPANESE, book, paper

_TEXT = ENGLISH[0].encode()
_ADDED = added(ENGLISH[0], only=True)

_NAMES = (
    "new\nline.txt",
    "return\rhere.txt",
    "tab\there.txt",
    'double "quotes".txt',
    "single 'quotes'.txt",
    "back`tick` $(touch x) ; rm -rf &.txt",
    "back\\slash.txt",
    "per%cent%20%00%s{0}.txt",
    "hash#mark?query=1&b=<b>.txt",
    "<img src=x onerror=alert(1)>.txt",
    "-rf.txt",
    "--help.txt",
    " leading space.txt",
    "two..dots...txt",
    "x" * 246 + ".txt",
    "あ" * 82 + ".txt",
    "right \u202egnp\u202c left.txt",
    "zero\u200bwidth\ufeff.txt",
    "cafe\u0301 decomposed.txt",
    "café composed.txt",
    "emoji 👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿.txt",
    "עברית.txt",
    "テスト.txt",
    "con.txt",
    "bell\x07 delete\x7f escape\x1b[31m.txt",
    "*?[a].txt",
    "~tilde.txt",
    "$HOME.txt",
    "C:evil.txt",
    "latin caf\udce9.txt",
    "latin caf\udce8.txt",
    "all bytes \udc80\udc81\udcfe\udcff.txt",
    "a surrogate \udced\udca0\udc80.txt",
)


def name_cases() -> list[Case]:
    """Return good files under odd names, in a deep folder, and files that are passed over by their names."""
    cases = [Case("names", f"names/{name}", _TEXT, _ADDED) for name in _NAMES]
    cases.append(Case("names", "names/" + "a folder deep/" * 60 + "note.txt", _TEXT, _ADDED))
    cases.append(Case("names", "names/fol\nder 'q'/caf\udce9/note.txt", _TEXT, _ADDED))
    cases.append(Case("names", "names/quote ' and \udcff.pdf", paper(ENGLISH), added(*ENGLISH, only=True)))
    cases.append(Case("names", "names/new\nline 'q'.epub", book(JAPANESE), added(*JAPANESE, only=True)))
    hidden = (".hidden.txt", ".git/config.txt", "~$open.docx", "desktop.ini", "Thumbs.db", ".txt")
    return cases + [Case("names", f"names/{name}", _TEXT, PASSED_OVER) for name in hidden]


def link_cases() -> list[Case]:
    """Return links to everywhere, and what is no plain file."""
    rows = [
        ("dangling.txt", lambda path: path.symlink_to("nowhere.txt"), reported("leads nowhere")),
        ("itself.txt", lambda path: path.symlink_to(path.name), reported("leads nowhere")),
        ("one of a ring.txt", lambda path: path.symlink_to("the other of a ring.txt"), reported("leads nowhere")),
        ("the other of a ring.txt", lambda path: path.symlink_to("one of a ring.txt"), reported("leads nowhere")),
        ("to a file outside.txt", _to_outside, reported("out of the folder")),
        ("to a folder outside", lambda path: path.symlink_to("/etc"), reported("out of the folder")),
        ("to the top", lambda path: path.symlink_to("/"), reported("out of the folder")),
        ("upwards", lambda path: path.symlink_to(".."), PASSED_OVER),
        ("to this folder", lambda path: path.symlink_to("."), PASSED_OVER),
        ("to good.txt", lambda path: path.symlink_to("good.txt"), PASSED_OVER),
        ("to memory.txt", lambda path: path.symlink_to("/proc/self/environ"), reported("out of the folder")),
        ("to zeros.txt", lambda path: path.symlink_to("/dev/zero"), reported("out of the folder")),
        ("pipe.txt", os.mkfifo, reported("not a plain file")),
        ("socket.txt", _socket, reported("not a plain file")),
        ("unreadable.txt", _unreadable, reported("may not be read by you")),
        ("unreadable folder", _unreadable_folder, reported("cannot be opened")),
        ("folder.txt/inside.txt", _TEXT, _ADDED),
        ("good.txt", _TEXT, _ADDED),
    ]
    return [Case("links and places", f"places/{name}", make, right) for name, make, right in rows]


def _to_outside(path: Path) -> None:
    """Link to a file beside the folder that is added."""
    outside = path.parents[2] / "outside.txt"
    outside.write_text("This is not yours.")
    path.symlink_to(outside)


def _socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may have a hundred bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def _unreadable(path: Path) -> None:
    _not_as_root()
    path.write_bytes(_TEXT)
    path.chmod(0)


def _unreadable_folder(path: Path) -> None:
    _not_as_root()
    path.mkdir()
    path.chmod(0)


def _not_as_root() -> None:
    if os.geteuid() == 0:
        raise Impossible("root may read everything")
