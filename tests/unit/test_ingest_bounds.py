"""What a file may take: a few kilobytes that would fill the memory are refused by name, and no text is dropped."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import rag.ingest.formats.epub  # noqa: F401 - before a test sets what it takes from another module
from benchmarks.odd_files.small import (
    ENGLISH,
    JAPANESE,
    TEXTS,
    book,
    book_page,
    open_document,
    open_text,
    small_files,
    unpacked,
    word,
    word_paragraph,
    word_text,
)
from rag.errors import UnreadableSource
from rag.ingest import load
from rag.ingest.loaders import LeftOut, load_bytes
from rag.ingest.media_types import MEDIA_TYPES
from rag.types import Article

LIMITED = ("loaders", "formats.records", "drafts")
PICTURE = "data:image/png;charset=x;base64," + "iVBORw0KGgo/" * 100_000 + "="


def articles(data: bytes | str, ending: str, left: list[LeftOut] | None = None) -> list[Article]:
    told = [] if left is None else left
    raw = data.encode() if isinstance(data, str) else data
    return list(load_bytes(raw, name=f"a{ending}", media_type=MEDIA_TYPES[ending], source="a", on_problem=told.append))


@pytest.mark.parametrize("ending", sorted(MEDIA_TYPES))
def test_a_text_that_is_longer_than_any_article_says_so(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article by itself raises; a part of a source that has others is named, and the others are read."""
    data = small_files()[ending]
    lengths = [len(article.text) for article in articles(data, ending)]
    longest, whole = max(lengths), len(lengths) == 1
    for module in LIMITED:
        monkeypatch.setattr(f"rag.ingest.{module}.LONGEST", longest - 1)
    left: list[LeftOut] = []
    if whole:
        with pytest.raises(UnreadableSource, match="Split it, or leave it out"):
            articles(data, ending, left)
    else:
        assert len(articles(data, ending, left)) == 2
        assert ["which is no article" in item.reason for item in left] == [True]
    for module in LIMITED:
        monkeypatch.setattr(f"rag.ingest.{module}.LONGEST", 10 * longest)
    assert max(len(article.text) for article in articles(data, ending)) == longest


