"""Sentences as a chat model might write them on articles: true ones, and the same with one thing changed.

True sentences are made from what articles and question sets hold, none of them by a model: a question and its answer
as a statement (`declaring`), a sentence of the article, a sentence whose "She" is told by name, two of these joined;
most of them then said otherwise (`rewording`). A false sentence is a true one, made by the same means, with one thing
changed (`changing`), so that the means tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.changing import CHANGES, HARDER, Change, Near, names
from benchmarks.data import QA
from benchmarks.declaring import Declaring
from benchmarks.rewording import reworded
from rag.ingest import sentence_spans
from rag.types import Article, Chunk, Passage

PASSAGES = 10
_PRONOUN = re.compile(
    r"(?:He|She|It|They)\s+(?=(?:was|is|had|has|were|are|[a-z]+ed|became|began|won|made|wrote|took|led)\b)"
)
_SUBJECT = re.compile(
    r"(?:The\s+)?[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){0,3}(?=\s+(?:is|was|were|are|had|has|[a-z]+ed|became|began)\b)"
)
_INVENTIONS = (
    "{} has {n} million people.",
    "{} was founded in {year}.",
    "{} cost ${n} million.",
    "{} won three awards in {year}.",
    "{} is home to about {n} thousand students.",
    "{} is the largest of its kind in Europe.",
    "{} grew by {n} % in {year}.",
    "{} moved its headquarters to Toronto in {year}.",
    "The budget of {} was cut by {n} per cent.",
    "{} is known for its carnival, held every February.",
    "Most visitors of {} arrive by train.",
    "{} died in {year}.",
)
_SAYS_NO = re.compile(r"\b(?:not|never)\b(?!\s+only)")


@dataclass(frozen=True, slots=True)
class Made:
    """A sentence and whether the article says so."""

    text: str
    true: bool
    kind: str
    """What is changed, or could be: "number", "date", "name", "negation", or a harder kind."""
    hard: bool
    """Of a changed one: whether what was put in stands elsewhere in the same passage."""
    means: tuple[str, ...]
    source: str
    paragraph: tuple[int, int]
    number: int
    """The same for a true sentence and what was made of it by a change."""


@dataclass(frozen=True, slots=True)
class Base:
    """A true sentence to make others from."""

    text: str
    source: str
    paragraph: tuple[int, int]
    means: str


def bases(articles: Sequence[Article], questions: Sequence[QA], chance: Random) -> list[Base]:
    """Return true sentences on articles, in a drawn order."""
    by_source = {article.source: article for article in articles}
    rules = Declaring(article.text for article in articles)
    found: list[Base] = []
    declared: dict[tuple[str, tuple[int, int]], list[str]] = {}
    for qa in questions:
        context = by_source[qa.source].text[slice(*qa.paragraph)]
        text = rules.statement(qa.question, min(qa.answers, key=len), context)
        if text and len(text.split()) >= 5:
            found.append(Base(text, qa.source, qa.paragraph, "question"))
            declared.setdefault((qa.source, qa.paragraph), []).append(text)
    for source, paragraph in sorted({(qa.source, qa.paragraph) for qa in questions} or _paragraphs(articles)):
        found += _copies(by_source[source], paragraph)
    for (source, paragraph), texts in declared.items():
        if len(texts) >= 2 and chance.random() < 0.6:
            one, other = chance.sample(texts, 2)
            found.append(Base(joined(one, other, chance), source, paragraph, "joined"))
    chance.shuffle(found)
    return found


def made(
    articles: Sequence[Article], questions: Sequence[QA], *, kinds: Sequence[str], each: int, seed: int = 0
) -> list[Made]:
    """Return for each kind as many pairs as `each`, a true sentence and a changed one, of different origins."""
    chance = Random(seed)
    texts = {article.source: article.text for article in articles}
    drawn = bases(articles, questions, chance)
    shares = {"question": 0.55, "copy": 0.25, "named": 0.08, "joined": 0.12}
    found: list[Made] = []
    for kind in kinds:
        change = (CHANGES | HARDER)[kind]
        count = dict.fromkeys(shares, 0)
        done = 0
        pool = list(drawn)
        if kind == "negation":
            chance.shuffle(pool)
            pool = _by_turns(
                [b for b in pool if _SAYS_NO.search(b.text)], [b for b in pool if not _SAYS_NO.search(b.text)]
            )
        else:
            chance.shuffle(pool)
        # Twice: what is wanting once the pool has been gone through is taken from any means.
        used: set[str] = set()
        for n, base in enumerate(pool + pool):
            if done >= each:
                break
            if base.text in used:
                continue
            says_no = kind == "negation" and _SAYS_NO.search(base.text)
            if n < len(pool) and kind in CHANGES and not says_no and count[base.means] >= shares[base.means] * each:
                continue
            keep = base.means == "copy" and chance.random() < 0.3
            text, means = (base.text, ()) if keep else reworded(base.text, chance)
            passage = texts[base.source][slice(*base.paragraph)]
            changed: Change | None = change(text, Near(passage, texts[base.source], chance))
            if not changed or changed.text == text:
                continue
            used.add(base.text)
            told = (base.means, *means)
            found.append(Made(text, True, kind, False, told, base.source, base.paragraph, len(found) // 2))
            found.append(
                Made(changed.text, False, kind, changed.hard, told, base.source, base.paragraph, len(found) // 2)
            )
            count[base.means] += not says_no
            done += 1
    return found


def elsewhere(items: Sequence[Made], articles: Sequence[Article], chance: Random) -> list[Made]:
    """Put true sentences to passages of another article, which say nothing of the kind."""
    found = []
    for item in items:
        other = chance.choice([article for article in articles if article.source != item.source])
        place = chance.choice(_paragraphs_of(other))
        found.append(Made(item.text, False, "elsewhere", False, item.means, other.source, place, item.number))
    return found


def invented(articles: Sequence[Article], count: int, chance: Random) -> list[Made]:
    """Claim of names in articles what resembles nothing there."""
    found: list[Made] = []
    while len(found) < count:
        article = chance.choice(articles)
        place = chance.choice(_paragraphs_of(article))
        there = {match[0] for match in names(article.text[slice(*place)])}
        if not there:
            continue
        number, year = f"{chance.randint(11, 99) / 10:g}", str(chance.randint(1700, 2020))
        text = chance.choice(_INVENTIONS).format(chance.choice(sorted(there)), n=number, year=year)
        if number in article.text or year in article.text:
            continue
        found.append(Made(text, False, "invented", False, ("invented",), article.source, place, len(found)))
    return found


def other_answers(articles: Sequence[Article], questions: Sequence[QA], count: int, chance: Random) -> list[Made]:
    """Answer questions by the answers of other questions on the same paragraph, of the same kind."""
    by_source = {article.source: article for article in articles}
    rules = Declaring(article.text for article in articles)
    together: dict[tuple[str, tuple[int, int]], list[QA]] = {}
    for qa in questions:
        together.setdefault((qa.source, qa.paragraph), []).append(qa)
    found: list[Made] = []
    for qa in chance.sample(list(questions), len(questions)):
        if len(found) >= 2 * count:
            break
        own = min(qa.answers, key=len)
        like = [
            answer
            for other in together[qa.source, qa.paragraph]
            if _kind(answer := min(other.answers, key=len)) == _kind(own)
            and not set(_words(answer)) & set(_words(own))
            and not any(word in qa.question.lower() for word in _words(answer))
        ]
        context = by_source[qa.source].text[slice(*qa.paragraph)]
        right = rules.statement(qa.question, own, context)
        wrong = rules.statement(qa.question, chance.choice(like), context) if like else None
        if right and wrong:
            for text, true in ((right, True), (wrong, False)):
                found.append(
                    Made(text, true, "other answer", not true, ("question",), qa.source, qa.paragraph, len(found) // 2)
                )
    return found


def joined(one: str, other: str, chance: Random) -> str:
    """Make one sentence of two."""
    link = chance.choice([", and ", "; ", ", while ", " and "])
    lower = (
        other
        if re.match(r"(?:[A-Z]\w*\s+){2}|[A-Z]{2}", other) or not other.startswith(("The ", "A ", "In "))
        else other[0].lower() + other[1:]
    )
    return one.rstrip(".") + link + lower


def passages_of(
    article: Article, paragraph: tuple[int, int], chance: Random, others: Sequence[Article] = ()
) -> list[Passage]:
    """Return the paragraph among those of its article that stand nearest to it, in a drawn order, ten in all."""
    spans = sorted(_paragraphs_of(article), key=lambda span: abs(span[0] - paragraph[0]))[:PASSAGES]
    found = [_passage(article, span) for span in spans if span[1] - span[0] < 6000]
    for other in others:
        found += [_passage(other, span) for span in _paragraphs_of(other)[: PASSAGES - len(found)]]
    chance.shuffle(found)
    return found[:PASSAGES]


def _passage(article: Article, span: tuple[int, int]) -> Passage:
    return Passage(Chunk(article, *span), article.title, article.source, article.published, article.author)


def _paragraphs_of(article: Article) -> list[tuple[int, int]]:
    spans, at = [], 0
    for piece in article.text.split("\n\n"):
        if piece.strip():
            spans.append((at, at + len(piece)))
        at += len(piece) + 2
    return spans


def _paragraphs(articles: Sequence[Article]) -> set[tuple[str, tuple[int, int]]]:
    return {(article.source, span) for article in articles for span in _paragraphs_of(article)}


def _copies(article: Article, paragraph: tuple[int, int]) -> Iterator[Base]:
    """Yield the sentences of a paragraph that can stand alone, and those that can once "She" is told by name."""
    text = article.text[slice(*paragraph)]
    before = ""
    for start, end in sentence_spans(text):
        sentence = " ".join(text[start:end].split())
        named = _PRONOUN.match(sentence)
        subject = _SUBJECT.match(before) if named else None
        if named and subject and 6 <= len(sentence.split()) <= 40:
            yield Base(subject[0] + " " + sentence[named.end() :], article.source, paragraph, "named")
        elif (
            6 <= len(sentence.split()) <= 45
            and re.match(r"[A-Z0-9].*[a-z0-9%]\.$", sentence)
            and not re.match(r"(?:He|She|It|They|This|That|These|Those|His|Her|Its|Their|But|And|Or|So)\b", sentence)
        ):
            yield Base(sentence, article.source, paragraph, "copy")
        before = sentence


def _by_turns(one: list[Base], other: list[Base]) -> list[Base]:
    pairs = zip(one, other, strict=False)
    return [base for pair in pairs for base in pair] + one[len(other) :] + other[len(one) :]


def _kind(answer: str) -> str:
    return "figure" if re.search(r"\d", answer) else "name" if answer[:1].isupper() else "words"


def _words(answer: str) -> list[str]:
    return [word for word in re.findall(r"\w+", answer.lower()) if word not in ("the", "a", "an", "of", "in", "and")]
