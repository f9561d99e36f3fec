"""A library that matches folders: what is added, changed, renamed, removed, and what must not be."""

from __future__ import annotations

import mailbox
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag import Article, Library
from rag.cli import main
from rag.errors import FootnoteError, NoSuchFolder
from rag.filters import Filters
from rag.index.report import AddReport
from rag.index.watching import watch

pytestmark = pytest.mark.usefixtures("cheap_embedder")

LONG_AGO = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    return made


def write(file: Path, text: str, *, age: int = 0) -> Path:
    """Write an article, last changed `age` seconds after a moment long ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (LONG_AGO + age, LONG_AGO + age))
    return file


def names(library: Library) -> dict[str, str]:
    return {Path(info.source).name: info.id for info in library.articles()}


def counts(report: AddReport) -> dict[str, int]:
    told = ("added", "updated", "unchanged", "renamed", "removed", "copies", "failed", "skipped")
    found = {name: len(getattr(report, name)) for name in told}
    return {name: count for name, count in {**found, "untouched": report.untouched}.items() if count}


def sound(library: Library) -> bool:
    return library.check().sound


def test_a_folder_is_followed(library: Library, folder: Path) -> None:
    """Added, left alone, changed, removed: what is gone is in no answer."""
    write(folder / "ferry.md", "# Ferry\n\nThe ferry sails at nine.")
    write(folder / "deep" / "mill.txt", "Mill\n\nThe mill grinds rye.")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    assert counts(library.sync(folder)) == {"added": 2, "skipped": 1}
    assert counts(library.sync(folder)) == {"untouched": 2, "skipped": 1}

    write(folder / "ferry.md", "# Ferry\n\nThe ferry sails at noon.", age=60)
    (folder / "deep" / "mill.txt").unlink()
    write(folder / "quay.txt", "Quay\n\nThe quay is closed.")
    report = library.sync(folder)
    assert counts(report) == {"added": 1, "updated": 1, "removed": 1, "skipped": 1}
    assert report.removed[0].title == "Mill"
    assert names(library).keys() == {"ferry.md", "quay.txt"}
    assert not any("grinds" in passage.text for passage in library.search("What does the mill grind?"))
    assert list(library.followed()) == [str(folder)]
    assert sound(library)


def test_what_was_added_by_hand_elsewhere_stays(library: Library, folder: Path, tmp_path: Path) -> None:
    """Also what only begins like the folder's name."""
    write(folder / "in.txt", "Inside\n\nIt is inside.")
    library.add([write(tmp_path / "articles-old" / "out.txt", "Outside\n\nIt is outside.")])
    library.add_articles([Article(title="Python", text="It was made in Python.", source="made")])
    library.sync(folder)
    (folder / "in.txt").unlink()
    library.sync(folder, emptied=True)
    assert names(library).keys() == {"out.txt", "made"}


def test_a_file_that_only_looks_old_is_read(library: Library, folder: Path) -> None:
    """Its time and size are the same; it was changed too soon after it was read for its time to show it."""
    file = write(folder / "a.txt", "Code\n\nThe code is 1111.")
    now = time.time_ns()
    os.utime(file, ns=(now, now))
    library.sync(folder)
    file.write_text("Code\n\nThe code is 2222.")
    os.utime(file, ns=(now, now))
    assert counts(library.sync(folder)) == {"updated": 1}