@pytest.mark.parametrize("ending", [".txt", ".md", ".html", ".rss"])
def test_a_text_file_is_read_up_to_another_size_than_a_mail(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.drafts.LARGEST_TEXT", 100)
    with pytest.raises(UnreadableSource, match="it is larger than"):
        articles(TEXTS[ending](ENGLISH * 2), ending)
    assert articles(TEXTS[".eml"](ENGLISH * 2), ".eml")


@pytest.mark.parametrize("ending", [".md", ".html"])
def test_pictures_that_are_written_into_a_text_cost_nothing(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.drafts.LONGEST", 10_000)
    image = {".md": f"![pier]({PICTURE})", ".html": f"<img src='{PICTURE}'>"}[ending]
    (found,) = articles(TEXTS[ending](ENGLISH).replace(ENGLISH[1], f"Before. {image} {ENGLISH[1]}"), ending)
    assert found.text == f"{ENGLISH[0]}\n\nBefore. {ENGLISH[1]}\n\n{ENGLISH[2]}"


def test_words_that_tell_of_a_picture_in_a_text_stay() -> None:
    text = "Write data:image/png;base64,iVBORw0KGgo= there, and data:text/plain;base64,more words."
    assert articles(text, ".md")[0].text == text


@pytest.mark.parametrize("element", ["div", "font", "span", "blockquote", "ul><li"])
def test_a_page_whose_tags_are_never_closed_is_read_to_its_end(element: str) -> None:
    """The parser leaves out what is more than 256 tags deep, and says nothing: old editors wrote such pages."""
    deep = "".join(f"<{element}>Boat {number} is here. " for number in range(300))
    (found,) = articles(f"<p>{ENGLISH[0]}</p>{deep}<p>{ENGLISH[1]}</p>", ".html")
    assert [f"Boat {number} is here." in found.text for number in (0, 149, 299)] == [True] * 3
    assert ENGLISH[0] in found.text
    assert ENGLISH[1] in found.text


def test_tags_that_stand_thousands_deep_are_refused() -> None:
    with pytest.raises(UnreadableSource, match="stand deeper in each other"):
        articles("<div>" * 50_000 + ENGLISH[0], ".html")


def test_attributes_are_bounded_in_all() -> None:
    tag = "<p " + " ".join(f"a{n}" for n in range(900)) + ">"
    with pytest.raises(UnreadableSource, match="more than 1,500,000 attributes"):
        articles(tag * 1_700 + ENGLISH[0], ".html")


@pytest.mark.parametrize("ending", [".html", ".rss"])
def test_a_text_that_is_too_long_for_the_parser_is_not_dropped_without_a_word(ending: str) -> None:
    long = "The ferry leaves at nine. " * 420_000
    with pytest.raises(UnreadableSource, match=r"which is no article|than in any article"):
        articles(TEXTS[ending]([ENGLISH[0], long, ENGLISH[1]]), ending)


@pytest.mark.parametrize("nested", ["<b>" * 300, f"<![CDATA[{'x' * 10_100_000}]]>"])
def test_a_feed_of_which_the_parser_leaves_out_a_part_is_refused(nested: str) -> None:
    with pytest.raises(UnreadableSource, match="stand deeper in each other"):
        articles(TEXTS[".rss"](ENGLISH).replace(ENGLISH[1], nested), ".rss")


@pytest.mark.parametrize("line", ["{", "a" + " " * 5_000 + "b", "a: b"])
def test_a_header_of_a_text_does_not_keep_the_machine_busy(line: str) -> None:
    (found,) = articles(f"---\n{line}{line * 18_000 if len(line) == 1 else ''}\n---\n\n{ENGLISH[0]}", ".md")
    assert found.text.endswith(ENGLISH[0])


def test_a_very_long_header_of_a_text_is_text() -> None:
    (found,) = articles("---\n" + "title: a\n" * 3_000 + f"---\n\n{ENGLISH[0]}", ".md")
    assert "title: a" in found.title
    assert found.text.endswith(ENGLISH[0])


def test_lists_within_lists_of_a_header_do_not_keep_the_machine_busy() -> None:
    (found,) = articles(f"---\ntitle: Ferry\na: {'[' * 5_000}\n---\n\n{ENGLISH[0]}", ".md")
    assert (found.title, found.text) == ("Ferry", ENGLISH[0])


@pytest.mark.parametrize("deep", [9, 12, 40])
def test_what_follows_a_deep_list_is_read(deep: int) -> None:
    """The parser left out the rest of the text where a list was ten levels deep, and said nothing."""
    outline = "".join(f"{'  ' * level}- Level {level} of it\n" for level in range(deep))
    (found,) = articles(f"{ENGLISH[0]}\n\n{outline}\n{ENGLISH[1]}", ".md")
    assert f"- Level {deep - 1} of it" in found.text
    assert ENGLISH[1] in found.text


@pytest.mark.parametrize("mark", ["- ", "> ", "1. "])
def test_lists_and_quotes_that_stand_very_deep_are_refused(mark: str) -> None:
    with pytest.raises(UnreadableSource, match="more than 50 deep in each other"):
        articles(f"{mark * 3_000}a\n\n{ENGLISH[0]}", ".md")


def test_marks_in_a_very_long_paragraph_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.markdown.PARAGRAPH", 100)
    short, long = "It *is* a [pier][p].", "It *was* a [pier][p]. " * 6
    (found,) = articles(f"{short}\n\n{long}\n\n[p]: https://example.org", ".md")
    assert found.text == f"It is a pier.\n\n{long.strip()}"


def test_a_text_of_very_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.markdown.LINES", 100)
    with pytest.raises(UnreadableSource, match="more than 100 lines"):
        articles("- a\n" * 101, ".md")


def test_elements_of_office_files_and_books_are_counted_before_they_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.package.MARKS", 300)
    texts = [f"Boat {number} is here." for number in range(400)]
    for data, ending in ((word(texts), ".docx"), (open_document(texts), ".odt"), (book(texts), ".epub")):
        with pytest.raises(UnreadableSource, match="more than 300 elements of XML"):
            articles(data, ending)
    with pytest.raises(UnreadableSource, match="more than 300 elements of XML"):
        articles(TEXTS[".rss"](texts), ".rss")
    assert len(articles(word(ENGLISH), ".docx")) == len(articles(open_document(ENGLISH), ".odt")) == 1
    assert len(articles(book(ENGLISH), ".epub")) == 3


def test_a_document_type_in_another_encoding_is_refused_too() -> None:
    evil = f'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d [<!ENTITY a "ha">]>{word_text(word_paragraph("x"))}'
    with pytest.raises(UnreadableSource, match="not as Word writes it"):
        articles(word(ENGLISH, **{"word/document.xml": evil.encode("utf-16")}), ".docx")


def test_a_chapter_that_a_book_names_again_and_again_is_read_once() -> None:
    files = unpacked(book(ENGLISH))
    spine = files["book.opf"].decode().replace("</spine>", '<itemref idref="c1"/>' * 5_000 + "</spine>")
    found = articles(book(ENGLISH, **{"book.opf": spine}), ".epub")
    assert [article.text for article in found] == list(ENGLISH)


def test_a_chapter_that_is_too_long_is_named_and_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.epub.LONGEST", 1_000)
    left: list[LeftOut] = []
    long = book_page("<h1>Chapter 1</h1>" + f"<p>{ENGLISH[1]}</p>" * 50)
    found = articles(book(ENGLISH, **{"c1.xhtml": long}), ".epub", left)
    assert [article.source for article in found] == ["a#c0.xhtml", "a#c2.xhtml"]
    assert [item.source for item in left] == ["a#c1.xhtml"]


def test_many_empty_elements_do_not_grow_without_bound() -> None:
    with pytest.raises(UnreadableSource, match="more than 700,000 elements"):
        articles(
            open_document(
                [], **{"content.xml": open_text("".join(f"<text:p>{n**5 % 9973}</text:p>" for n in range(701_000)))}
            ),
            ".odt",
        )


@pytest.mark.parametrize("row", ['"a\n",', "a,"], ids=["over many lines", "on one line"])
def test_a_row_that_never_ends_is_named(row: str) -> None:
    left: list[LeftOut] = []
    fields = '"first",' + row * 1_100_000 if row[0] == '"' else row * 1_100_000
    found = articles(f"title,text\nFerry,{ENGLISH[0]} {ENGLISH[1]}\n{fields}", ".csv", left)
    assert [article.title for article in found] == ["Ferry"]
    assert ["never ends" in item.reason for item in left] == [True]


def test_a_picture_in_a_row_does_not_keep_its_text_from_being_read() -> None:
    row = {"title": "Ferry", "image": "iVBORw0KGgo" * 1_000_000, "text": f"{ENGLISH[0]} {ENGLISH[1]}"}
    for data, ending in ((json.dumps(row), ".jsonl"), (",".join(row) + "\n" + ",".join(row.values()), ".csv")):
        (found,) = articles(data, ending)
        assert (found.title, found.text) == (row["title"], row["text"])


def test_an_object_of_very_many_values_is_named_and_the_others_are_read() -> None:
    left: list[LeftOut] = []
    lines = [json.dumps({"text": ENGLISH[0]}), '{"text":[' + "{}," * 600_000 + "{}]}", json.dumps({"text": ENGLISH[1]})]
    assert [article.text for article in articles("\n".join(lines), ".jsonl", left)] == list(ENGLISH[:2])
    assert [(item.source, "1,000,000 values" in item.reason) for item in left] == [("a#line 2", True)]


def test_a_mail_of_a_million_lines_is_named_and_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.mail.LINES", 50)
    left: list[LeftOut] = []
    box = TEXTS[".mbox"](ENGLISH).replace(ENGLISH[1], "a\r\n" * 60)
    assert [article.text for article in articles(box, ".mbox", left)] == [ENGLISH[0], ENGLISH[2]]
    assert [item.source for item in left] == ["a#mail 2"]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl"])
def test_a_column_of_prose_is_known_in_scripts_that_do_not_part_words(ending: str) -> None:
    assert [article.text for article in articles(TEXTS[ending](JAPANESE), ending)] == list(JAPANESE)


def test_what_is_said_of_an_article_is_bounded() -> None:
    """A title stands in the index with every chunk."""
    head = f"Subject: {'Ferry ' * 5_000}\nFrom: {'Tom ' * 500}<t@example.org>\n\n{ENGLISH[0]}"
    (found,) = articles(head, ".eml")
    assert (found.title[:5], found.title[-6:]) == ("Ferry", "Ferry…")
    assert len(found.title) <= 300
    assert len(found.author or "") <= 300
    (found,) = articles("---\ntags: " + ", ".join(f"t{n}" for n in range(500)) + f"\n---\n\n{ENGLISH[0]}", ".md")
    assert len(found.tags) == 100


def test_parts_of_very_long_names_are_told_apart() -> None:
    rows = [{"id": "x" * 5_000 + str(n), "text": fact} for n, fact in enumerate(ENGLISH)]
    names = [article.source for article in articles("\n".join(map(json.dumps, rows)), ".jsonl")]
    assert len(set(names)) == 3
    assert max(map(len, names)) < 400


def test_two_names_that_are_no_characters_are_two_articles(tmp_path: Path) -> None:
    """They were both shown as "caf�.txt", and the second took the place of the first."""
    for number in (0xE8, 0xE9):
        Path(os.fsdecode(bytes(tmp_path) + b"/caf" + bytes([number]) + b".txt")).write_text(ENGLISH[0])
    sources = [article.source for path in sorted(tmp_path.iterdir()) for article in load(path)]
    assert [source.rpartition("/")[2] for source in sources] == ["caf\\xe8.txt", "caf\\xe9.txt"]
