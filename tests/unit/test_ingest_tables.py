"""CSV, TSV and JSON Lines: an article a row where there is prose, and a table where there is none."""

from __future__ import annotations

import csv
import json
import tracemalloc
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import UnreadableSource
from rag.ingest import load
from rag.ingest.loaders import LeftOut, load_bytes
from rag.ingest.media_types import MEDIA_TYPES
from rag.types import Article

LONG = "The ferry leaves at nine every day of the week, and it is seldom late; it has a bar, too, which is open."
OTHER = 'The pier, which "everybody" likes, opened in 1888.\nIt burned down in 1921 and was built anew in 1923 or so.'
BY_NAME = ["id", "Title", "Published at", "author", "tags", "text", "views"]


def articles(data: str | bytes, name: str = "news.csv", left: list[LeftOut] | None = None) -> list[Article]:
    told = [] if left is None else left
    raw = data.encode() if isinstance(data, str) else data
    media_type = MEDIA_TYPES[name[name.rindex(".") :]]
    return list(load_bytes(raw, name=name, media_type=media_type, source=name, on_problem=told.append))


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    made = StringIO()
    csv.writer(made, delimiter=delimiter).writerows(rows)
    return made.getvalue()


ROWS = [
    BY_NAME,
    ["f1", "Ferry on time", "2025-05-03", "Tom Hale", "ferry, sea", LONG, "12"],
    ["p1", "Pier", "03/04/2024", "", "", OTHER, "7"],
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_row_is_an_article_with_what_its_columns_say(delimiter: str, encoding: str) -> None:
    """Quotes, line ends in a field, any usual delimiter and encoding."""
    found = articles(written(ROWS, delimiter).encode(encoding))
    assert [(a.source, a.title, a.published, a.author, a.tags) for a in found] == [
        ("news.csv#f1", "Ferry on time", date(2025, 5, 3), "Tom Hale", ("ferry", "sea")),
        ("news.csv#p1", "Pier", None, None, ()),  # C32: the third of April, or the fourth of March
    ]
    assert [a.text for a in found] == [LONG, OTHER]


@pytest.mark.parametrize("header", ["text", "Body", "content", "article_text", "full-text", "whatever"])
def test_the_column_of_text_is_known_by_its_name_or_its_length(header: str) -> None:
    found = articles(written([["title", header, "place"], ["Ferry", LONG, "Skail"], ["Pier", OTHER, "Quay"]]))
    assert [(a.title, a.text) for a in found] == [("Ferry", LONG), ("Pier", OTHER)]
    assert [a.source for a in found] == ["news.csv#row 2", "news.csv#row 3"]


def test_two_columns_of_prose_are_both_read_in_order() -> None:
    found = articles(written([["title", "summary", "body"], ["Ferry", LONG, OTHER]]))
    assert found[0].text == f"{LONG}\n\n{OTHER}"


def test_html_in_a_field_is_read_as_html() -> None:
    body = f"<p>{LONG}</p><ul><li>Dogs go <b>free</b></li></ul><script>x()</script>"
    assert articles(written([["title", "body_html"], ["Ferry", body]]))[0].text == f"{LONG}\n\n- Dogs go free"


def test_a_plain_table_is_one_article_of_rows() -> None:
    found = articles(
        "Route;Adult;Child\nSkail;£8.50;£3.20\n\nNorth Quay;£4\nMill;£1;£2;extra\n", "2025-05-03-fares.csv"
    )
    assert [(a.title, a.source, a.published) for a in found] == [("Fares", "2025-05-03-fares.csv", date(2025, 5, 3))]
    assert found[0].text == (
        "| Route | Adult | Child | column 4 |\n| Skail | £8.50 | £3.20 |  |\n"
        "| North Quay | £4 |  |  |\n| Mill | £1 | £2 | extra |"
    )


def test_a_table_without_a_header_keeps_its_first_row() -> None:
    assert "| Skail | 8.50 |" in articles("Skail,8.50\nQuay,4\n")[0].text
    assert articles(f"1,{LONG}\n".replace("; it", " it").replace(", ", " "))[0].text.startswith("The ferry leaves")


def test_text_that_was_not_quoted_is_put_together_again() -> None:
    found = articles(
        "title,text\nFerry,The ferry leaves at nine, which is early, and it is seldom late, as all know.\n"
    )
    assert found[0].text == "The ferry leaves at nine, which is early, and it is seldom late, as all know."


def test_a_very_long_field_is_read_whole() -> None:
    long = f"{LONG} " * 5_000
    assert len(articles(written([["title", "text"], ["Ferry", long]]))[0].text) == len(long.strip())


@pytest.mark.parametrize("limit", [3_000, 24_000_000])
def test_a_quotation_mark_that_is_never_closed_ends_in_a_report(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.tables.LONGEST_ROW", limit)
    left: list[LeftOut] = []
    bad = 'Pier,"' + "So it goes on and on.\n" * 500
    found = articles(written([["title", "text"], ["Ferry", LONG]]) + bad, left=left)
    assert found[0].text == LONG
    assert "quotation mark" in left[-1].reason
    assert not left[-1].skipped


def test_rows_without_text_are_named_and_the_others_read() -> None:
    left: list[LeftOut] = []
    found = articles(written([["id", "text"], ["a", LONG], ["b", ""], ["c", OTHER]]), left=left)
    assert [a.source for a in found] == ["news.csv#a", "news.csv#c"]
    assert [(item.source, item.skipped) for item in left] == [("news.csv#b", True)]


def test_a_large_table_is_read_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.encoding._FIRST", 10_000)
    path = tmp_path / "large.csv"
    path.write_text("id,text\n" + "".join(f'{number},"{number} {LONG * 8}"\n' for number in range(4_000)))
    next(load(path))  # what is imported is not what is measured
    tracemalloc.start()
    try:
        count = sum(1 for _ in load(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 4_000
    assert peak < path.stat().st_size / 2


def test_a_table_with_too_many_rows_says_how_many_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.records.ROWS", 300)
    left: list[LeftOut] = []
    found = articles("a,b\n" + "1,2\n" * 500, left=left)
    assert found[0].text.count("\n") == 300
    assert "Only the first 300 rows" in left[0].reason


def test_a_list_of_objects_is_an_article_an_object() -> None:
    lines = [
        {"url": "https://example.org/f", "headline": "Ferry", "article": {"body": LONG, "author": {"name": "Tom Hale"}},
         "published_at": 1746230400, "tags": ["sea", "ferry"], "lang": "en-GB", "score": 1.5, "none": None},
        {"url": "https://example.org/p", "headline": "Pier", "article": {"body": OTHER},
         "published_at": "2025-05-04T10:00Z"},
    ]  # fmt: skip
    found = articles("\n\n".join(map(json.dumps, lines)), "news.jsonl")
    assert [(a.source, a.title, a.published, a.author, a.text) for a in found] == [
        ("news.jsonl#https://example.org/f", "Ferry", date(2025, 5, 3), "Tom Hale", LONG),
        ("news.jsonl#https://example.org/p", "Pier", date(2025, 5, 4), None, OTHER),
    ]
    assert (found[0].tags, found[0].language) == (("sea", "ferry"), "en")


def test_objects_without_prose_are_a_table() -> None:
    text = articles('{"route": "Skail", "fee": 8.5}\n{"route": "Quay", "fee": 4, "dogs": true}\n', "fares.jsonl")[
        0
    ].text
    assert text == "| route | fee | dogs |\n| Skail | 8.5 |  |\n| Quay | 4 | true |"


def test_a_bad_line_is_named_and_the_others_are_read() -> None:
    left: list[LeftOut] = []
    lines = [json.dumps({"text": LONG}), "{broken", "[1]", json.dumps({"text": OTHER})]
    found = articles("\n".join(lines), "news.jsonl", left)
    assert [a.source for a in found] == ["news.jsonl#line 1", "news.jsonl#line 4"]
    assert [(item.source, item.skipped) for item in left] == [
        ("news.jsonl#line 2", False),
        ("news.jsonl#line 3", False),
    ]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        ("", "a.csv", "no text"),
        ("\n\n", "a.tsv", "no text"),
        ("a,b\n", "a.csv", "no text"),
        ("", "a.jsonl", "no text"),
        ("a," * 2_000 + "\n", "a.csv", "more than 1,000 columns"),
        ("prose\n" * 30, "a.jsonl", "no JSON Lines file"),
        ("[" * 100_000 + "\n", "a.jsonl", None),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.csv", "PNG picture, not text"),
    ],
)
def test_what_is_no_table_says_so(data: str | bytes, name: str, reason: str | None) -> None:
    left: list[LeftOut] = []
    if reason is None:
        assert articles(data, name, left) == []
        assert left
        return
    with pytest.raises(UnreadableSource, match=reason):
        articles(data, name)


REAL = {
    "a.csv": written(ROWS).encode(),
    "a.jsonl": "\n".join(json.dumps(dict(zip(BY_NAME, row, strict=True))) for row in ROWS[1:]).encode(),
}


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", REAL)
@given(st.data())
def test_a_damaged_table_is_read_as_far_as_it_goes_or_refused(name: str, data: st.DataObject) -> None:
    try:
        found = articles(data.draw(damaged(REAL[name])), name)
    except UnreadableSource:
        return
    assert all(article.text for article in found)
