"""Files to articles: the text is the article's, and what stands around it is known or left out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.errors import UnreadableSource
from rag.ingest import load
from rag.ingest.bylines import read_byline
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.loaders import LOADERS, LeftOut, load_bytes
from rag.ingest.media_types import MEDIA_TYPES
from rag.types import Article

DAY = date(2025, 5, 3)
PROSE = "The ferry leaves at nine. It is seldom late, and it has a bar."


def article(text: str | bytes, name: str = "note.txt") -> Article:
    media_type = {".txt": "text/plain", ".md": "text/markdown", ".html": "text/html"}[Path(name).suffix]
    data = text if isinstance(text, bytes) else text.encode()
    (found,) = load_bytes(data, name=name, media_type=media_type, source=name)
    return found


@pytest.mark.parametrize(
    ("head", "title", "author", "published"),
    [
        ("Ferry on time\n\n", "Ferry on time", None, None),
        ("Ferry on time\n\nBy Tom Hale | 3 May 2025\n\n", "Ferry on time", "Tom Hale", DAY),
        ("Ferry on time\nBy Tom Hale, 3 May 2025\n\n", "Ferry on time", "Tom Hale", DAY),
        ("Ferry on time\nTom Hale, 3 May 2025\n", "Ferry on time", "Tom Hale", DAY),
        ("Ferry on time\n\nBy Tom Hale and Ann de Vries\nPublished: 2025-05-03\n\n", "Ferry on time",
         "Tom Hale and Ann de Vries", DAY),
        ("Ferry on time\n\nBy Tom Hale, Business Editor\n\n", "Ferry on time", "Tom Hale", None),
        ("Ferry on time\n\nFrom our own correspondent, 3 May 2025\n\n", "Ferry on time", None, DAY),
        ("Ferry on time\n\n3 May 2025 | By Tom Hale | 5 min read\n\n", "Ferry on time", "Tom Hale", DAY),
        ("Ferry on time\n\nPosted on Saturday, 3 May 2025 by Tom Hale\n\n", "Ferry on time", "Tom Hale", DAY),
        ("Ferry on time\n=============\n\n3 May 2025\n\n", "Ferry on time", None, DAY),
        ("First U.S. ship calls at St. Brannoc's\n\n", "First U.S. ship calls at St. Brannoc's", None, None),
        ("Can the ferry survive?\n\n", "Can the ferry survive?", None, None),
        ("\n\n  # Ferry on time\n\nUpdated: 3 May 2025 at 10:15 GMT\n\n", "Ferry on time", None, DAY),
        ("Ferry on time\r\n\r\nBy Tom Hale | 3 May 2025\r\n\r\n", "Ferry on time", "Tom Hale", DAY),
    ],
)  # fmt: skip
def test_title_and_byline_are_taken_off_the_text(
    head: str, title: str, author: str | None, published: date | None
) -> None:
    found = article(head + PROSE)
    assert (found.title, found.author, found.published, found.text) == (title, author, published, PROSE)


@pytest.mark.parametrize(
    "first",
    [
        "By 2030 the town will have two ferries.",
        "By Monday the water had gone, and with it the boats",
        "On 3 May 2025 the ferry sank",
        "Von allem das Beste",
        "By the sea it was colder",
        "By Appointment",
        "Hartlow Town 2, Wrenmouth Rovers 2, 3 May 2025",
    ],
)
def test_prose_is_not_taken_for_a_byline(first: str) -> None:
    assert read_byline(first) is None


@pytest.mark.parametrize(
    ("name", "title", "published"),
    [
        ("ferry-timetable.txt", "Ferry timetable", None),
        ("2025-05-03-ferry_timetable.txt", "Ferry timetable", DAY),
        ("Ferry to Skail - part 2.txt", "Ferry to Skail - part 2", None),
        ("000_f39f2d85c56b5d82.txt", "The ferry leaves at nine. It is seldom late, and it has a bar.", None),
        ("2025-05-03.txt", "The ferry leaves at nine. It is seldom late, and it has a bar.", DAY),
        ("テスト.txt", "テスト", None),
    ],
)
def test_without_a_title_the_file_name_is_one_or_the_first_words(name: str, title: str, published: date | None) -> None:
    found = article(PROSE, name)
    assert (found.title, found.published, found.text) == (title, published, PROSE)


def test_long_first_words_are_cut_with_an_ellipsis() -> None:
    title = article(PROSE.replace("leaves", "to the island of Skail leaves the old quay") * 3, "12.txt").title
    assert title.endswith("…")
    assert len(title) <= 71


def test_a_first_paragraph_is_not_a_title() -> None:
    text = "The ferry leaves at nine.\n\nIt is seldom late."
    assert article(text).text == text


@pytest.mark.parametrize("text", [b"", b"\n\n \t\n", "\u200b\ufeff\u00ad".encode(), b"---\n***"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_file_without_text_is_said_to_have_none(text: bytes, name: str) -> None:
    """C08."""
    with pytest.raises(UnreadableSource, match="no text"):
        article(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# One\n\n## Two\n", "a.md"),
        ("---\ntitle: Ferry\n---\n", "a.md"),
        ("<h1>One</h1><h2>Two</h2>", "a.html"),
        ("<script>var a = 'text'</script><style>p {}</style>", "a.html"),
    ],
)
def test_headings_with_nothing_below_are_no_text(text: str, name: str) -> None:
    """C08."""
    with pytest.raises(UnreadableSource, match="no text"):
        article(text, name)


def test_unseen_marks_and_ligatures_do_not_hide_a_word() -> None:
    """C05, C07: soft hyphens and zero-width marks go, and the letters of a ligature are letters."""
    found = article("Der Wert\u00adpapier\u00adindex und die foot\u200bnote im ﬁeld.")
    assert found.text == "Der Wertpapierindex und die footnote im field."


def test_right_to_left_text_is_untouched() -> None:
    """C28."""
    assert article("היום נפתח השוק החדש בעיר.").text == "היום נפתח השוק החדש בעיר."


@pytest.mark.parametrize("name", ["テスト.md", 'ä "quoted".txt', "e\u0301te\u0301.txt", "a#b?c%20d.md"])
def test_a_file_is_known_by_its_true_name(tmp_path: Path, name: str) -> None:
    """C26: other scripts, quotation marks and composed accents."""
    file = tmp_path / name
    file.write_text(PROSE, encoding="utf-8")
    (found,) = load(file)
    assert found.source == str(file.resolve())
    assert Path(found.source).read_text(encoding="utf-8") == found.text
    assert [a.source for a in load(str(file), source="my own name")] == ["my own name"]


def test_a_name_that_is_not_utf8_loads_all_the_same(tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(file)).write_bytes(PROSE.encode())
    (found,) = load(os.fsdecode(file))
    assert found.source.endswith("caf\\xe9.txt")
    assert found.text == PROSE


def test_files_of_the_same_name_are_two_articles(tmp_path: Path) -> None:
    """C23."""
    ids = set()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.md").write_text(f"{PROSE} {folder}")
        ids.update(article.id for article in load(tmp_path / folder / "notes.md"))
    assert len(ids) == 2


def test_the_same_file_by_two_paths_is_one_article(tmp_path: Path) -> None:
    """C22."""
    (tmp_path / "a").mkdir()
    (tmp_path / "note.txt").write_text(PROSE)
    assert list(load(tmp_path / "a" / ".." / "note.txt")) == list(load(tmp_path / "note.txt"))


def test_what_cannot_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "sheet.xlsx").write_bytes(b"PK")
    (tmp_path / "noending").write_text("x")
    (tmp_path / "note.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    for name, reason in {
        "missing.txt": "There is no file .*missing.txt. Check the name",
        "": "is a folder. Add the folder",
        "sheet.xlsx": r"ending in .xlsx cannot be read. Supported: .txt",
        "noending": "without an ending cannot be read",
        "note.txt": "note.txt: this is a PNG picture, not text",
        "x" * 300 + ".txt": "x.txt",
    }.items():
        with pytest.raises(UnreadableSource, match=reason):
            list(load(tmp_path / name))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UnreadableSource, match="not a plain file"):
        list(load(tmp_path / "pipe.txt"))


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "note.txt").write_text(PROSE)
    monkeypatch.setattr(Path, "open", denied)  # root, who runs tests in containers, may read all
    with pytest.raises(UnreadableSource, match="may not be read by you"):
        list(load(tmp_path / "note.txt"))


def a_shelf(raw: RawSource) -> Iterator[Draft | Problem]:
    """A source of several articles: a line each, ``name: text``."""
    for line in raw.data.decode().splitlines():
        name, _, text = line.partition(": ")
        yield (
            Problem(name, "It is torn.", skipped=text == "(picture)")
            if text[:1] == "("
            else Draft(title=name, text=text, part=name)
        )


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(LOADERS, "text/shelf", a_shelf)
    return "text/shelf"


def test_the_parts_of_a_source_are_articles_of_their_own(shelf: str) -> None:
    """A part is named in the source; two of one name are told apart; a bad one does not stop the others."""
    left: list[LeftOut] = []
    data = b"a: One word.\nb: (torn)\nc: (picture)\nd:  \na: Another word.\n"
    found = list(load_bytes(data, name="x", media_type=shelf, source="x", on_problem=left.append))
    assert [(article.source, article.text) for article in found] == [
        ("x#a", "One word."),
        ("x#a (2)", "Another word."),
    ]
    assert len({article.id for article in found}) == 2
    assert [(item.source, item.skipped) for item in left] == [("x#b", False), ("x#c", True), ("x#d", True)]


def test_a_bad_part_raises_where_nobody_is_told_of_it(shelf: str) -> None:
    found = load_bytes(b"a: One word.\nc: (picture)\nb: (torn)\n", name="x", media_type=shelf, source="x")
    assert next(found).title == "a"
    with pytest.raises(UnreadableSource, match="x#b: It is torn"):
        next(found)


def test_a_source_without_any_article_says_so_unless_its_parts_said_why(shelf: str) -> None:
    left: list[LeftOut] = []
    with pytest.raises(UnreadableSource, match="no text"):
        list(load_bytes(b"c: (picture)", name="x", media_type=shelf, source="x", on_problem=left.append))
    assert list(load_bytes(b"b: (torn)", name="x", media_type=shelf, source="x", on_problem=left.append)) == []
    assert len(left) == 2


def test_what_is_too_large_for_an_article_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.drafts.LARGEST", 100)
    assert article("word " * 20).text
    with pytest.raises(UnreadableSource, match="larger than"):
        article("word " * 20 + "x")


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import rag.ingest, rag.ingest.loaders, rag.ingest.sources, sys; "
        "print([m for m in ('trafilatura', 'dateparser', 'markdown_it', 'charset_normalizer', 'lxml', "
        "'yaml', 'pypdfium2', 'mammoth', 'feedparser', 'email', 'zipfile', "
        "'langchain_core', 'langchain_text_splitters') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_importing_every_loader_imports_nothing_heavy() -> None:
    code = (
        "import pkgutil, sys, importlib, rag.ingest as ingest; "
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(ingest.__path__, 'rag.ingest.') "
        "if not m.name.endswith('splitter')]; "
        "print([m for m in ('trafilatura', 'dateparser', 'lxml', 'pypdfium2', 'mammoth', 'feedparser', "
        "'snowballstemmer') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_ending_has_a_loader() -> None:
    assert set(MEDIA_TYPES.values()) == set(LOADERS)
