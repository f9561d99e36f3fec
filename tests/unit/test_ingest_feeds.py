"""RSS and Atom: every entry with its best words, whatever the feed leaves out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import UnreadableSource
from rag.ingest.loaders import load_bytes
from rag.ingest.media_types import MEDIA_TYPES
from rag.types import Article

PROSE = "The ferry leaves at nine. It is seldom late, and it has a bar."


def articles(data: str | bytes, name: str = "feed.xml") -> list[Article]:
    raw = data.encode() if isinstance(data, str) else data
    return list(load_bytes(raw, name=name, media_type=MEDIA_TYPES[Path(name).suffix], source=name, on_problem=print))


def atom(entries: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">'
        f'<title>News</title><link href="https://example.org/news/"/>{head}{entries}</feed>'
    )


def rss(items: str) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title><link>https://example.org/</link>'
        f"<language>de</language>{items}</channel></rss>"
    )


def test_an_atom_entry_without_content_and_author_is_kept_with_its_summary() -> None:
    """C34."""
    (found,) = articles(
        atom(
            "<entry><title>Ferry</title><link href='ferry.html'/><content type='html'></content>"
            f"<updated>2025-05-03T23:30:00-04:00</updated><summary>{PROSE}</summary></entry>"
        )
    )
    assert (found.title, found.text, found.author, found.published) == ("Ferry", PROSE, None, date(2025, 5, 3))
    assert found.source == "feed.xml#https://example.org/news/ferry.html"  # the link, made absolute
    assert found.language == "en"


def test_a_link_that_is_no_address_spoils_no_entry() -> None:
    """C34."""
    feed = atom(f"<entry><title>Ferry</title><link href='ferry.html'/><summary>{PROSE}</summary></entry>")
    (found,) = articles(feed.replace("https://example.org/", "https://exam]le.org/"))
    assert found.text == PROSE
    assert found.source == "feed.xml#ferry.html"


@pytest.mark.parametrize(
    "content",
    [
        f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>{PROSE}</p><p>It&#160;ends.</p></div></content>",
        f"<content type='html'>&lt;p&gt;{PROSE}&lt;/p&gt;&lt;p&gt;It&amp;nbsp;ends.&lt;/p&gt;</content>",
        f"<content type='html'><![CDATA[<p>{PROSE}</p><script>x()</script><p>It&nbsp;ends.</p>]]></content>",
        f"<summary>Short.</summary><content type='text'>{PROSE}\n\nIt ends.</content>",
    ],
)
def test_content_of_any_kind_is_read(content: str) -> None:
    """C34."""
    entry = (
        f"<entry><id>tag:example.org,2025:1</id><title type='html'>A &amp;lt;b&amp;gt; ferry</title>{content}</entry>"
    )
    (found,) = articles(atom(entry), "feed.atom")
    assert found.text == f"{PROSE}\n\nIt ends."
    assert (found.title, found.source) == ("A <b> ferry", "feed.atom#tag:example.org,2025:1")


def test_the_items_of_an_rss_feed_are_articles() -> None:
    items = (
        "<item><title>Ferry</title><link>https://example.org/f</link><guid>f-1</guid><dc:creator>Tom Hale</dc:creator>"
        "<pubDate>Sat, 03 May 2025 10:00:00 GMT</pubDate><category>sea</category><category>boats</category>"
        f"<description>Short.</description><content:encoded><![CDATA[<p>{PROSE}</p>]]></content:encoded></item>"
        f"<item><description>{PROSE}</description></item>"
    )
    one, two = articles(rss(items), "feed.rss")
    assert (one.title, one.author, one.published, one.tags, one.text, one.source, one.language) == (
        "Ferry", "Tom Hale", date(2025, 5, 3), ("sea", "boats"), PROSE, "feed.rss#f-1", "de",
    )  # fmt: skip
    assert two.text == PROSE
    assert two.title.startswith("The ferry leaves")
    assert two.source == articles(rss(items), "feed.rss")[1].source


def test_a_feed_in_another_encoding_and_with_html_entities_is_read() -> None:
    item = "<item><title>Café&nbsp;&eacute;</title><description>Schön &mdash; so.</description></item>"
    text = f'<?xml version="1.0" encoding="windows-1252"?>{rss(item)}'
    (found,) = articles(text.encode("cp1252"))
    assert (found.title, found.text) == ("Café é", "Schön — so.")


def test_a_broken_feed_gives_what_it_can() -> None:
    data = rss(f"<item><title>Ferry & pier</title><description>{PROSE}</description></item><item><title>Cut")
    assert articles(data.removesuffix("</channel></rss>"))[0].text == PROSE


def test_entities_of_a_document_type_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Not yours.")
    doctype = f'<!DOCTYPE rss [<!ENTITY a "haha"><!ENTITY s SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    bombs = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    doctype = doctype.replace("]>", f'<!ENTITY b0 "boom">{bombs}]>')
    (found,) = articles(doctype + rss(f"<item><title>T</title><description>{PROSE} &a;&s;&b11;</description></item>"))
    assert found.text == PROSE


@pytest.mark.parametrize(
    "data", ["", "hello", "<html><body>x</body></html>", "<a><b/></a>", "http://127.0.0.1:1/feed", "file:///etc/hosts"]
)
def test_what_is_no_feed_says_so_and_nothing_is_fetched(data: str) -> None:
    with pytest.raises(UnreadableSource, match="it is no feed"):
        articles(data)


def test_a_feed_of_endless_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.feeds.ELEMENTS", 50)
    item = f"<item><title>Ferry</title><description>{PROSE}</description></item>"
    assert len(articles(rss(item * 10))) == 10
    with pytest.raises(UnreadableSource, match="more than 50 elements"):
        articles(rss(item * 20))


def test_a_feed_without_entries_has_no_text() -> None:
    with pytest.raises(UnreadableSource, match="no text"):
        articles(rss(""))


REAL = {
    "feed.atom": atom(f"<entry><id>1</id><title>Ferry</title><content type='html'>&lt;p&gt;{PROSE}</content></entry>"),
    "feed.rss": rss(f"<item><title>Ferry</title><pubDate>Sat, 03 May 2025 10:00:00 GMT</pubDate>"
                    f"<description>{PROSE}</description></item>"),
}  # fmt: skip


@settings(max_examples=100, deadline=None)
@pytest.mark.parametrize("name", REAL)
@given(st.data())
def test_a_damaged_feed_is_read_as_far_as_it_goes_or_refused(name: str, data: st.DataObject) -> None:
    try:
        found = articles(data.draw(damaged(REAL[name].encode())), name)
    except UnreadableSource:
        return
    assert all(article.text for article in found)
