"""What is left of the turns before a question when it is asked of fewer articles than they were."""

from __future__ import annotations

from rag import Answer, Article, Citation, Filters, Sentence
from rag.answering.history import topic, turns
from rag.index.selection import Selection
from rag.retrieve.followup import Turn

MAYOR = Article(title="Mayor", text="Zara Quill opened it.", source="mayor")
BRIDGE = Article(title="Bridge", text="Ann Sedge opened it.", source="bridge")
ONLY_BRIDGE = Selection(Filters(tags="bridges"), frozenset({BRIDGE.id}), chunks=1, undated=0)


def answered(question: str, article: Article, understood: str = "", filters: Filters | None = None) -> Answer:
    citation = Citation(article, number=1, start=0, end=len(article.text))
    return Answer(
        question=question,
        standalone_question=understood,
        found=True,
        confidence=0.9,
        sentences=(Sentence(article.text, (1,), short=(0, article.text.index(" opened"))),),
        citations=(citation,),
        filters=filters or Filters(),
    )


WHO = "Who opened the bridge?"


def test_without_filters_all_that_was_said_counts() -> None:
    assert turns([answered(WHO, MAYOR)], None) == [Turn(WHO, "Zara Quill", "Zara Quill opened it.")]
    assert topic([answered(WHO, MAYOR)], None) == "Mayor"


def test_of_an_answer_that_is_filtered_out_only_the_question_is_left() -> None:
    history = [answered(WHO, BRIDGE), answered(WHO, MAYOR)]
    assert turns(history, ONLY_BRIDGE) == [Turn(WHO, "Ann Sedge", "Ann Sedge opened it."), Turn(WHO)]
    assert topic(history, ONLY_BRIDGE) == ""
    assert topic(history[:1], ONLY_BRIDGE) == "Bridge"


def test_a_question_that_was_understood_from_such_an_answer_is_taken_as_written() -> None:
    she = answered("Where was she born?", BRIDGE, "Where was Zara Quill born?")
    wanted = Turn("Where was she born?", "Ann Sedge", "Ann Sedge opened it.")
    assert turns([answered(WHO, MAYOR), she], ONLY_BRIDGE)[-1] == wanted
    assert turns([she], ONLY_BRIDGE)[-1] == wanted  # the answer before is too long ago to be known


def test_a_question_that_was_understood_from_what_counts_stays_understood() -> None:
    she = "Where was Ann Sedge born?"
    follow_up = answered("Where was she born?", BRIDGE, she)
    assert turns([answered(WHO, BRIDGE), follow_up], ONLY_BRIDGE)[-1].question == she
    under_them = answered("Where was she born?", BRIDGE, she, ONLY_BRIDGE.filters)
    assert turns([under_them], ONLY_BRIDGE)[-1].question == she
    when = answered("and when?", MAYOR, "When was the bridge opened?")
    assert turns([answered("Who opened the bridge?", MAYOR), when], ONLY_BRIDGE)[-1] == Turn(when.standalone_question)
