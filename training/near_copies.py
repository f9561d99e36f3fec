"""Choose when two articles are near copies, on edits of news stories and on texts that only look alike.

    python -m training.near_copies       prints a table a size of shingles

The best row goes into `rag/index/likeness.py` (SHINGLE_WORDS, LIKE). The edits are those that a story goes through on
its way: a byline, a corrected sentence, other numbers, sentences dropped or put before. The others are stories by other
hands, articles written for this project, and texts out of one mould: match reports, quarterly results, bulletins of the
weather, short mails over one long footer. Of each two columns the first is the share of pairs that are at least so
like, the second of those of them that are not only framed alike.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.data import news
from rag.index.likeness import SHINGLE_WORDS, Signature, Wording
from rag.ingest import sentence_spans

WRITTEN = Path(__file__).parent / "written"
STORIES = 400
MOULDED = 40
SIZES = (3, 4, 5, 7)
LIMITS = (0.4, 0.5, 0.6, 0.7)
LOOKED_AT = 0.25
"""Likeness from which two news stories are listed, to be looked at."""

_NAMES = "Ashby Berrow Calder Denholm Eskdale Farrow Garside Hallam Ingleby Jarrow Kelso Lindale Marton Norby".split()


@dataclass(frozen=True)
class Pair:
    """What is seen of two texts."""

    likeness: float
    framed: bool
    """Only what stands around is alike."""


def main() -> None:
    chance = random.Random(0)
    stories = _distinct(article.text for article in news())
    print(f"{len(stories)} distinct news stories\n")
    for size in SIZES:
        print(f"shingles of {size} words")
        for name, edit in EDITS.items():
            pairs = [(story, edit(story, chance)) for story in chance.sample(stories, STORIES)]
            _print(
                name,
                [_pair(Wording.of(one, size), Wording.of(other, size)) for one, other in pairs if one != other],
                near=True,
            )
        for name, texts in MOULDS.items():
            made = [Wording.of(text, size) for text in texts(chance)]
            _print(name, [_pair(*pair) for pair in combinations(made, 2)], near=False)
        for name, texts in (("written for the project", _written()), ("news stories", stories)):
            _print(name, list(_nearest(texts, size)), near=False)
        print()


# Edits of one text


def _dropped(share: float) -> Callable[[str, random.Random], str]:
    """Return what leaves out about a `share` of the sentences, as a run of them."""

    def edit(text: str, chance: random.Random) -> str:
        found = [text[start:end] for start, end in sentence_spans(text)]
        count = max(1, round(share * len(found)))
        first = chance.randrange(max(1, len(found) - count))
        return " ".join(found[:first] + found[first + count :])

    return edit


def _renumbered(text: str, chance: random.Random) -> str:
    return re.sub(r"\d+", lambda number: str(int(number[0]) + chance.randint(1, 9)), text)


def _bylined(text: str, chance: random.Random) -> str:
    name = f"{chance.choice(_NAMES)} {chance.choice(_NAMES)}"
    return f"By {name}, our correspondent in {chance.choice(_NAMES)}\n\n{text}\n\nAdditional reporting by {name}."


def _corrected(text: str, chance: random.Random) -> str:
    """Word one sentence of ten anew: of its words every other stays."""
    found = [text[start:end] for start, end in sentence_spans(text)]
    for number in chance.sample(range(len(found)), max(1, len(found) // 10)):
        words = found[number].split()
        found[number] = " ".join(word if n % 2 else chance.choice(_NAMES).lower() for n, word in enumerate(words)) + "."
    return " ".join(found)


def _led(text: str, chance: random.Random) -> str:
    """Put four sentences before it, as of news that broke since."""
    lead = " ".join(f"{chance.choice(_NAMES)} told {chance.choice(_NAMES)} of {n} new plans." for n in range(4))
    return f"{lead}\n\n{text}"


def _all(text: str, chance: random.Random) -> str:
    return _bylined(_led(_corrected(_dropped(0.15)(text, chance), chance), chance), chance)


def _led_instead(text: str, chance: random.Random) -> str:
    """Put a new first sentence in the place of the old, which keeps some of its words."""
    (_, end), *_ = sentence_spans(text)
    kept = [word for word in text[:end].split() if len(word) > 3]
    some = " ".join(chance.sample(kept, max(1, len(kept) // 3)))
    return f"{chance.choice(_NAMES)} told {chance.choice(_NAMES)} in the evening of {some}.{text[end:]}"


EDITS: dict[str, Callable[[str, random.Random], str]] = {
    "a byline put on": _bylined,
    "other numbers, all of them": _renumbered,
    "one sentence of ten corrected": _corrected,
    "a new lead before it": _led,
    "another first sentence": _led_instead,
    "a sixth dropped": _dropped(1 / 6),
    "a third dropped": _dropped(1 / 3),
    "half dropped": _dropped(1 / 2),
    "byline, lead, corrected, a seventh dropped": _all,
}


# Texts out of one mould


def _matches(chance: random.Random) -> list[str]:
    def one() -> str:
        home, away, scorer, keeper = chance.sample(_NAMES, 4)
        goals, minute, crowd = chance.randint(1, 5), chance.randint(2, 90), chance.randint(300, 9000)
        return (
            f"{home} Rovers beat {away} Town {goals}-0 at home on {_day(chance)}. {scorer} scored the first goal in "
            f"the {minute}th minute after a corner from the left. {keeper} saved a penalty before half time. The "
            f"visitors had most of the ball after it, but found no way past {keeper}. A crowd of {crowd} saw the game. "
            f"{home} are now number {chance.randint(1, 12)} in the table, and play {chance.choice(_NAMES)} next week."
        )

    return [one() for _ in range(MOULDED)]


def _results(chance: random.Random) -> list[str]:
    def one() -> str:
        firm, chief = chance.sample(_NAMES, 2)
        sales, profit, rise = chance.randint(20, 900), chance.randint(2, 90), chance.randint(1, 19)
        return (
            f"{firm} Group said on {_day(chance)} that its sales in the three months to the end of June were "
            f"£{sales} million, {rise} per cent more than a year before. Profit before tax was £{profit} million. "
            f"The board proposes a dividend of {chance.randint(1, 30)} pence a share. The chief executive, {chief}, "
            f'said: "We are pleased with these results, which show that our plan is working." Shares rose '
            f"{chance.randint(1, 9)} per cent in early trading. The company employs {chance.randint(200, 9000)} people."
        )

    return [one() for _ in range(MOULDED)]


def _weather(chance: random.Random) -> list[str]:
    def one() -> str:
        low = chance.randint(-5, 15)
        return (
            f"Outlook for {chance.choice(_NAMES)} on {_day(chance)}. The morning is {chance.choice(('dry', 'wet'))}, "
            f"with temperatures of {low} degrees. In the afternoon it rises to {low + chance.randint(2, 9)} degrees. "
            f"Winds from the {chance.choice(('north', 'south', 'west', 'east'))} at {chance.randint(5, 60)} km/h. "
            f"High water is at {chance.randint(1, 12)}.{chance.randint(10, 59)}. The next outlook appears at six."
        )

    return [one() for _ in range(MOULDED)]


def _mails(chance: random.Random) -> list[str]:
    footer = (
        "This message and any files sent with it are confidential and meant only for the person to whom they are "
        "addressed. If you have received it in error, please tell the sender and delete it. You must not copy it or "
        "show it to anybody else. Views in it are those of the sender and need not be the firm's. The firm takes no "
        "responsibility for any loss or damage that comes of the use of this message. Please think of the environment "
        "before you print it."
    )

    def one() -> str:
        who, where, what = chance.sample(_NAMES, 3)
        said = (
            f"Could you send me the papers on {what} before {_day(chance)}? I need them for the meeting in {where}.",
            f"{who} rang about the invoice for {what}. It is still open, and {where} wants it paid by {_day(chance)}.",
            f"Lunch on {_day(chance)} is fine. Let us meet in {where}, and bring {who} along if she has the time.",
            f"The roof in {where} leaks again. I have asked {who} to look at it, who can come on {_day(chance)} only.",
        )
        return f"Dear {who},\n\n{chance.choice(said)}\n\nBest wishes, {what}\n\n{footer}"

    return [one() for _ in range(MOULDED)]


def _day(chance: random.Random) -> str:
    return f"{chance.choice(('Monday', 'Tuesday', 'Friday', 'Saturday'))} {chance.randint(1, 28)} May"


MOULDS: dict[str, Callable[[random.Random], list[str]]] = {
    "match reports": _matches,
    "quarterly results": _results,
    "weather bulletins": _weather,
    "mails with one footer": _mails,
}


# Texts by other hands


def _written() -> list[str]:
    files = ("archive.jsonl", "articles.jsonl", "dated.jsonl")
    lines = [json.loads(line) for file in files for line in (WRITTEN / file).read_text("utf-8").splitlines()]
    return _distinct(line["text"] for line in lines if "text" in line)


def _nearest(texts: list[str], size: int) -> Iterator[Pair]:
    """Yield how like each text is to the one most like it, and print those that want looking at."""
    made = [(text, wording) for text in texts if len((wording := Wording.of(text, size)).shingles)]
    values = np.array([Signature.of(wording.shingles).values for _, wording in made])
    for at, row in enumerate(values):
        guessed = (values == row).mean(axis=1)
        guessed[at] = -1
        other = int(guessed.argmax())
        found = _pair(made[at][1], made[other][1])
        yield found
        if found.likeness >= LOOKED_AT and at < other and size == SHINGLE_WORDS:
            print(f"      {found.likeness:.2f} {found.framed!s:5} {made[at][0][:60]!r} {made[other][0][:60]!r}")


def _pair(one: Wording, other: Wording) -> Pair:
    return Pair(one.likeness(other), one.only_framed_like(other))


def _print(name: str, found: list[Pair], *, near: bool) -> None:
    """Print the shares of pairs that are at least so like, and behind them those that are not only framed alike."""
    values = np.array([pair.likeness for pair in found])
    kept = np.array([not pair.framed for pair in found])
    shares = "  ".join(f"{(values >= limit).mean():.3f} {((values >= limit) & kept).mean():.3f}" for limit in LIMITS)
    edge = np.quantile(values, 0.01 if near else 0.99)
    print(f"  {name:44} {len(found):6}  edge {edge:.2f}   {shares}")


def _distinct(texts: Iterable[str]) -> list[str]:
    """Leave out texts that are word for word the same as one before."""
    return list({" ".join(re.findall(r"\w+", text.casefold())): text for text in texts}.values())


if __name__ == "__main__":
    main()
