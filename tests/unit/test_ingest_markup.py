"""Markdown and HTML: readable text, no markup, no page furniture."""

from __future__ import annotations

from datetime import date

import pytest

from rag.errors import UnreadableSource
from rag.ingest.loaders import load_bytes
from rag.types import Article

DAY = date(2025, 5, 3)
PROSE = "The ferry leaves at nine. It is seldom late, and it has a bar."


def markdown(text: str, name: str = "fares.md") -> Article:
    (found,) = load_bytes(text.encode(), name=name, media_type="text/markdown", source=name)
    return found


def page(text: str, name: str = "note.html") -> Article:
    (found,) = load_bytes(text.encode(), name=name, media_type="text/html", source=name)
    return found


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The *Petrel* is **late**, `ls` and ~~gone~~.", "The Petrel is late, ls and gone."),
        ("See [the fares](https://example.org/f \"Fares\") ![a ship](s.png) now.", "See the fares now."),
        ("One line\nand the next", "One line and the next"),
        ("One line  \nand a break", "One line\nand a break"),
        ("Intro:\n\n- one\n- two\n  - three\n\nEnd", "Intro:\n\n- one\n- two\n  - three\n\nEnd"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("- one\n\n  more of one\n\n- two", "- one\n  more of one\n- two"),
        ("| Route | Adult |\n| --- | ---: |\n| Skail | **£3** |", "| Route | Adult |\n| Skail | £3 |"),
        ("Text\n\n## Fares\n\nMore", "Text\n\nFares\n\nMore"),
        ("> I was not going to stop.", "I was not going to stop."),
        ("```python\nx = 1  # one\n```", "x = 1  # one"),
        ("A <b>bold</b> word &amp; <span class='x'>more</span>.", "A bold word & more."),
        ("A <script>alert(1)</script> word.", "A word."),
        ("<div>\nInside\n</div>\n\n<style>p {}</style>\n\nAfter", "Inside\n\nAfter"),
        ("<!-- hidden -->\n\nShown", "Shown"),
    ],
)  # fmt: skip
def test_markdown_becomes_readable_text(written: str, shown: str) -> None:
    assert markdown(written).text == shown


@pytest.mark.parametrize(
    ("head", "title", "author", "published", "tags"),
    [
        ("title: Ferry\ndate: 2025-05-03\nauthor: Tom Hale\ntags: [a, b c]", "Ferry", "Tom Hale",
         DAY, ("a", "b c")),
        ("title: Ferry: on time\ndate: 2025-05-03\ntags:\n  - a\n  - b", "Ferry: on time", None,
         DAY, ("a", "b")),
        ("title: Ferry\ndate: {{date}}\nauthor: Tom Hale", "Ferry", "Tom Hale", None, ()),
        ("title: '{{title}}'\ndate: 2025-05-03", "Fares", None, DAY, ()),
        ("title: Ferry\ndate: 2024-13-01\ntags: a, b", "Ferry", None, None, ("a", "b")),
        ("title: Ferry\ndate: 03/04/2024\nauthors:\n- name: Tom Hale\n- Ann Mott", "Ferry",
         "Tom Hale, Ann Mott", None, ()),
        ("title: 2024\nDate: 3 May 2025\nauthor:\n  name: Tom Hale", "2024", "Tom Hale", DAY, ()),
        ("title: \"Ferry\ntags: [a\ndate: 2025-05-03", "Ferry", None, DAY, ()),
        ("title: Ferry\nx: &a [1]\ny: [*a, *a]\ndate: 2025-05-03T10:00:00Z", "Ferry", None, DAY, ()),
        ("", "Fares", None, None, ()),
    ],
)  # fmt: skip
def test_front_matter_gives_what_it_can_and_never_becomes_prose(
    head: str, title: str, author: str | None, published: date | None, tags: tuple[str, ...]
) -> None:
    """C31: lists, a colon in the title, placeholders, broken YAML; the body always loads."""
    found = markdown(f"---\n{head}\n---\n\n{PROSE}\n")
    assert found.text == PROSE
    assert (found.title, found.author, found.published) == (title, author, published)
    assert found.tags == tags


