"""PDF files: sentences as they were written, each on its page, and nothing that only the paper needed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from damage import damaged
from hypothesis import given, settings
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from rag.errors import UnreadableSource
from rag.ingest import load
from rag.ingest.formats.pdf.lines import lines_of
from rag.ingest.formats.pdf.loader import _counted
from rag.ingest.formats.pdf.paragraphs import Look, pieces_of
from rag.ingest.formats.pdf.runs import Run
from rag.ingest.formats.pdf.words import Joiner
from rag.ingest.loaders import LeftOut, load_bytes
from rag.types import Article

Draw = Callable[[Canvas], None]


def pdf(*pages: Draw, encrypt: object = None, **about: str) -> bytes:
    """A file of pages, each drawn by a function."""
    made = BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=1, encrypt=encrypt)
    for name, value in about.items():
        getattr(canvas, f"set{name.capitalize()}")(value)
    for draw in pages:
        canvas.setFont("Helvetica", 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def lines(*texts: str, x: float = 72, top: float = 700, step: float = 14) -> Draw:
    def draw(canvas: Canvas) -> None:
        for number, text in enumerate(texts):
            canvas.drawString(x, top - step * number, text)

    return draw


def both(*draws: Draw) -> Draw:
    return lambda canvas: [draw(canvas) for draw in draws] and None


def article(data: bytes, name: str = "harbour.pdf", left: list[LeftOut] | None = None) -> Article:
    told = [] if left is None else left
    (found,) = load_bytes(data, name=name, media_type="application/pdf", source=name, on_problem=told.append)
    return found


def test_lines_are_joined_and_pages_known(tmp_path: Path) -> None:
    (tmp_path / "harbour.pdf").write_bytes(
        pdf(
            lines("The harbour was built in 1811 by the people", "of the town. It cost four thousand pounds."),
            lines("The lighthouse is younger."),
        )
    )
    (found,) = load(tmp_path / "harbour.pdf")
    assert found.text == (
        "The harbour was built in 1811 by the people of the town. It cost four thousand pounds.\n\n"
        "The lighthouse is younger."
    )
    assert [found.page_at(found.text.index(words)) for words in ("The harbour", "four", "The light")] == [1, 1, 2]
    assert found.media_type == "application/pdf"


def test_a_hyphen_goes_where_only_the_line_end_made_it() -> None:
    """C13: one of each kind at a line end."""
    found = article(
        pdf(
            lines(
                "The new harbour crane has remarkable capabili-",
                "ties, and everyone agrees that it is the price-",
                "determining part of the project in the pre-",
                "and post-war history of the Anglo-",
                "American town, whose crane is well-",
                "known, state-of-the-",
                "art and from the years 1990–",
                "2000, as each Hafenar-",
                "beiter knows.",
            )
        )
    )
    assert found.text == (
        "The new harbour crane has remarkable capabilities, and everyone agrees that it is the price-determining part "
        "of the project in the pre- and post-war history of the Anglo-American town, whose crane is well-known, "
        "state-of-the-art and from the years 1990–2000, as each Hafenarbeiter knows."
    )


@pytest.mark.parametrize(
    ("elsewhere", "before", "after", "whole"),
    [
        ("", "the deter-", "mined man", "the determined man"),
        ("", "a fire-", "works show", "a fireworks show"),
        ("many quayside cranes", "a quay-", "side bar", "a quayside bar"),
        ("many quay-side cranes", "a quay-", "side bar", "a quay-side bar"),
        ("", "Wert\u00ad", "papier", "Wertpapier"),
        ("", "see -", "then go", "see - then go"),
        ("", "from 3-", "5 days", "from 3-5 days"),
        ("", "one line", "and another", "one line and another"),
    ],
)
def test_a_broken_word_is_written_as_elsewhere_in_the_document(
    elsewhere: str, before: str, after: str, whole: str
) -> None:
    """C13."""
    assert Joiner([f"so {elsewhere} are"]).join(before, after) == whole


LEFT = (
    "The harbour was built in 1811 by the",
    "people of the town, who carried every",
    "stone of it from the hills on",
    "their own backs for eleven long years.",
    "It cost four thousand pounds in all.",
)
RIGHT = (
    "The lighthouse is younger, since the",
    "first one fell into the sea in a storm",
    "of 1887. It was painted red only in",
    "2024, when the council had the money",
    "for the paint, which was not cheap.",
)


@pytest.mark.parametrize("gutter", [12, 30])
@pytest.mark.parametrize("interleaved", [True, False])
def test_two_columns_are_read_one_after_the_other(gutter: int, interleaved: bool) -> None:
    """C14: whether the file has column after column or line after line."""
    second = 72 + 190 + gutter

    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 740, "A heading that runs across both columns of the whole page, from left to right")
        if interleaved:
            for number, pair in enumerate(zip(LEFT, RIGHT, strict=True)):
                for x, text in zip((72, second), pair, strict=True):
                    canvas.drawString(x, 700 - 14 * number, text)
        else:
            lines(*LEFT)(canvas)
            lines(*RIGHT, x=second, top=703)(canvas)

    text = article(pdf(draw)).text
    assert " ".join(LEFT) in text
    assert " ".join(RIGHT) in text
    assert text.index("A heading") < text.index("The harbour") < text.index("The lighthouse")


def test_a_table_in_one_of_two_columns_keeps_its_rows_and_the_columns_apart() -> None:
    """C14."""
    table = [("Route", "Adult", "Child"), ("Skail", "£8.50", "£3.20"), ("North Quay", "£4", "£1"), ("Mill", "£2", "£1")]

    def draw(canvas: Canvas) -> None:
        lines(*LEFT, *LEFT, top=703)(canvas)
        lines(*RIGHT, x=290)(canvas)
        for number, row in enumerate(table):
            for x, cell in zip((290, 380, 440), row, strict=True):
                canvas.drawString(x, 620 - 14 * number, cell)

    text = article(pdf(draw)).text
    assert text.count(" ".join(LEFT)) == 2
    assert " ".join(RIGHT) in text
    assert "| Route | Adult | Child |\n| Skail | £8.50 | £3.20 |\n| North Quay | £4 | £1 |" in text


def test_three_columns_are_read_one_after_the_other() -> None:
    """C14."""
    columns = [[f"These are the {name} words, number {n}" for n in range(9)] for name in ("first", "second", "third")]
    draws = [lines(*texts, x=40 + 180 * n, step=11, top=700 - 3 * n) for n, texts in enumerate(columns)]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 8)
        both(*draws)(canvas)

    words = [word for word in article(pdf(draw)).text.split() if word in ("first", "second", "third")]
    assert words == ["first"] * 9 + ["second"] * 9 + ["third"] * 9


def test_a_sentence_that_runs_over_a_page_is_one_sentence() -> None:
    """Over running titles, page numbers and a note in small print."""

    def page(number: int, *texts: str, note: str = "") -> Draw:
        def draw(canvas: Canvas) -> None:
            lines(*texts)(canvas)
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, 800, "The Kestleby Courier, 3 May 2025")
            canvas.drawCentredString(300, 30, f"{number}")
            if note:
                canvas.drawString(72, 80, note)

        return draw

    found = article(
        pdf(
            page(7, "The bridge will stay closed for eleven weeks, since the", "engineers of the county found out that",
                 note="1 The report is kept in the town hall."),
            page(8, "Mary Smith had been right about the rust. Nobody was", "surprised, and the bus-"),
            page(9, "es stop at the mill until", "then."),
        )
    )  # fmt: skip
    sentence = (
        "The bridge will stay closed for eleven weeks, since the engineers of the county found out that Mary Smith had "
        "been right about the rust."
    )
    assert sentence in found.text
    assert "surprised, and the buses stop at the mill until then." in found.text
    assert "1 The report is kept in the town hall." in found.text
    for furniture in ("Courier", "7", "8", "9"):
        assert furniture not in found.text
    assert [found.page_at(found.text.index(w)) for w in ("The report", "The bridge", "Mary", "stop")] == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("foot", "kept"),
    [("Page 1 of 2", False), ("- 1 -", False), ("1", False), ("xii", False), ("In 1984 there were 12.", True)],
)
def test_page_numbers_go_and_last_lines_stay(foot: str, kept: bool) -> None:
    found = article(pdf(both(lines("The pier opened in May."), lines(foot, top=40))))
    assert (foot in found.text) == kept


def test_a_footer_that_counts_pages_of_a_total_goes() -> None:
    pages = [both(lines(f"Page of the {word} boat."), lines(f"https://example.org/2024 {n}/3", top=30))
             for n, word in enumerate(("first", "second", "third"), 1)]  # fmt: skip
    assert article(pdf(*pages)).text == "\n\n".join(f"Page of the {w} boat." for w in ("first", "second", "third"))


def test_facts_that_differ_in_a_number_are_no_running_titles() -> None:
    pages = [lines(f"Boat {n} has {n + 3} sails.", f"It belongs to family {n}.") for n in range(1, 6)]
    text = article(pdf(*pages)).text
    assert [f"Boat {n} has {n + 3} sails." in text for n in range(1, 6)] == [True] * 5


def test_a_line_that_stands_twice_on_a_page_is_no_running_title() -> None:
    assert article(pdf(lines("Closed", "Closed", "Open all day", step=11))).text.count("Closed") == 2


def test_a_row_of_a_table_stays_one_line_and_its_cells_apart() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "Fees of the harbour office for all who moor there for a while.")
        for number, (item, fee) in enumerate(
            [("Item", "Fee"), ("Mooring a boat for a night", "£12.50"), ("Water", "free")]
        ):
            canvas.drawString(72, 730 - 16 * number, item)
            canvas.drawRightString(500, 730 - 16 * number, fee)
        canvas.drawString(72, 650, "Pay at the office.")

    assert article(pdf(draw)).text == (
        "Fees of the harbour office for all who moor there for a while.\n\n"
        "| Item | Fee |\n| Mooring a boat for a night | £12.50 |\n| Water | free |\n\nPay at the office."
    )


def test_a_table_of_words_is_not_taken_for_columns() -> None:
    cells = [("Monday", "The harbour crane is being painted", "Tom Hale and his brother"),
             ("Tuesday", "Ferry to Skail from the old quay", "Ann Mott"),
             ("Wednesday", "Closed for the whole of the day", "Nobody at all but the cat"),
             ("Thursday", "The pier is open", "Mary Smith of the town hall"),
             ("Friday", "Fish market, from seven until noon", "Everybody in town")]  # fmt: skip

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(cells):
            for x, cell in zip((72, 160, 380), row, strict=True):
                canvas.drawString(x, 700 - 20 * number, cell)

    assert article(pdf(draw)).text == "\n".join(f"| {' | '.join(row)} |" for row in cells)


def test_columns_under_a_summary_across_the_page_are_read_one_after_the_other() -> None:
    """C14."""
    summary = [
        f"Line {n} of a summary that runs across the whole width of the page, above both columns" for n in range(9)
    ]

    def draw(canvas: Canvas) -> None:
        lines(*summary, top=760)(canvas)
        for number, pair in enumerate(zip(LEFT, RIGHT, strict=True)):
            for x, text in zip((72, 290), pair, strict=True):
                canvas.drawString(x, 600 - 14 * number, text)

    text = article(pdf(draw)).text
    assert " ".join(LEFT) in text
    assert " ".join(RIGHT) in text


def test_headings_and_lists_are_blocks_of_their_own() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 22)
        canvas.drawString(72, 780, "Ferry on time")
        canvas.setFont("Helvetica", 11)
        lines("By Tom Hale | 3 May 2025", top=755)(canvas)
        lines("The ferry leaves at nine every day of the", "week.", top=720)(canvas)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(72, 680, "Fares")
        canvas.setFont("Helvetica", 11)
        lines("• Dogs go free on every boat", "• Cats pay half, and they pay it each and", "  every time", top=664)(
            canvas
        )

    found = article(pdf(draw))
    assert (found.title, found.author, found.published) == ("Ferry on time", "Tom Hale", date(2025, 5, 3))
    assert found.text == (
        "The ferry leaves at nine every day of the week.\n\nFares\n\n"
        "- Dogs go free on every boat\n- Cats pay half, and they pay it each and every time"
    )
    assert found.pages == (0,)


@pytest.mark.parametrize("turned", ["page", "text"])
def test_a_page_that_lies_on_its_side_is_read(turned: str) -> None:
    def draw(canvas: Canvas) -> None:
        if turned == "page":
            canvas.setPageRotation(90)
        else:
            canvas.rotate(90)
            canvas.translate(0, -800)
        lines("The first line of the page is", "followed by the second.")(canvas)

    assert article(pdf(draw)).text == "The first line of the page is followed by the second."


def test_a_stamp_in_the_margin_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        lines("The pier opened in May.", "It was closed again in June.")(canvas)
        canvas.rotate(90)
        canvas.drawString(100, -40, "stamp:1234")

    assert "stamp" not in article(pdf(draw)).text


def test_ligatures_and_soft_hyphens_do_not_hide_a_word() -> None:
    """C05, C07."""
    pdfmetrics.registerFont(TTFont("DejaVu", _font()))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("DejaVu", 11)
        canvas.drawString(72, 700, "The ﬁeld of ﬂowers and the foot\u00adnote.")

    assert article(pdf(draw)).text == "The field of flowers and the footnote."


def test_right_to_left_text_is_read_in_its_own_order() -> None:
    """C28: letters are drawn from left to right, as most programs do, numbers among them."""
    pdfmetrics.registerFont(TTFont("DejaVu", _font()))
    first, second = "היום נפתח השוק החדש בעיר הגדולה ליד", "הים בשעה 9:30, וכולם הגיעו כבר בבוקר."

    def draw(canvas: Canvas) -> None:
        canvas.setFont("DejaVu", 12)
        canvas.drawRightString(500, 700, first[::-1])
        canvas.drawRightString(500, 684, second[::-1].replace("03:9", "9:30"))

    assert article(pdf(draw)).text == f"{first} {second}"


@pytest.mark.parametrize("mirrored", [{}, str.maketrans("()[]", ")(][")])
def test_brackets_of_right_to_left_text_open_before_they_close(mirrored: dict[int, int]) -> None:
    """C28: whether the file says which shape is drawn or which is meant."""
    pdfmetrics.registerFont(TTFont("DejaVu", _font()))
    text = "היום נפתח השוק (עם כולם) בעיר [הגדולה] ליד הים."

    def draw(canvas: Canvas) -> None:
        canvas.setFont("DejaVu", 12)
        canvas.drawRightString(500, 700, text[::-1].translate(mirrored))

    assert article(pdf(draw)).text == text


def test_right_to_left_columns_begin_on_the_right() -> None:
    """C28, C14."""
    pdfmetrics.registerFont(TTFont("DejaVu", _font()))
    right = ["היום נפתח השוק החדש בעיר", "הגדולה ליד הים, והקונים", "הראשונים הגיעו כבר בבוקר."]
    left = ["הדייגים מכרו את כל הדגים", "שלהם עד הצהריים, ואחר כך", "הלכו כולם הביתה לנוח שם."]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("DejaVu", 10)
        for number, pair in enumerate(zip(left, right, strict=True)):
            for x, text in zip((270, 480), pair, strict=True):
                canvas.drawRightString(x, 700 - 14 * number, text[::-1])

    assert article(pdf(draw)).text == f"{' '.join(right)}\n\n{' '.join(left)}"


@pytest.mark.parametrize(
    ("title", "author", "shown"),
    [
        ("The harbour report", "Ann Mott", ("The harbour report", "Ann Mott")),
        ("Microsoft Word - draft 3.doc", "user", ("Harbour", None)),
        ("draft-3.indd", "Administrator", ("Harbour", None)),
        ("untitled", "(anonymous)", ("Harbour", None)),
        ("", "", ("Harbour", None)),
    ],
)
def test_title_and_author_come_from_the_metadata_where_they_say_something(
    title: str, author: str, shown: tuple[str, str | None]
) -> None:
    found = article(pdf(lines("The pier opened in May. It was closed in June."), title=title, author=author))
    assert (found.title, found.author) == shown
    assert found.published == date(2000, 1, 1)  # the day that reportlab gives to files that are made to be the same


def test_the_day_under_the_title_is_better_than_that_of_the_file() -> None:
    page = both(lines("By Tom Hale | 3 May 2025", top=760), lines("The pier opened in May. It was closed in June."))
    assert article(pdf(page)).published == date(2025, 5, 3)
    plain = pdf(lines("The pier opened in May. It was closed in June."))
    assert article(plain, "2024-03-12-pier.pdf").published == date(2024, 3, 12)


def protected(user: str) -> bytes:
    writer = PdfWriter(PdfReader(BytesIO(pdf(lines("The pier opened in May.")))))
    writer.encrypt(user, "owner", algorithm="AES-256")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def test_a_file_with_a_password_says_so_and_one_with_the_owners_only_is_read() -> None:
    """C16: AES."""
    with pytest.raises(UnreadableSource, match=r"harbour.pdf: it needs a password"):
        article(protected("secret"))
    assert article(protected("")).text == "The pier opened in May."


def picture(canvas: Canvas) -> None:
    canvas.rect(100, 100, 200, 200, fill=1)


def test_a_scan_says_that_it_has_no_text_and_what_to_do() -> None:
    with pytest.raises(UnreadableSource, match=r"none of its 2 pages has any text.*OCR"):
        article(pdf(picture, picture))
    with pytest.raises(UnreadableSource, match="its only page has no text"):
        article(pdf(picture))


def test_pages_without_text_are_named_and_the_rest_is_read() -> None:
    left: list[LeftOut] = []
    blank = lines()
    page = lines("The pier opened in May.")
    found = article(pdf(picture, page, picture, blank, picture, picture), left=left)
    assert found.text == "The pier opened in May."
    assert found.pages[:2] == (0, 0)
    assert found.page_at(0) == 2
    assert [(item.reason[:28], item.skipped) for item in left] == [("Pages 1, 3 and 5–6 have no t", True)]
    assert _counted([4], "has", "have") == "Page 4 has"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"hello", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>"]
)
def test_what_is_no_pdf_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableSource, match="no PDF file, or a damaged one"):
        article(data)


def stretched(canvas: Canvas) -> None:
    """Letters so large that their place is no number."""
    canvas._code.append("13.2 0 0 cm " * 2000)
    lines("Endless.")(canvas)


def test_letters_that_stand_nowhere_are_left_out() -> None:
    assert article(pdf(stretched, lines("The pier opened in May."))).text == "The pier opened in May."


def test_very_many_runs_on_one_line_do_not_keep_the_machine_busy() -> None:
    """Each run is compared with the tallest of its line, not with all of them, and each cell with few of the next."""
    rows = [[Run(f"x{n}", 9.0 * n, 9.0 * n + 5, top, top + 9) for n in range(30_000)] for top in (0, 12)]
    found = lines_of([run for row in rows for run in row], 0)
    assert [len(line.cells) for line in found] == [30_000, 30_000]
    assert len(pieces_of(found, Look.of([found]), Joiner([]), "")) == 2


def test_a_very_long_word_does_not_keep_the_machine_busy() -> None:
    assert Joiner([]).join("x" * 300_000, "y") == "x" * 300_000 + " y"


def bare_pdf(*objects: bytes) -> bytes:
    """A file of the objects 1, 2 and so on, the first of which is the catalog."""
    made, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, at = len(objects) + 1, len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return made + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, at)


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (more, len(content), content)


def harmful(bomb: bytes, *more: bytes) -> bytes:
    """A file whose second of three pages draws `bomb`; its objects go on from number 9 with `more`."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>"
    page += b"/XObject<</X 9 0 R>>>>>>"
    words = stream(b"BT /F 11 Tf 72 700 Td (The pier opened in May.) Tj ET")
    tree = b"<</Type/Pages/Kids[4 0 R 5 0 R 6 0 R]/Count 3>>"
    return bare_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", tree, font, page % 7, page % 8, page % 7, words, bomb, *more
    )  # fmt: skip


