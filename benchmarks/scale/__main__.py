"""How the cost of adding, opening, searching and answering grows from 1,000 to 100,000 chunks.

    BENCH_DATA=... python -m benchmarks.scale [--write] [--limit CHUNKS] [--again] [--settings]

First one library grows, and is kept at each size; then each is measured, in processes of their own, with default
settings, and nothing else should run meanwhile. Its articles are five paragraphs of SQuAD 1.1's training set each,
all on one subject, in ever new choices, so that many chunks are near to each other. Adding is timed by some more
articles for a copy of the library; "encoder alone" is what the embedding model does of as many chunks, before
and after that, when nothing is stored. Opening counts from an imported library to the first search done, the model
loaded on the way. Recall compares Chroma's ten nearest with all vectors compared.

`--again` measures the libraries that were kept the last time. `--settings` makes the index of the largest anew with
several settings of HNSW: how the shipped ones were chosen.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
from pathlib import Path
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
    options.add_argument("--again", action="store_true", help="measure the libraries that were kept")
    options.add_argument("--settings", action="store_true", help="compare settings of HNSW on the largest of them")
    given = options.parse_args()
    sizes = [size for size in SIZES if size <= (given.limit or SIZES[-1])] or [given.limit]
    if given.settings:
        _settings(sizes[-1], given.write, given.limit)
        return
    if not given.again:
        _grow(sizes)
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


def _grow(sizes: list[int]) -> None:
    """Make the library of each size out of the one before."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    _write_articles()
    for size, smaller in zip(sizes, [None, *sizes], strict=False):
        if smaller:
            shutil.copytree(_kept(smaller), _kept(size))
        grown = _arm("grow", _kept(size), size)
        (FOLDER / f"grown-{size}.json").write_text(json.dumps(grown), "utf-8")


def _measured(size: int) -> dict[str, Any]:
    kept, copy = _kept(size), FOLDER / "copy"
    grown = json.loads((FOLDER / f"grown-{size}.json").read_text("utf-8"))
    used = {**_arm("use", kept, size), **_arm("recall", kept, size)}
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(kept, copy)
    added = _arm("add", copy, size)
    shutil.rmtree(copy)
    return {**grown, **used, **added, "adding_peak": max(grown["adding_peak"], added["adding_peak"])}


def _kept(size: int) -> Path:
    return FOLDER / f"library-{size}"


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


def _settings(size: int, write: bool, limit: int | None) -> None:
    rows = _arm("settings", _kept(size), size)["settings"]
    body = table(
        ("max_neighbors", "ef_construction", "ef_search", "recall@10", "50 nearest, p50", "built"),
        [(*row[:3], f"{row[3]:.4f}", f"{row[4]:.1f} ms", f"{row[5]:.0f} s") for row in rows],
    )
    command = "python -m benchmarks.scale --settings"
    report("scale-settings", "Settings of HNSW", body, write=write, limit=limit, command=command)


def _arm(name: str, library: Path, size: int) -> dict[str, Any]:
    return in_process("benchmarks.scale.arms", name, str(library), str(size))


if __name__ == "__main__":
    main()
