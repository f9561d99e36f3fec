"""Long work in the queue of the catalog: shared by workers, finished whatever becomes of them, nothing twice."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from children import story

from rag import Library
from rag.errors import FootnoteError, LibraryBusy, LibraryUnusable
from rag.index.queue import queue as queue_module
from rag.index.queue import steps, worker
from rag.index.queue.jobs import Job, Step
from rag.index.queue.sent import SentToCatalog

pytestmark = pytest.mark.usefixtures("cheap_embedder")


def files(*names: str) -> list[tuple[str, io.BytesIO]]:
    return [
        (name, io.BytesIO(f"The {name} was written on day {number}.".encode())) for number, name in enumerate(names)
    ]


def over(library: Library, job: str) -> Job:
    for _ in range(1500):
        found = library.queue.find(job)
        assert found
        if found.is_over:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


@pytest.fixture
def other(library: Library, tmp_path: Path) -> Iterator[Library]:
    """The same library in what stands for another process."""
    with Library(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is missed soon, and looks often."""
    monkeypatch.setattr(queue_module, "LEASE", 0.5)
    monkeypatch.setattr(worker, "_SECONDS_BETWEEN_SIGNS", 0.1)
    monkeypatch.setattr(worker, "_SECONDS_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(worker, "_SECONDS_TO_TRY_AGAIN", 0.1)


def test_several_workers_do_each_step_once_and_any_of_them_tells(library: Library, other: Library) -> None:
    job = library.queue.begin("add", steps.sent_files(library.sent, files(*(f"{n}.txt" for n in range(30)))))
    library.worker.start()
    other.worker.start()
    over(other, job)
    told = library.queue.find(job)
    assert told
    assert [article.source for article in told.report.added] == [f"{n}.txt" for n in range(30)]
    assert not told.report.failed
    assert len(library.articles()) == 30
    assert library.check().sound


def test_each_step_is_claimed_by_one_and_one_of_an_article_at_a_time(library: Library, other: Library) -> None:
    twice = [Step("page", "https://a.example", key="page a"), Step("page", "https://a.example", key="page a")]
    library.queue.begin("add", [*twice, Step("page", "b"), Step("page", "c")])

    def claimed(number: int) -> list[str]:
        taken = iter(lambda: (library, other)[number % 2].queue.claim(f"worker {number}"), None)
        return [claim.step.name for claim in taken]

    with ThreadPoolExecutor(8) as at_once:
        names = sorted(name for found in at_once.map(claimed, range(8)) for name in found)
    assert names == ["b", "c", "https://a.example"]


def test_what_a_worker_left_undone_another_does_and_nothing_is_lost_or_doubled(
    library: Library, other: Library, quick: None
) -> None:
    """C46: of the one that is gone, and of one that only seemed to be."""
    job = library.queue.begin("add", steps.sent_files(library.sent, files("a.txt", "b.txt", "a.txt")))
    gone = library.queue.claim("a worker that is gone")
    assert gone
    assert other.queue.claim("another") is not None  # "b.txt": of "a.txt" one at a time
    assert other.queue.claim("another") is None
    other.worker.start()
    report = over(other, job).report
    assert sorted(article.source for article in report.added) == ["a (2).txt", "a.txt", "b.txt"]
    assert not library.queue.finish(gone, worker.failed(gone.step, "late"))
    assert over(library, job).report.failed == []
    assert library.check().sound


def test_a_step_that_ends_its_worker_again_and_again_is_given_up(library: Library, quick: None) -> None:
    job = library.queue.begin("add", [Step("page", "https://a.example")])
    for number in range(queue_module.MOST_TRIES):
        while library.queue.claim(f"worker {number}") is None:
            time.sleep(0.05)
    library.worker.start()
    told = over(library, job)
    assert "Footnote ended 3 times in the middle of this" in told.report.failed[0].reason
    assert [step.name for step in told.again] == ["https://a.example"]


def test_a_worker_that_ends_in_good_order_hands_over_at_once(library: Library) -> None:
    library.queue.begin("add", [Step("page", "https://a.example")])
    assert library.queue.claim("one")
    library.queue.release("one")
    again = library.queue.claim("two")
    assert again
    assert again.tries == 1


def test_what_is_hindered_waits_says_for_what_and_is_done_then(
    library: Library, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is away, or another process that writes, costs nobody an article."""
    away: list[FootnoteError] = [LibraryUnusable("The server is away."), LibraryBusy("Another process writes.")]
    add = Library.add_articles

    def hindered(self: Library, *given: object, **more: object) -> object:
        if away:
            raise away[0]
        return add(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "add_articles", hindered)
    job = library.queue.begin("add", [steps.text("It rained.", "Rain")])
    library.worker.start()
    for reason in list(away):
        while (told := library.queue.find(job)) and told.now != str(reason):
            time.sleep(0.02)
        away.pop(0)
    assert len(over(library, job).report.added) == 1
    monkeypatch.setattr(worker, "_SECONDS_HINDERED_AT_MOST", 0.2)
    away.append(LibraryUnusable("The server is away."))
    given_up = over(library, library.queue.begin("add", [steps.text("It snowed.", "Snow")]))
    assert given_up.report.failed[0].reason == "The server is away."
    assert given_up.again


def test_what_was_stopped_says_so_and_is_done_when_tried_again(library: Library) -> None:
    job = library.queue.begin("add", steps.sent_files(library.sent, files("a.txt", "b.txt")))
    library.queue.stop(job)
    told = library.queue.find(job)
    assert told
    assert told.is_over
    assert {failure.reason for failure in told.report.failed} == {"Stopped before it was added."}
    library.worker.start()
    assert len(over(library, library.queue.begin("add", told.again)).report.added) == 2


def test_a_file_that_was_sent_is_kept_whole_until_it_is_added(library: Library) -> None:
    data = b"".join(b"%07d " % number for number in range(400_000))  # 3.2 MB: some pieces
    for kept in (library.sent, SentToCatalog(library.catalog)):
        for content in (data, data[: len(data) - 200_000], b""):
            sent = kept.keep("../notes.txt", io.BytesIO(content))
            with kept.opened(sent, "../notes.txt") as file:
                assert file.name == "notes.txt"
                assert file.read_bytes() == content
            kept.drop_all_but([])  # it has only just come
            with kept.opened(sent, "notes.txt"):
                pass
            kept.drop(sent)
            with pytest.raises(FootnoteError, match="Send it again"), kept.opened(sent, "notes.txt"):
                pass


def test_old_jobs_are_forgotten_and_no_others(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "_KEPT_JOBS", 2)
    waiting = library.queue.begin("add", [Step("page", "https://a.example")])
    done = [library.queue.begin("add", []) for _ in range(4)]
    assert [bool(library.queue.find(job)) for job in (waiting, *done)] == [True, False, False, True, True]


def test_a_library_that_can_only_be_read_takes_no_work(library: Library) -> None:
    library.add_articles([story(1)])
    library.catalog.refusal = LibraryUnusable("It can only be read.")
    with pytest.raises(LibraryUnusable, match="only be read"):
        library.queue.begin("add", [])


@pytest.mark.folder
def test_what_was_to_be_done_when_a_backup_was_made_is_not_done_when_it_is_restored(
    library: Library, tmp_path: Path
) -> None:
    library.add_articles([story(1)])
    job = library.queue.begin("add", [steps.text("It rained.", "Rain")])
    library.backup(tmp_path / "backup.zip")
    Library.restore(tmp_path / "backup.zip", tmp_path / "restored")
    with Library(tmp_path / "restored") as restored:
        assert restored.queue.find(job) is None
        assert restored.queue.claim("worker") is None
