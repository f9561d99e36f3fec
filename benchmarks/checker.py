"""The checker: does it tell what the articles say from what they do not?

    BENCH_DATA=... python -m benchmarks.checker [--write] [--limit N]

Sentences are made by `benchmarks.pairs` of texts that nothing was fitted on: XQuAD's 240 paragraphs with its
questions, and the project's own sample articles with theirs (`seeds/`). Each is looked up in ten passages: its own
paragraph among those nearest to it. 2,000 are half true, half with one number, name, date or negation changed; *hard*
are changed ones whose new number, date or name stands elsewhere in the same passage. Beside them harder kinds, as they
are: a word turned into its opposite, more claimed than was told ("some" to "all"), two names exchanged, the answer of
another question put in; and sentences that are about something else or made up of a name in the passage.

AUROC is the chance that a true sentence is given a higher chance than a changed one, within a kind.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean, median

from benchmarks import data
from benchmarks.changing import CHANGES, HARDER
from benchmarks.data import QA
from benchmarks.pairs import Made, elsewhere, invented, made, other_answers, passages_of
from benchmarks.results import Row, measured, parser, report, share, table
from rag.answering.checking import Checker, Support
from rag.evaluate.metrics import auroc
from rag.index.library import Library
from rag.ingest import load
from rag.settings import samples_folder
from rag.types import Article

EACH = 250
"""Pairs of each of the four kinds: 2,000 sentences."""
EACH_HARDER = 100
BAR = 0.93


@dataclass(frozen=True, slots=True)
class Checked:
    """A made sentence and what the checker says of it."""

    item: Made
    support: Support


def main() -> None:
    options = parser(__doc__).parse_args()
    each = min(EACH, options.limit or EACH)
    articles, questions = _corpus()
    items = sentences(articles, questions, each, min(EACH_HARDER, each))
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder)) as library:
        library.add_articles(articles)
        checked, milliseconds = check(items, {article.source: article for article in articles}, library)
    own = [c for c in checked if c.item.kind in CHANGES]
    rows = [*_areas(own, checked)]
    header = ("standing", "true", "changed", "opposite, wider, roles, other answer", "elsewhere, invented")
    took = f"{median(milliseconds):.0f} ms in the middle, {fmean(milliseconds):.0f} on average"
    body = f"""± one standard error.

{table(("AUROC", "figure", "bar", ""), rows)}

{table(header, _standings(own, checked))}

{table(("of the four kinds", "precision", "recall"), _precision(own))}

A sentence took {took}, {_ninth(milliseconds):.0f} at nine in ten, its passages already taken apart.
"""
    report("checker", "The checker", body, write=options.write, limit=options.limit)


def sentences(articles: Sequence[Article], questions: Sequence[QA], each: int, harder: int) -> list[Made]:
    """Return the made sentences, those of the four kinds first."""
    chance = Random(7)
    items = made(articles, questions, kinds=list(CHANGES), each=each, seed=7)
    true = [item for item in items if item.true]
    items += made(articles, questions, kinds=list(HARDER), each=harder, seed=8)
    items += other_answers(articles, questions, harder, chance)
    items += elsewhere(chance.sample(true, min(len(true), harder)), articles, chance)
    return items + invented(articles, harder, chance)


def check(items: Sequence[Made], by_source: dict[str, Article], library: Library) -> tuple[list[Checked], list[float]]:
    """Check sentences; return what is said of each, and its milliseconds once its passages were taken apart."""
    checker = Checker(library)
    found, milliseconds = [], []
    for item in sorted(items, key=lambda item: (item.source, item.paragraph)):
        passages = passages_of(by_source[item.source], item.paragraph, Random(item.paragraph[0]))
        checker.check("The first look at these passages takes them apart.", passages)
        started = time.perf_counter()
        support = checker.check(item.text, passages)
        milliseconds.append(1000 * (time.perf_counter() - started))
        found.append(Checked(item, support))
    return found, milliseconds


def area(checked: Sequence[Checked]) -> float:
    """Return the AUROC of true sentences against others; 0.5 where there is neither."""
    found = auroc([c.support.chance for c in checked], [c.item.true for c in checked])
    return 0.5 if found is None else found


def _corpus() -> tuple[list[Article], list[QA]]:
    articles, questions = data.squad("bench_xquad_en.json.gz", prefix="xquad")
    samples = [a for file in sorted(samples_folder().iterdir()) if file.suffix != ".jsonl" for a in load(file)]
    by_source = {Path(article.source).name: article for article in samples}
    own = []
    for line in (samples_folder() / "questions.jsonl").read_text("utf-8").splitlines():
        asked = json.loads(line)
        article = by_source.get(asked.get("source", "")) if asked["answers"] else None
        at = article.text.find(asked["evidence"]) if article else -1
        if article and at >= 0:
            start = article.text.rfind("\n\n", 0, at) + 2 if "\n\n" in article.text[:at] else 0
            end = article.text.find("\n\n", at)
            place = (start, end if end > 0 else len(article.text))
            own.append(QA(asked["question"], tuple(asked["answers"]), article.source, ((at, at + 1),), place))
    return articles + samples, questions + own


def _areas(own: Sequence[Checked], checked: Sequence[Checked]) -> list[Row]:
    rows = [measured(f"{len(own):,} sentences, half of them true", own, area, least=BAR)]
    easy = [c for c in own if c.item.true or not c.item.hard]
    hard = [c for c in own if c.item.kind != "negation" and (c.item.true or c.item.hard)]
    for kind in CHANGES:
        some = [c for c in own if c.item.kind == kind]
        rows.append(measured(f"{kind}, {len(some)}", some, area))
    rows.append(measured("what was put in stands elsewhere in the passage", hard, area))
    rows.append(measured("it does not", [c for c in easy if c.item.kind != "negation"], area))
    for kind, says in (
        ("opposite", "harder: a word turned into its opposite"),
        ("wider", "harder: more claimed than was told"),
        ("roles", "harder: two names exchanged"),
        ("other answer", "harder: the answer of another question"),
    ):
        some = [c for c in checked if c.item.kind == kind]
        rows.append(measured(f"{says}, {len(some)}", some, area))
    true = [c for c in own if c.item.true]
    for kind, says in (("elsewhere", "about something else"), ("invented", "made up of a name in the passage")):
        some = [c for c in checked if c.item.kind == kind]
        rows.append(measured(f"{says}, {len(some)}", true + some, area))
    return rows


def _standings(own: Sequence[Checked], checked: Sequence[Checked]) -> list[list[str]]:
    groups = [
        [c for c in own if c.item.true],
        [c for c in own if not c.item.true],
        [c for c in checked if not c.item.true and c.item.kind in (*HARDER, "other answer")],
        [c for c in checked if c.item.kind in ("elsewhere", "invented")],
    ]
    return [
        [standing, *(share(sum(c.support.standing == standing for c in group), len(group)) for group in groups)]
        for standing in ("supported", "weak", "unsupported")
    ]


def _precision(own: Sequence[Checked]) -> list[list[str]]:
    rows = []
    for name, standings in (("supported", ("supported",)), ("supported or weak", ("supported", "weak"))):
        shown = [c for c in own if c.support.standing in standings]
        true = [c for c in own if c.item.true]
        right = sum(c.item.true for c in shown)
        rows.append([name, share(right, len(shown)), share(right, len(true))])
    return rows


def _ninth(values: Sequence[float]) -> float:
    return sorted(values)[int(0.9 * (len(values) - 1))]


if __name__ == "__main__":
    sys.exit(main())
