"""What models write, and what is made of it: a table of outputs, from tidy to broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.writing.parsing import Statement, settled, statements

LEAVES = "The ferry leaves at 6.40 p.m."
COSTS = "It costs £3.20 for adults."

MARKS = {
    "[1]": ("[1]", (0,)),
    "several": ("[1, 3]", (0, 2)),
    "without spaces": ("[1,3]", (0, 2)),
    "a semicolon": ("[1; 3]", (0, 2)),
    "and": ("[1 and 3]", (0, 2)),
    "a range": ("[2-4]", (1, 2, 3)),
    "a long dash": ("[2–4]", (1, 2, 3)),
    "side by side": ("[1][2]", (0, 1)),
    "side by side, spaced": ("[1] [2]", (0, 1)),
    "a footnote": ("[^1]", (0,)),
    "a number sign": ("[#2]", (1,)),
    "named": ("[Passage 2]", (1,)),
    "named several": ("[passages 1 and 2]", (0, 1)),
    "a source": ("[Source: 3]", (2,)),
    "lenticular": ("【1】", (0,)),
    "lenticular with lines": ("【2†L3-L5】", (1,)),
    "parentheses": ("(1)", (0,)),
    "parentheses, several": ("(1, 2)", (0, 1)),
    "parentheses, named": ("(Passage 2)", (1,)),
    "see": ("(see [2])", (1,)),
    "source in parentheses": ("(Source: [1])", (0,)),
    "source after": ("Source: [1]", (0,)),
    "source without brackets": ("Source: 2.", (1,)),
    "superscript": ("¹", (0,)),
    "superscripts": ("¹²", (0, 1)),
    "html": ("<sup>2</sup>", (1,)),
    "escaped": (r"\[1\]", (0,)),
    "a link": ("[1](#passage-1)", (0,)),
    "too high": ("[9]", ()),
    "nought": ("[0]", ()),
    "one of two too high": ("[5, 2]", (1,)),
    "a range beyond the end": ("[3-9]", (2, 3)),
    "none": ("", ()),
}


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_after_the_full_stop_belongs_to_the_sentence_before_it(name: str) -> None:
    """C55: each number that exists points; the others go without a trace."""
    mark, pointed = MARKS[name]
    found = statements(f"{LEAVES} {mark} {COSTS} [4]", 4)
    assert found == [Statement(LEAVES, pointed), Statement(COSTS, (3,))]


@pytest.mark.parametrize("name", [n for n in MARKS if "superscript" not in n and n != "source without brackets"])
def test_a_mark_before_the_full_stop_does_too(name: str) -> None:
    mark, pointed = MARKS[name]
    found = statements(f"It costs £3.20 for adults {mark}. {LEAVES}".replace(" .", "."), 4)
    assert found == [Statement(COSTS, pointed), Statement(LEAVES)]


@pytest.mark.parametrize(
    "text",
    [
        "The plan of [2024] was kept.",
        "The club [sic] won.",
        "It has ten rooms (12 with the attic) to let.",
        "It lies 5 km² from the sea.",
        "It grew 10^6 times.",
        "The law (1998) was changed.",
        "Call list[100] then.",
        "There are new articles on it.",
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert statements(text, 4) == [Statement(text)]


WRAPPED = {
    "prefix": f"Answer: {LEAVES} [1]",
    "bold prefix": f"**Answer:** {LEAVES} [1]",
    "bold": "The **ferry** leaves at *6.40 p.m.* [1]",
    "code": f"```\n{LEAVES} [1]\n```",
    "item": f"- {LEAVES} [1]",
    "numbered": f"1. {LEAVES} [1]",
    "number in parentheses": f"(1) {LEAVES} [1]",
    "heading": f"## The ferry\n\n{LEAVES} [1]",
    "bold heading": f"**The ferry**\n{LEAVES} [1]",
    "quoted": f"> {LEAVES} [1]",
    "thinking": f"<think>\nPassage 3 says 7.10. No.\n</think>\n\n{LEAVES} [1]",
    "thinking that was opened by the template": f"So the user asks [2].\n</think>{LEAVES} [1]",
    "reasoning": f"<reasoning>hm</reasoning>{LEAVES} [1]",
    "template": f"<|im_start|>{LEAVES} [1]<|im_end|>",
    "small talk": f"Sure! Here is the answer:\n{LEAVES} [1]",
    "mark in front": f"[1] {LEAVES}",
    "sources behind": f"{LEAVES} [1]\n\nSources:\n[1] Ferry news, 2024\n[2] Other",
    "definitions behind": f"{LEAVES} [^1]\n\n[^1]: Ferry news.",
    "spoken": "According to Passage 1, the ferry leaves at 6.40 p.m.",
    "spoken otherwise": "Passage 1 states that the ferry leaves at 6.40 p.m.",
    "by the articles": "According to the provided passages, the ferry leaves at 6.40 p.m. [1]",
    "json": f'{{"answer": "{LEAVES}", "sources": [1]}}',
    "json of sentences": f'{{"sentences": [{{"text": "{LEAVES}", "citations": ["1"]}}]}}',
    "json in a fence": f'```json\n{{"answer": "{LEAVES}", "sources": [1]}}\n```',
    "json that was cut": f'{{"sentences": [{{"text": "{LEAVES}", "sources": [1]}}, {{"text": "It co',
    "a list in json": f'{{"answer": ["{LEAVES} [1]"]}}',
    "wrapped": "The ferry leaves\nat 6.40 p.m. [1]",
    "twice": f"{LEAVES} [1]\n{LEAVES} [1]",
    "rule": f"---\n{LEAVES} [1]\n---",
    "source on a line": f"{LEAVES}\nSource: [1]",
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_stands_around_a_sentence_goes(name: str) -> None:
    """C67: whatever a small model wraps its answer in."""
    found = statements(WRAPPED[name], 3)
    assert [s.text for s in found] == [LEAVES]
    assert found[0].pointed == (0,)


FENCE = "3fa2b1c4d5e6"
LEAKED = {
    "a heading behind": f"{LEAVES} [1]\n{FENCE} passage [2] | Ferry news | 3 May 2024",
    "a heading in front": f"{FENCE} passage [1] | Ferry news | 3 May 2024\n{LEAVES} [1]",
    "a heading on the same line": f"{LEAVES} [1] {FENCE} passage [2] | Ferry news",
    "a heading without its code": f"passage [1] | Ferry news | 3 May 2024\n{LEAVES} [1]",
    "a sentence on the code": f"{LEAVES} [1] The code of the passages is {FENCE}.",
    "the end of the passages": f"{LEAVES} [1]\n\n{FENCE} passages end\n",
}


@pytest.mark.parametrize("name", LEAKED)
def test_the_code_that_passages_stand_between_is_never_shown(name: str) -> None:
    """C67: seen with a small model, which wrote on as if it were the prompt."""
    assert statements(LEAKED[name], 3, fence=FENCE) == [Statement(LEAVES, (0,))]


def test_short_items_are_said_with_the_line_that_introduces_them() -> None:
    found = statements("The ferry costs:\n- £3.20 for adults [1]\n- £1.60 for children [2]", 2)
    assert found == [
        Statement("The ferry costs: £3.20 for adults", (0,)),
        Statement("The ferry costs: £1.60 for children", (1,)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The articles do not say.",
        "The articles don't say when.",
        "Unfortunately, the provided passages do not mention the price.",
        "None of the passages mention it.",
        "I don't know.",
        "I cannot answer this from the passages.",
        "I'm sorry, but I could not find that in the articles.",
        "There is no information about the price in the passages.",
        "There is no mention of the price.",
        "No information is given.",
        "The answer is not in the articles.",
        "It is not stated in the passages.",
        "Based on the provided passages, it is not possible to say.",
        "Not found.",
        "N/A",
    ],
)
def test_a_refusal_is_known(text: str) -> None:
    (found,) = statements(text, 3)
    assert found.refuses


@pytest.mark.parametrize(
    "text",
    [
        "The council did not say when the bridge reopens.",
        "The bridge is not safe for lorries.",
        "It is not open on Sundays.",
        "There is no ferry on Sundays.",
        "The museum does not mention the price on its door.",
        "No dogs are allowed.",
        "I do not like herring, the mayor said.",
    ],
)
def test_what_articles_deny_is_no_refusal(text: str) -> None:
    (found,) = statements(text, 3)
    assert not found.refuses


@given(st.text(alphabet=st.sampled_from('ab .!?\n[]()1239<>*`"{}:,-#【】^¹|'), max_size=120), st.integers(1, 4))
def test_whatever_is_written_points_only_at_what_is_there(text: str, count: int) -> None:
    for whole in (True, False):
        for statement in statements(text, count, whole=whole):
            assert statement.text.strip()
            assert all(0 <= number < count for number in statement.pointed)


@pytest.mark.parametrize(
    "text",
    [
        f"{LEAVES} [1] {COSTS} [2] Dogs travel for nothing on all days of the week (3).",
        f"<think>Let me see [3].</think>{LEAVES} Source: [1]\n{COSTS} [2]\nDogs travel for nothing. [3]",
        f"- {LEAVES} [1, 2]\n- {COSTS} [2]\n\nSources:\n[1] x",
        f'{{"sentences": [{{"text": "{LEAVES}", "sources": [1]}}, {{"text": "{COSTS}", "sources": [2]}}]}}',
    ],
)
def test_a_sentence_that_is_settled_does_not_change(text: str) -> None:
    """At every letter of a stream, what is shown is how the whole begins."""
    whole = statements(text, 3)
    before = 0
    for end in range(len(text) + 1):
        found = settled(text[:end], 3)
        assert found == whole[: len(found)]
        assert len(found) >= before
        before = len(found)
