"""Whether a question is about the library itself: "what do you have?", "how many articles from 2023?".

A question that an article answers must never be taken for one of these. So its end is peeled off first (where, when,
by whom, about what), and what is left has to be, word for word, one of the `wordings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from rag.answering.about_library.days import days_at_the_end
from rag.answering.about_library.wordings import ARTICLE, LIBRARY, OF_MANY_KINDS, OF_THE_LIBRARY, Asks, wordings
from rag.filters import language_named
from rag.text import one_line

_LONGEST = 160
"""Characters of a question that is looked at."""
_TOPIC_WORDS = 8
"""Words that a topic has at most: what is longer is a sentence about something."""
_PEELS = 6
_LIMIT = 50


@dataclass(frozen=True, slots=True)
class LibraryQuestion:
    """What of the library a question asks for, and of which of its articles."""

    asks: Asks
    topic: str = ""
    """What the articles have to mention."""
    author: str = ""
    """Who wrote them, as the question names them."""
    tag: str = ""
    language: str = ""
    """A code such as "fr"."""
    since: date | None = None
    until: date | None = None
    limit: int = 1
    """How many of the newest, oldest and so on."""
    certain: bool = True
    """Without, an article may answer: the library is asked only where none does."""

    @property
    def scoped(self) -> bool:
        """Whether it asks of some articles only."""
        return bool(self.topic or self.author or self.tag or self.language or self.since or self.until)


def recognise(question: str, today: date) -> LibraryQuestion | None:
    """Return what `question` asks of the library; None where it asks something else.

    `today` is the day that "last year" is reckoned from.
    """
    asked = _POLITE.sub("", one_line(question).replace("’", "'").strip(" ?!.…"))
    asked = _PLEASE.sub("", asked).strip(" ?!.,…")
    if not asked or len(asked) > _LONGEST:
        return None
    for core, scope in chain.from_iterable(_topical(rest, scope, today) for rest, scope in _peeled(asked, today)):
        for asks, wording in wordings():
            if match := wording.fullmatch(core):
                return _meant(asks, match, _sure(asks, core, asked, scope))
    return None


_POLITE = re.compile(
    r"^(?:(?:please|ok|okay|hi|hello|hey|and|so|now|well|then|but)\b[\s,]*)*"
    r"(?:(?:can|could|would|will) you (?:please |kindly )?(?=tell|show|list|give|find|name|count|say|get)"
    r"|i(?:'d| would) like to (?:know|see) |i want to know |do you know |let me know )?"
    r"(?:(?:please )?(?:tell me|say)(?=,? (?:who|what|which|how|where|when|the number)\b),? )?",
    re.I,
)
_PLEASE = re.compile(r"[\s,]+(?:please|thanks|thank you)$", re.I)

# About what. Of "articles that mention X" the verb is the articles'.
_TOPIC = re.compile(
    r"^(?P<core>.+?) (?:(?:that|which|who) )?(?:"
    r"mentions?|mentioned|covers?|discuss(?:es)?|contains?|refers? to|deals? with|names?|cites?|quotes?|"
    r"(?:talks?|speaks?|tells?) (?:about|of)|says? (?:something|anything) (?:about|on)|"
    r"(?:is|are|was|were) (?:written )?(?:about|on)|(?:has|have) (?:the word|something (?:about|on))|"
    r"(?:on|about) the (?:subject|topic) of|about|on|concerning|regarding|mentioning|covering|discussing|containing"
    r") (?:(?:the )?(?:words?|term|name|topic|subject)(?: of)? )?(?P<topic>.+)$",
    re.I,
)
_IN_WHICH = re.compile(
    r"^(?:in )?(?:which|what) (?:articles?|documents?|docs?|files?) (?:is|are|was|were|do|does) (?P<topic>.+?) "
    r"(?:mentioned|named|discussed|written about|appear|come up|occur|turn up|covered|quoted)(?: in)?$",
    re.I,
)
_SOUGHT = re.compile(
    r"^where (?:can|could|do) i (?:read|find|see)(?: something| anything| more| articles)? (?:about|on) (?P<topic>.+)$",
    re.I,
)
_MENTIONED = re.compile(r"^where (?:is|are) (?P<topic>.+?) (?:mentioned|discussed|written about)$", re.I)
_KNOWN = re.compile(
    r"^(?:what do you know|what is there|what's there|what can you tell me|tell me) (?:about|on) (?P<topic>.+)$", re.I
)
_WROTE = re.compile(
    rf"^(?:how (?P<many>many) {ARTICLE} |(?:which |what )(?:{ARTICLE} )?)"
    r"(?P<verb>did|has|have) (?P<author>[^,]+?) (?:write|written|publish|published)$",
    re.I,
)
_NO_TOPIC = re.compile(
    rf"^(?:(?:the|my|your|our|these|those|all) )?{ARTICLE}$"
    r"|^(?:it|this|that|these|those|them|him|her|me|you|us|average|page|earth|time|fire)\b",
    re.I,
)
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|did|does|do|has|have|had|will|would|could|should|that|which|who|whom|when|why|because)\b",
    re.I,
)

# What may stand at the end.
_HERE = re.compile(
    rf"[\s,]+(?:(?:in|of|from|inside|within) (?:the|my|your|our|this|that) {LIBRARY}"
    r"|in (?:here|there|total|all|it)|here|altogether|right now|so far|at the moment|currently|at all|now"
    r"|that you know|(?:that )?(?:you|i) have|(?:that )?(?:i|you) can (?:ask|search|read))$",
    re.I,
)
_IN_LANGUAGE = re.compile(
    r"[\s,]+(?:(?:that are |which are |are |were )?(?:written )?)in (?P<language>[a-z]{3,12})$", re.I
)
_TAGGED = re.compile(
    r"[\s,]+(?:(?:that |which )?(?:are|is) )?(?:tagged(?: with| as)?|labell?ed|under the tag"
    r"|(?:with|that have|have|having|has) the (?:tag|label)|in the (?:section|category|tag))"
    r" [\"“']?(?P<tag>[^\"”']{1,40}?)[\"”']?$"
    r"|[\s,]+in the [\"“']?(?P<section>[^\"”']{1,30}?)[\"”']? (?:section|category)$",
    re.I,
)
_BY = re.compile(
    r"[\s,]+(?:(?:that |which )?(?:are|were|was|is) )?(?:written |published )?by (?P<author>[^\d,;:]{2,40})$|"
    r"[\s,]+from the (?:author|writer|reporter) (?P<from>[^\d,;:]{2,40})$",
    re.I,
)
_NUMBERS = dict(zip("two three four five six seven eight nine ten".split(), range(2, 11), strict=True))
_SUPERLATIVES: dict[str, Asks] = {
    "newest": "newest", "latest": "newest", "most recent": "newest", "oldest": "oldest", "earliest": "oldest",
    "longest": "longest", "shortest": "shortest", "last": "newest", "first": "oldest",
}  # fmt: skip


def _peeled(asked: str, today: date, scope: LibraryQuestion | None = None) -> Iterator[tuple[str, LibraryQuestion]]:
    """Yield the question, and what is left of it each time that a part is taken off its end, with what that says."""
    scope = scope or LibraryQuestion("list")
    for _ in range(_PEELS):
        yield asked, scope
        rest, more = _less_its_end(asked, scope, today)
        if rest == asked:
            return
        asked, scope = rest, more


def _less_its_end(asked: str, scope: LibraryQuestion, today: date) -> tuple[str, LibraryQuestion]:
    if match := _HERE.search(asked):
        return asked[: match.start()], scope
    if not (scope.since or scope.until) and (found := days_at_the_end(asked, today)):
        rest, (since, until) = found
        return rest, replace(scope, since=since, until=until)
    if not scope.tag and (match := _TAGGED.search(asked)):
        return asked[: match.start()], replace(scope, tag=match["tag"] or match["section"])
    if not scope.language and (match := _IN_LANGUAGE.search(asked)) and (code := language_named(match["language"])):
        return asked[: match.start()], replace(scope, language=code)
    if not scope.author and (match := _BY.search(asked)):
        return asked[: match.start()], replace(scope, author=match["author"] or match["from"])
    return asked, scope


def _topical(asked: str, scope: LibraryQuestion, today: date) -> Iterator[tuple[str, LibraryQuestion]]:
    """Yield the question, and without the topic or the author that it names."""
    yield asked, scope
    if match := _WROTE.match(asked):
        core = "how many articles" if match["many"] else "which articles"
        yield core, replace(scope, author=match["author"], certain=match["verb"].casefold() != "did")
    for pattern, certain in ((_IN_WHICH, True), (_SOUGHT, True), (_MENTIONED, False), (_KNOWN, False)):
        if (match := pattern.match(asked)) and (topic := _topic(match["topic"])):
            yield "which articles", replace(scope, topic=topic, certain=certain)
    if (match := _TOPIC.match(asked)) and (topic := _topic(match["topic"])):
        yield from _peeled(match["core"], today, replace(scope, topic=topic))


def _topic(text: str) -> str:
    """Return what articles have to mention; "" for what is a clause, or no topic at all."""
    named = text.strip(" ?.,")
    bare = named.strip("\"“”'")
    is_clause = bare == named and _CLAUSE.search(bare)
    return "" if not bare or len(bare.split()) > _TOPIC_WORDS or _NO_TOPIC.search(bare) or is_clause else bare


def _sure(asks: Asks, core: str, asked: str, scope: LibraryQuestion) -> LibraryQuestion | None:
    """Return `scope`, certain or not; None where nothing says that "files" or "stories" are those of the library."""
    named = not OF_MANY_KINDS.search(core) or scope.tag or (scope.topic and asks != "authors")
    if named or OF_THE_LIBRARY.search(asked):
        return scope
    return replace(scope, certain=False) if scope.author else None


def _meant(asks: Asks, match: re.Match[str], scope: LibraryQuestion | None) -> LibraryQuestion | None:
    """Return the question once its core is known; None where the core alone says too little, or too much."""
    found = {name: value for name, value in match.groupdict().items() if value}
    if scope is None or (asks in ("overview", "itself") and scope.scoped):
        return None
    if most := found.get("most"):
        number = found.get("number", "1").casefold()
        limit = _NUMBERS.get(number) or int(number)
        return replace(scope, asks=_SUPERLATIVES[most.casefold()], limit=min(max(limit, 1), _LIMIT))
    needs = [name for name in found if "needs" in name]
    if needs and not (scope.topic if asks == "authors" else scope.scoped):
        return replace(scope, asks="overview") if re.search(r"\bwhat\b.*\byou\b", match[0], re.I) else None
    if any(name.startswith("maybe") for name in found):
        return replace(scope, asks=asks, certain=False)
    return replace(scope, asks=asks)
