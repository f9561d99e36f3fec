"""Near copies in the catalog: which articles are one text in several wordings, and which of them answers.

A group is one article and those that are near copies of *it*: the newest, else the longest, else the one that was there
first. So a story that was edited ten times stands with the versions that its latest still resembles; that each was like
the next makes no group of its first and its last.

All of it is written in the transaction that stores or removes an article.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, union_all

from rag.index.likeness import BANDS, LIKE, Signature, Wording, near_copies
from rag.index.schema import articles, copies, likenesses, signature_bands, signatures
from rag.index.selection import Selection
from rag.types import Article, Copy

_OF_A_BAND = 100
"""Articles that are looked at of those that share a band. What more of them share tells little."""
_GUESSED = 100
"""Articles whose signatures are compared with that of a new one: first those that share the rarest bands."""
_READ = 40
"""Articles whose texts are compared with a new one."""
_GUESSED_TOO_LOW = 0.15
"""By how much a likeness can be higher than signatures tell: three times their standard error."""
_REGROUPED = 100
"""Articles whose near copies are looked up to put all of them into groups anew."""
_TEXTS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Group:
    """Articles that are near copies of the one that answers."""

    answering: Copy
    others: tuple[Copy, ...]


# Storing and removing


def note(connection: Connection, article: Article) -> int:
    """Sign an article that was just stored, and put it with its near copies; return how many they are."""
    wording = Wording.of(article.text)
    if not len(wording.shingles):
        connection.execute(insert(signatures), {"article_id": article.id, "signature": b""})
        return 0
    signature = Signature.of(wording.shingles)
    found = _confirmed(connection, wording, _likely(connection, signature))
    connection.execute(insert(signatures), {"article_id": article.id, "signature": signature.to_bytes()})
    connection.execute(
        insert(signature_bands), [{"band": band, "article_id": article.id} for band in set(signature.bands())]
    )
    if found:
        sides = [(article.id, other, like) for other, like in found.items()]
        sides += [(other, article.id, like) for other, like in found.items()]
        connection.execute(
            insert(likenesses), [{"article_id": a, "other_id": b, "likeness": like} for a, b, like in sides]
        )
        _regroup(connection, [article.id])
    return len(found)


def forget(connection: Connection, article_id: str) -> None:
    """Take an article that is about to be removed from its near copies; another answers in its place."""
    stored = connection.scalar(select(signatures.c.signature).where(signatures.c.article_id == article_id))
    if stored is None:
        return
    if stored:
        connection.execute(
            delete(signature_bands).where(
                signature_bands.c.band.in_(Signature.restored(stored).bands()),
                signature_bands.c.article_id == article_id,
            )
        )
    connection.execute(delete(signatures).where(signatures.c.article_id == article_id))
    connection.execute(delete(copies).where(copies.c.article_id == article_id))
    own = likenesses.c.article_id == article_id
    left = connection.scalars(select(likenesses.c.other_id).where(own)).all()
    if left:
        connection.execute(delete(likenesses).where(or_(own, likenesses.c.other_id == article_id)))
        _regroup(connection, left)


def unsigned(connection: Connection, limit: int | None = None) -> list[str]:
    """Return the ids of articles, `limit` at most, that nobody looked through: an older Footnote stored them."""
    signed = select(signatures.c.article_id).where(signatures.c.article_id == articles.c.id)
    query = select(articles.c.id).where(~signed.exists()).order_by(articles.c.id).limit(limit)
    return list(connection.scalars(query))


# Reading


def nearest(connection: Connection, article_id: str) -> tuple[Copy, float] | None:
    """Return the article of which that one is the nearest copy, and how like it is; None where it is no copy."""
    query = (
        select(*_NAMED, likenesses.c.likeness)
        .join(likenesses, likenesses.c.other_id == articles.c.id)
        .where(likenesses.c.article_id == article_id)
        .order_by(likenesses.c.likeness.desc(), articles.c.added, articles.c.id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (_copy(row), row.likeness) if row else None


def groups(connection: Connection, within: Selection | None = None) -> list[Group]:
    """Return every group of articles, or of those `within`, the newest first, then by title."""
    query = select(*_NAMED, copies.c.group_id).join(copies, copies.c.article_id == articles.c.id)
    rows = connection.execute(query.order_by(copies.c.group_id, copies.c.place)).all()
    found = []
    for _, members in groupby(rows, key=lambda row: str(row.group_id)):
        admitted = [_copy(row) for row in members if within is None or row.id in within.articles]
        if len(admitted) > 1:
            found.append(Group(admitted[0], tuple(admitted[1:])))
    return sorted(found, key=lambda group: (-_day(group.answering.published), group.answering.title))


def groups_of(connection: Connection, article_ids: Iterable[str]) -> dict[str, tuple[Copy, ...]]:
    """Return by article, of those that are near copies, all members of its group in the order in which they answer."""
    wanted = select(copies.c.group_id).where(copies.c.article_id.in_(list(article_ids)))
    query = (
        select(*_NAMED, copies.c.group_id)
        .join(copies, copies.c.article_id == articles.c.id)
        .where(copies.c.group_id.in_(wanted))
        .order_by(copies.c.group_id, copies.c.place)
    )
    found = {}
    for _, rows in groupby(connection.execute(query), key=lambda row: str(row.group_id)):
        members = tuple(map(_copy, rows))
        found.update({member.article_id: members for member in members})
    return found


# Finding


def _likely(connection: Connection, signature: Signature) -> list[str]:
    """Return the ids of the articles whose signatures are like that one, the likest first."""
    weights: dict[str, float] = {}
    bands = {f"band_{n}": band for n, band in enumerate(signature.bands())}
    rows = connection.execute(_SHARING, bands).all()
    for _, sharing in groupby(sorted(rows, key=lambda row: int(row.band)), key=lambda row: int(row.band)):
        ids = [row.article_id for row in sharing]
        for article_id in ids:
            weights[article_id] = weights.get(article_id, 0.0) + 1 / len(ids)
    looked_at = sorted(weights, key=lambda article_id: (-weights[article_id], article_id))[:_GUESSED]
    # Whoever is like a member of a group is probably like the others, the one that answers first.
    with_groups = list(dict.fromkeys([*_mates(connection, looked_at[:_READ]), *looked_at]))[: 2 * _GUESSED]
    if not with_groups:
        return []
    known = connection.execute(select(signatures).where(signatures.c.article_id.in_(with_groups))).all()
    guessed = zip(known, signature.likenesses([row.signature for row in known]), strict=True)
    likely = [(row.article_id, like) for row, like in guessed if like >= LIKE - _GUESSED_TOO_LOW]
    return [article_id for article_id, _ in sorted(likely, key=lambda item: (-item[1], item[0]))[:_READ]]


def _mates(connection: Connection, article_ids: Sequence[str]) -> list[str]:
    wanted = select(copies.c.group_id).where(copies.c.article_id.in_(article_ids))
    query = select(copies.c.article_id).where(copies.c.group_id.in_(wanted)).order_by(copies.c.place)
    return list(connection.scalars(query.limit(_GUESSED)))


def _confirmed(connection: Connection, wording: Wording, likely: Sequence[str]) -> dict[str, float]:
    """Return how like a text is to those of the articles that it is a near copy of, read one by one."""
    found = {}
    for first in range(0, len(likely), _TEXTS_AT_ONCE):
        wanted = articles.c.id.in_(likely[first : first + _TEXTS_AT_ONCE])
        for row in connection.execute(select(articles.c.id, articles.c.text).where(wanted)):
            other = Wording.of(row.text)
            if near_copies(wording, other):
                found[row.id] = wording.likeness(other)
    return found


# Grouping


def _regroup(connection: Connection, article_ids: Iterable[str]) -> None:
    """Put articles, and what is like them at first hand or by way of others, into groups anew."""
    near = _neighbourhood(connection, article_ids)
    wholly = _wholly_within(connection, near)
    near = {article_id: others & wholly for article_id, others in near.items() if article_id in wholly}
    order = _in_order(connection, near)
    rank = {article_id: place for place, article_id in enumerate(order)}
    rows, taken = [], set[str]()
    for leader in order:
        members = near[leader] - taken
        if leader in taken or not members:
            continue
        group = [leader, *sorted(members, key=rank.__getitem__)]
        taken.update(group)
        rows += [{"article_id": a, "group_id": leader, "place": place} for place, a in enumerate(group)]
    connection.execute(delete(copies).where(copies.c.article_id.in_(list(near))))
    if rows:
        connection.execute(insert(copies), rows)


def _neighbourhood(connection: Connection, article_ids: Iterable[str]) -> dict[str, set[str]]:
    """Return by article its near copies: of these articles, then of theirs, up to where `_REGROUPED` are reached."""
    near: dict[str, set[str]] = {}
    edge = list(dict.fromkeys(article_ids))
    while edge and len(near) < _REGROUPED:
        near.update({article_id: set() for article_id in edge})
        query = select(likenesses.c.article_id, likenesses.c.other_id).where(likenesses.c.article_id.in_(edge))
        for article_id, other in connection.execute(query).all():
            near[article_id].add(other)
        edge = list({other for article_id in edge for other in near[article_id]} - near.keys())
    return near


def _wholly_within(connection: Connection, near: Mapping[str, set[str]]) -> set[str]:
    """Return those of the articles that are in no group now which has members elsewhere: it is left as it is."""
    wanted = select(copies.c.group_id).where(copies.c.article_id.in_(list(near)))
    members: dict[str, set[str]] = {}
    for row in connection.execute(select(copies).where(copies.c.group_id.in_(wanted))).all():
        members.setdefault(row.group_id, set()).add(row.article_id)
    return near.keys() - set().union(*(group for group in members.values() if not group <= near.keys()))


def _in_order(connection: Connection, article_ids: Iterable[str]) -> list[str]:
    """Return articles in the order in which they answer: the newest, the longest, the first one to be there."""
    length = func.length(articles.c.text).label("length")
    query = select(articles.c.id, articles.c.published, length, articles.c.added)
    rows = connection.execute(query.where(articles.c.id.in_(list(article_ids)))).all()
    return [row.id for row in sorted(rows, key=lambda row: (-_day(row.published), -row.length, row.added, row.id))]


# Rows

_NAMED = (articles.c.id, articles.c.title, articles.c.source, articles.c.published)

# A select for each band, so that of a band that very many share only some are read.
_SHARING = union_all(
    *(
        select(
            select(signature_bands.c.band, signature_bands.c.article_id)
            .where(signature_bands.c.band == bindparam(f"band_{n}"))
            .limit(_OF_A_BAND)
            .subquery()
        )
        for n in range(BANDS)
    )
)


def _copy(row: Any) -> Copy:
    return Copy(row.id, row.title, row.source, row.published)


def _day(published: object) -> int:
    return published.toordinal() if isinstance(published, date) else 0
