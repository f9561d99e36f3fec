"""The commands that look after a library: status, repair, backup, restore."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli.command import DONE, NOT_ALL, Commands, open_library, print_json, settings_of

if TYPE_CHECKING:
    from rag.index.backup import Manifest
    from rag.index.report import Findings


def add_commands(commands: Commands) -> None:
    """Add status, repair, backup and restore."""
    status = commands.add("status", _status, "say what the library holds")
    status.add_argument(
        "--check", action="store_true", help="look at everything in it; exit code 1 if something is wrong"
    )
    repair = commands.add("repair", _repair, "build the indexes again from the articles, and check everything")
    repair.add_argument(
        "--embed", action="store_true", help="also embed all articles again, with the model that is set"
    )
    backup = commands.add("backup", _backup, "write the whole library to one file")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to; a backup that is there already is replaced")
    restore = commands.add("restore", _restore, "make the library again from a backup")
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that `footnote backup` wrote")
    restore.add_argument("--replace", action="store_true", help="also where the library holds articles: they are lost")


def _status(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        status = library.status()
        findings = library.check() if options.check else None
    code = DONE if findings is None or findings.sound else NOT_ALL
    if options.json:
        print_json(asdict(status) | ({"check": _found(findings)} if findings else {}))
        return code
    print(f"folder    {status.folder}")
    print(f"articles  {status.articles:,} in {status.chunks:,} chunks")
    print(f"embedder  {status.embedder or 'none yet'}")
    print(f"on disk   {status.bytes / 1e6:,.1f} MB")
    for place in status.follows:
        print(f"follows   {place}")
    if status.open_in:
        print(f"open in   {status.open_in}")
    if findings:
        print(f"\n{findings}")
    return code


def _repair(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        findings = library.reembed() if options.embed else library.repair()
    if options.json:
        print_json(_found(findings))
    else:
        print(findings)
    return DONE if findings.sound else NOT_ALL


def _backup(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        manifest = library.backup(options.file)
    return _say(manifest, f"{manifest.articles:,} articles are in {options.file}", options)


def _restore(options: argparse.Namespace) -> int:
    from rag.index.library import Library

    manifest = Library.restore(options.file, settings=settings_of(options), replace=options.replace)
    with open_library(options) as library:
        findings = library.check()  # builds the vector index
    code = _say(manifest, f"{manifest.articles:,} articles of {manifest.created} UTC are back\n{findings}", options)
    return code if findings.sound else NOT_ALL


def _say(manifest: Manifest, words: str, options: argparse.Namespace) -> int:
    if options.json:
        print_json(asdict(manifest))
    else:
        print(words)
    return DONE


def _found(findings: Findings) -> dict[str, Any]:
    return {**asdict(findings), "sound": findings.sound, "problems": findings.problems}
