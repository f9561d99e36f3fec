"""The metrics against figures worked out by hand, then `footnote evaluate` as a person uses it, on a small library."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Article, Filters, Library, Settings
from rag.cli import main
from rag.errors import FootnoteError
from rag.evaluate import (
    Evaluation,
    Question,
    Row,
    UnusableBaseline,
    UnusableQuestions,
    evaluate,
    made_questions,
    metrics,
    read_baseline,
    read_questions,
    save_baseline,
    write_results,
)
from rag.evaluate.accepted import holds, is_source
from rag.evaluate.patterns import candidates
from rag.evaluate.questions import fingerprint
from rag.evaluate.report import falls_table, misses_listed
from rag.index.terms import content_words

ANSWERED = Row(
    Question("When did it open?", ("1 May",)), found=True, confidence=0.9, quoted=True, short="1 May", rank=1
)
HELD_BACK = Row(Question("Who built it?", ("Ines Ward",)), found=False, confidence=0.2, quoted=True, rank=6)
WRONG = Row(
    Question("What did it cost?", ("£4",)), found=True, confidence=0.6, quoted=False, short="£9", quotes=("£9",)
)
REFUSED = Row(Question("Who is the king?"), found=False, confidence=0.1, quoted=False)
MADE_UP = Row(Question("Who is the queen?"), found=True, confidence=0.7, quoted=False, short="Ward", quotes=("Ward",))


def evaluation(*rows: Row) -> Evaluation:
    return Evaluation(rows, fingerprint(row.question for row in rows))


scored = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


# Retrieval and short answers


def test_hit_rates_and_reciprocal_ranks_count_from_one() -> None:
    ranks = [1, 2, None, 6, 11]
    assert metrics.hit_rate(ranks, k=1) == 0.2
    assert metrics.hit_rate(ranks, k=5) == 0.4
    assert metrics.hit_rate(ranks, k=10) == 0.6
    assert metrics.mean_reciprocal_rank(ranks, k=10) == pytest.approx((1 + 1 / 2 + 1 / 6) / 5)


def test_a_metric_over_nothing_is_none() -> None:
    assert metrics.hit_rate([], k=5) is None
    assert metrics.mean_reciprocal_rank([]) is None
    assert metrics.expected_calibration_error([], []) is None
    assert metrics.area_under_risk_coverage([], []) is None
    assert metrics.percentile([], 0.5) is None
    assert metrics.share([]) is None


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Ropewalk Bridge.", "ropewalk bridge"),
        ("an answer, a theory", "answer theory"),
        ("“Tanner’s”", "tanners"),
        ("£4.3 million", "£43 million"),
        ("$5–7", "57"),
        ("the", ""),
    ],
)
def test_short_answers_are_compared_as_squad_does(text: str, normalised: str) -> None:
    assert metrics.normalised(text) == normalised


@pytest.mark.parametrize(
    ("said", "answers", "exact", "f1"),
    [
        ("the 12 March 2024", ["12 March 2024"], 1, 1),
        ("on 12 March", ["12 March 2024"], 0, 2 / 3),
        ("Ward", ["Ines Ward", "Ward, Ines", "Ward"], 1, 1),
        ("very very cold", ["very cold"], 0, 0.8),
        ("cold", ["warm"], 0, 0),
        ("", ["warm"], 0, 0),
        ("warm", [], 0, 0),
    ],
)
def test_exact_match_and_f1_take_the_best_accepted_answer(
    said: str, answers: list[str], exact: float, f1: float
) -> None:
    assert metrics.exact_match(said, answers) == exact
    assert metrics.token_f1(said, answers) == pytest.approx(f1)


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3))
def test_f1_lies_between_0_and_1_and_is_symmetric(said: str, answers: list[str]) -> None:
    assert 0 <= metrics.token_f1(said, answers) <= 1
    assert metrics.token_f1(said, answers[:1]) == metrics.token_f1(answers[0], [said])


# Refusals


def test_refusals_are_counted_against_what_cannot_be_answered() -> None:
    refused, unanswerable = [True, True, True, False], [True, False, False, True]
    assert metrics.refusal_precision(refused, unanswerable) == pytest.approx(1 / 3)
    assert metrics.refusal_recall(refused, unanswerable) == 0.5


def test_refusals_without_the_data_that_they_need_are_none() -> None:
    assert metrics.refusal_precision([False], [True]) is None
    assert metrics.refusal_recall([True], [False]) is None
    assert metrics.refusal_precision([True], [False]) == 0


# Confidence


def test_calibration_error_is_the_gap_weighed_by_the_size_of_the_bin() -> None:
    confidences, right = [0.95, 0.85, 0.85, 0.1], [True, True, False, False]
    # Bins: one answer of 0.95 that is right, two of 0.85 of which one is, one of 0.1 that is wrong.
    assert metrics.expected_calibration_error(confidences, right) == pytest.approx((0.05 + 2 * 0.35 + 0.1) / 4)


@pytest.mark.parametrize(("confidence", "low"), [(0, 0), (0.1, 0), (0.10001, 0.1), (0.3, 0.2), (0.7, 0.6), (1, 0.9)])
def test_a_bin_holds_its_upper_border_and_the_first_holds_zero(confidence: float, low: float) -> None:
    (held,) = metrics.reliability([confidence], [True])
    assert held.low == low


@given(scored)
def test_calibration_error_lies_between_0_and_1(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = zip(*pairs, strict=True)
    error = metrics.expected_calibration_error(confidences, right)
    assert error is not None
    assert -1e-9 <= error <= 1 + 1e-9
    assert sum(held.count for held in metrics.reliability(confidences, right)) == len(pairs)


def test_risk_is_the_share_of_wrong_ones_among_the_surest() -> None:
    curve = metrics.risk_coverage([0.2, 0.9, 0.5, 0.8], [False, True, False, True])
    assert curve == [(0.25, 0), (0.5, 0), (0.75, pytest.approx(1 / 3)), (1, 0.5)]
    area = metrics.area_under_risk_coverage([0.2, 0.9, 0.5, 0.8], [False, True, False, True])
    assert area == pytest.approx((1 / 3 + 1 / 2) / 4)


def test_answers_of_equal_confidence_share_their_risk() -> None:
    assert metrics.risk_coverage([0.5, 0.5], [True, False]) == [(0.5, 0.5), (1, 0.5)]


@given(scored.flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs))))
def test_the_curve_does_not_depend_on_the_order_of_the_questions(orders: tuple[list[tuple[float, bool]], ...]) -> None:
    as_asked, shuffled = (metrics.risk_coverage(*map(list, zip(*pairs, strict=True))) for pairs in orders)
    assert as_asked == shuffled
    assert all(0 <= risk <= 1 for _, risk in as_asked)


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        ([0.9, 0.8, 0.2], [True, True, False], 1),
        ([0.1, 0.9], [True, False], 0),
        ([0.5, 0.5, 0.5], [True, False, False], 0.5),
        ([0.9, 0.4, 0.4, 0.1], [True, True, False, False], 0.875),
        ([0.9, 0.4], [True, True], None),
        ([0.9, 0.4], [False, False], None),
        ([], [], None),
    ],
)
def test_auroc_is_the_share_of_pairs_in_the_right_order(
    scores: list[float], positive: list[bool], expected: float | None
) -> None:
    assert metrics.auroc(scores, positive) == expected


@given(scored)
def test_auroc_agrees_with_comparing_every_pair(pairs: list[tuple[float, bool]]) -> None:
    above = [score for score, positive in pairs if positive]
    below = [score for score, positive in pairs if not positive]
    wins = [(a > b) + (a == b) / 2 for a in above for b in below]
    expected = sum(wins) / len(wins) if wins else None
    assert metrics.auroc(*map(list, zip(*pairs, strict=True))) == (expected and pytest.approx(expected))


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [
        ([5.0], 0.95, 5),
        ([3, 1, 2], 0.5, 2),
        ([1, 2, 3, 4], 0.5, 2.5),
        (list(range(101)), 0.95, 95),
        ([0, 10], 0.95, 9.5),
    ],
)
def test_percentiles_are_interpolated(values: list[float], part: float, expected: float) -> None:
    assert metrics.percentile(values, part) == pytest.approx(expected)


# All metrics of some rows


def test_rows_are_right_by_quoting_or_by_refusing() -> None:
    rows = (ANSWERED, HELD_BACK, WRONG, REFUSED, MADE_UP)
    assert [row.right for row in rows] == [True, False, False, True, False]
    found = evaluation(*rows).metrics
    assert (found.questions, found.answerable, found.unanswerable, found.refused) == (5, 3, 2, 2)
    assert (found.hit_at_1, found.hit_at_5, found.hit_at_10) == pytest.approx((1 / 3, 1 / 3, 2 / 3))
    assert found.mrr_at_10 == pytest.approx((1 + 1 / 6) / 3)
    assert (found.answer_found, found.exact_match, found.token_f1) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert (found.refusal_precision, found.refusal_recall, found.right) == (0.5, 0.5, 0.4)
    # Right are the answers at 0.9 and, though it was held back, at 0.2; one each in five bins.
    assert found.calibration_error == pytest.approx((0.1 + 0.8 + 0.6 + 0.1 + 0.7) / 5)
    assert found.risk_coverage_area == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5)
    assert found.auroc == pytest.approx((2 + 1 + 1) / 6)
    assert found.median_ms is None


def test_without_unanswerable_questions_what_needs_them_is_not_shown() -> None:
    of_answerable = evaluation(ANSWERED, WRONG)
    assert of_answerable.metrics.refusal_recall is None
    assert of_answerable.metrics.auroc is None
    shown = str(of_answerable)
    assert "2 questions: 2 that the articles answer, 0 that they do not. 2 answered, 0 refused." in shown
    assert shown.count("n/a") == 5  # refusals, AUROC and both times


def test_without_answerable_questions_or_answers_nothing_breaks() -> None:
    found = evaluation(REFUSED).metrics
    assert (found.hit_at_1, found.answer_found, found.token_f1, found.auroc) == (None,) * 4
    assert (found.refusal_precision, found.refusal_recall, found.right) == (1, 1, 1)


def test_a_refused_question_has_no_short_answer_to_match() -> None:
    assert replace(HELD_BACK, question=Question("Which?", ("the",))).exact == 0


def test_misses_say_what_was_said_and_where_the_answer_was() -> None:
    shown = misses_listed(evaluation(ANSWERED, HELD_BACK, WRONG, REFUSED, MADE_UP))
    assert shown.startswith("Went wrong: 3 of 5")
    assert "refused [0.20]\n  found     passage 6 holds it, and so did the answer that was held back" in shown
    assert "“£9” [0.60]\n  found     none of the first 10 passages holds it" in shown
    assert "none: the articles do not answer\n  said      “Ward” [0.70]" in shown
    assert "When did it open?" not in shown
    assert misses_listed(evaluation(ANSWERED)) == "No question went wrong."


def test_results_are_written_with_a_plot_even_when_all_was_refused(tmp_path: Path) -> None:
    for rows in ([ANSWERED, WRONG, MADE_UP], [REFUSED]):
        written = write_results(evaluation(*rows), tmp_path / "new" / "folder")
        assert [path.name for path in written] == ["results.json", "plot.png", "plot.svg"]
        stored, png, svg = (path.read_bytes() for path in written)
        assert json.loads(stored)["rows"][0]["question"] == rows[0].question.question
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert [path.read_bytes() for path in write_results(evaluation(REFUSED), tmp_path)] == [stored, png, svg]


# Accepted answers and sources


@pytest.mark.parametrize(
    ("text", "answer", "there"),
    [
        ("It cost £4.3 million.", "£4.3 million", True),
        ("41 people were saved", "41", True),
        ("1,041 people or 41.5 or A41 were saved", "41", False),
        ("at 6.40 p.m.\n\n from Monday", "6.40 P.M. from", True),
        ("| Points | 64 |", "points 64", True),
        ("the Tanner’s Bridge", "tanner's bridge", True),
        ("15–20 a year", "15-20", True),
        ("the bridgehead", "bridge", False),
        ("橋は2024年に再開した", "2024年", True),
        ("a.b", "a+b", False),
    ],
)
def test_an_accepted_answer_stands_in_a_text_as_whole_words(text: str, answer: str, there: bool) -> None:
    assert holds(text, ["no such thing", answer]) is there


@pytest.mark.parametrize(
    ("named", "source", "same"),
    [
        ("", "anything", True),
        ("/notes/bridge.md", "/notes/bridge.md", True),
        ("bridge.md", "/notes/bridge.md", True),
        ("notes/bridge.md", "/home/me/notes/bridge.md", True),
        ("./notes/bridge.md", "/home/me/notes/bridge.md", True),
        ("notes\\bridge.md", "C:\\me\\notes\\bridge.md", True),
        ("bridge.md", "/notes/footbridge.md", False),
        ("notes", "/notes/bridge.md", False),
        ("town.epub", "/books/town.epub#text/one.xhtml", True),
        ("town.epub#text/one.xhtml", "/books/town.epub#text/one.xhtml", True),
        ("one.xhtml", "/books/town.epub#text-one.xhtml", False),
        ("own.epub", "/books/town.epub#text/one.xhtml", False),
    ],
)
def test_a_source_is_named_by_the_end_of_its_path(named: str, source: str, same: bool) -> None:
    assert is_source(named, source) is same


# Files of questions


def test_a_file_of_questions_is_read_with_its_variants(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    lines = [
        '\ufeff{"question": "When?", "answers": ["1\u00a0May", "May"], "source": "a.md", "id": 7}',
        "",
        '{"question": "Who\u2028 else?", "answers": "Ward"}\r',
        '{"question": "Why?", "answers": []}',
        '   {"question": "Where?", "answers": null, "source": null}',
        '{"question": "How?"}',
    ]
    file.write_bytes("\n".join(lines).encode())
    assert read_questions(file) == [
        Question("When?", ("1 May", "May"), "a.md"),
        Question("Who else?", ("Ward",)),
        Question("Why?"),
        Question("Where?"),
        Question("How?"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"question": "When?"', "line 2: not JSON"),
        (b"[" * 100_000, "line 2: not JSON"),
        (b'["When?"]', "is not an object"),
        (b'{"answers": ["1 May"]}', 'there is no "question"'),
        (b'{"question": 5}', '"question" is 5'),
        (b'{"question": " "}', '"question" is " "'),
        (b'{"question": "When?", "answers": 2019}', '"answers" is 2019'),
        (b'{"question": "When?", "answers": ["May", 1]}', '"answers" is ["May", 1]'),
        (b'{"question": "When?", "answers": {"a": 1}}', '"answers" is {"a": 1}'),
        (b'{"question": "When?", "answers": ["May", " "]}', "an accepted answer is empty"),
        (b'{"question": "When?", "source": ["a.md"]}', '"source" is ["a.md"]'),
    ],
)
def test_an_unusable_line_is_named_with_what_is_wrong(tmp_path: Path, line: bytes, told: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_bytes(b'{"question": "Fine?"}\n' + line)
    with pytest.raises(UnusableQuestions) as raised:
        read_questions(file)
    assert isinstance(raised.value, FootnoteError)
    assert f"{file}, line 2: " in str(raised.value)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read: No such file"), (b" \n\n", "has no questions"), ("Où?".encode("utf-16"), "not UTF-8")],
)
def test_an_unusable_file_is_an_error_that_says_what_to_do(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "q.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnusableQuestions, match=told):
        read_questions(file)


# Questions by patterns


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "The Tanner's Bridge will close on 4 May 2026 for eleven weeks.",
            "When will the Tanner's Bridge close?",
            "4 May 2026",
        ),
        (
            "Skail Ferries, which runs the boat, launched the Petrel in 1998 in Hartlow.",
            "When did Skail Ferries launch the Petrel?",
            "1998",
        ),
        ("The last ferry leaves the quay at 6.40 p.m. today.", None, None),
        (
            "The last ferry will leave South Quay at 6.40 p.m. today.",
            "When will the last ferry leave South Quay?",
            "6.40 p.m.",
        ),
        ("The new sea wall cost about £9.3 million.", "How much did the new sea wall cost?", "£9.3 million"),
        ("The fish hall has 38 stands, it is said.", "How many stands does the fish hall have?", "38"),
        (
            "A petition had gathered 6,214 signatures by May.",
            "How many signatures had a petition gathered?",
            "6,214",
        ),
        (
            "Cllr. Ines Ward said the bridge is not safe for lorries.",
            "Who said the bridge is not safe for lorries?",
            "Ines Ward",
        ),
        ("The fish hall was designed by Nisha Varma.", "Who was the fish hall designed by?", "Nisha Varma"),
        (
            "Doreen Latch, head of Quay Street Library, agreed.",
            "Who is the head of Quay Street Library?",
            "Doreen Latch",
        ),
        ("The old swing bridge was built in Rotterdam.", "Where was the old swing bridge built?", "Rotterdam"),
        ("It will close on 4 May 2026.", None, None),
        ("The hall will close on 4 May 2026.", None, None),
        ("| The Tanner's Bridge will close on 4 May 2026 |", None, None),
        ("Bread is sold here.", None, None),
    ],
)
def test_a_sentence_becomes_a_question_for_what_it_tells(
    sentence: str, question: str | None, answer: str | None
) -> None:
    made = {(c.question, c.answer) for c in candidates(sentence, sentence)}
    assert (question, answer) in made if question else not made


def test_a_subject_keeps_its_capital_only_where_it_is_a_name() -> None:
    text = "Ferry fares were raised by Skail Ferries in 2025. The ferry is slow."
    assert "When were ferry fares raised by Skail Ferries?" in [
        c.question for c in candidates(text.split(". ")[0], text)
    ]
    assert "When was Skail Ferries sold off?" in [
        c.question for c in candidates("Skail Ferries was sold off in 2025.", "")
    ]


@given(st.text(alphabet="The Aa bridge was 1998 £4, in. May'’-", max_size=400))
def test_any_sentence_can_be_tried(sentence: str) -> None:
    for made in candidates(sentence, sentence):
        assert made.answer in sentence
        assert made.question.endswith("?")


# Baselines


def saved(tmp_path: Path, *rows: Row) -> Path:
    save_baseline(evaluation(*rows), tmp_path / "baseline.json")
    return tmp_path / "baseline.json"


def fallen(path: Path, rows: Sequence[Row], tolerance: float) -> list[str]:
    falls = read_baseline(path).falls(evaluation(*rows).metrics, tolerance=tolerance)
    return [fall.name for fall in falls]


def test_the_same_figures_are_no_fall_and_better_ones_neither(tmp_path: Path) -> None:
    rows = [ANSWERED, HELD_BACK, REFUSED]
    assert fallen(saved(tmp_path, *rows), rows, 0) == []
    assert fallen(saved(tmp_path, *rows), [ANSWERED, replace(HELD_BACK, found=True, rank=1), REFUSED], 0) == []


def test_a_metric_falls_when_it_is_worse_by_more_than_the_tolerance(tmp_path: Path) -> None:
    path = saved(tmp_path, ANSWERED, REFUSED)
    now = [replace(ANSWERED, rank=2, confidence=0.8, milliseconds=9e9), REFUSED]
    assert fallen(path, now, 0.02) == ["hit_at_1", "mrr_at_10", "calibration_error"]
    assert fallen(path, now, 0.05) == ["hit_at_1", "mrr_at_10"]  # the calibration error grew by 0.05 and no more
    assert fallen(path, now, 0.5) == ["hit_at_1"]
    assert fallen(path, now, 1) == []
    table = falls_table(read_baseline(path).falls(evaluation(*now).metrics, tolerance=0.5), 0.5)
    assert table.splitlines()[-1].split() == ["hit@1", "1.000", "0.000"]


def test_what_is_not_there_in_both_is_not_compared(tmp_path: Path) -> None:
    path = saved(tmp_path, ANSWERED, REFUSED)
    now = [ANSWERED, replace(REFUSED, found=True)]
    assert "refusal_precision" not in fallen(path, now, 0)
    assert "refusal_recall" in fallen(path, now, 0)
    stored = json.loads(path.read_text())
    stored["metrics"] = {"of_a_later_version": 1.0, "hit_at_1": None}
    path.write_text(json.dumps(stored))
    assert fallen(path, [WRONG], 0) == []


def test_a_baseline_of_other_questions_is_refused(tmp_path: Path) -> None:
    baseline = read_baseline(saved(tmp_path, ANSWERED, REFUSED))
    baseline.check([ANSWERED.question, REFUSED.question])
    others = [
        [ANSWERED.question],
        [REFUSED.question, ANSWERED.question],
        [replace(ANSWERED.question, answers=("2 May",)), REFUSED.question],
        [replace(ANSWERED.question, source="a.md"), REFUSED.question],
    ]
    for questions in others:
        with pytest.raises(UnusableBaseline, match="made with other questions"):
            baseline.check(questions)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ("[]", "is not a baseline"),
        ('{"metrics": {}}', "is not a baseline"),
        ('{"questions": 5, "metrics": {}}', "is not a baseline"),
        ('{"questions": {"sha256": "", "count": 1}, "metrics": 5}', "is not a baseline"),
        ('{"questions": {"sha256": "", "count": "one"}, "metrics": {}}', "is not a baseline"),
        ('{"questions": {"sha256": "", "count": 1}, "metrics": {"hit_at_1": "0.5"}}', "which is no number"),
    ],
)
def test_a_damaged_baseline_is_an_error_that_says_what_to_do(tmp_path: Path, content: str | None, told: str) -> None:
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnusableBaseline, match=told) as raised:
        read_baseline(path)
    assert "--save-baseline" in str(raised.value)


def test_import_of_the_door_brings_nothing_heavy() -> None:
    script = (
        "import sys, rag.evaluate\nfrom rag.evaluate import read_questions, read_baseline, Evaluation\n"
        "print(*{'matplotlib', 'chromadb', 'langchain_core', 'numpy', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# With a library

COST = "How much will the repairs of the bridge cost?"
ARTICLES = (
    Article(
        title="Bridge to close",
        text="The Tanner's Bridge will close on 4 May 2026 for repairs. Repairs will cost £412,000 in all.",
        source="notes/bridge.txt",
    ),
    Article(
        title="The library is saved",
        text=(
            "A petition had gathered 6,214 signatures by the spring. Joan Askew, head of Quay Street Library, thanked "
            "the readers. The old reading room was designed by Nisha Varma."
        ),
        source="notes/library.txt",
    ),
    Article(title="The bakery", text="Bread is sold on Mondays.", source="notes/bakery.txt"),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Three short articles. Only read it."""
    folder = tmp_path_factory.mktemp("small")
    with Library(folder, settings=Settings(library=folder)) as made:
        made.add_articles(ARTICLES)
        yield made


