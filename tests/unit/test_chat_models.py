"""Chat models: what is counted, what is said when they fail, and what they are told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from langchain_core.exceptions import ContextOverflowError

from rag import Article, Chunk, Library, Passage, Settings
from rag.answering.writing.prompt import messages, shown, worth_showing
from rag.answering.writing.unchecked import Unchecked
from rag.chat_models.budget import DailyBudget
from rag.chat_models.failures import explain
from rag.chat_models.opening import open_chat_model
from rag.chat_models.tokens import estimated_tokens, price_of
from rag.errors import ChatModelUnavailable, InvalidSetting
from rag.index.catalog import Catalog


def _passage(text: str, order: float | None = None, *, superseded: tuple[tuple[int, int], ...] = ()) -> Passage:
    article = Article(title="Ferry", text=text, source=text[:20])
    scores = {} if order is None else {"order": order}
    return Passage(
        Chunk(article, 0, len(article.text)), article.title, article.source, scores=scores, superseded=superseded
    )


def test_a_day_has_its_tokens_and_the_next_as_many_again(tmp_path: Path) -> None:
    """Two chains, as two processes, count together; what was not used is given back."""
    today = [datetime(2026, 5, 4, 23, 59, tzinfo=UTC)]
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    one, other = (DailyBudget(catalog, 1000, now=lambda: today[0]) for _ in range(2))
    one.reserve(700)
    with pytest.raises(ChatModelUnavailable, match="CHAT_DAILY_TOKENS"):
        other.reserve(301)
    one.correct(-100)
    other.reserve(400)
    assert one.spent() == 1000
    today[0] = datetime(2026, 5, 5, 0, 1, tzinfo=UTC)
    one.reserve(1000)
    assert one.spent() == other.spent() == 1000
    assert sum(name.startswith("chat_tokens") for name in catalog.facts()) == 1
    catalog.close()


def test_without_a_bound_nothing_is_counted(library: Library) -> None:
    DailyBudget(library.catalog, 0).reserve(10**9)
    assert not any(name.startswith("chat_tokens") for name in library.catalog.facts())


def test_a_price_is_said_where_it_is_set() -> None:
    assert price_of(1_000_000, 500_000, Settings(chat_price="0.15, 0.60")) == pytest.approx(0.45)
    assert price_of(1, 1, Settings()) is None
    with pytest.raises(InvalidSetting, match="CHAT_PRICE"):
        Settings(chat_price="cheap")


def test_tokens_are_estimated_rather_too_many() -> None:
    assert estimated_tokens("The ferry leaves at six.") >= 6
    assert estimated_tokens("渡轮六点开") >= 5


def test_no_model_is_opened_where_none_is_named() -> None:
    assert open_chat_model(Settings()) is None


def test_passages_that_will_not_answer_are_not_shown() -> None:
    likely = [_passage(f"Passage {n} tells of the ferry.", order) for n, order in enumerate((2, 1, 0, -6, -7))]
    unread = _passage("Nobody read this one.")
    kept = worth_showing([*likely, unread], Settings(), question="When?")
    assert kept == likely[:3]
    assert worth_showing([*likely, unread], Settings(), question="When?", needed=[likely[4]]) == [
        *likely[:3],
        likely[4],
    ]


def test_passages_fill_the_room_there_is_and_no_more() -> None:
    """C59: of a passage that is too long, the sentences around its likeliest."""
    long = " ".join(f"Sentence {n} tells of the harbour and of its many boats." for n in range(200))
    few = Settings(chat_context_tokens=1024)
    (kept,) = worth_showing([_passage(long, 1), _passage(long + " More.", 1)], few, question="When?")
    assert 0 < estimated_tokens(kept.text) < 700
    assert kept.text in long
    told = "\n".join(message.text for message in messages("When?", [kept], few, listing=False))
    assert estimated_tokens(told) < 1024


def test_what_a_newer_version_corrected_is_not_shown() -> None:
    old = "The ferry leaves at 7."
    passage = _passage(f"{old} It is blue.", superseded=((0, len(old)),))
    assert shown(passage) == "… It is blue."


def test_unchecked_words_that_nothing_shares_are_cited_to_nothing() -> None:
    passages = [_passage("The ferry leaves at six."), _passage("The museum is closed on Mondays.")]
    found = Unchecked().check("On Mondays the museum is closed.", passages)
    assert [(place.passage, found.standing) for place in found.places] == [(1, "weak")]
    assert Unchecked().check("Quantum chromodynamics.", passages).standing == "unsupported"
    assert [p.passage for p in Unchecked().check("Anything.", passages, pointed=(0,)).places] == [0]


class _Refused(Exception):
    """An error as the packages of providers have them."""

    def __init__(self, text: str, **told: object) -> None:
        super().__init__(text)
        for name, value in told.items():
            setattr(self, name, value)


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        ("anthropic:x", TypeError("Could not resolve authentication: api_key has to be set"), "ANTHROPIC_API_KEY"),
        ("google_genai:x", _Refused("API key not valid", code=400), "GOOGLE_API_KEY"),
        ("ollama:llama3.2", _Refused("model not found", status_code=404), "ollama pull llama3.2"),
        ("ollama:llama3.2", ConnectionError("Failed to connect to Ollama"), "ollama serve"),
        ("openai:x", _Refused("busy", status_code=429), "takes no more requests"),
        ("openai:x", ContextOverflowError("too long"), "FOOTNOTE_CHAT_CONTEXT_TOKENS"),
        ("openai:x", RuntimeError("odd"), "FOOTNOTE_CHAT_MODEL"),
    ],
)
def test_a_failure_says_what_to_do(model: str, error: Exception, words: str) -> None:
    failure = explain(error, model, Settings(chat_model=model))
    assert words in failure.reason
