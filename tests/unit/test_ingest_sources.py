"""Folders: everything readable once, the rest by name, nothing from outside."""

from __future__ import annotations

from pathlib import Path

from rag.ingest import find_sources, load


def test_one_bad_file_does_not_spoil_the_folder(tmp_path: Path) -> None:
    """C37: hidden files, lock files, system files, links out and link loops."""
    folder = tmp_path / "articles"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    for file in (
        "good.md",
        "sub/also.txt",
        ".git/config.txt",
        ".hidden.md",
        "~$open.txt",
        "desktop.ini",
        "Thumbs.db",
    ):
        (folder / file).write_text(f"Text of {file}.")
    (outside / "secret.txt").write_text("Not yours.")
    (folder / "drawing.dwg").write_bytes(b"AC1015")
    (folder / "hosts.txt").symlink_to(outside / "secret.txt")
    (folder / "elsewhere").symlink_to(outside)
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "knot.txt").symlink_to(folder / "knot.txt")
    (folder / "backdoor").symlink_to(folder / ".git")
    (folder / "copy.md").symlink_to(folder / "good.md")

    files, found = find_sources([folder])
    problems = {problem.source: problem.reason for problem in found}

    assert [article.text for file in files for article in load(file)] == ["Text of good.md.", "Text of sub/also.txt."]
    assert {Path(source).name for source in problems} == {
        "drawing.dwg",
        "hosts.txt",
        "elsewhere",
        "knot.txt",
    }
    assert "cannot be read. Supported" in problems[str(folder / "drawing.dwg")]
    assert "out of the folder" in problems[str(folder / "hosts.txt")]


def test_files_come_in_the_order_of_their_names_and_once(tmp_path: Path) -> None:
    """C22."""
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text("Text.")
    files, problems = find_sources([tmp_path / "c.md", tmp_path, str(tmp_path / "a.txt"), tmp_path])
    assert [file.name for file in files] == ["c.md", "a.txt", "b.txt"]
    assert problems == []


def test_missing_and_unknown_files_are_reported_and_the_rest_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    (tmp_path / "sheet.xlsx").write_bytes(b"PK")
    files, problems = find_sources([tmp_path / "none.txt", tmp_path / "sheet.xlsx", tmp_path / "a.txt"])
    assert [file.name for file in files] == ["a.txt"]
    assert [Path(source).name for source, *_ in problems] == ["none.txt", "sheet.xlsx"]
    assert "There is no file" in problems[0][1]


def test_a_hidden_file_that_is_named_is_found(tmp_path: Path) -> None:
    (tmp_path / ".note.txt").write_text("Text.")
    assert [file.name for file in find_sources([tmp_path / ".note.txt"])[0]] == [".note.txt"]