@pytest.fixture
def place(opened: Library) -> str:
    return f"--library={opened.folder}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One question that is answered, one with a wrong accepted answer, one that is refused."""
    return questions(
        tmp_path / "questions.jsonl",
        {"question": COST, "answers": ["£412,000"], "source": "bridge.txt"},
        {"question": COST, "answers": ["£999"]},
        {"question": "Who is the king of Denmark?", "answers": []},
    )


def questions(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def changed(baseline: Path, **values: float) -> Path:
    stored = json.loads(baseline.read_text())
    stored["metrics"] |= values
    baseline.write_text(json.dumps(stored))
    return baseline


def test_the_table_says_how_well_the_questions_were_answered(
    place: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", place, str(file)]) == 0
    out = capsys.readouterr().out
    assert "3 questions: 2 that the articles answer, 1 that they do not. 2 answered, 1 refused." in out
    figures = {line[:20].strip(): line[20:].split()[:2] for line in out.splitlines() if line[:1].isalpha()}
    assert figures["hit@1"] == figures["answer found"] == ["0.500", "2"]
    assert figures["refusal precision"] == figures["refusal recall"] == ["1.000", "1"]
    assert figures["right"] == ["0.667", "3"]
    assert "rough" not in out
    assert "Went wrong" not in out


def test_misses_are_listed_with_what_was_said(place: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", place, str(file), "--misses"]) == 0
    listed = capsys.readouterr().out.partition("Went wrong: 1 of 3")[2]
    assert listed.startswith(f"\n\n{COST}\n  accepted  £999\n  said      “Repairs will cost £412,000 in all.”")


def test_json_holds_every_question_and_limit_takes_the_first(
    place: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", place, str(file), "--json", "--limit", "2"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["questions"]["count"] == printed["metrics"]["questions"] == 2
    first, second = printed["rows"]
    assert first["question"] == second["question"] == COST
    assert (first["found"], first["right"], first["rank"]) == (True, True, 1)
    assert (second["found"], second["right"], second["rank"]) == (True, False, None)
    assert any("£412,000" in quote for quote in first["quotes"])
    assert first["short"]
    assert 0 < first["confidence"] <= 1
    assert printed["metrics"]["auroc"] is None
    assert printed["risk_coverage"][-1]["coverage"] == 1


def test_results_and_plots_are_written_where_wanted(place: str, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "results"
    assert main(["evaluate", place, str(file), "--out", str(out)]) == 0
    assert len(json.loads((out / "results.json").read_text("utf-8"))["rows"]) == 3
    assert (out / "plot.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert ElementTree.parse(out / "plot.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_without_matplotlib_the_figures_are_written_and_the_plot_is_said_to_be_missing(
    place: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["evaluate", place, str(file), "--out", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.json"]
    assert "pip install 'footnote[plot]'" in capsys.readouterr().err


def test_a_run_is_held_to_its_baseline(
    place: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "kept" / "baseline.json"
    assert main(["evaluate", place, str(file), "--save-baseline", str(baseline)]) == 0
    compared = ["evaluate", place, str(file), "--baseline", str(baseline)]
    assert main(compared) == 0
    assert "No metric is worse than the baseline by more than 0.02." in capsys.readouterr().out
    changed(baseline, median_ms=0, p95_ms=0)
    assert main(compared) == 0
    changed(baseline, answer_found=1.0)
    capsys.readouterr()
    assert main(compared) == 1
    assert capsys.readouterr().out.splitlines()[-1].split() == ["answer", "found", "1.000", "0.500"]
    assert main([*compared, "--tolerance", "0.5"]) == 0
    capsys.readouterr()
    assert main([*compared, "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["metrics"]["answer_found"] == 0.5
    assert "Worse than the baseline" in printed.err


def test_a_baseline_of_other_questions_is_exit_code_2(
    place: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "baseline.json"
    assert main(["evaluate", place, str(file), "--save-baseline", str(baseline)]) == 0
    assert main(["evaluate", place, str(file), "--baseline", str(baseline), "--limit", "2"]) == 2
    assert "was made with other questions: 3 there, 2 here" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["missing.jsonl"], ["broken.jsonl"], ["--baseline", "missing.json"]])
def test_what_cannot_be_read_is_an_error(place: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.jsonl").write_text('{"question": "When?"}\nWhen?')
    assert main(["evaluate", place, *arguments]) == 2
    assert capsys.readouterr().err.startswith("footnote: ")


def test_what_cannot_be_written_is_an_error(
    place: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (["--out", str(file)], ["--save-baseline", str(file / "baseline.json")]):
        assert main(["evaluate", place, str(file), *option]) == 2
        printed = capsys.readouterr()
        assert "cannot be written" in printed.err
        assert not printed.out  # said before the work, not after it
    assert main(["evaluate", place, str(file), "--save-baseline", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--limit", "0"], ["--limit", "many"], ["--tolerance", "-1"], ["--tolerance", "nan"], ["--seed", "x"]],
)
def test_a_wrong_option_is_refused(place: str, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["evaluate", place, *arguments])
    assert raised.value.code == 2


def test_without_a_file_questions_are_made_and_said_to_be_rough(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", place, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    asked = {row["question"]: row["answers"] for row in printed["rows"]}
    assert asked["When will the Tanner's Bridge close?"] == ["4 May 2026"]
    assert asked["Who was the old reading room designed by?"] == ["Nisha Varma"]
    assert printed["metrics"]["unanswerable"] >= 1
    assert main(["evaluate", place, "--limit", "4"]) == 0
    out = capsys.readouterr().out
    assert "4 questions: 3 that the articles answer, 1 that they do not." in out
    assert "rough" in out


def test_made_questions_are_the_same_for_the_same_seed(opened: Library) -> None:
    made = made_questions(opened, seed=1)
    assert made == made_questions(opened, seed=1)
    assert made != made_questions(opened, seed=2)
    assert len({question.question for question in made}) == len(made)


def test_what_a_made_question_names_stands_in_its_article_or_in_none(opened: Library) -> None:
    texts = {article.source: article.text for article in ARTICLES}
    made = made_questions(opened)
    assert {bool(question.answers) for question in made} == {True, False}
    for question in made:
        named = opened.chunks_with(content_words(question.question))
        assert all(named) is bool(question.answers)
        assert not question.answers or question.answers[0] in texts[question.source]


def test_articles_without_facts_make_no_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Library(tmp_path / "plain") as plain:
        plain.add_articles([ARTICLES[2]])
    assert main(["evaluate", f"--library={tmp_path / 'plain'}"]) == 2
    assert "Write some of your own" in capsys.readouterr().err


def test_from_python_all_refused_is_measured_by_what_was_held_back(opened: Library) -> None:
    asked = [Question(COST, ("£412,000",)), Question("Who is the king of Denmark?")]
    found = evaluate(asked, library=opened, settings=Settings(min_confidence=1.0))
    assert [row.found for row in found.rows] == [False, False]
    assert found.metrics.refused == 2
    assert found.metrics.answer_found == found.metrics.exact_match == found.metrics.token_f1 == 0
    assert (found.metrics.refusal_precision, found.metrics.refusal_recall) == (0.5, 1)
    assert [row.quoted for row in found.rows] == [True, False]
    confidences = [row.confidence for row in found.rows]
    assert found.metrics.calibration_error == metrics.expected_calibration_error(confidences, [True, False])
    assert json.loads(found.to_json()) == found.to_dict()


def test_only_the_named_source_counts(opened: Library) -> None:
    elsewhere, nowhere = evaluate(
        [Question(COST, ("£412,000",), "notes/bakery.txt"), Question(COST, ("£412,000",), "lost.txt")], library=opened
    ).rows
    assert (elsewhere.rank, elsewhere.right) == (None, False)
    assert (nowhere.rank, nowhere.right) == (None, False)


def test_notes_warn_of_what_would_mislead(opened: Library) -> None:
    (missing,) = evaluate([Question(COST, ("£412,000",), "lost.txt")], library=opened).notes
    assert "no article from lost.txt" in missing
    (without_answers,) = evaluate([Question(COST)], library=opened).notes
    assert 'No question has "answers"' in without_answers
    assert evaluate([Question(COST, ("£412,000",), "bridge.txt")], library=opened).notes == ()


def test_ranks_go_further_than_the_passages_that_are_read(opened: Library) -> None:
    (read,) = evaluate([Question(COST, ("Mondays",))], library=opened).rows
    (unread,) = evaluate([Question(COST, ("Mondays",))], library=opened, settings=Settings(passages=1)).rows
    assert read.rank == unread.rank
    assert unread.rank is not None
    assert unread.rank > 1


def test_the_default_library_is_asked_where_none_is_given() -> None:
    with Library() as default:
        default.add_articles(ARTICLES)
    assert evaluate([Question(COST, ("£412,000",))]).metrics.answer_found == 1


def test_nothing_to_ask_or_nothing_to_ask_of_is_an_error(opened: Library, library: Library) -> None:
    with pytest.raises(UnusableQuestions, match="no question to ask"):
        evaluate([], library=opened)
    with pytest.raises(UnusableQuestions, match="has no articles"):
        evaluate([Question(COST)], library=library)


def test_only_the_articles_that_filters_admit_are_measured(library: Library) -> None:
    text = "The ferry to Skail costs £{} a ticket. The Ropewalk Bridge reopened on 12 March 2024 after long repairs."
    library.add_articles(
        Article(title=f"Ferry {fare}", text=text.format(fare), source=f"{fare}.md", tags=(tag,))
        for fare, tag in ((4, "old"), (6, "new"))
    )
    questions = [Question("What does the ferry to Skail cost?", ("£6",), "6.md")]
    assert evaluate(questions, library=library, filters=Filters(tags="new")).metrics.answer_found == 1.0
    old = evaluate(questions, library=library, filters=Filters(tags="old"))
    assert (old.metrics.answer_found, old.metrics.hit_at_10) == (0.0, 0.0)
    assert "Only articles tagged old were asked." in str(old)
    made = made_questions(library, filters=Filters(tags="old"))
    assert {question.source for question in made if question.answers} == {"4.md"}
    with pytest.raises(UnusableQuestions, match="no articles tagged older"):
        evaluate(questions, library=library, filters=Filters(tags="older"))
