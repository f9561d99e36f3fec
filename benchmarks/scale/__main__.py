"""How the cost of adding, opening, searching and answering grows from 1,000 to 100,000 chunks.

    BENCH_DATA=... python -m benchmarks.scale [--write] [--limit CHUNKS] [--settings]

One library grows from size to size; what is measured at each is measured in a process of its own, with default
settings, and nothing else should run meanwhile. Its articles are five paragraphs of SQuAD 1.1's training set each,
all on one subject, in ever new choices, so that many chunks are near to each other. "Encoder alone" is what the
embedding model does of the same chunks when nothing is stored. Opening counts from an imported library to the
first search done, the model loaded on the way. Recall compares Chroma's ten nearest with all vectors compared.

`--settings` makes the index of the largest size anew with several settings of HNSW: how the shipped ones were chosen.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
from typing import Any

from benchmarks import data
from benchmarks.measuring import in_process
from benchmarks.results import WORK, parser, report, table, verdict
from benchmarks.scale.arms import ARTICLES, ASKED

PARAGRAPHS = 5
"""Of an article: some five chunks or more."""
MOST_ARTICLES = 25_000
QUESTIONS = 1_000
SIZES = (1_000, 10_000, 100_000)
FOLDER = WORK / "scale"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--settings", action="store_true", help="compare settings of HNSW on that library")
    given = options.parse_args()
    if given.settings:
        _settings(given.write, given.limit)
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    _write_articles()
    sizes = [size for size in SIZES if size <= (given.limit or SIZES[-1])] or [given.limit]
    rows = [_measured(size) for size in sizes]
    largest = rows[-1]
    body = f"""{_costs(rows)}

{_bars(largest)}"""
    report("scale", "Growing", body, write=given.write, limit=given.limit)


def _write_articles() -> None:
    """Write what is added and asked, so that the processes that are measured do not hold it."""
    with gzip.open(data.path("qa/train_squad11.json.gz"), "rt", encoding="utf-8") as file:
        entries = json.load(file)["data"]
    subjects = [
        (entry["title"].replace("_", " "), [part["context"] for part in entry["paragraphs"]]) for entry in entries
    ]
    drawn = random.Random(0)
    with (FOLDER / ARTICLES).open("w", encoding="utf-8") as out:
        for number in range(MOST_ARTICLES):
            title, paragraphs = drawn.choice(subjects)
            text = "\n\n".join(drawn.sample(paragraphs, min(PARAGRAPHS, len(paragraphs))))
            out.write(json.dumps({"title": f"{title} ({number})", "text": text, "source": f"scale/{number}"}) + "\n")
    asked = sorted({qa["question"].strip() for e in entries for part in e["paragraphs"] for qa in part["qas"]})
    (FOLDER / ASKED).write_text(json.dumps(drawn.sample(asked, QUESTIONS)), "utf-8")


def _measured(size: int) -> dict[str, Any]:
    added = _arm("add", size)
    used = _arm("use", size)
    return {**added, **used, "adding_peak": added["peak"], **_arm("recall", size)}


def _costs(rows: list[dict[str, Any]]) -> str:
    return table(
        ("chunks", *(f"{row['chunks']:,}" for row in rows)),
        [
            ("articles", *(f"{row['articles']:,}" for row in rows)),
            ("added, chunks a second", *(f"{row['rate']:.1f}" for row in rows)),
            ("encoder alone, chunks a second", *(f"{row['alone']:.1f}" for row in rows)),
            ("peak memory of adding", *(f"{row['adding_peak']:,.0f} MB" for row in rows)),
            ("on disk", *(f"{row['disk']:,.0f} MB" for row in rows)),
            ("open, to the first search done", *(f"{row['open']:.2f} s" for row in rows)),
            ("search, p50 / p95", *("{:.0f} / {:.0f} ms".format(*row["search"]) for row in rows)),
            ("the same question again, p50", *(f"{row['again']:.0f} ms" for row in rows)),
            ("answer, p50 / p95", *("{:.0f} / {:.0f} ms".format(*row["answer"]) for row in rows)),
            ("peak memory of asking", *(f"{row['peak']:,.0f} MB" for row in rows)),
            ("recall@10 of Chroma", *(f"{row['recall']:.4f}" for row in rows)),
        ],
    )


def _bars(row: dict[str, Any]) -> str:
    near = row["rate"] / row["alone"]
    memory = max(row["adding_peak"], row["peak"])
    return table(
        (f"at {row['chunks']:,} chunks", "figure", "bar", ""),
        [
            ("added, chunks a second", f"{row['rate']:.1f}", "≥ 100", verdict(row["rate"] >= 100)),
            ("of the encoder alone", f"{near:.2f}", "≥ 0.80", verdict(near >= 0.8)),
            ("open", f"{row['open']:.2f} s", "≤ 2.5 s", verdict(row["open"] <= 2.5)),
            ("answer, p95", f"{row['answer'][1]:.0f} ms", "≤ 700 ms", verdict(row["answer"][1] <= 700)),
            ("peak memory", f"{memory:,.0f} MB", "≤ 1,200 MB", verdict(memory <= 1200)),
            ("recall@10", f"{row['recall']:.4f}", "≥ 0.99", verdict(row["recall"] >= 0.99)),
        ],
    )


def _settings(write: bool, limit: int | None) -> None:
    rows = _arm("settings", SIZES[-1])["settings"]
    body = table(
        ("max_neighbors", "ef_construction", "ef_search", "recall@10", "50 nearest, p50", "built"),
        [(*row[:3], f"{row[3]:.4f}", f"{row[4]:.1f} ms", f"{row[5]:.0f} s") for row in rows],
    )
    report("scale-settings", "Settings of HNSW", body, write=write, limit=limit)


def _arm(name: str, size: int) -> dict[str, Any]:
    return in_process("benchmarks.scale.arms", name, str(FOLDER / "library"), str(size))


if __name__ == "__main__":
    main()
