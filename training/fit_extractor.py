"""Fit what the extractive answerer weighs.

    python -m training.fit_extractor    writes rag/models/extractor.json

Three logistic regressions. The first orders the passages that were read: does this one hold an accepted answer?
The second ranks sentences in the same way. The third says whether what is quoted answers at all: that is the
confidence. They are fitted on questions of six kinds, none of which the reader was trained on:

- sets: of the training sets' kept-aside articles, half with an answer; of a fourth, every passage that holds an
  accepted answer is taken away, so that only its neighbours on the same subject come up; of the last fourth, a name
  or number is swapped for that of another question, and all passages stay;
- news: `written/news.jsonl`, 300 questions on the 2,225 news stories, written for this project by readers who
  put them in words of their own; 102 of them sound as if a story answered and none does;
- stories: the third of `written/stories.jsonl` that is kept aside, on the same stories, in the same manner;
- archive: the tenth of `written/archive.jsonl` that is kept aside: on an archive of 384 invented news passages, four
  of nearly the same thing each, two in five without an answer;
- articles: the third of `written/articles.jsonl` that is kept aside: on invented articles of many kinds, in one
  library with the archive;
- strangers: questions on the stories asked of that library, which has nothing on them.

People who make question sets look at the passage and borrow its words, so the written ones count `WRITTEN_WEIGHT`
times. All that is printed of them, and all that is chosen, comes from regressions that have not seen the question
(five folds). Chosen are, on written questions less the strangers, which are too easily told: the threshold, the
lowest at which the shares of the rightly answered and the rightly refused are together near their highest, and the
bound for further sentences.
"""

from __future__ import annotations

import json
import math
import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import data
from benchmarks.data import QA
from rag.answering.evidence import FEATURES, PASSAGE_FEATURES, Evidence, ReadPassage, describe_passages, read
from rag.answering.extract import _MODEL as MODEL_FILE
from rag.answering.extract import answer_features, gather, logit, look_up, understand
from rag.answering.reader import Reader, shipped_reader
from rag.evaluate.accepted import holds
from rag.evaluate.metrics import expected_calibration_error
from rag.index.library import Library
from rag.settings import Settings
from rag.types import Article, Passage
from training.questions import (
    WORK,
    WRITTEN,
    fitting_library,
    fitting_questions,
    invented_articles,
    kind_of,
    names,
    swapped,
    written_questions,
)

QUESTIONS = 1400
MOST_WRITTEN = 900
"""Questions of one kind, of those written for this project."""
STRANGERS = 400
"""Questions on articles that are not there."""
NEWS = WRITTEN / "news.jsonl"
WRITTEN_WEIGHT = 2.0
FOLDS = 5
Span = tuple[int, int]
MAX_SENTENCES = 3
LONGEST_SHORT = 3
"""Characters of an answer that says nothing without its place."""
CASES = WORK / "cases.pickle"


@dataclass
class Seen:
    """A question and the passages that were read for it, in the order of the search."""

    question: str
    found: list[ReadPassage]
    right: np.ndarray
    """[passages]: which hold an accepted answer."""
    answers: tuple[str, ...]
    source: str
    spans: tuple[Span, ...]
    """Where the answers stand; empty where only their words are known."""
    has_answer: bool
    weight: float

    def is_right(self, source: str, start: int, end: int, text: str) -> bool:
        """Say whether a stretch of an article holds an accepted answer."""
        if not self.has_answer or source != self.source:
            return False
        if self.spans:
            return any(start <= s and e <= end for s, e in self.spans)
        return holds(text, self.answers)


@dataclass
class Case:
    """A question, what was seen of its sentences, and which of them hold an accepted answer."""

    evidence: Evidence
    right: np.ndarray
    has_answer: bool
    weight: float


def main() -> None:
    kinds = {
        "sets": (_seen_of_sets, _sets_library),
        "news": (_seen_of_news, _news_library),
        "stories": (_seen_of_stories, _news_library),
        "archive": (_seen_of_archive, _invented_library),
        "articles": (_seen_of_articles, _invented_library),
        "strangers": (_seen_of_strangers, _invented_library),
    }
    seen = {kind: _kept(kind, look) for kind, (look, _) in kinds.items()}
    passage = _fit_passages([item for items in seen.values() for item in items])
    _report_order(seen, passage)
    cases = [(kind, case) for kind in kinds for case in _cases(seen[kind], passage, kinds[kind][1])]
    everything = [case for _, case in cases]
    written = [number for number, (kind, _) in enumerate(cases) if kind not in ("sets", "strangers")]
    chances = _unseen_chances(everything)
    further = _choose_further([(everything[number], chances[number]) for number in written])
    weighed = _unseen(everything, chances, further)
    threshold = _choose_threshold([weighed[number] for number in written])
    for kind in kinds:
        print(kind, end=": ")
        _report([item for item, (of, _) in zip(weighed, cases, strict=True) if of == kind], threshold)
    sentence = _fit_sentences(everything)
    answered = _fit_answers(everything, sentence, further)
    stored = {
        "passage_features": PASSAGE_FEATURES,
        "passage": _stored(passage),
        "features": FEATURES,
        "sentence": _stored(sentence),
        "answered": _stored(answered),
        "threshold": round(threshold, 4),
        "further": further,
        "command": "python -m training.fit_extractor",
        "data": "SQuAD 1.1 train (CC BY-SA 4.0), SQuADShifts new_wiki (CC BY 4.0), and questions written for Footnote",
    }
    MODEL_FILE.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    print("passage weights:", dict(zip(PASSAGE_FEATURES, passage[-1].coef_[0].round(2).tolist(), strict=True)))
    print("sentence weights:", dict(zip(FEATURES, sentence[-1].coef_[0].round(2).tolist(), strict=True)))


