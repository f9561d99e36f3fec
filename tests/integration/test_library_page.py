"""The library page: what its addresses show and do, over a real library and a real site on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag import Article, Library, Settings
from ui import article
from ui.shelf import actions, views
from ui.shelf.bars import bars

HOSTILE = '"><img src=x onerror="window.ran=1">'

pytestmark = pytest.mark.usefixtures("cheap_embedder")


class Pier(BaseHTTPRequestHandler):
    """A site of one page."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/pier" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>The pier</title><h1>The pier</h1><p>The pier opened in 1888, on a Sunday.</p>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pier) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library", settings=Settings(allow_private_addresses=True)) as opened:
        yield opened


def opened(library: Library, *, local: bool = True) -> TestClient:
    application = FastAPI()
    application.include_router(article.routes(library))
    application.include_router(views.routes(library))
    application.include_router(actions.routes(library, local=local))
    return TestClient(application)


@pytest.fixture
def shelf(library: Library) -> TestClient:
    return opened(library)


def done(shelf: TestClient, address: str, **sent: object) -> str:
    """Have something done that takes a while; return what is told of it in the end."""
    job = shelf.post(f"/library/{address}", **sent).json()["job"]
    return over(shelf, job)


def over(shelf: TestClient, job: str) -> str:
    for _ in range(1000):
        told = shelf.get(f"/library/jobs/{job}").text
        if 'data-job="over"' in told:
            return told
        time.sleep(0.02)
    raise AssertionError(told)


def uploaded(*files: tuple[str, str]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, text.encode())) for name, text in files]


# Adding


def test_files_are_known_by_their_own_names_and_each_is_accounted_for(library: Library, shelf: TestClient) -> None:
    """C26, C37: neither the folder that an upload lands in nor one in its name stands in any name or reason."""
    files = (("../../etc/fares.md", "# Fares\n\nA ticket costs four pounds."), ("photo.xyz", "x"), ("テスト.md", ""))
    told = done(shelf, "add/files", files=uploaded(*files))
    assert ">1 added, 2 not added</p>" in told
    assert "photo.xyz" in told
    assert "テスト.md" in told
    assert "footnote-" not in told
    assert [info.source for info in library.articles()] == ["fares.md"]


def test_another_text_of_the_same_name_is_added_beside_it_or_in_its_place(library: Library, shelf: TestClient) -> None:
    """C23: neither is lost without a word, whoever wants the newer one alone says so, and can think better of it."""
    done(shelf, "add/files", files=uploaded(("notes.md", "The roof leaks.")))
    both = uploaded(("notes.md", "The roof was mended."), ("a/notes.md", "The boat was painted."))
    job = shelf.post("/library/add/files", files=both).json()["job"]
    told = over(shelf, job)
    assert "2 added" in told
    assert "added beside it, as <bdi>notes (2).md</bdi>" in told
    assert {info.source for info in library.articles()} == {"notes.md", "notes (2).md", "notes (3).md"}
    assert "1 unchanged" in done(shelf, "add/files", files=uploaded(("notes.md", "The roof was mended.")))
    only = shelf.post("/library/add/files", files=uploaded(("fees.md", "Five."))).json()["job"]
    over(shelf, only)
    newer = shelf.post("/library/add/files", files=uploaded(("fees.md", "Six."))).json()["job"]
    assert "Replace the older one instead" in over(shelf, newer)
    assert "taken their places" in shelf.post(f"/library/jobs/{newer}/replace").text
    (fees,) = (info for info in library.articles() if "fees" in info.source)
    assert (fees.source, library.article(fees.id).text) == ("fees.md", "Six.")
    assert "Put back" in shelf.get("/library/removed").text


