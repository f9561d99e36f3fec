"""Files that are dropped into the window."""

from __future__ import annotations

import zipfile
from pathlib import Path

from rag import Library
from ui.library import _added, _groups


def test_dropped_files_are_known_by_their_own_names_and_each_is_accounted_for(library: Library, tmp_path: Path) -> None:
    """The folder that an upload lands in is in no name and no reason."""
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        archive.writestr("pier.txt", "The pier opened in 1888.")
        archive.writestr("broken.pdf", "%PDF-")
        archive.writestr("empty.md", "")
    (tmp_path / "fares.md").write_text("# Fares\n\nA ticket costs four pounds.")
    (tmp_path / "photo.xyz").write_bytes(b"x")
    (tmp_path / "bare.txt").write_text("")
    report = _added(library, [tmp_path / name for name in ("news.zip", "fares.md", "photo.xyz", "bare.txt")])
    groups = dict(_groups(report))
    assert groups["added"] == [("Pier", "news.zip#pier.txt"), ("Fares", "fares.md")]
    assert [source for source, _ in groups["not added"]] == ["photo.xyz", "news.zip#broken.pdf", "bare.txt"]
    assert [source for source, _ in groups["skipped"]] == ["news.zip#empty.md"]
    assert not [reason for _, reason in groups["not added"] if str(tmp_path) in reason]
    assert not [reason for source, reason in groups["not added"] if source in reason]