# What is looked at


def _sets_library() -> Library:
    return fitting_library(fitting_questions(1)[0])


def _news_library() -> Library:
    library = Library(WORK / "news")
    print(library.add_articles(data.news()))
    return library


def _invented_library() -> Library:
    passages, _ = written_questions()
    library = Library(WORK / "archive")
    archive = [
        Article(title=title, text=text, source=name)
        for name, (title, text) in passages.items()
        if kind_of(name) == "archive"
    ]
    print(library.add_articles(archive + invented_articles()))
    return library


def _seen_of_sets() -> list[Seen]:
    _, questions = fitting_questions(QUESTIONS, seed=1)
    strangers = [name for qa in questions for name in names(qa.question)]
    chance = random.Random(0)
    with _sets_library() as library:
        seen = []
        for index, qa in enumerate(questions):
            exchanged = swapped(qa.question, strangers, chance) if index % 4 == 3 else ""
            with_answer = index % 2 == 0
            passages = library.search(exchanged or qa.question, 50)
            if not with_answer and not exchanged:
                passages = [p for p in passages if not _holds_answer(p, qa)]
            item = Seen(exchanged or qa.question, [], np.zeros(0), qa.answers, qa.source, qa.spans, with_answer, 1.0)
            seen.append(_read(item, passages, library))
        return seen


def _seen_of_news() -> list[Seen]:
    with _news_library() as library:
        items = [json.loads(line) for line in NEWS.read_text("utf-8").splitlines()]
        return [_written(library, i["question"], i["answers"], f"bbc/{i['file']}") for i in items]


def _seen_of_stories() -> list[Seen]:
    with _news_library() as library:
        return _seen_of_written(library, "stories")


def _seen_of_archive() -> list[Seen]:
    with _invented_library() as library:
        return _seen_of_written(library, "archive")


def _seen_of_articles() -> list[Seen]:
    with _invented_library() as library:
        return _seen_of_written(library, "articles")


def _seen_of_strangers() -> list[Seen]:
    _, questions = written_questions(kept_aside=True)
    asked = [item for item in questions if item.kind == "stories" and item.answers]
    with _invented_library() as library:
        drawn = random.Random(1).sample(asked, STRANGERS)
        return [replace(_written(library, item.question, (), ""), weight=1.0) for item in drawn]


def _seen_of_written(library: Library, kind: str) -> list[Seen]:
    _, questions = written_questions(kept_aside=True)
    asked = [item for item in questions if item.kind == kind]
    seen = []
    for item in random.Random(0).sample(asked, min(MOST_WRITTEN, len(asked))):
        # "two" can stand anywhere: there only its place counts.
        short = item.answer_span and len(item.answers[0]) <= LONGEST_SHORT
        spans = [item.answer_span] if item.answer_span and short else []
        seen.append(_written(library, item.question, item.answers, item.source, spans))
    return seen


def _written(library: Library, question: str, answers: Sequence[str], source: str, spans: Sequence[Span] = ()) -> Seen:
    item = Seen(question, [], np.zeros(0), tuple(answers), source, tuple(spans), bool(answers), WRITTEN_WEIGHT)
    return _read(item, library.search(question, library.settings.passages), library)


def _read(item: Seen, passages: Sequence[Passage], library: Library) -> Seen:
    question, first, reader = (
        understand(item.question, library),
        passages[: library.settings.passages],
        _reader(library),
    )
    found = read(question, first, look_up(question, first, library), reader, seconds=60)
    right = [item.is_right(f.passage.source, f.passage.chunk.start, f.passage.chunk.end, f.passage.text) for f in found]
    return replace(item, found=found, right=np.array(right))


def _reader(library: Library) -> Reader:
    return shipped_reader(library.settings.threads)


