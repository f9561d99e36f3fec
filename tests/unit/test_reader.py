"""The shipped reader: what it reads in the time it has, and how it points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rag
from rag.answering.reader import Reader, Reading
from rag.onnx import Encoder

TEXT = "The old ferry was sold in May. The new ferry leaves the quay at 7.30. Tea is served on board."
QUESTION = "When does the new ferry leave?"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def pointed_at(reading: Reading, text: str) -> str:
    _, start, end = reading.best(0, len(text))
    return text[start:end]


def test_the_reader_points_at_the_answer(reader: Reader) -> None:
    (reading,) = reader.read(QUESTION, [TEXT])
    assert "7.30" in pointed_at(reading, TEXT)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_the_first_three_texts_are_read_however_little_time_there_is(reader: Reader, count: int) -> None:
    assert len(reader.read(QUESTION, [TEXT] * count, seconds=0)) == min(count, 3)


def test_with_time_every_text_is_read_and_in_its_order(reader: Reader) -> None:
    texts = [f"Boat {number} leaves at {number} o'clock." for number in range(1, 7)]
    readings = reader.read("When does the boat leave?", texts)
    pointed = [pointed_at(reading, text).removeprefix("at ") for reading, text in zip(readings, texts, strict=True)]
    assert [words[0] for words in pointed] == list("123456")


def test_nothing_to_read_gives_no_reading(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []


def test_a_text_is_read_alike_alone_and_among_others(reader: Reader) -> None:
    (alone,) = reader.read(QUESTION, [TEXT])
    among = reader.read(QUESTION, ["Tea costs £2.", TEXT, "Dogs are welcome. " * 60])[1]
    assert np.array_equal(alone.start, among.start)
    assert np.array_equal(alone.offsets, among.offsets)


def test_a_text_longer_than_the_model_reads_is_cut_and_still_read(reader: Reader) -> None:
    """C50. Once it crashed: an encoding that was truncated has lost what it is a part of."""
    text = TEXT + " Gulls cry over the quay all day." * 200
    (reading,) = reader.read(QUESTION, [text])
    assert len(reading.start) == len(reading.end) == len(reading.offsets)
    assert reading.offsets[-1, 1] < len(text)
    assert "7.30" in pointed_at(reading, text)


def test_what_stands_after_the_cut_is_not_pointed_at(reader: Reader) -> None:
    text = "Gulls cry over the quay all day. " * 200 + TEXT
    (reading,) = reader.read(QUESTION, [text])
    assert reading.best(len(text) - len(TEXT), len(text))[0] == -np.inf


def test_a_long_question_leaves_room_for_the_text(reader: Reader) -> None:
    """C59: of a long question the beginning is kept in mind, and the passage is read."""
    (reading,) = reader.read(QUESTION + " Please tell me." * 300, [TEXT])
    assert "7.30" in pointed_at(reading, TEXT)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🌊", "橋は七時に開きます。"])
def test_any_text_is_read(reader: Reader, text: str) -> None:
    (reading,) = reader.read(QUESTION, [text])
    assert reading.best(0, len(text))[1:] <= (len(text), len(text))


@pytest.mark.parametrize("question", ["", "?", "🌊", "x" * 5_000])
def test_any_question_is_asked(reader: Reader, question: str) -> None:
    assert len(reader.read(question, [TEXT, TEXT])) == 2


def test_the_encoder_leaves_out_what_has_not_begun_in_time() -> None:
    encoder = Encoder(Path(rag.__file__).parent / "models" / "reader")
    encodings = encoder.tokenizer.encode_batch([("When?", f"Text {number}.") for number in range(6)])
    assert len(encoder.run(encodings)) == 6
    assert len(encoder.run(encodings, seconds=0, at_least=4)) == 4
    assert encoder.run(encodings, seconds=0) == []


def seen(text: str, answer: str) -> Reading:
    """A reading of `text`, a token a letter, that sees `answer`."""
    place = text.index(answer)
    start = np.full(len(text), -5.0, dtype=np.float32)
    end = start.copy()
    start[place] = end[place + len(answer) - 1] = 4.0
    return Reading(start, end, np.array([(n, n + 1) for n in range(len(text))]))


def test_the_best_answer_is_looked_for_between_two_places() -> None:
    reading = seen(TEXT, "7.30")
    place = TEXT.index("7.30")
    assert reading.best(0, len(TEXT)) == (8.0, place, place + 4)
    assert reading.best(0, place)[0] < 0


def test_two_readings_of_a_sentence_point_together() -> None:
    whole, alone = seen("It left at 7.30 or 8.30.", "7.30"), seen("left at 7.30 or 8.30", "7.30 or 8.30")
    part = whole.within(3, 23)
    assert part.best(3, 23) == whole.best(3, 23)
    stronger = Reading(2 * alone.start, 2 * alone.end, alone.offsets)
    assert part.seconded(stronger).best(3, 23)[1:] == (11, 23)
    assert part.seconded(seen("left", "left")) is part, "Other tokens: nothing can be added."


def test_a_text_is_pointed_at_after_a_second_look(reader: Reader) -> None:
    score, start, end = reader.point(QUESTION, TEXT)
    assert score > 0
    assert "7.30" in TEXT[start:end]
    assert reader.point(QUESTION, "")[1:] == (0, 0)


def test_where_no_token_stands_nothing_is_seen() -> None:
    assert seen(TEXT, "7.30").best(3, 3) == (-np.inf, 3, 3)


def test_an_answer_does_not_run_on_for_ever() -> None:
    start, end = np.full(80, -5.0, dtype=np.float32), np.full(80, -5.0, dtype=np.float32)
    start[0], end[79] = 9.0, 9.0
    _, first, last = Reading(start, end, np.array([(n, n + 1) for n in range(80)])).best(0, 80)
    assert last - first <= 30
