"""Fifty sentences that a chat model wrote and the check let stand, drawn to be judged by a person.

The sheet with sentences and quotes is `benchmarks/work/writer-sheet.jsonl`, since XQuAD's articles are not the
project's to hand on. The judgements are kept in `judged.jsonl` beside this file, by the sentence's key: "yes" where the
quotes say all that the sentence says, "no" where they do not; "" is not judged yet. Sentences on the project's own
sample articles stand there in full.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results import WORK, share
from benchmarks.writer.said import Said, key, quotes

DRAWN = 50

_SHEET = WORK / "writer-sheet.jsonl"
_JUDGED = Path(__file__).with_name("judged.jsonl")


def keep_sheet(said: Sequence[Said]) -> None:
    """Draw sentences and write both files; judgements of sentences that are drawn again stay."""
    before = _judgements()
    lines, kept = [], []
    for line in _drawn(said):
        judgement = {"judgement": before.get(line["key"], "")}
        lines.append({**line, **judgement})
        own = line["set"] == "samples"
        kept.append({**(line if own else {"key": line["key"], "set": line["set"], "id": line["id"]}), **judgement})
    _write(_SHEET, lines)
    _write(_JUDGED, kept)


def judged_share(said: Sequence[Said]) -> str:
    """Return in words how many of the drawn sentences were judged, and hold."""
    known = _judgements()
    judgements = [known.get(line["key"], "") for line in _drawn(said)]
    judged = [judgement for judgement in judgements if judgement]
    if not judged:
        return ""
    held = sum(judgement == "yes" for judgement in judged)
    return (
        f"Judged by hand, of {len(judgements)} drawn sentences: {share(held, len(judged))} say what their quotes say."
    )


def _drawn(said: Sequence[Said]) -> list[dict[str, object]]:
    written = [
        {
            "key": key(s, sentence),
            "set": s.asked.set,
            "id": s.asked.id,
            "question": s.asked.question,
            "sentence": sentence.text,
            "standing": sentence.standing,
            "support": sentence.support,
            "quotes": quotes(sentence, s.answer),
        }
        for s in said
        if s.answer.found
        for sentence in s.answer.sentences
        if sentence.standing != "quoted"
    ]
    # By key, so that most of the draw stays when some answers change.
    ranked = sorted(written, key=lambda line: random.Random(str(line["key"])).random())
    return ranked[:DRAWN]


def _judgements() -> dict[object, str]:
    if not _JUDGED.is_file():
        return {}
    lines = [json.loads(line) for line in _JUDGED.read_text("utf-8").splitlines()]
    return {line["key"]: line["judgement"] for line in lines}


def _write(file: Path, lines: Sequence[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