def _holds_answer(passage: Passage, qa: QA) -> bool:
    start, end = qa.paragraph
    same_paragraph = passage.source == qa.source and passage.chunk.start < end and start < passage.chunk.end
    return same_paragraph and any(answer in passage.text for answer in qa.answers)


def _kept(name: str, look: Callable[[], list[Seen]]) -> list[Seen]:
    """Look at every question once; what was seen is kept in training/work until the file is deleted."""
    file = CASES.with_stem(f"cases-{name}")
    if not file.is_file():
        file.write_bytes(pickle.dumps([vars(item) for item in look() if item.found]))
    seen = [Seen(**values) for values in pickle.loads(file.read_bytes())]
    count = Settings().passages
    return [replace(item, found=item.found[:count], right=item.right[:count]) for item in seen]


def _cases(seen: Sequence[Seen], passage: Pipeline, opened: Callable[[], Library]) -> list[Case]:
    """Put the passages into the fitted order, and describe their sentences."""
    with opened() as library:
        reader = _reader(library)
        cases = []
        for item in seen:
            chances = passage.predict_proba(describe_passages(item.found))[:, 1]
            found = [
                replace(f, passage=replace(f.passage, scores={**f.passage.scores, "order": logit(float(chance))}))
                for f, chance in zip(item.found, chances, strict=True)
            ]
            ordered = [found[index] for index in np.argsort(-chances)]
            evidence = gather(understand(item.question, library), ordered, library, reader)
            right = [item.is_right(c.passage.source, c.start, c.end, c.text) for c in evidence.candidates]
            if evidence.candidates:
                cases.append(Case(evidence, np.array(right), item.has_answer, item.weight))
        return cases


# Fitting


def _fit_passages(seen: Sequence[Seen]) -> Pipeline:
    answered = [item for item in seen if item.right.any()]
    return _fit(
        np.concatenate([describe_passages(item.found) for item in answered]),
        np.concatenate([item.right for item in answered]),
        np.concatenate([np.full(len(item.right), item.weight) for item in answered]),
    )


def _fit_sentences(cases: Sequence[Case]) -> Pipeline:
    ranked = [case for case in cases if case.right.any()]
    return _fit(
        np.concatenate([case.evidence.features for case in ranked]),
        np.concatenate([case.right for case in ranked]),
        np.concatenate([np.full(len(case.right), case.weight) for case in ranked]),
    )


def _fit_answers(cases: Sequence[Case], sentence: Pipeline, further: float) -> Pipeline:
    chances = [_chances(sentence, case) for case in cases]
    return _fit(
        np.stack([answer_features(case.evidence, own) for case, own in zip(cases, chances, strict=True)]),
        np.array([case.right[_quoted(own, further)].any() for case, own in zip(cases, chances, strict=True)]),
        np.array([case.weight for case in cases]),
    )


def _chances(sentence: Pipeline, case: Case) -> np.ndarray:
    chances: np.ndarray = sentence.predict_proba(case.evidence.features)[:, 1]
    return chances


def _quoted(chances: np.ndarray, further: float) -> np.ndarray:
    """Return the numbers of the sentences that are quoted, the likeliest first."""
    order: np.ndarray = np.argsort(-chances)[:MAX_SENTENCES]
    return order[chances[order] >= further * chances[order[0]]]


def _fit(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Pipeline:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2000))
    return pipeline.fit(features, labels, logisticregression__sample_weight=weights)


@dataclass
class Weighed:
    """A case as regressions weigh it that have not seen it."""

    case: Case
    chances: np.ndarray
    """[candidates]: of the sentences."""
    further: float
    confidence: float

    @property
    def best_is_right(self) -> bool:
        """Say whether the likeliest sentence answers."""
        return bool(self.case.right[np.argmax(self.chances)])

    @property
    def quotes_answer(self) -> bool:
        """Say whether one of the sentences that are quoted does."""
        return bool(self.case.right[_quoted(self.chances, self.further)].any())


def _folds(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, FOLDS, count)


def _unseen_chances(cases: Sequence[Case]) -> list[np.ndarray]:
    """Return what regressions give each case's sentences that were fitted on the other folds."""
    fold = _folds(len(cases))
    sentences = [_fit_sentences([c for c, own in zip(cases, fold, strict=True) if own != n]) for n in range(FOLDS)]
    return [_chances(sentences[own], case) for case, own in zip(cases, fold, strict=True)]


def _unseen(cases: Sequence[Case], chances: Sequence[np.ndarray], further: float) -> list[Weighed]:
    """Weigh each case by regressions that were fitted on the other folds."""
    fold = _folds(len(cases))
    answered = []
    for number in range(FOLDS):
        others = [case for case, own in zip(cases, fold, strict=True) if own != number]
        answered.append(_fit_answers(others, _fit_sentences(others), further))
    rows = [answer_features(case.evidence, own) for case, own in zip(cases, chances, strict=True)]
    confidence = [float(answered[n].predict_proba(row[None, :])[0, 1]) for n, row in zip(fold, rows, strict=True)]
    return [Weighed(c, own, further, sure) for c, own, sure in zip(cases, chances, confidence, strict=True)]