def many_times(content: bytes, times: int) -> bytes:
    packing = zlib.compressobj(9)
    return b"".join([*(packing.compress(content) for _ in range(times)), packing.flush()])


def a_bomb() -> bytes:
    """A page of 900 MB, packed twice to two kilobytes."""
    return harmful(stream(zlib.compress(many_times(b" " * 1_000_000, 900), 9), b"/Filter[/FlateDecode/FlateDecode]"))


def an_endless_drawing() -> bytes:
    """A page that draws a form ten times, which draws a form ten times, and so on: a billion times in all."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 3 0 R>>/XObject<</X %d 0 R>>>>"
    forms = [stream(b"/X Do " * 10, form % (10 + deep)) for deep in range(9)]
    return harmful(stream(b"/X Do " * 10), *forms, stream(b"BT /F 11 Tf (Boom.) Tj ET", form % 9))


@pytest.mark.parametrize("made", [a_bomb, an_endless_drawing])
def test_a_page_that_takes_too_much_is_left_out_and_the_others_are_read(made: Callable[[], bytes]) -> None:
    left: list[LeftOut] = []
    data = made()
    assert len(data) < 10_000
    found = article(data, left=left)
    assert found.text == "The pier opened in May.\n\nThe pier opened in May."
    assert [found.page_at(0), found.page_at(len(found.text) - 1)] == [1, 3]
    assert [(item.reason, item.skipped) for item in left] == [("Page 2 is damaged or too much to read.", True)]


def test_a_page_that_takes_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.formats.pdf.apart.SECONDS", 0.0)
    with pytest.raises(UnreadableSource, match="takes more time or memory than any article does"):
        article(pdf(lines("The pier opened in May.")))


def test_a_file_of_which_no_page_can_be_read_is_not_called_a_scan() -> None:
    data = a_bomb().replace(b"/Contents 7 0 R", b"/Contents 8 0 R")
    with pytest.raises(UnreadableSource, match="takes more time or memory than any article does"):
        article(data)


def test_more_letters_than_any_article_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.drafts.LONGEST", 30)
    assert article(pdf(lines("The pier opened in May."))).text
    with pytest.raises(UnreadableSource, match="more than 30 characters"):
        article(pdf(lines("The pier opened in May."), lines("The pier opened in May.")))


REAL = pdf(
    both(lines(*LEFT), lines(*RIGHT, x=280)), lines("The pier opened in May."), title="The harbour", author="Ann Mott"
)


@settings(max_examples=150, deadline=None)
@given(damaged(REAL))
def test_a_damaged_file_is_read_as_far_as_it_goes_or_refused(broken: bytes) -> None:
    try:
        found = list(load_bytes(broken, name="a", media_type="application/pdf", source="a", on_problem=print))
    except UnreadableSource:
        return
    assert all(article.text and article.pages[0] == 0 for article in found)


def _font() -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
