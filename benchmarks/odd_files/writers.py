"""Files as careless or old programs write them: tables, lists of objects, mails, feeds, pages and PDF files."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO

from benchmarks.odd_files.case import Case, Right, added, either, reported
from benchmarks.odd_files.small import ENGLISH, TEXTS, WESTERN, comma_separated, letter, mailbox, paper

_ALL = added(*ENGLISH)
_ONLY = added(*ENGLISH, only=True)
_Row = tuple[str, str | bytes, Right]


def table_cases() -> list[Case]:
    """Return tables with bad quoting and lists with broken lines."""
    line = json.dumps({"text": ENGLISH[0]})
    one, two, three = ENGLISH
    rows: list[_Row] = [
        ("semicolons.csv", comma_separated(ENGLISH, ";"), _ONLY),
        ("bars.csv", comma_separated(ENGLISH, "|"), _ONLY),
        ("excel.csv", "sep=;\r\n" + comma_separated(ENGLISH, ";").replace("\n", "\r\n"), _ONLY),
        ("old mac.csv", comma_separated(ENGLISH).replace("\n", "\r"), _ONLY),
        ("commas not quoted.csv", f"title,text\nA,{one[:-1]}, he said, and {two}\n", added("he said, and The new")),
        ("a mark in a word.csv", f'title,text\nA,"{one} 5"" wide. {two}"\nB,{three}\n', added(one, three)),
        ("a mark not closed.csv", f'title,text\nA,"{one}"\nB,"{two}\n', added(one, two, only=True)),
        ("a mark in the middle.csv", f'title,text\nA,{one[:20]}"{one[20:]}\nB,{two}\n', added(two)),
        ("NUL in it.csv", f"title,text\nA\0,{one}\0\nB,{two}\n", added(one, two)),
        (
            "rows of other lengths.csv",
            f"title,text\nA\nB,{one}\nC,{two},x,y,z\n\n,,\nD,{three}\n",
            added(*ENGLISH, parts=(("row 2", "no text"),)),
        ),
        ("two headers the same.csv", f"text,text\n{one},{two}\n{three},\n", _ALL),
        ("no header.csv", "".join(f"{n},{fact}\n" for n, fact in enumerate(ENGLISH)), _ALL),
        ("empty header.csv", "\n\n" + comma_separated(ENGLISH), _ONLY),
        ("only a header.csv", "id,title,text\n", reported("no text")),
        ("numbers.csv", "a,b\n1,2\n3,4\n", added("| 3 | 4 |")),
        ("too wide.csv", "x," * 3_000 + "\n" + "1," * 3_000, reported("more than 1,000 columns")),
        ("one column.csv", "\n".join(["text", *ENGLISH]), _ONLY),
        ("formulas.csv", f'title,text\n=cmd|"/c calc"!A1,{one}\n@SUM(1),{two}\n', added(one, two)),
        (
            "broken lines.jsonl",
            f"{line}\n{{'a': 1}}\n{{\n[1]\n{line[:-4]}\n{json.dumps({'text': two})}\n",
            added(one, two, only=True, parts=((r"line [2-5]", "no JSON object"),)),
        ),
        (
            "numbers that overflow.jsonl",
            f'{line}\n{{"text": "{two}", "n": 1e999, "m": NaN, "k": {"9" * 5_000}}}\n',
            added(one, parts=(("line 2", "no JSON object"),)),
        ),
        (
            "halves of letters.jsonl",
            f'{{"text": "{one} \\ud83d"}}\n{{"text": "\\ud83d\\ude00 {two}"}}',
            added(one, two),
        ),
        ("one name twice.jsonl", f'{{"text": "{one}", "text": "{two}"}}\n{{"text": "{three}"}}', added(two, three)),
        ("windows.jsonl", "\r\n\r\n".join(json.dumps({"text": fact}) for fact in ENGLISH), _ONLY),
        ("one list.jsonl", json.dumps([{"text": fact} for fact in ENGLISH]), reported("no JSON object")),
        ("spread out.jsonl", json.dumps({"text": ENGLISH[0]}, indent=1) * 20, reported("no JSON")),
        (
            "ids that are names.jsonl",
            "\n".join(json.dumps({"id": "../../x\n#", "text": fact}) for fact in ENGLISH),
            _ONLY,
        ),
    ]
    return [_case("tables and lists", name, content, right) for name, content, right in rows]


def mail_cases() -> list[Case]:
    """Return mails and mailboxes that old programs wrote, and feeds and pages of the same kind."""
    one, two, three = ENGLISH
    box = mailbox(ENGLISH)
    packed = b64encode("\n\n".join(WESTERN).encode()).decode()
    parts = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
    rows: list[_Row] = [
        ("windows lines.eml", letter(ENGLISH).replace("\n", "\r\n"), _ONLY),
        ("old mac lines.eml", letter(ENGLISH).replace("\n", "\r"), _ONLY),
        ("no subject.eml", f"From: a@example.org\n\n{one}", added(one, only=True)),
        ("only a head.eml", "From: a@example.org\nSubject: b\n", reported("no text")),
        ("broken base64.eml", f"Subject: a\nContent-Transfer-Encoding: base64\n\n{packed[:-9]}*!\n", added(WESTERN[0])),
        (
            "base64.eml",
            f"Subject: a\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{packed}",
            added(*WESTERN, only=True),
        ),
        (
            "broken quoting.eml",
            f"Subject: a\nContent-Transfer-Encoding: quoted-printable\n\n{one}=\n=ZZ {two} =",
            added(two),
        ),
        ("unknown packing.eml", f"Subject: a\nContent-Transfer-Encoding: x-none\n\n{one}", added(one, only=True)),
        (
            "boundary not there.eml",
            f"Subject: a\nContent-Type: multipart/mixed; boundary=zz\n\n{one}",
            reported("no text"),
        ),
        ("boundary not closed.eml", f"Subject: a\n{parts}{one}\n\n{two}", added(one, two, only=True)),
        ("no boundary named.eml", f"Subject: a\nContent-Type: multipart/mixed\n\n{one}", reported("no text|damaged")),
        ("broken subject.eml", f"Subject: =?utf-8?b?=FF?= =?x-y?q?a?=\nFrom: =?\n\n{one}", added(one, only=True)),
        ("impossible day.eml", f"Subject: a\nDate: Fri, 99 Foo 99999 99:99:99 +9999\n\n{one}", added(one, only=True)),
        ("NUL in it.eml", f"Subject: a\0b\n\n{one}\0", added(one, only=True)),
        (
            "a hostile name.eml",
            f'Subject: a\n{parts}{one}\n--b\nContent-Type: a/b; name="../../x\n"\n\nx\n--b--',
            added(one, only=True, parts=(("", "Attached files are not read"),)),
        ),
        ("windows lines.mbox", box.replace("\n", "\r\n"), _ONLY),
        ("a From in a letter.mbox", box.replace(two, f"{two}\nFrom here to Skail it is far."), added(one, two, three)),
        (
            "a stuffed From.mbox",
            box.replace(two, f">From here it is far. {two}"),
            added("From here it is far.", one, three),
        ),
        ("one is broken.mbox", box.replace(two, f"\0{two}"), added(one, two, three)),
        ("no ids.mbox", "".join(line for line in box.splitlines(True) if "Message-ID" not in line), _ONLY),
        ("cut in a head.mbox", box[: box.rindex("Subject")], added(one, two, only=True, parts=((".", "no text"),))),
        ("no end.rss", TEXTS[".rss"](ENGLISH).replace("</channel></rss>", ""), _ONLY),
        ("words around it.rss", "\n\n" + TEXTS[".rss"](ENGLISH) + "trailing <b>", _ONLY),
        (
            "letters of HTML.rss",
            TEXTS[".rss"](["Caf&eacute;&nbsp;Zo&euml; costs &pound;4 &bogus; today."]),
            added("Café Zoë costs £4"),
        ),
        ("ampersands.rss", TEXTS[".rss"](ENGLISH).replace("Note 1", "A & B <"), added(one, three)),
        ("no entries.atom", TEXTS[".atom"]([]), reported("no text")),
        ("other xml.xml", "<note><to>Ann</to><body>Hello.</body></note>", reported("no feed")),
        ("no ids.atom", TEXTS[".atom"](ENGLISH).replace("<id>tag:0</id>", ""), _ONLY),
        ("tags not closed.html", f"<p>{one}<p><b>{two}<div><i>{three}", _ALL),
        ("only a frame.html", "<frameset><frame src='a.html'></frameset>", reported("no text")),
        ("no tags.html", "\n\n".join(ENGLISH), _ALL),
        ("NUL in it.html", TEXTS[".html"](ENGLISH).replace("ferry", "fe\0rry"), _ONLY),
        ("a comment not closed.html", f"<p>{one}</p><!-- <p>{two}</p>", added(one)),
        ("a script not closed.html", f"<p>{one}</p><script>var a = 1; {two}", added(one, lacks=("var a",))),
        ("odd characters.html", f"<p>{one} &#0;&#xD800;&#x110000;&#9999999999;&unknown; {two}</p>", added(one, two)),
        (
            "hidden.html",
            f"<p>{one}</p><p hidden>secret</p><p style='display:none'>secret</p>",
            added(one, lacks=("secret",)),
        ),
        ("broken header.md", f"---\ntitle: [a\n\ttags: {{{{x}}}}\n---\n\n{one}", added(one, only=True)),
        ("header not closed.md", f"---\ntitle: a\n\n{one}", added(one)),
        ("raw html.md", f"<div><p>{one}\n<script>secret()</script>\n\n{two}", added(one, two, lacks=("secret",))),
        ("NUL in it.md", f"{one}\0\n\n{two}", added(one, two, only=True)),
        ("a fence not closed.md", f"{one}\n\n```\n{two}", added(one, two, only=True)),
    ]
    return [_case("mails, feeds, pages", name, content, right) for name, content, right in rows]


def paper_cases() -> list[Case]:
    """Return PDF files without text, without pages, and broken in their own ways."""
    data = paper(ENGLISH)
    scan = "its only page has no text: it is a scan"
    pages = (("", "Page 1 has no text"),)
    rows: list[_Row] = [
        ("a scan.pdf", _drawn("picture"), reported(scan)),
        ("a blank page.pdf", _drawn("blank"), reported("no text")),
        ("a scan and a page.pdf", _drawn("picture", *ENGLISH), added(*ENGLISH, only=True, parts=pages)),
        (
            "500 pages.pdf",
            paper([f"On page {n} there is a boat." for n in range(500)]),
            added("On page 499 there is a boat."),
        ),
        ("bytes before it.pdf", b"\n" * 500 + data, _ONLY),
        ("bytes after it.pdf", data + bytes(5_000), _ONLY),
        ("no table of objects.pdf", data[: data.rindex(b"xref\n")], _ONLY),
        ("a wrong table of objects.pdf", data.replace(b"startxref\n", b"startxref\n1"), _ONLY),
        ("no end.pdf", data.replace(b"%%EOF", b""), _ONLY),
        (
            "pages in a ring.pdf",
            data.replace(b"/Kids [", b"/Kids [ 1 0 R 2 0 R 3 0 R 4 0 R 5 0 R 6 0 R 7 0 R "),
            either(*ENGLISH),
        ),
        ("a count of a billion.pdf", data.replace(b"/Count 3", b"/Count 999999999"), either(*ENGLISH)),
        ("a negative length.pdf", data.replace(b"/Length ", b"/Length -"), either(*ENGLISH)),
        ("letters of no font.pdf", data.replace(b"/BaseFont", b"/BaseFnot"), either(*ENGLISH)),
        ("letters far away.pdf", data.replace(b"72 700", b"9e30 -9e30"), either(*ENGLISH)),
        ("only a head.pdf", b"%PDF-1.7\n", reported("no PDF file")),
    ]
    return [_case("PDF files", name, content, right) for name, content, right in rows]


def _case(group: str, name: str, content: str | bytes, right: Right) -> Case:
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    return Case(group, f"{group}/{name}", data, right)


def _drawn(*pages: str) -> bytes:
    """Return a PDF file of pages: one that shows a picture, blank ones, and ones with a fact."""
    from reportlab.pdfgen.canvas import Canvas

    made = BytesIO()
    canvas = Canvas(made, invariant=1, pageCompression=0)
    for page in pages:
        if page == "picture":
            canvas.rect(100, 100, 300, 300, fill=1)
        elif page != "blank":
            canvas.drawString(72, 700, page)
        canvas.showPage()
    canvas.save()
    return made.getvalue()