# Choosing


def _choose_threshold(cases: Sequence[Weighed]) -> float:
    """Return the lowest threshold at which the shares of right answers and right refusals are together near highest.

    Within one standard error of the highest, that is: the sum hardly changes there, and of what is answered with its
    source beside it a reader can see that it is wrong, but not of a refusal.
    """
    has_answer = np.array([item.case.has_answer for item in cases])
    quoted = np.array([item.quotes_answer for item in cases])
    confidence = np.array([item.confidence for item in cases])
    rates: dict[float, tuple[float, float]] = {}
    for threshold in np.quantile(confidence, np.linspace(0.02, 0.9, 89)):
        answered = confidence >= threshold
        shares = (quoted & answered)[has_answer], ~answered[~has_answer]
        error = math.hypot(*(share.std() / math.sqrt(len(share)) for share in shares))
        rates[float(threshold)] = (float(sum(share.mean() for share in shares)), error)
    best, error = max(rates.values())
    for threshold, (rate, _) in rates.items():
        print(f"threshold {threshold:.3f}: answered rightly and refused rightly {rate:.3f}")
    return min(threshold for threshold, (rate, _) in rates.items() if rate >= best - error)


def _choose_further(cases: Sequence[tuple[Case, np.ndarray]]) -> float:
    """Print what each bound for further sentences gives; take the highest that loses at most 3 points of answers.

    A case comes with the chances of its sentences.
    """
    table = {}
    for further in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        quoted = [(case, _quoted(chances, further)) for case, chances in cases if case.has_answer]
        table[further] = float(np.mean([case.right[order].any() for case, order in quoted]))
        count = np.mean([len(order) for _, order in quoted])
        print(f"further {further:.1f}: {count:.2f} sentences, {table[further]:.3f} hold an answer")
    return max(further for further, hits in table.items() if hits >= table[0.0] - 0.03)


# Reporting


def _report_order(seen: dict[str, list[Seen]], passage: Pipeline) -> None:
    """Print how often the first passage holds an accepted answer: as searched, by the reader alone, as fitted."""
    for kind, items in seen.items():
        answered = [item for item in items if item.has_answer]
        if not answered:
            continue
        orders = {
            "search": [item.right[0] for item in answered],
            "reader": [item.right[np.argmax(describe_passages(item.found)[:, 0])] for item in answered],
            "fitted": [
                item.right[np.argmax(passage.predict_proba(describe_passages(item.found))[:, 1])] for item in answered
            ],
        }
        read_at_all = np.mean([item.right.any() for item in answered])
        firsts = ", ".join(f"{name} {np.mean(right):.3f}" for name, right in orders.items())
        print(f"first passage right, {kind}, {len(answered)}: {firsts}; among those read {read_at_all:.3f}")


def _report(cases: Sequence[Weighed], threshold: float) -> None:
    has_answer = np.array([item.case.has_answer for item in cases])
    best = np.array([item.best_is_right for item in cases])
    quoted = np.array([item.quotes_answer for item in cases])
    confidence = np.array([item.confidence for item in cases])
    answered = confidence >= threshold
    print(f"{len(cases)} unseen, {has_answer.sum()} with an answer")
    print(f"  ECE {expected_calibration_error(confidence.tolist(), quoted.tolist()):.3f}")
    print(f"  threshold {threshold:.3f}: refused without an answer {(~answered[~has_answer]).mean():.3f}")
    if not has_answer.any():
        return
    among_weighed = np.mean([item.case.right.any() for item in cases if item.case.has_answer])
    print(f"  answered with one {answered[has_answer].mean():.3f}, of those right {quoted[answered].mean():.3f}")
    print(f"  an answering sentence among those weighed    {among_weighed:.3f}")
    print(f"  the best sentence answers                    {best[has_answer].mean():.3f}")
    print(f"  what is quoted answers                       {quoted[has_answer].mean():.3f}")
    print(f"  what is quoted answers, AUROC of the confidence {roc_auc_score(quoted, confidence):.3f}")
    print(f"  has an answer, AUROC of the confidence       {roc_auc_score(has_answer, confidence):.3f}")


def _stored(pipeline: Pipeline) -> dict[str, Any]:
    scaler, regression = pipeline[0], pipeline[-1]
    return {
        "mean": [round(float(x), 6) for x in scaler.mean_],
        "scale": [round(float(x), 6) for x in scaler.scale_],
        "weights": [round(float(x), 6) for x in regression.coef_[0]],
        "bias": round(float(regression.intercept_[0]), 6),
    }


if __name__ == "__main__":
    main()
