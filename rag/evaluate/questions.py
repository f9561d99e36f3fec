"""Questions with the answers that are accepted, from a file of one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.errors import UnusableQuestions
from rag.filters import EVERY_ARTICLE, Filters
from rag.text import clean_text, one_line

_EXAMPLE = '{"question": "When did the bridge reopen?", "answers": ["12 March 2024"], "source": "bridge.md"}'


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its answer."""

    question: str
    answers: tuple[str, ...] = ()
    """Any of these is right. None: the articles do not answer."""
    source: str = ""
    """The article that answers: its source, its file name or the end of its path; "" for any."""
    made: bool = False
    """Made out of an article's sentence by a pattern, not asked by a person."""
    filters: Filters = EVERY_ARTICLE
    """Which articles are asked it; every article leaves that to the evaluation."""


def read_questions(path: str | Path) -> list[Question]:
    """Read a file with one JSON object a line: ``question``, and where known ``answers`` and ``source``.

    ``answers`` is a list of texts or one text; [] or missing means that the articles do not answer. Other keys and
    empty lines are passed over. Raises `UnusableQuestions`, which names the line and what is wrong with it.
    """
    path = Path(path).expanduser()
    # Not splitlines(): inside a JSON string a line separator of Unicode ends nothing.
    lines = enumerate(_text(path).split("\n"), start=1)
    questions = [_question(line, f"{path}, line {number}") for number, line in lines if line.strip()]
    if not questions:
        raise UnusableQuestions(f"{path} has no questions. Write one a line, such as {_EXAMPLE}")
    return questions


def fingerprint(questions: Iterable[Question]) -> str:
    """Return the SHA-256 of the questions, their accepted answers and sources, in their order."""
    asked = [[q.question, list(q.answers), q.source, *([q.filters.to_dict()] if q.filters else [])] for q in questions]
    return sha256(json.dumps(asked).encode()).hexdigest()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise UnusableQuestions(f"{path} cannot be read: {error.strerror}. Check the path of the questions.") from error
    except UnicodeDecodeError as error:
        raise UnusableQuestions(f"{path} is not UTF-8 text. Save it as UTF-8, then try again.") from error


def _question(line: str, place: str) -> Question:
    try:
        stored = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnusableQuestions(f"{place}: not JSON ({error}). Each line is one whole object: {_EXAMPLE}") from error
    if not isinstance(stored, dict):
        raise UnusableQuestions(f"{place}: {_shown(stored)} is not an object. Each line is one: {_EXAMPLE}")
    if "question" not in stored:
        raise UnusableQuestions(f'{place}: there is no "question". Each line needs one: {_EXAMPLE}')
    question, answers, source = stored["question"], stored.get("answers"), stored.get("source")
    if not isinstance(question, str) or not _cleaned(question):
        raise UnusableQuestions(f'{place}: "question" is {_shown(question)}. Write the words of the question there.')
    if source is not None and not isinstance(source, str):
        raise UnusableQuestions(f'{place}: "source" is {_shown(source)}. Write the file name of the article, or none.')
    return Question(_cleaned(question), _answers(answers, place), (source or "").strip())


def _answers(stored: Any, place: str) -> tuple[str, ...]:
    answers = [] if stored is None else [stored] if isinstance(stored, str) else stored
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise UnusableQuestions(
            f'{place}: "answers" is {_shown(stored)}. Write a text, or a list of texts; numbers in quotation marks.'
        )
    cleaned = tuple(map(_cleaned, answers))
    if not all(cleaned):
        raise UnusableQuestions(
            f'{place}: an accepted answer is empty. Where the articles do not answer, write "answers": [].'
        )
    return cleaned


def _cleaned(text: str) -> str:
    """Return `text` on one line, and normalised as the articles are."""
    return one_line(clean_text(text))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
