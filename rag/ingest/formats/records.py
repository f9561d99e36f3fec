"""Rows and objects with named fields: which field is the text, and which say what the article is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from statistics import mean

from rag.ingest.blocks import plain_text, table_row
from rag.ingest.bylines import date_from_name, title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import LARGEST, LONGEST, Draft, Problem, RawSource, too_long
from rag.ingest.formats.markup import text_in
from rag.ingest.formats.metadata import language_code, tags_in
from rag.text import clean_text, one_line

SAMPLE = 200
"""Records that are looked at to tell what the fields are."""
LONGEST_ROW = 24_000_000
"""Characters of a row at most; pictures may be written into it."""
ROWS = 10_000
"""Rows of a plain table that become text; no more of it can be asked about in words."""

_LONG = 80
"""Characters that a field of text has on average, unless its name says that it is one."""
_NAMED = 20
_WORDS = 3
_NAMES = {
    "text": "text body content article articlebody articletext fulltext maintext bodytext contenttext story plaintext "
    "bodyhtml contenthtml html selftext message transcript post note notes review comment description abstract summary",
    "title": "title headline heading subject name",
    "date": "date published publishedat publishedon publishdate publicationdate datepublished pubdate created "
    "createdat createdutc creationdate datetime timestamp day datum time updated updatedat",
    "author": "author authors byline by creator writer journalist autor username user from sender",
    "url": "url link href permalink webpage weburl",
    "id": "id uuid guid key slug docid articleid identifier",
    "tags": "tags tag keywords topics labels categories category section",
    "language": "language lang",
}
_UNSPACED = re.compile("[\u0e01-\u0e5b\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of Japanese, Chinese and Thai, which do not part words by spaces."""
_UNIX = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a table or an object of a list, its fields as text."""

    name: str
    """Where it stands: "row 4"."""
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Roles:
    texts: tuple[str, ...]
    """Fields of prose, in order; none in a plain table."""
    by_role: Mapping[str, str]


def drafts_of(records: Iterable[Record | Problem], raw: RawSource) -> Iterator[Draft | Problem]:
    """Yield an article a record, or, of records without prose, one article whose text is a table."""
    rest = iter(records)
    sample: list[Record | Problem] = []
    size = 0
    for item in rest:
        sample.append(item)
        size += sum(map(len, item.fields.values())) if isinstance(item, Record) else 0
        if len(sample) >= SAMPLE or size > LARGEST // 10:
            break
    known = [item for item in sample if isinstance(item, Record)]
    roles = _roles(known)
    if roles.texts:
        for item in chain(sample, rest):
            yield _draft(item, roles) if isinstance(item, Record) else item
    else:
        yield from _table(chain(sample, rest), list(dict.fromkeys(chain(*(r.fields for r in known)))), raw.name)


def _draft(record: Record, roles: _Roles) -> Draft | Problem:
    def field(role: str) -> str:
        return record.fields.get(roles.by_role.get(role, ""), "").strip()

    if sum(len(record.fields.get(name, "")) for name in roles.texts) > LONGEST:
        return Problem(record.name, too_long())
    text = clean_text("\n\n".join(text_in(record.fields.get(name, "")) for name in roles.texts))
    return Draft(
        title=one_line(field("title")) or title_from_name("", text),
        text=text,
        published=_day(field("date")),
        author=one_line(field("author")) or None,
        tags=tags_in(field("tags")),
        language=language_code(field("language")),
        part=one_line(field("id") or field("url")) or record.name,
    )


def _table(records: Iterable[Record | Problem], header: Sequence[str], name: str) -> Iterator[Draft | Problem]:
    """Yield one article: a line of names and a line a record."""
    rows, named = [table_row(header)], set(header)
    size = 0
    ended = False
    for item in records:
        if isinstance(item, Problem):
            yield item
        elif len(rows) > ROWS or size > LARGEST // 10:
            ended = True
            break
        elif any(value.strip() for value in item.fields.values()):
            more = [value for key, value in item.fields.items() if key not in named]
            rows.append(table_row([*(item.fields.get(key, "") for key in header), *more]))
            size += len(rows[-1].text)
    text = plain_text(rows) if len(rows) > 1 else ""
    yield Draft(title=title_from_name(name, text), text=text, published=date_from_name(name))
    if ended:
        yield Problem(
            None,
            f"Only the first {len(rows) - 1:,} rows of the table are read. For all of them, ask a database or a sheet.",
            skipped=True,
        )


def _roles(records: Sequence[Record]) -> _Roles:
    lengths: dict[str, list[int]] = {}
    words: dict[str, list[int]] = {}
    for record in records:
        for name, value in record.fields.items():
            if value.strip():
                # Two such letters are a word, and say as much as four of an alphabet.
                unspaced = len(_UNSPACED.findall(value[:2_000]))
                lengths.setdefault(name, []).append(len(value) + unspaced)
                words.setdefault(name, []).append(max(len(value[:2_000].split()), unspaced // 2))
    by_role: dict[str, str] = {}
    for role, names in _NAMES.items():
        wanted = names.split()
        found = [(wanted.index(bare), name) for name in lengths if (bare := _bare(name)) in wanted]
        if role == "text":
            found = [(n, name) for n, name in found if mean(lengths[name]) >= _NAMED and mean(words[name]) >= _WORDS]
        if found:
            by_role[role] = min(found)[1]
    taken = {name for role, name in by_role.items() if role != "text"}
    prose = {
        name
        for name in lengths
        if name not in taken and mean(lengths[name]) >= _LONG and mean(words[name]) >= _LONG / 12
    }
    # A title may be long, and a summary may be the only text there is.
    prose |= {by_role["text"]} if "text" in by_role else set()
    return _Roles(tuple(name for name in lengths if name in prose), by_role)


def _bare(name: str) -> str:
    """Return the last part of a name such as "article.published_at" without its signs: "publishedat"."""
    return "".join(filter(str.isalnum, name.rpartition(".")[2].casefold()))


def _day(value: str) -> date | None:
    if _UNIX.fullmatch(value):
        seconds = float(value) / (1000 if len(value.partition(".")[0]) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC).date()
    return parse_date(value)
