"""Questions to try are worded as a person would ask, or not at all."""

from __future__ import annotations

import pytest

from rag.answering.inviting import invitations


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("The swing bridge, which joins two towns, was shut on 10 October 2022.", ["When was the swing bridge shut?"]),
        ("The fish market opened on 12 May 2024 in the rain.", ["When did the fish market open?"]),
        ("The sea wall will cost about £3.7 million.", ["How much will the sea wall cost?"]),
        ("The late ferry leaves South Quay at 7.15 p.m. every day.", ["When does the late ferry leave?"]),
        ("Ingrid Solheim, the project director, watched it.", ["Who is Ingrid Solheim?"]),
        ("Anna Reith, 34, a joiner, built it.", ["Who is Anna Reith?"]),
        ("The cup final was watched by 4,316 people.", ["How many people watched the cup final?"]),
        ("Wray Farrant won the Corvane Cup on Saturday.", ["Who won the Corvane Cup?"]),
        ("It opened on 12 May 2024.", []),
        ("The company opened on 12 May 2024.", []),
        ("Mr Flynn, the director, agreed.", []),
        ("On Friday, the director agreed.", []),
        ("North Quay, the owner of which is unknown, is shut.", []),
        ("| The fish market opened on 12 May 2024 |", []),
        ("Did the fish market open on 12 May 2024?", []),
    ],
)
def test_a_question_is_made_only_of_what_stands_by_itself(sentence: str, questions: list[str]) -> None:
    assert [invitation.question for invitation in invitations(sentence, 0, len(sentence))] == questions
