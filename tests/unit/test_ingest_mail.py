"""Mails: what each of them says itself, whoever sent it with whatever program."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import UnreadableSource
from rag.ingest import load
from rag.ingest.loaders import LeftOut, load_bytes
from rag.types import Article

HEAD = (
    "From: Tom Hale <tom@example.org>\nSubject: Ferry on time\nDate: Sat, 3 May 2025 23:30:00 +0100\n"
    "Message-ID: <m1@example.org>\n"
)
PROSE = "The ferry leaves at nine. It is seldom late, and it has a bar."


def mails(data: bytes | str, name: str = "a.eml", left: list[LeftOut] | None = None) -> list[Article]:
    told = [] if left is None else left
    media_type = "application/mbox" if name.endswith(".mbox") else "message/rfc822"
    raw = data.encode() if isinstance(data, str) else data
    return list(load_bytes(raw, name=name, media_type=media_type, source=name, on_problem=told.append))


def mail(data: bytes | str) -> Article:
    (found,) = mails(data)
    return found


def test_a_mail_has_a_subject_a_sender_and_a_day() -> None:
    found = mail(f"{HEAD}\n{PROSE}\n")
    assert (found.title, found.author, found.published) == ("Ferry on time", "Tom Hale", date(2025, 5, 3))
    assert (found.text, found.source) == (PROSE, "a.eml")


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("iso-8859-8-i", "היום נפתח השוק החדש בעיר".encode("iso-8859-8"), "היום נפתח השוק החדש בעיר"),
        ("cp-850", "Café très agréable".encode("cp850"), "Café très agréable"),
        ("no-such-thing", "Price \x97 nine".encode("latin-1"), "Price — nine"),
        ("unknown-8bit", "čaj je dobrý, káva taky".encode(), "čaj je dobrý, káva taky"),
        ("us-ascii", "naïve café".encode("cp1252"), "naïve café"),
        ("iso-8859-1", b"\x93net\x94", "“net”"),
        ("iso-2022-jp", "日本語の手紙です".encode("iso-2022-jp"), "日本語の手紙です"),
        ("hex", b"caf\xe9 au lait", "café au lait"),
        ("utf-8", "caf\xe9 au lait".encode("cp1252"), "café au lait"),
    ],
)
def test_a_letter_in_any_encoding_is_read(label: str, data: bytes, text: str) -> None:
    """C19: labels that Python does not know, and labels that are wrong."""
    head = f"{HEAD}Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: 8bit\n\n"
    assert mail(head.encode() + data).text == text


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("=?utf-8?b?xIxhaiBqZSBkb2Jyw70=?=", "Čaj je dobrý"),
        (f"=?iso-8859-8-i?b?{b64encode('שלום'.encode('iso-8859-8')).decode()}?= now", "שלום now"),
        ("=?no-such?q?caf=E9?=", "café"),
        ("=?utf-8?q?two?=\n =?utf-8?q?_halves?=", "two halves"),
        ("=?utf-8?b?broken!?=", None),
    ],
)  # fmt: skip
def test_subjects_are_decoded(subject: str, shown: str | None) -> None:
    """C19."""
    found = mail(f"Subject: {subject}\nFrom: x@example.org\n\n{PROSE}")
    assert found.title == shown or (shown is None and found.title)
    assert found.author == "x@example.org"


def test_a_raw_subject_is_read_as_the_text_is() -> None:
    assert mail("Subject: Čaj\nFrom: a@example.org\n\nText.".encode()).title == "Čaj"
    assert mail("Subject: Café\nFrom: a@example.org\n\nText.".encode("cp1252")).title == "Café"


def test_plain_text_is_preferred_and_html_is_read_where_it_is_alone() -> None:
    message = EmailMessage()
    message["Subject"] = "Ferry"
    message.set_content(PROSE)
    message.add_alternative("<p>The <b>other</b> version.</p>", subtype="html")
    assert mail(message.as_bytes()).text == PROSE

    page = (
        "<html><head><style>p {}</style></head><body><div style='display:none'>preview</div>"
        "<table><tr><td><h1>Hello</h1><p>The ferry<br>leaves at nine.</p></td></tr></table>"
        "<table><tr><th>Item</th><th>Fee</th></tr><tr><td>Dog</td><td>£2</td></tr></table>"
        "<div class='gmail_quote'>On Monday Ann wrote: old words</div></body>"
    )
    alone = EmailMessage()
    alone["Subject"] = "Ferry"
    alone.set_content(page, subtype="html")
    assert mail(alone.as_bytes()).text == "Hello\n\nThe ferry\nleaves at nine.\n\n| Item | Fee |\n| Dog | £2 |"


@pytest.mark.parametrize(
    "quoted",
    [
        "{own}\n\nOn Mon, 28 Apr 2025 at 10:00, Ann Mott <ann@example.org> wrote:\n> Old words.\n>> Older words.\n",
        "{own}\n\nOn Mon, 28 Apr 2025 at 10:00, Ann Mott\n<ann@example.org> wrote:\n\n> Old words.\n",
        "{own}\n\nAm 28.04.2025 um 10:00 schrieb Ann Mott <ann@example.org>:\n\n> Old words.\n",
        "On Mon, Ann Mott wrote:\n> Old words.\n\n{own}\n",
        "{own}\n\n-----Original Message-----\nFrom: Ann Mott\nSent: Monday\n\nOld words.\n",
        "{own}\n\n________________________________\nFrom: Ann Mott\nSent: Monday\nTo: Tom\n\nOld words.\n",
        "{own}\n\nFrom: Ann Mott <ann@example.org>\nSent: Monday, 28 April 2025\nTo: Tom\nSubject: Ferry\n\nOld words.",
        "{own}\n\nOn 28 Apr 2025, at 10:00, Ann Mott <ann@example.org> wrote:\n\nOld words.\n",
    ],
)
def test_what_a_mail_quotes_is_left_out(quoted: str) -> None:
    found = mail(f"{HEAD}\n{quoted.format(own=PROSE)}")
    assert found.text == PROSE


@pytest.mark.parametrize(
    "text",
    ["On Monday the mayor wrote: we are late.", "From: the harbour, with love.", "She wrote on 3 May 2025:\nno boats."],
)
def test_words_that_only_look_like_a_quote_stay(text: str) -> None:
    assert mail(f"{HEAD}\n{text}\n\n{PROSE}").text == f"{text}\n\n{PROSE}"


def test_what_was_passed_on_is_the_letter() -> None:
    text = "---------- Forwarded message ---------\nFrom: Ann Mott\nDate: Monday\n\n> The ferry sails."
    assert "The ferry sails." in mail(f"Subject: Fwd: Ferry\n\n{text}").text


def test_wrapped_lines_are_joined_where_the_mail_says_so() -> None:
    head = f"{HEAD}Content-Type: text/plain; format=flowed\n\n"
    assert mail(f"{head}The ferry \nleaves at \nnine.\n\nIt is late.\n-- \nTom").text.startswith(
        "The ferry leaves at nine.\n\nIt is late."
    )


def test_attached_files_are_named_as_skipped() -> None:
    message = EmailMessage()
    message["Subject"] = "Ferry"
    message.set_content(PROSE)
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="fares.pdf")
    message.add_attachment("no words of mine", filename="notes.txt")
    message.add_attachment(EmailMessage())
    left: list[LeftOut] = []
    (found,) = mails(message.as_bytes(), left=left)
    assert found.text == PROSE
    assert [(item.source, item.skipped) for item in left] == [("a.eml", True)]
    assert "fares.pdf, notes.txt, a mail" in left[0].reason


def test_pictures_in_the_letter_are_not_worth_a_word() -> None:
    message = EmailMessage()
    message.set_content(PROSE)
    message.add_related(b"GIF89a", maintype="image", subtype="gif", cid="<logo>")
    left: list[LeftOut] = []
    assert mails(message.as_bytes(), left=left)[0].text == PROSE
    assert left == []


MBOX = (
    b"From tom@example.org Sat May  3 10:00:00 2025\n"
    b"From: Tom Hale <tom@example.org>\nSubject: One\nDate: Sat, 3 May 2025 10:00:00 +0000\n"
    b"Message-ID: <one@example.org>\n"
    b"Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\n"
    b"The ferry=20leaves at =93nine=94, and it is sel=\ndom late.\n\n>From here it takes an hour.\n\n"
    b"From Sat on, 3 boats sail. It is 10:00 in May 2025 now.\nSo they say.\n\n"
    b"From - Sun May 04 11:00:00 2025\n"
    b"From: Ann Mott <ann@example.org>\nSubject: Two\nDate: Sun, 4 May 2025 11:00:00 +0000\n\nThe pier is open.\n"
)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_mailbox_is_read_mail_by_mail(newline: bytes) -> None:
    """C20: quoted-printable with soft breaks and curly quotes, and lines of a letter that begin with "From "."""
    one, two = mails(MBOX.replace(b"\n", newline), "a.mbox")
    assert (one.source, one.title, one.author, one.published) == (
        "a.mbox#one@example.org", "One", "Tom Hale", date(2025, 5, 3),
    )  # fmt: skip
    assert one.text == (
        "The ferry leaves at “nine”, and it is seldom late.\n\nFrom here it takes an hour.\n\n"
        "From Sat on, 3 boats sail. It is 10:00 in May 2025 now.\nSo they say."
    )
    assert (two.title, two.author, two.published, two.text) == (
        "Two", "Ann Mott", date(2025, 5, 4), "The pier is open.",
    )  # fmt: skip
    assert [a.source for a in mails(MBOX, "a.mbox")] == [a.source for a in mails(MBOX, "a.mbox")]


def test_a_mailbox_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that is too large is named, and those around it are read."""
    monkeypatch.setattr("rag.ingest.formats.mail.LARGEST", 2_000)
    start, second = MBOX[: MBOX.index(b"From - ")], MBOX[MBOX.index(b"From - ") :]
    (tmp_path / "a.mbox").write_bytes(start + second + b"Word. " * 1000 + b"\n\n" + start)
    left: list[LeftOut] = []
    found = load(tmp_path / "a.mbox", source="a", on_problem=left.append)
    assert [a.source for a in found] == ["a#one@example.org", "a#one@example.org (2)"]
    assert [item.source for item in left] == ["a#mail 2"]