def test_toml_front_matter_is_read_too() -> None:
    found = markdown(f'+++\ntitle = "Ferry"\ndate = 2025-05-03\n+++\n{PROSE}')
    assert (found.title, found.published, found.text) == ("Ferry", DAY, PROSE)


def test_a_line_across_the_page_is_not_front_matter() -> None:
    found = markdown(f"---\n\n{PROSE}\n\n---\n\nMore of it.")
    assert found.text == f"{PROSE}\n\nMore of it."


def test_the_first_heading_is_the_title_and_the_byline_below_is_read() -> None:
    found = markdown(f"# Ferry *on* time\n\n*By Tom Hale | 3 May 2025*\n\n{PROSE}\n\n## Fares\n\nSix pounds.")
    assert (found.title, found.author, found.published) == ("Ferry on time", "Tom Hale", DAY)
    assert found.text == f"{PROSE}\n\nFares\n\nSix pounds."


FURNITURE = (
    "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
    "<div class='cookie-banner' role='dialog'>" + "We value your privacy and use cookies. " * 30 + "</div>"
    "<script>var tracked = 'by us';</script>"
)
FOOT = "<aside>Most read: whale</aside><footer>Copyright 2019. Updated 4 May 2020.</footer>"


def test_page_furniture_is_left_out() -> None:
    """C10: a cookie dialog that is longer than the article, menus, scripts, the footer."""
    body = f"<h1>Ferry on time</h1><p>{PROSE}</p>" + "<p>It sails to Skail and back.</p>" * 3
    found = page(f"<html><body>{FURNITURE}<div>{body}</div>{FOOT}</body></html>")
    assert found.title == "Ferry on time"
    assert found.text.startswith(PROSE)
    for word in ("cookie", "privacy", "Home", "tracked", "Copyright", "Most read"):
        assert word not in found.text


@pytest.mark.parametrize(
    "wrap", ["{}", "<section>{}</section>", "<main>{}</main>", "<article>{}</article>", "<div>{}</div>"]
)
@pytest.mark.parametrize("text", ["<p>The ferry leaves at nine.</p>", "The ferry leaves at nine."])
def test_a_short_page_keeps_its_text(wrap: str, text: str) -> None:
    """C11: a dozen words, in any element."""
    found = page(f"<html><body>{wrap.format(text)}</body></html>", "ferry.html")
    assert (found.text, found.title) == ("The ferry leaves at nine.", "Ferry")


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>secret words</p>",
        "<p style='color:red; display: none'>secret words</p>",
        "<div aria-hidden='true'><p>secret words</p></div>",
        "<template><p>secret words</p></template>",
        "<!-- secret words -->",
    ],
)
def test_what_a_reader_does_not_see_is_not_text(hidden: str) -> None:
    assert "secret" not in page(f"<article><p>{PROSE}</p>{hidden}<p>{PROSE}</p></article>").text


@pytest.mark.parametrize("before", ["", "<!-- <a b=' -->", "<script>'<a b=\"'</script>", "<div>" * 200])
@pytest.mark.parametrize("attribute", ["a{}=1", "a<{}='>'", 'a{}=">"', "a{}/"])
def test_a_tag_of_thousands_of_attributes_does_not_keep_the_machine_busy(before: str, attribute: str) -> None:
    """Twenty times as many would take a minute to read, and two hundred times as many hours."""
    tag = "<p " + " ".join(map(attribute.format, range(5_000)))
    with pytest.raises(UnreadableSource, match="more than 1,000 attributes"):
        page(f"{before}{tag}>The roof is mended.")


def test_a_page_of_many_tags_with_attributes_is_read() -> None:
    tags = "".join(f"<p class='a' id='{number}' title='>'>The roof is mended.</p>" for number in range(2_000))
    assert page(tags).text.count("mended") == 2_000


def test_a_page_of_hundreds_of_thousands_of_tags_is_no_article() -> None:
    with pytest.raises(UnreadableSource, match=r"more than 300,000 tags.* Save the part that you need"):
        page("<p>" * 300_001 + PROSE)


