"""What `benchmarks.speed` times, each in a process of its own; the last line printed is JSON.

    python -m benchmarks.arms add-footnote FOLDER [STORIES]
    python -m benchmarks.arms add-plain FOLDER [STORIES]
    python -m benchmarks.arms answers FOLDER [QUESTIONS]
    python -m benchmarks.arms modules FOLDER

Peak memory is the process's largest resident set, its imports and the 2,225 stories included. (A new
process starts with the peak of the one that started it, so `benchmarks.speed` keeps itself small.)
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.measuring import peak

HEADLINE_QUESTIONS = 200
NATURAL_QUESTIONS = (
    "Who won the men's final at the Australian Open?",
    "Why did Gordon Brown want debts of poor countries cancelled?",
    "How much profit did Google make?",
    "What happened to the Russian oil company Yukos?",
    "When will the next general election be held?",
    "How fast is the Chinese economy growing?",
    "Which film won most prizes at the Bafta awards?",
    "Is Wayne Rooney going to miss the next game because of his injury?",
    "What do doctors say about playing computer games?",
    "How many people in Britain have broadband at home?",
    "Who is going to coach the Wales rugby team?",
    "What are identity cards supposed to be good for?",
    "Did house prices go up or down last month?",
    "Why was the dollar falling against the euro?",
    "What was stolen in the phishing attacks on bank customers?",
    "Which song was number one in the charts at Christmas?",
    "How long was the sprinter Kostas Kenteris banned for?",
    "What did Tony Blair say about the hunting ban?",
    "How big is the takeover bid for Manchester United?",
    "What is new about the PlayStation Portable?",
)
HEAVY = ("torch", "sentence_transformers", "transformers", "gradio")


def add_footnote(folder: Path, count: int | None) -> dict[str, Any]:
    stories = data.news()[:count]
    started = time.perf_counter()
    from rag.index.library import Library

    with Library(folder) as library:
        library.embedder.query("A first run, so that the model is loaded.")
        loaded = time.perf_counter()
        library.add_articles(stories)
        return _added(started, loaded, len(stories), library.chunk_count())


def add_plain(folder: Path, count: int | None) -> dict[str, Any]:
    stories = data.news()[:count]
    started = time.perf_counter()
    from benchmarks import plain

    model = plain.embeddings()
    model.embed_query("A first run, so that the model is loaded.")
    loaded = time.perf_counter()
    chunks = plain.split(stories)
    plain.index(chunks, folder, model)
    return _added(started, loaded, len(stories), len(chunks))


def answers(folder: Path, count: int | None) -> dict[str, Any]:
    """Ask distinct questions of a library that has been warmed up with one other."""
    from rag.answering.chain import AnswerChain
    from rag.index.library import Library

    with Library(folder) as library:
        questions = asked_of_news([info.title for info in library.articles()])[:count]
        chain = AnswerChain(library)
        chain.invoke("Who scored the first goal of the match?")
        times, stages, found = [], [], 0
        for question in questions:
            started = time.perf_counter()
            answer = chain.invoke(question)
            times.append((time.perf_counter() - started) * 1000)
            stages.append(answer.timings)
            found += answer.found
        return {
            "milliseconds": times,
            "retrieve": [stage["retrieve"] for stage in stages],
            "answer": [stage["answer"] for stage in stages],
            "found": found,
            "chunks": library.chunk_count(),
            "peak": peak(),
        }


def modules(folder: Path, _count: int | None) -> dict[str, Any]:
    """Answer one question, then say which of the heavy packages were imported on the way."""
    from rag import Library, answer

    with Library(folder) as library:
        said = answer("When did the Ropewalk Bridge open again?", library=library)
    return {"imported": [name for name in HEAVY if name in sys.modules], "found": said.found}


def asked_of_news(titles: list[str]) -> list[str]:
    """Return the natural questions, then one on each of some headlines; none twice."""
    drawn = random.Random(0)
    headlines = sorted(set(titles))
    chosen = drawn.sample(headlines, min(HEADLINE_QUESTIONS, len(headlines)))
    return [*NATURAL_QUESTIONS, *(f"What is said about {headline}?" for headline in chosen)]


def _added(started: float, loaded: float, articles: int, chunks: int) -> dict[str, Any]:
    ended = time.perf_counter()
    return {
        "load": loaded - started,
        "seconds": ended - loaded,
        "articles": articles,
        "chunks": chunks,
        "peak": peak(),
    }


ARMS = {"add-footnote": add_footnote, "add-plain": add_plain, "answers": answers, "modules": modules}

if __name__ == "__main__":
    name, where, *limit = sys.argv[1:]
    print(json.dumps(ARMS[name](Path(where), int(limit[0]) if limit else None)))