@pytest.mark.parametrize("name", ["a.eml", "a.mbox"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_mail_in_utf_16_says_what_to_do(name: str, encoding: str) -> None:
    mail = HEAD + "\n" + PROSE if name == "a.eml" else MBOX.decode()
    with pytest.raises(UnreadableSource, match=r"it is in UTF-16.* Save it as UTF-8"):
        mails(mail.encode(encoding), name)


def test_a_mark_of_its_encoding_does_not_make_a_mailbox_none() -> None:
    assert mails(b"\xef\xbb\xbf" + MBOX, "a.mbox") == mails(MBOX, "a.mbox")


@pytest.mark.parametrize("cut", ["From x Sat", "From ann@example.org Sat May  3 10:0"])
def test_a_mailbox_that_is_cut_where_a_mail_begins_ends_before_it(cut: str) -> None:
    assert [a.text for a in mails(MBOX + b"\n" + cut.encode(), "a.mbox")] == [a.text for a in mails(MBOX, "a.mbox")]
    assert "From here it is far" in mails(MBOX + b"\nFrom here it is far", "a.mbox")[-1].text


def test_mails_without_words_do_not_stop_the_others() -> None:
    left: list[LeftOut] = []
    empty = b"From x Sat May  3 10:00:00 2025\nSubject: Empty\nMessage-ID: <e@x>\n\n\n"
    assert len(mails(empty + MBOX, "a.mbox", left)) == 2
    assert [(item.source, item.skipped) for item in left] == [("a.mbox#e@x", True)]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"hello", "a.eml", "it is no mail"),
        (b"", "a.eml", "it is no mail"),
        (b"hello\n", "a.mbox", "it is no mailbox"),
        (b"", "a.mbox", "no text"),
    ],
)
def test_what_is_no_mail_says_so(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason):
        mails(data, name)


def _letter() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Čaj"
    message["From"] = "Tom Hale <tom@example.org>"
    message["Date"] = "Sat, 3 May 2025 10:00:00 +0000"
    message.set_content(PROSE + " Čaj.", cte="quoted-printable")
    message.add_alternative("<p>The <b>other</b> version.</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="čaj.pdf")
    return message.as_bytes()


REAL = {"a.eml": _letter(), "a.mbox": MBOX + b"\nFrom x Sat May  3 10:00:00 2025\n" + _letter()}


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", REAL)
@given(st.data())
def test_a_damaged_mail_is_read_as_far_as_it_goes_or_refused(name: str, data: st.DataObject) -> None:
    try:
        found = mails(data.draw(damaged(REAL[name])), name)
    except UnreadableSource:
        return
    assert all(article.text for article in found)


def test_parts_within_parts_are_bounded() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(2_000))
    with pytest.raises(UnreadableSource, match=r"damaged|no text"):
        mails(HEAD + nested + "\nText.")