def test_a_very_long_table_is_read_whole_without_the_extraction_that_takes_hours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unasked(*_: object, **__: object) -> None:
        raise AssertionError("an extraction")

    monkeypatch.setattr("trafilatura.bare_extraction", unasked)
    rows = "".join(f"<tr><td>Boat {number}<td>{number} berths" for number in range(17_000))
    assert "Boat 16999 | 16999 berths" in page(f"<h1>Boats</h1><nav>Menu</nav><table>{rows}</table>").text
    with pytest.raises(AssertionError, match="an extraction"):
        page(f"<h1>Boats</h1><table>{rows[:10_000]}</table>")


@pytest.mark.timeout(100)
def test_hundreds_of_thousands_of_comments_do_not_keep_the_machine_busy() -> None:
    """They took time that grows with their square; the words around them are not torn apart."""
    comments = "<!-- The roof is secret. -->" * 300_000
    assert page(f"<article><p>The roof is mend{comments}ed.</p></article>").text == "The roof is mended."


def test_lists_tables_and_headings_of_a_page_are_lines() -> None:
    found = page(
        f"<article><h1>Ferry</h1><p>{PROSE}</p><h2>Fares</h2><ul><li>Dogs go <b>free</b></li>"
        "<li>So do\ncats</li></ul>"
        "<ol><li>Pay</li><li>Board</li></ol><table><tr><th>Route</th><th>Adult</th></tr><tr><td>Skail</td>"
        f"<td>£3</td></tr></table><blockquote>I will not stop.</blockquote><p>{PROSE}<br>Bye</p></article>"
    )
    assert found.text == (
        f"{PROSE}\n\nFares\n\n- Dogs go free\n- So do cats\n1. Pay\n2. Board\n\n"
        f"| Route | Adult |\n| Skail | £3 |\n\nI will not stop.\n\n{PROSE}\nBye"
    )


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<meta property="article:published_time" content="2025-05-03T06:30:00+01:00">', ""),
        ('<meta name="date" content="2025-05-03">', ""),
        ('<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle",'
         ' "datePublished": "2025-05-03"}]}</script>', ""),
        ("", '<time datetime="2025-05-03">Saturday</time>'),
        ("", "<p>By Tom Hale | 3 May 2025</p>"),
    ],
)  # fmt: skip
def test_the_date_of_a_page_is_the_one_that_it_declares(head: str, body: str) -> None:
    found = page(
        f"<html><head>{head}</head><body><article><h1>Ferry</h1>{body}<p>{PROSE}</p></article>{FOOT}</body></html>"
    )
    assert found.published == DAY


@pytest.mark.parametrize(
    "head", ["", '<meta name="date" content="03/04/2024">', '<meta name="date" content="2024-13-01">']
)
def test_no_date_is_guessed_from_a_pages_text(head: str) -> None:
    body = f"<article><p>{PROSE} It sank on 10 October 2022.</p></article>{FOOT}"
    assert page(f"<html><head>{head}</head><body>{body}</body></html>").published is None


def test_title_author_tags_and_language_come_from_the_head() -> None:
    found = page(
        '<html lang="en-GB"><head><title>Ferry on time - The Bell</title>'
        '<meta name="author" content="Tom Hale">'
        '<meta name="keywords" content="ferry, Skail"></head><body><article><h1>Ferry on time</h1>'
        f"<p>Tom Hale</p><p>{PROSE}</p></article></body></html>"
    )
    assert (found.title, found.author, found.language) == ("Ferry on time", "Tom Hale", "en")
    assert found.tags == ("ferry", "Skail")
    assert found.text == PROSE


@pytest.mark.parametrize(
    "broken",
    [
        "<" * 2000,
        "<div>" * 200 + PROSE,
        "<p>" + PROSE,
        "<table><tr><td>" + PROSE,
        '<?xml version="1.0"?><p>' + PROSE,
    ],
)
def test_broken_pages_do_not_crash(broken: str) -> None:
    assert page(f"{broken}<p>{PROSE}</p>").text
