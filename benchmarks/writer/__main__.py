"""What a real small chat model writes, shown as it is or checked, beside quoting alone.

    BENCH_DATA=... python -m benchmarks.writer [--write] [--model 0.5b] [--server http://127.0.0.1:8077/v1]

Three ways of answering the same questions (`benchmarks/writer/asked.py`): *extractive* quotes; *unchecked* shows what
the model wrote, with the places that it pointed at; *checked* holds every sentence against the articles first. What the
model writes is kept under `benchmarks/work/drafts`, so that the last two see the same drafts; an interrupted run goes
on where it was, and one with another checker generates nothing. `make chat-model` has to have been run.

An answer is right when an accepted answer stands in it as whole words, or when nothing is answered where nothing can
be. Anything else that is shown as fact is wrong, all of its sentences. A sentence that holds an accepted answer is
supported where what it cites holds one too. Seconds are those that the draft took when it was made, and those of
searching, reading and checking now. All passages are read however long it takes, so that a busy machine changes no
draft. Bars: checking leaves at most a third of the wrong sentences, costs at most 5 points of the right answers, and
every footnote quotes its article exactly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.chat_model.models import Failed, Model, named
from benchmarks.measuring import percentile
from benchmarks.results import WORK, parser, report, share, table, verdict
from benchmarks.writer.asked import Asked, asked, libraries
from benchmarks.writer.drafts import Drafts, kept_drafts
from benchmarks.writer.said import Said, failed, say
from benchmarks.writer.sheet import judged_share, keep_sheet
from rag.answering.chain import AnswerChain
from rag.index.library import Library
from rag.settings import Settings

WAYS = ("extractive", "unchecked", "checked")
_LONG = 60 * 60.0
_POINTS = 0.05
"""Of the right answers, the share that checking may cost."""
_THIRD = 1 / 3
"""Of the wrong sentences, the share that checking may leave."""


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--model", default="1.5b", help="1.5b or 0.5b")
    made.add_argument("--server", default="", help="ask a server that runs already, rather than starting one")
    options = made.parse_args()
    try:
        model = named(options.model)
        with libraries() as opened, kept_drafts(WORK / "drafts", model, server=options.server) as drafts:
            said = ask_all(asked(options.limit), opened, model, drafts)
    except Failed as error:
        sys.exit(str(error))
    if not options.limit:
        keep_sheet(said["checked"])
    report("writer", f"What a chat model writes ({model.about})", body(said), write=options.write, limit=options.limit)


def settings(way: str, model: Model, url: str) -> Settings:
    """Return the settings of one way of answering."""
    named = {"chat_model": f"openai:{model.name}", "chat_base_url": url} if way != "extractive" else {}
    return Settings(
        reading_ms=int(_LONG * 1000),
        check=way != "unchecked",
        chat_first_word_timeout=_LONG,
        chat_timeout=_LONG,
        chat_retries=0,
        **named,
    )


def ask_all(
    questions: Sequence[Asked], opened: dict[str, Library], model: Model, drafts: Drafts
) -> dict[str, list[Said]]:
    """Ask everything in all three ways. Raises `Failed` where the model does not answer."""
    said: dict[str, list[Said]] = {way: [] for way in WAYS}
    chains = {
        (way, name): AnswerChain(library, settings=settings(way, model, drafts.url))
        for way in WAYS
        for name, library in opened.items()
    }
    for count, question in enumerate(questions, start=1):
        for way in WAYS:
            got = say(question, chains[way, question.set], drafts)
            if failed(got.answer, got.draft):
                raise Failed(f"The model did not answer {question.id}: {got.answer.note} Run the command again.")
            said[way].append(got)
        if count % 10 == 0:
            print(f"{count} of {len(questions)} questions, {drafts.made} drafts made", file=sys.stderr, flush=True)
    return said


def body(said: dict[str, list[Said]]) -> str:
    """Return the tables."""
    unchecked, checked = said["unchecked"], said["checked"]
    lost = (_right(unchecked) - _right(checked)) / max(1, len(_answerable(checked)))
    before, after = (sum(s.wrong_sentences() for s in some) for some in (unchecked, checked))
    citations = [(c, s.exact) for some in said.values() for s in some for c in s.answer.citations]
    exact = sum(kept for _, kept in citations)
    bars = [
        (
            "sentences of wrong answers, checked of unchecked",
            f"{after} of {before}",
            "a third",
            after <= _THIRD * before,
        ),
        ("right answers that checking costs", f"{100 * lost:.1f} points", "5 points", lost <= _POINTS),
        ("footnotes that quote exactly", share(exact, len(citations)), "100 %", exact == len(citations)),
    ]
    kept = [(name, figure, bar, verdict(is_kept)) for name, figure, bar, is_kept in bars]
    missed = [
        (s.asked.id, s.asked.question, way, s.shown or "refused")
        for way in ("unchecked", "checked")
        for s in said[way]
        if s.asked.set == "samples" and not s.is_right()
    ]
    parts = [
        table(("", *WAYS), _rows(said)),
        table(("", "figure", "bar", ""), kept),
        judged_share(checked),
        f"Every miss on the sample articles:\n\n{table(('', 'question', 'way', 'what was shown'), missed)}",
    ]
    return "\n\n".join(filter(None, parts))


def _rows(said: dict[str, list[Said]]) -> list[tuple[str, ...]]:
    measures: list[tuple[str, Callable[[list[Said]], str]]] = []
    for name, about in (("samples", "sample articles"), ("xquad", "XQuAD")):
        measures += [
            (f"{about}: right answers", lambda some, name=name: _share(_of(some, name, True), Said.is_right)),
            (f"{about}: wrong shown as fact", lambda some, name=name: _share(_of(some, name, True), Said.is_wrong)),
        ]
    for name, about in (("samples", "sample articles"), ("missing", "XQuAD, passage taken away")):
        measures.append(
            (f"{about}: unanswerable, refused", lambda some, name=name: _share(_of(some, name, False), Said.is_right))
        )
    measures += [
        ("sentences of wrong answers", lambda some: str(sum(s.wrong_sentences() for s in some))),
        ("sentences shown", lambda some: str(sum(len(s.answer.sentences) for s in some if s.answer.found))),
        ("sentences that a check dropped", lambda some: str(sum(len(s.answer.dropped) for s in some))),
        ("answers in the model's words", lambda some: _share(some, Said.was_written)),
        ("sentences with an accepted answer whose quote has one", _supported),
        ("seconds to the first words, median (90 %)", lambda some: _seconds([s.first for s in some if s.answer.found])),
        ("seconds to the last word, median (90 %)", lambda some: _seconds([s.last for s in some if s.answer.found])),
    ]
    return [(name, *(measure(said[way]) for way in WAYS)) for name, measure in measures]


def _of(some: Sequence[Said], name: str, answerable: bool) -> list[Said]:
    return [s for s in some if s.asked.set == name and bool(s.asked.answers) is answerable]


def _answerable(some: Sequence[Said]) -> list[Said]:
    return [s for s in some if s.asked.answers]


def _right(some: Sequence[Said]) -> int:
    return sum(s.is_right() for s in _answerable(some))


def _share(some: Sequence[Said], kept: Callable[[Said], bool]) -> str:
    return share(sum(map(kept, some)), len(some))


def _supported(some: Sequence[Said]) -> str:
    judged = [kept for s in some for kept in s.judged()]
    return share(sum(judged), len(judged))


def _seconds(values: list[float]) -> str:
    return f"{median(values):.1f} ({percentile(values, 90):.1f})" if values else "none"


if __name__ == "__main__":
    main()