def test_where_nothing_changed_no_model_is_loaded(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.txt", "Code\n\nThe code is 1111.")
    library.sync(folder)
    with Library(library.folder) as again:
        monkeypatch.setattr("rag.index.library.load_embedder", lambda _: pytest.fail("loaded"))
        assert counts(again.sync(folder)) == {"untouched": 1}


def test_a_touched_file_is_not_embedded_again(library: Library, folder: Path) -> None:
    file = write(folder / "a.txt", "Code\n\nThe code is 1111.")
    library.sync(folder)
    os.utime(file, (LONG_AGO + 99, LONG_AGO + 99))
    assert counts(library.sync(folder)) == {"untouched": 1}
    assert counts(library.sync(folder, again=True)) == {"unchanged": 1}


def test_a_renamed_file_keeps_its_id(library: Library, folder: Path) -> None:
    """Footnotes and links to it stay true; its new name may give it another title."""
    write(folder / "draft.txt", "The tide turns at six in the morning.")
    write(folder / "other.txt", "The moon is new on Friday.")
    library.sync(folder)
    before = names(library)
    (folder / "2024").mkdir()
    (folder / "draft.txt").rename(folder / "2024" / "tides.txt")
    report = library.sync(folder)
    assert [(Path(r.old).name, Path(r.new).name) for r in report.renamed] == [("draft.txt", "tides.txt")]
    assert not report.removed
    assert names(library) == {"tides.txt": before["draft.txt"], "other.txt": before["other.txt"]}

    # Another file under the old name is another article.
    write(folder / "draft.txt", "The harbour master is on leave.")
    assert counts(library.sync(folder)) == {"added": 1, "untouched": 2}
    assert len(set(names(library).values())) == 3
    assert "tide" in library.article(before["draft.txt"]).text
    assert sound(library)


def test_two_files_that_change_names_stay_whole(library: Library, folder: Path) -> None:
    write(folder / "a.txt", "Alpha\n\nAll about alpha.")
    write(folder / "b.txt", "Beta\n\nAll about beta.")
    library.sync(folder)
    (folder / "a.txt").rename(folder / "c.txt")
    (folder / "b.txt").rename(folder / "a.txt")
    (folder / "c.txt").rename(folder / "b.txt")
    library.sync(folder)
    texts = {Path(i.source).name: library.article(i.id).text for i in library.articles()}
    assert "beta" in texts["a.txt"]
    assert "alpha" in texts["b.txt"]
    assert sound(library)


def mails(file: Path, *subjects: str) -> None:
    file.unlink(missing_ok=True)
    box = mailbox.mbox(file)
    for subject in subjects:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["Message-ID"] = subject, "a@example.org", f"<{subject}@example.org>"
        mail.set_content(f"All that there is to say about the {subject} is said in this mail.")
        box.add(mail)
    box.close()


def test_of_a_file_with_many_articles_those_that_left_are_removed(library: Library, folder: Path) -> None:
    mails(folder / "box.mbox", "weir", "lock", "sluice")
    assert counts(library.sync(folder)) == {"added": 3}
    mails(folder / "box.mbox", "weir", "sluice", "dam")
    assert counts(library.sync(folder)) == {"added": 1, "unchanged": 2, "removed": 1}
    (folder / "box.mbox").rename(folder / "letters.mbox")
    ids = {info.id for info in library.articles()}
    assert counts(library.sync(folder)) == {"renamed": 1, "unchanged": 3}
    assert {info.id for info in library.articles()} == ids
    assert all("letters.mbox#" in info.source for info in library.articles())
    (folder / "letters.mbox").unlink()
    assert counts(library.sync(folder, emptied=True)) == {"removed": 3}


def test_a_name_that_begins_like_a_part_of_another_file_is_its_own(library: Library, folder: Path) -> None:
    write(folder / "notes.md", "# Notes\n\nAll about the weir.")
    write(folder / "notes.md#old.md", "# Old notes\n\nAll about the lock.")
    library.sync(folder)
    write(folder / "notes.md", "# Notes\n\nAll about the dam.", age=5)
    assert counts(library.sync(folder)) == {"updated": 1, "untouched": 1}
    (folder / "notes.md").rename(folder / "new.md")
    assert counts(library.sync(folder)) == {"renamed": 1, "unchanged": 1, "untouched": 1}
    assert names(library).keys() == {"new.md", "notes.md#old.md"}


def test_entries_that_left_a_feed_stay(library: Library, folder: Path) -> None:
    """C34: a feed tells of the latest only."""

    def feed(*titles: str) -> None:
        items = "".join(
            f"<item><title>{t}</title><guid>{t}</guid><description>All about the {t}.</description></item>"
            for t in titles
        )
        head = '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
        write(folder / "news.rss", f"{head}{items}</channel></rss>", age=len(titles[0]))

    feed("pier", "mole")
    assert counts(library.sync(folder)) == {"added": 2}
    feed("breakwater", "pier")
    assert counts(library.sync(folder)) == {"added": 1, "unchanged": 1}
    assert len(library.articles()) == 3
    (folder / "news.rss").unlink()
    assert counts(library.sync(folder, emptied=True)) == {"removed": 3}


def test_nothing_is_removed_because_it_cannot_be_read(library: Library, folder: Path) -> None:
    """C37: a file that was damaged or locked, and a folder that may not be looked into."""
    write(folder / "good.txt", "Good\n\nThis stays good.")
    write(folder / "table.csv", "title,text\nOne,The first row is about boats.\n")
    write(folder / "shut" / "in.txt", "Shut\n\nThis is shut away.")
    library.sync(folder)
    (folder / "table.csv").write_bytes(b"\x00\x01\x02" * 50)
    (folder / "shut").chmod(0)
    try:
        report = library.sync(folder)
        shut = not os.access(folder / "shut", os.R_OK)
    finally:
        (folder / "shut").chmod(0o700)
    assert not report.removed
    assert len(report.failed) == 1 + shut
    assert len(library.articles()) == 3


def test_an_empty_or_missing_folder_removes_nothing(library: Library, folder: Path, tmp_path: Path) -> None:
    """A drive that is not connected leaves an empty folder, or none."""
    write(folder / "a.txt", "Alpha\n\nAll about alpha.")
    library.sync(folder)
    (folder / "a.txt").unlink()
    with pytest.raises(NoSuchFolder, match="1 articles are from it"):
        library.sync(folder)
    folder.rmdir()
    with pytest.raises(NoSuchFolder, match="If its drive is not connected"):
        library.sync(folder)
    assert len(library.articles()) == 1
    folder.mkdir()
    assert counts(library.sync(folder, emptied=True)) == {"removed": 1}
    assert counts(library.sync(tmp_path / "articles")) == {}


def test_what_was_removed_by_hand_comes_back_with_the_next_sync(library: Library, folder: Path) -> None:
    write(folder / "a.txt", "Alpha\n\nAll about alpha.")
    write(folder / "b.txt", "Beta\n\nAll about beta.")
    library.sync(folder)
    library.remove(names(library)["a.txt"])
    assert counts(library.sync(folder)) == {"added": 1, "untouched": 1}


def test_an_interrupted_sync_is_finished_by_the_next(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        write(folder / f"{n}.txt", f"Story {n}\n\nIt happened in the year {n}.")
    library.sync(folder)
    for n in range(6):
        write(folder / f"{n}.txt", f"Story {n}\n\nIt happened again in the year {n}.", age=9)
    store, stored = library.catalog.store, 0

    def fail(*given: object) -> object:
        nonlocal stored
        stored += 1
        if stored == 4:
            raise OSError("the power went")
        return store(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(library.catalog, "store", fail)
        with pytest.raises(OSError, match="power"):
            library.sync(folder)
    assert counts(library.sync(folder)) == {"updated": 3, "unchanged": 3}
    assert all("again" in library.article(info.id).text for info in library.articles())
    assert sound(library)


# Copies

STORY = "The lighthouse keeper counted " + ", ".join(f"{n} ships" for n in range(40)) + " before midnight."


def test_a_text_under_two_names_is_stored_once(library: Library, folder: Path) -> None:
    """C22: the copy is told of, and there is one footnote; both names are kept."""
    write(folder / "a.txt", STORY)
    write(folder / "z.txt", STORY)
    report = library.sync(folder)
    assert counts(report) == {"added": 1, "copies": 1}
    assert "a copy:" in str(report)
    (info,) = library.articles()
    assert [Path(source).name for source in (info.source, *info.further_sources)] == ["a.txt", "z.txt"]
    assert len({p.article_id for p in library.search("lighthouse keeper")}) == 1
    assert library.articles(Filters(sources=[str(folder / "z.txt")])) == [info]
    (passage, *_) = library.search("lighthouse keeper")
    assert [(copy.article_id, Path(copy.source).name) for copy in passage.copies] == [(info.id, "z.txt")]
    only = library.search("lighthouse keeper", filters=Filters(sources=[str(folder / "a.txt")]))
    assert [passage.copies for passage in only] == [()] * len(only)  # nothing is named that is filtered out
    assert counts(library.sync(folder)) == {"untouched": 2}
    assert counts(library.sync(folder, again=True)) == {"unchanged": 2}


def test_the_text_stays_as_long_as_one_name_has_it(library: Library, folder: Path) -> None:
    for name in "abc":
        write(folder / f"{name}.txt", STORY)
    library.sync(folder)
    (article_id,) = names(library).values()
    (folder / "a.txt").unlink()
    assert counts(library.sync(folder)) == {"untouched": 2}
    assert names(library) == {"b.txt": article_id}
    (folder / "c.txt").unlink()
    library.sync(folder)
    assert library.articles()[0].further_sources == ()
    (folder / "b.txt").unlink()
    assert counts(library.sync(folder, emptied=True)) == {"removed": 1}


@pytest.mark.parametrize("changed", ["a.txt", "b.txt"])
def test_a_copy_that_is_changed_is_an_article_of_its_own(library: Library, folder: Path, changed: str) -> None:
    """Whichever of the two is changed, the words that were cited keep their id."""
    write(folder / "a.txt", STORY)
    write(folder / "b.txt", STORY)
    library.sync(folder)
    (article_id,) = names(library).values()
    write(folder / changed, STORY.replace("7 ships", "no ships"), age=5)
    assert counts(library.sync(folder)) == {"added": 1, "untouched": 1}
    assert library.article(article_id).text == STORY
    assert len(set(names(library).values())) == 2
    write(folder / changed, STORY, age=10)
    assert counts(library.sync(folder)) == {"copies": 1, "untouched": 1}
    assert list(names(library).values()) == [article_id]
    assert sound(library)


def test_another_title_is_that_of_a_text_with_all_its_sources(library: Library, folder: Path) -> None:
    write(folder / "a.md", f"# Keeper\n\n{STORY}")
    write(folder / "b.md", f"# Keeper\n\n{STORY}")
    library.sync(folder)
    write(folder / "a.md", f"---\ndate: 2024-05-01\n---\n# Keeper\n\n{STORY}", age=5)
    assert counts(library.sync(folder)) == {"updated": 1, "untouched": 1}
    (info,) = library.articles()
    assert str(info.published) == "2024-05-01"
    assert [Path(source).name for source in info.further_sources] == ["b.md"]


def test_a_file_that_is_changed_while_its_old_text_comes_under_another_name(library: Library, folder: Path) -> None:
    write(folder / "b.txt", STORY)
    library.sync(folder)
    (article_id,) = names(library).values()
    write(folder / "b.txt", STORY.replace("midnight", "noon"), age=5)
    write(folder / "c.txt", STORY)
    library.sync(folder)
    assert names(library)["c.txt"] == article_id
    assert "noon" in library.article(names(library)["b.txt"]).text
    assert sound(library)


def test_the_same_words_of_two_people_are_two_articles(library: Library) -> None:
    """A word of thanks is sent by many; what tells its author or its day is not the same as another's."""
    thanks = Article(title="Re: dinner", text="Thanks, see you there.", source="m1", author="Ann")
    others = [
        replace(thanks, source="m2", author="Bo", id=""),
        replace(thanks, source="m3", title="Re: lunch", id=""),
        Article(title="Story", text=STORY, source="s1", author="Ann"),
        Article(title="Tale", text=STORY, source="s2", author="Bo"),
    ]
    assert counts(library.add_articles([thanks, *others])) == {"added": 5}
    assert counts(library.add_articles([replace(thanks, source="m4", author=None, id="")])) == {"copies": 1}
    assert counts(library.add_articles([Article(title="Fable", text=STORY, source="s3", author="Bo")])) == {"copies": 1}


# The command line and watching


def test_the_command_follows_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync"]) == 2
    assert "follows nothing yet" in capsys.readouterr().err
    write(folder / "a.txt", "Alpha\n\nAll about alpha.")
    assert main(["sync", str(folder)]) == 0
    assert capsys.readouterr().out == "1 added\n"
    write(folder / "b.txt", "Beta\n\nAll about beta.")
    assert main(["sync"]) == 0
    assert capsys.readouterr().out == "1 added, 1 untouched\n"
    assert main(["sync", "--list"]) == 0
    assert str(folder) in capsys.readouterr().out
    assert main(["sync", "--forget", str(folder)]) == 0
    assert main(["sync", "--forget", str(folder)]) == 2


class Told:
    """What a watcher told, with waiting for it."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, place: str | Path, what: AddReport | FootnoteError) -> None:
        self.words.append(str(what))

    def wait_for(self, words: str) -> None:
        until = time.monotonic() + 30
        while not any(words in told for told in self.words):
            assert time.monotonic() < until, self.words
            time.sleep(0.05)


@pytest.fixture
def watching(library: Library, folder: Path) -> Iterator[Told]:
    told, stop = Told(), threading.Event()
    write(folder / "first.txt", "First\n\nIt was there before.")
    thread = threading.Thread(target=watch, args=(library, [folder], told), kwargs={"stop": stop})
    thread.start()
    try:
        told.wait_for("1 added")
        yield told
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def test_a_watched_folder_is_followed_at_once(library: Library, folder: Path, watching: Told) -> None:
    """A deleted file leaves the answers by itself; a drive that goes takes nothing along, and is awaited."""
    (folder / "new.txt").write_text("New\n\nIt came while the folder was watched.")
    watching.wait_for("1 added, 1 untouched")
    (folder / "new.txt").unlink()
    watching.wait_for("1 removed")
    assert names(library).keys() == {"first.txt"}
    folder.rename(folder.with_name("away"))
    watching.wait_for("There is no folder")
    folder.with_name("away").rename(folder)
    (folder / "second.txt").write_text("Second\n\nIt came when the folder was back.")
    until = time.monotonic() + 30
    while names(library).keys() != {"first.txt", "second.txt"}:
        assert time.monotonic() < until
        time.sleep(0.05)
