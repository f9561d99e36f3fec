"""The window with answers made by hand, which hold everything that an answer can hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rag import Answer, AnswerChain, Article, Citation, Library, Sentence, Settings
from rag.answering.chain import Asked
from rag.listening import listen
from rag.types import Role
from ui.app import build, serve

REOPENED = Article(
    title="Ropewalk Bridge reopens",
    text="The Ropewalk Bridge was shut in April 2023. It reopened on 12 March 2024 after eleven months of repairs.",
    source="bridge.txt",
    published=date(2024, 3, 13),
)
LORRIES = Article(
    title="Lorries are back on Ropewalk",
    text="Lorries have crossed the Ropewalk Bridge since 12 March 2024, and the baker has counted every one of them.",
    source="lorries.txt",
    published=date(2025, 11, 22),
)
DELAYED = Article(
    title="Not before May, says council",
    text="The Ropewalk Bridge will not open again before 6 May 2024, the council says.",
    source="delay.txt",
    published=date(2024, 2, 2),
)
FARES = Article(
    title="What it costs to cross",
    text=(
        "The new fares in full:\n\n"
        "| Ticket | Single | Day return | Book of ten singles |\n"
        "| Adult | £6.40 | £11.20 | £52.00 |\n"
        "| Child, 5 to 15 | £3.20 | £5.60 | £26.00 |\n\n"
        "Children under five go free."
    ),
    source="fares.md",
    published=date(2025, 3, 22),
)
ARTICLES = (REOPENED, LORRIES, DELAYED, FARES)

EVERYTHING = "Has the Ropewalk Bridge reopened?"
ROW = "What is the fare for a child?"
SHUT = "The Ropewalk Bridge was shut in April 2023."
OPEN = "It reopened on 12 March 2024 after eleven months of repairs."
WAITING = "The Ropewalk Bridge will not open again before 6 May 2024, the council says."
CHILD = "Ticket: Child, 5 to 15; Single: £3.20; Day return: £5.60; Book of ten singles: £26.00"


def _sentence(text: str, short: str, numbers: tuple[int, ...], role: Role = "answer") -> Sentence:
    at = text.find(short)
    return Sentence(text, numbers, (at, at + len(short)) if short else None, role)


def _cited(number: int, article: Article, words: str) -> Citation:
    start = article.text.index(words)
    return Citation(article, number=number, start=start, end=start + len(words))


ANSWERS = (
    Answer(
        EVERYTHING,
        True,
        0.9,
        sentences=(
            _sentence(SHUT, "", (1,), "context"),
            _sentence(OPEN, "12 March 2024", (2, 3)),
            _sentence(WAITING, "6 May 2024", (4,), "otherwise"),
        ),
        citations=(
            _cited(1, REOPENED, SHUT),
            _cited(2, REOPENED, OPEN),
            _cited(3, LORRIES, LORRIES.text),
            _cited(4, DELAYED, WAITING),
        ),
        standalone_question=f"{EVERYTHING} (said in full)",
        verdict="yes",
    ),
    Answer(
        ROW,
        True,
        0.6,
        sentences=(_sentence(CHILD, "£3.20", (1, 2)),),
        citations=(
            _cited(1, FARES, "| Child, 5 to 15 | £3.20 | £5.60 | £26.00 |"),
            _cited(2, FARES, "| Ticket | Single | Day return | Book of ten singles |"),
        ),
    ),
)


class ToldChain(AnswerChain):
    def stream(self, input: Asked, *args: Any, **kwargs: Any) -> Iterator[Answer]:
        asked = input if isinstance(input, str) else input["question"]
        known = [answer for answer in ANSWERS if answer.question == asked]
        yield from known or super().stream(input, *args, **kwargs)


if __name__ == "__main__":
    settings = Settings()
    library = Library(settings=settings)
    listener = listen(settings.host, settings.port)
    print(f"Footnote is open at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    serve(build(library, ToldChain(library), settings), listener)