def test_pages_are_added_by_their_addresses_and_what_failed_is_tried_again(
    library: Library, shelf: TestClient, site: str
) -> None:
    urls = f" {site}/pier#top\n{site}/none example.org/pier {site}/none"
    job = shelf.post("/library/add/pages", data={"urls": urls}).json()["job"]
    told = over(shelf, job)
    assert ">1 added, 2 not added</p>" in told
    assert "there is no such page (404)" in told
    assert "begins with https://" in told
    assert f'data-failed="{site}/none example.org/pier"' in told
    assert [info.source for info in library.articles()] == [f"{site}/pier"]
    again = done(shelf, f"jobs/{job}/retry")
    assert ">1 not added</p>" in again  # the one that a retry can help


def test_a_folder_and_a_feed_are_added_and_followed(library: Library, shelf: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(f"Day {number} was dry.")
    (folder / "broken.pdf").write_bytes(b"%PDF-")
    (folder / "photo.xyz").write_bytes(b"x")
    job = shelf.post("/library/add/place", data={"place": str(folder)}).json()["job"]
    told = over(shelf, job)
    assert ">3 added, 1 not added, 1 skipped</p>" in told
    (folder / "broken.pdf").unlink()
    (folder / "broken.pdf.md").write_text("Mended.")
    assert "not added" in done(shelf, f"jobs/{job}/retry")
    assert library.followed() == {}
    told = done(shelf, "add/place", data={"place": str(folder), "follow": "1"})
    assert "1 added" in told
    assert str(folder) in shelf.get("/library/followed").text
    (folder / "0.md").unlink()
    assert "1 removed, since their files are gone" in done(shelf, "sync", data={"place": str(folder)})
    assert "followed no longer" in shelf.post("/library/unfollow", data={"place": str(folder)}).text
    assert shelf.post("/library/sync", data={"place": str(folder)}).status_code == 422
    missing = done(shelf, "add/place", data={"place": str(tmp_path / "nowhere"), "follow": "1"})
    assert "There is no folder" in missing


@pytest.mark.parametrize("start", ["", "file://", "~/", "./"])
def test_the_field_for_pages_opens_no_file_of_this_machine(
    library: Library, shelf: TestClient, tmp_path: Path, start: str
) -> None:
    (tmp_path / "diary.txt").write_text("Nobody else may read this diary.")
    told = done(shelf, "add/pages", data={"urls": f"{start}{tmp_path / 'diary.txt'}"})
    assert "1 not added" in told
    assert library.articles() == []


def test_who_sees_the_window_from_elsewhere_names_no_folder(library: Library, tmp_path: Path, site: str) -> None:
    far = opened(library, local=False)
    reply = far.post("/library/add/place", data={"place": str(tmp_path)})
    assert reply.status_code == 422
    assert "footnote add PATH" in reply.json()["problem"]
    assert "1 added" in done(far, "add/place", data={"place": f"{site}/pier"})


def test_this_machine_is_closed_to_the_window_by_default(tmp_path: Path, site: str) -> None:
    """C35."""
    with Library(tmp_path / "closed") as closed:
        assert "this machine itself" in done(opened(closed), "add/pages", data={"urls": f"{site}/pier"})
        assert closed.articles() == []


def test_text_is_pasted_with_or_without_a_title(library: Library, shelf: TestClient) -> None:
    """C08: nothing is no article."""
    sent = {"title": HOSTILE, "text": "It rained.", "published": "2024-05-01"}
    assert "1 added" in done(shelf, "add/text", data=sent)
    assert "1 added" in done(shelf, "add/text", data={"text": "A dry day\n\nNo rain fell at all."})
    assert "1 unchanged" in done(shelf, "add/text", data={"text": "A dry day\n\nNo rain fell at all."})
    assert "added beside it" in done(shelf, "add/text", data={"title": "A dry day", "text": "It was so dry."})
    told = {info.title: (info.source, info.published) for info in library.articles()}
    assert told[HOSTILE] == (f"pasted/{HOSTILE}", date(2024, 5, 1))
    assert told["A dry day"][0].startswith("pasted/A dry day")
    for wrong in ({"text": " \n "}, {"text": "Words.", "published": "soon"}):
        assert shelf.post("/library/add/text", data=wrong).json()["problem"]
    assert "<img" not in shelf.get("/library/articles").text


def test_what_is_stopped_says_what_was_not_added(shelf: TestClient, library: Library) -> None:
    many = uploaded(*((f"{n}.md", f"Day {n} was dry.") for n in range(40)))
    job = shelf.post("/library/add/files", files=many).json()["job"]
    shelf.post(f"/library/jobs/{job}/stop")
    told = over(shelf, job)
    assert "Stopped before it was added" in told
    assert len(library.articles()) < 40
    done(shelf, f"jobs/{job}/retry")
    assert len(library.articles()) == 40


def test_the_whole_library_is_repaired(library: Library, shelf: TestClient) -> None:
    library.add_articles([Article(title="One", text="The first one.", source="1.txt")])
    assert "All 1 articles are whole" in done(shelf, "repair")


# Removing


def test_several_are_removed_and_put_back(library: Library, shelf: TestClient) -> None:
    library.add_articles([Article(title=f"Day {n}", text=f"Day {n} was dry.", source=f"{n}.txt") for n in range(3)])
    ids = [info.id for info in library.articles()][:2]
    told = shelf.post("/library/remove", data={"ids": ids}).text
    assert "2 articles removed" in told
    assert f'data-put-back="{" ".join(ids)}"' in told
    assert len(library.articles()) == 1
    assert "2 articles are in the library again" in shelf.post("/library/put-back", data={"ids": ids}).text
    assert len(library.articles()) == 3
    assert shelf.post("/library/remove", data={"ids": ["nowhere"]}).status_code == 409
    shelf.post("/library/remove", data={"ids": ids})
    assert "gone for good" in shelf.post("/library/forget-removed").text
    assert shelf.post("/library/put-back", data={"ids": ids}).status_code == 409


# An article's own page


def test_details_are_changed_on_the_page_of_the_article(library: Library, shelf: TestClient) -> None:
    """Without JavaScript, too: each is a form of its own, and answers with the page."""
    library.add_articles([Article(title="Day", text="It rained.", source="1.txt", author="Ann")])
    (info,) = library.articles()
    page = f"/article/{info.id}"
    assert "Change details" in shelf.get(page).text
    sent = {"title": HOSTILE, "author": "", "published": "2024-05-01", "tags": "rain, north ,", "language": "en"}
    told = shelf.post(f"{page}/edit", data=sent).text
    assert "Saved." in told
    assert "Ann" in told.partition("The source itself says")[2]
    assert "<img" not in told
    now = library.article(info.id)
    assert (now.title, now.author, now.published, now.tags) == (HOSTILE, None, date(2024, 5, 1), ("rain", "north"))
    wrong = shelf.post(f"{page}/edit", data={**sent, "title": "Kept", "language": "!!"})
    assert wrong.status_code == 422
    assert 'value="Kept"' in wrong.text  # what was typed is not lost
    assert library.article(info.id).title == HOSTILE
    assert "as the source says again" in shelf.post(f"{page}/as-in-source?view=panel").text
    assert library.article(info.id).author == "Ann"
    assert "Indexed anew" in shelf.post(f"{page}/reindex").text
    assert "Undo" in shelf.post(f"{page}/remove").text
    assert shelf.get(page).status_code == 404
    assert "in the library again" in shelf.post(f"{page}/put-back").text
    assert shelf.post("/article/nowhere/edit", data=sent).status_code == 404


# Looking


@pytest.fixture
def kept(library: Library) -> Library:
    story = "The harbour was dredged again this year, and the town paid for all of it from the fees of the ferry. " * 4
    library.add_articles(
        [Article(title="Dredged", text=story, source="a/1.txt", published=date(2024, 5, 1), tags=("harbour",))]
    )
    library.add_articles(
        [Article(title="Dredged!", text=story + "So it was.", source="b/2.txt", published=date(2024, 6, 1))]
    )
    library.add_articles([Article(title="Dredged", text=story, source="c/3.txt")])
    library.add_articles([Article(title=f"Day {n}", text=f"Day {n}.", source=f"d/{n}.txt") for n in range(60)])
    return library


def test_the_list_is_paged_searched_filtered_and_put_in_order(kept: Library, shelf: TestClient) -> None:
    def shown(query: str) -> str:
        return shelf.get(f"/library/articles?{query}").text

    assert "62 articles" in shown("")
    assert shown("").count('class="place"') == 50
    assert shown("page=2").count('class="place"') == 12
    assert "Page 2 of 2" in shown("page=99")
    assert "1 of 62 articles" in shown("words=day+59")
    assert "2 of 62 articles" in shown("since=2024")
    assert "1 of 62 articles" in shown("tags=harbour")
    assert "Remove tagged harbour" in shown("tags=harbour&since=2024")
    assert "No article's title, author or source has" in shown("words=zebra")
    assert "near copy" in shown("words=dredged")
    assert 'role="alert"' in shown("since=2025&until=2024")
    assert shown("order=title&ascending=1").index("Day 0") < shown("order=title&ascending=1").index("Day 10")
    assert "<" not in HOSTILE or "<img" not in shelf.get("/library/articles", params={"words": HOSTILE}).text
    assert 'name="tags" value="harbour"' in shelf.get("/library/choices").text
    for odd in ("page=x&order=nothing", "page=-1", "page=99999999999999999999", "since=soon", "words=%00"):
        assert shelf.get(f"/library/articles?{odd}").status_code == 200


def test_copies_are_shown_in_groups(kept: Library, shelf: TestClient) -> None:
    html = shelf.get("/library/duplicates").text
    assert "Near copies" in html
    assert "The same text under several names" in html
    assert html.index("Dredged!") < html.index("a/1.txt") < html.index("c/3.txt")
    assert "None of these articles is" in shelf.get("/library/duplicates?words=day").text


def test_years_and_map_say_in_words_what_they_draw(kept: Library, shelf: TestClient) -> None:
    html = shelf.get("/library/years").text
    assert "2 articles by month, and 60 without a date" in html
    assert 'aria-label="May 2024: 1 article"' in html
    assert "<td>June 2024</td><td>1</td>" in html
    assert "None of the 60 articles has a date" in shelf.get("/library/years?words=day").text
    for _ in range(200):
        html = shelf.get("/library/map?by=source").text
        if "data-waits" not in html:
            break
        time.sleep(0.02)
    assert "62 articles; those that are about the same lie close together" in html
    assert "<bdi>d</bdi></th><td>60</td>" in html
    points = shelf.get("/library/points?words=dredged").json()
    assert len(points["x"]) == len(points["link"]) == 2
    assert set(points["title"]) == {"Dredged", "Dredged!"}


@pytest.mark.parametrize(
    ("first", "last", "step", "count", "words"),
    [
        (date(2024, 2, 28), date(2024, 3, 2), "day", 4, "2 March 2024"),
        (date(2023, 12, 31), date(2024, 3, 2), "month", 4, "March 2024"),
        (date(1990, 1, 1), date(2024, 3, 2), "year", 35, "2024"),
        (date(1895, 1, 1), date(2024, 3, 2), "decade", 14, "2020 to 2029"),
        (date(2024, 3, 2), date(2024, 3, 2), "day", 1, "2 March 2024"),
    ],
)
def test_bars_stand_for_as_much_time_as_can_be_seen(first: date, last: date, step: str, count: int, words: str) -> None:
    found, drawn = bars({first: 1, last: 3, None: 7})
    assert (found, len(drawn), drawn[-1].words, drawn[-1].articles) == (step, count, words, 3)
    assert drawn[-1].since <= last <= drawn[-1].until
    assert sum(bar.articles for bar in drawn) == (3 if first == last else 4)
    assert bars({None: 2}) == ("year", [])
