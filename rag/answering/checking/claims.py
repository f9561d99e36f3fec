"""What a sentence claims: its figures, names and words, whether it says no, of how many, and which way things go."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rag.answering.checking.figures import Figure, figures
from rag.index.terms import STOP_WORDS, stem
from rag.text import one_line

_WORD = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")
_NEGATOR = re.compile(
    r"(?:not|never|no|none|neither|nor|without|cannot|nobody|nothing|nowhere|hardly|barely|\w+n['’]t|"
    r"fail(?:s|ed)?|refus(?:e|es|ed)|den(?:y|ies|ied)|lack(?:s|ed)?|unable|unlike|exclud(?:es|ed|ing))",
    re.I,
)
_SAYING = frozenset(
    "claim claims say says think thinks believe believes expect expects suggest suggests mean means".split()
)
"""What is denied of what follows: whoever "does not claim that bills will fall" says no to their falling."""
_NOT_ONLY = re.compile(r"\bnot\s+(?:only|just|merely|least)\b|\bno\s+(?:longer than|doubt)\b|\bno\.\s?\d", re.I)
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev president minister king queen pope saint st captain "
    "general colonel councillor cllr mayor judge sergeant senator governor the".split()
)
_LEAD = re.compile(
    r"^(?:(?:yes|no|indeed|correct|that(?:['’]s| is) (?:right|correct)|sure|certainly|of course|in short|overall|"
    r"however|also|additionally|furthermore|moreover|in addition|therefore|thus|so|finally|in fact|note that|"
    r"(?:according to|based on) (?:the|these|this|your) (?:articles?|passages?|sources?|texts?)|"
    r"the (?:articles?|passages?|sources?) (?:says?|states?|mentions?|notes?|reports?)(?: that)?)\b[,.:;!—–-]*\s*)+",
    re.I,
)
_GENERIC = frozenset(
    "article articles passage passages source sources text texts say says said following answer answers question "
    "questions information detail details help helps hope hoping note summary summarise summarised found find tell "
    "tells know let ask asking feel free please further happy glad sure thank thanks thing things point points list "
    "listed above below provided provide mention mentions mentioned according based see here key main short brief "
    "useful clear regarding concerning need needs give gives given overview yes indeed correct okay great course "
    "certainly additional anything else welcome".split()
)
_GROUPS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "all every each everyone everybody entirely entire always both whole fully completely",
        "most mostly majority mainly usually largely",
        "some several sometimes partly part partially few certain many often",
        "only solely exclusively just alone",
        "none no nobody never neither nothing",
    )
)
_OPPOSED = (
    "rise rises rose risen rising increase increases increased increasing grow grows grew grown growing gain gained "
    "gains climb climbed climbs up upward higher raise raised raises soar soared|"
    "fall falls fell fallen falling decrease decreases decreased decreasing decline declined declines drop dropped "
    "drops shrink shrank shrunk down downward lower lowered lowers reduce reduced reduces cut cuts plunge plunged",
    "more greater larger bigger above over exceed exceeds exceeded exceeding|fewer less smaller below under",
    "before earlier prior until|after later following since",
    "first earliest|last latest final",
    "open opens opened opening reopen reopened reopens|close closes closed closing shut shuts",
    "begin begins began begun start starts started starting|end ends ended ending finish finished stop stops stopped",
    "win wins won winning beat beats defeated|lose loses lost losing",
    "allow allows allowed permit permits permitted legal|forbid forbids forbidden forbade ban bans banned prohibit "
    "prohibits prohibited illegal",
    "accept accepts accepted approve approved approves|reject rejects rejected refuse refused refuses",
    "safe safely|unsafe dangerous",
    "possible able|impossible unable",
    "north northern|south southern",
    "east eastern|west western",
    "best highest most largest biggest greatest maximum|worst lowest least smallest minimum",
    "include includes included including|exclude excludes excluded excluding",
    "buy buys bought purchase purchased|sell sells sold",
    "old older oldest|new newer newest young younger youngest",
    "early|late",
    "cheap cheaper cheapest|expensive dearer dearest",
    "male man men boys he|female woman women girls she",
    "majority|minority",
    "arrive arrives arrived|leave leaves left depart departs departed",
    "support supports supported|oppose opposes opposed",
    "successful successfully succeed succeeded|unsuccessful unsuccessfully fail failed",
    "true|false",
    "public|private",
    "left|right",
)
_SIDES: dict[str, list[tuple[int, int]]] = {}
for _number, _pair in enumerate(_OPPOSED):
    for _side, _words in enumerate(_pair.split("|")):
        for _word in _words.split():
            _SIDES.setdefault(_word, []).append((_number, _side))
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|been|being|be)\b(?:\s+\w+ly)?\s+\w+(?:ed|en|wn|ht|ld|de|um|un|ne)\b.*?\bby\b"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a statement that is no stop word, or stands for a name."""

    stem: str
    bare: str
    """In lower case, without accents."""
    start: int
    end: int
    name: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence taken apart: of a model, or of an article."""

    text: str
    figures: tuple[Figure, ...]
    words: tuple[Word, ...]
    """Without those within figures."""
    negated: tuple[tuple[int, str], ...]
    """Where it says no, and the stem of the word that this is about."""
    quantifiers: frozenset[int]
    """Numbers of the groups all, most, some, only, none."""
    sides: frozenset[tuple[int, int]]
    """Which of two opposed meanings it holds."""
    passive: bool

    @property
    def names(self) -> tuple[Word, ...]:
        """Return the words that are names."""
        return tuple(word for word in self.words if word.name)

    @property
    def stems(self) -> frozenset[str]:
        """Return the stems of its words."""
        return frozenset(word.stem for word in self.words)

    @property
    def says_something(self) -> bool:
        """Say whether there is anything in it that articles could bear out."""
        telling = {word.bare for word in self.words} - _GENERIC
        return bool(self.figures) or len(telling) >= 2


def without_lead(text: str) -> str:
    """Return what a sentence says without "Yes," or "According to the articles," before it."""
    rest = _LEAD.sub("", text, count=1)
    return rest if rest.strip(" .!") else ""


@lru_cache(maxsize=20_000)
def statement(text: str, published: date | None = None, *, cased: bool = True) -> Statement:
    """Take a sentence apart; without `cased` no word is taken for a name, as in a headline."""
    text = one_line(text)
    found = tuple(figures(text, published))
    spans = [(figure.start, figure.end) for figure in found]
    words = []
    begins = True
    for match in _WORD.finditer(text):
        plain = match[0].removesuffix("'s").removesuffix("’s")
        within = any(start < match.end() and match.start() < end for start, end in spans)
        lower = plain.casefold()
        capital = plain[0].isupper() and cased and lower not in _TITLES and (not begins or lower not in _OPENERS)
        if begins and capital and not _next_is_name(text, match.end()) and not _is_acronym(plain):
            capital = len(plain) > 2 and lower not in STOP_WORDS and not lower.endswith(("ly", "ing", "ed", "s"))
        begins = text[match.end() : match.end() + 1] in (":", "?", "!") or (
            text[match.end() : match.end() + 1] == "." and len(plain) > 3
        )
        stopped = lower.replace("’", "'") in STOP_WORDS or lower in _TITLES or _NEGATOR.fullmatch(lower)
        if within or (stopped and not (capital and _is_acronym(plain))):
            continue
        bare = folded(plain)
        words.append(Word(stem(bare), bare, *match.span(), capital))
    lowered = [word.casefold() for word in re.findall(r"[^\W\d_]+", text)]
    return Statement(
        text,
        found,
        tuple(words),
        tuple(_negations(text)),
        frozenset(number for number, group in enumerate(_GROUPS) if group & set(lowered)),
        frozenset(side for word in lowered for side in _SIDES.get(word, ())),
        bool(_PASSIVE.search(text)),
    )


def folded(word: str) -> str:
    """Return a word in lower case and without accents."""
    if word.isascii():
        return word.lower()
    plain = word.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("’", "'")
    return "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))


def opposed(one: Statement, other: Statement) -> int:
    """Return how many meanings of one are only there as their opposites in the other."""
    return sum((n, 1 - side) in other.sides and (n, side) not in other.sides for n, side in one.sides)


_OPENERS = STOP_WORDS | frozenset(
    "first second third last many much several although however while since despite during within without thus hence "
    "according additionally today yesterday people every everyone one two three four five six seven eight nine ten "
    "nearly almost around approximately among unlike like following later early late most some each no not never none "
    "another given prior once whether though also even still yet them another instead".split()
)


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _next_is_name(text: str, at: int) -> bool:
    return bool(re.match(r"\s+(?:(?:of|de|van|von|the|and|&)\s+)?[^\W\d_a-z]\w*", text[at : at + 24])) and text[
        at : at + 1
    ] not in (",", ".")


def _negations(text: str) -> list[tuple[int, str]]:
    """Return where a text says no, with the stem of the next word that carries meaning."""
    skipped = [match.span() for match in _NOT_ONLY.finditer(text)]
    found = []
    for match in _WORD.finditer(text):
        if not _NEGATOR.fullmatch(match[0]) or any(start <= match.start() < end for start, end in skipped):
            continue
        if re.match(r"no[,.!]", text[match.start() :], re.I) and not text[: match.start()].strip():
            continue
        following = (w[0].casefold() for w in _WORD.finditer(text, match.end()))
        about = next(
            (word for word in following if not (word in STOP_WORDS or word in _SAYING or _NEGATOR.fullmatch(word))), ""
        )
        found.append((match.start(), stem(about) if about else ""))
    return found
