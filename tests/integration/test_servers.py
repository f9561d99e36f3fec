"""A library on a PostgreSQL server and a Chroma server: shared by all who name them, and whole whatever fails."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import chromadb
import httpx
import pytest
from children import ROOT, HashEmbedder, story
from servers import Servers, chroma
from sqlalchemy import text

from rag import Filters, Library, Settings
from rag.cli import main
from rag.errors import FootnoteError, InvalidSetting, LibraryBusy, LibraryUnusable
from rag.index import folder as folder_module
from rag.index.migrations import MIGRATIONS
from rag.index.vectors import server as server_module

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("cheap_embedder")]  # these name their servers themselves


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Settings:
    """Of a database of this test's own."""
    return servers.settings_for(tmp_path)


def collections(servers: Servers, library: Library) -> list[str]:
    client = chromadb.HttpClient("127.0.0.1", servers.chroma)
    prefix = library._vectors._prefix
    return [found.name for found in client.list_collections() if found.name.startswith(prefix)]


def cut_off(library: Library) -> None:
    """End all connections to the library's database, as a server does that is started anew."""
    with library.catalog.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = current_user AND pid <> pg_backend_pid()"
            )
        )


# Shared


def test_two_libraries_on_the_same_servers_are_one(settings: Settings, servers: Servers) -> None:
    with Library(settings=settings) as one, Library(settings=settings) as other:
        one.add_articles(story(number) for number in range(5))
        assert other.search("story 3", 1)[0].source == "stories/3"
        other.remove(story(3).id)
        assert one.chunk_count() == one._vectors.count() == 8
        assert all(passage.source != "stories/3" for passage in one.search("story 3", 10))
        assert len(collections(servers, one)) == 1


def test_two_schemas_of_one_database_are_two_libraries(servers: Servers, tmp_path: Path) -> None:
    with (
        Library(settings=servers.settings_for(tmp_path / "a")) as one,
        Library(settings=servers.settings_for(tmp_path / "b")) as other,
    ):
        one.add_articles([story(1)])
        other.add_articles([story(2)])
        name = other.catalog.fact("collection")
        with one.home.one_writer():
            other.add_articles([story(3)])
        one.repair()
        assert other.catalog.fact("collection") == name
        assert {info.source for info in other.articles()} == {"stories/2", "stories/3"}
        assert (one._vectors.count(), other._vectors.count()) == (2, 4)
        assert other.catalog.fact("collection") == name  # it was not deleted, and made anew


def test_a_database_that_a_dump_was_restored_into_has_vectors_of_its_own(servers: Servers, tmp_path: Path) -> None:
    with Library(settings=servers.settings_for(tmp_path)) as one:
        one.add_articles([story(1)])
        name = one.catalog.fact("collection")
        servers.run("CREATE DATABASE restored TEMPLATE template0")
        url = servers.url_of("footnote", "restored")
        with Library(settings=Settings(catalog_url=url, chroma_url=servers.chroma_url)) as copy:
            copy.catalog.set_facts(collection=name or "")
            copy.add_articles([story(2)])
            copy.repair()
            assert copy.catalog.fact("collection") != name
            assert copy._vectors.count() == 2
        assert one.check().sound


def test_many_who_make_the_same_library_at_once_make_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "SECONDS_TO_WAIT_FOR_WRITER", 250)  # on a machine that is busy otherwise

    def opened(number: int) -> str | None:
        with Library(settings=settings) as library:
            library.add_articles([story(number)])
            return library.catalog.fact("collection")

    with ThreadPoolExecutor(6) as at_once:
        assert len(set(at_once.map(opened, range(6)))) == 1
    with Library(settings=settings) as library:
        assert library.check().sound
        assert library.status().articles == 6


def test_a_second_writer_waits_and_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """C47: on any machine; the server lets go of the lock when whoever has it ends."""
    monkeypatch.setattr(folder_module, "SECONDS_TO_WAIT_FOR_WRITER", 1)
    with Library(settings=settings) as one, Library(settings=settings) as other:
        one.add_articles([story(1)])
        with one.home.one_writer():
            with pytest.raises(LibraryBusy, match="Another process has been changing the library postgresql://127"):
                other.add_articles([story(2)])
            assert other.search("story 1")
            one.add_articles([story(3)])
        other.add_articles([story(2)])
        assert other.check().sound


def test_a_writer_that_is_killed_leaves_a_library_that_goes_on(settings: Settings, servers: Servers) -> None:
    """C46."""
    script = (
        "import children, os; from rag import Library; children.use_hashes(); library = Library()\n"
        "for version in range(1000):\n"
        "    library.add_articles(children.story(n, version, 35) for n in range(20)); print('written', flush=True)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}{os.pathsep}{ROOT / 'tests' / 'integration'}",
        "FOOTNOTE_CATALOG_URL": settings.catalog_url.get_secret_value(),
        "FOOTNOTE_CHROMA_URL": settings.chroma_url.get_secret_value(),
    }
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"written\n"
        writer.stdout.readline()
        writer.kill()
    with Library(settings=settings) as library:
        library.add_articles([story(99)])
        assert library.check().sound
        assert library.status().articles == 21


def test_a_forked_child_can_ask(settings: Settings) -> None:
    with Library(settings=settings) as library:
        library.add_articles([story(1)])
        assert library.search("story 1")
        child = os.fork()
        if not child:
            os._exit(0 if library.search("story 1") and library.nearest("x", 1) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert library.search("story 1")
        library.add_articles([story(2)])


# Chroma


def test_a_chroma_server_that_is_away_loses_nothing(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chroma").mkdir()
    with chroma(tmp_path / "chroma") as port:
        pass
    url = f"http://127.0.0.1:{port}"
    settings = Settings(catalog_url=servers.database_for(tmp_path), chroma_url=url)
    with Library(settings=settings) as library:
        with pytest.raises(LibraryUnusable, match=rf"{url} does not answer.*FOOTNOTE_CHROMA_URL.*Nothing is lost"):
            library.add_articles([story(1)])
        assert library.status().articles == 1
        assert library.catalog.matching('"story"', 5, title_weight=1.0)
        with chroma(tmp_path / "chroma", port):
            monkeypatch.setattr(HashEmbedder, "documents", lambda *_: pytest.fail("embedded again"))
            library.add_articles([story(1)])
            assert library.check().sound
        with pytest.raises(LibraryUnusable, match="does not answer"):
            library._vectors.count()


def test_a_chroma_server_that_is_started_again_finds_the_same(servers: Servers, tmp_path: Path) -> None:
    """C49: also beyond the 1,000 chunks after which Chroma writes its graph."""
    (tmp_path / "chroma").mkdir()
    with chroma(tmp_path / "chroma") as port:
        settings = Settings(catalog_url=servers.database_for(tmp_path), chroma_url=f"http://127.0.0.1:{port}")
        with Library(settings=settings) as library:
            library.add_articles(story(number, sentences=36) for number in range(180))
            before = library.nearest("x", 50)
            assert library._vectors.count() > 1000
    with chroma(tmp_path / "chroma", port), Library(settings=settings) as library:
        assert [chunk_id for chunk_id, _ in library.nearest("x", 50)] == [chunk_id for chunk_id, _ in before]
        assert library.check().sound


def test_a_chroma_server_that_lost_everything_is_given_it_again(
    settings: Settings, servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    with Library(settings=settings) as library:
        library.add_articles(story(number) for number in range(5))
        chromadb.HttpClient("127.0.0.1", servers.chroma).delete_collection(library._vectors.chroma().name)
        with caplog.at_level(logging.WARNING):
            assert library.search("story 3", 1)[0].source == "stories/3"
        assert "is gone from the Chroma server; building it again" in caplog.text
        assert library.check().sound


def test_a_collection_that_holds_other_chunks_is_made_anew_when_it_is_opened(
    settings: Settings, servers: Servers
) -> None:
    """As after a backup of Chroma's disk was put back."""
    with Library(settings=settings) as library:
        library.add_articles(story(number) for number in range(5))
        before = library._vectors.chroma()
        before.delete([chunk.id for chunk in library.catalog.chunks_of(story(3).id)])
    with Library(settings=settings) as library:
        assert library._vectors.count() == 10
        assert library._vectors.chroma().name != before.name
        assert collections(servers, library) == [library._vectors.chroma().name]


def test_an_index_made_anew_takes_the_place_of_the_old_for_everybody(settings: Settings, servers: Servers) -> None:
    with Library(settings=settings) as one, Library(settings=settings) as other:
        one.add_articles(story(number) for number in range(5))
        old = other._vectors.chroma().name
        asked: list[int] = []
        one.repair(progress=lambda *_: asked.append(len(other.nearest("x", 50))))
        assert set(asked) == {10}
        assert collections(servers, one) == [other._vectors.chroma().name] != [old]


def test_an_index_that_cannot_be_made_leaves_the_old_one(
    settings: Settings, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(settings=settings) as library:
        library.add_articles(story(number) for number in range(5))
        with monkeypatch.context() as patched:
            fails = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # noqa: E731
            patched.setattr(server_module.ServerCollection, "upsert", fails)
            with pytest.raises(KeyboardInterrupt):
                library.repair()
        assert collections(servers, library) == [library._vectors.chroma().name]
        assert library.check().sound


def test_a_server_that_accepts_and_says_nothing_holds_nobody_up(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_TO_CONNECT", httpx.Timeout(0.5))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = Settings(catalog_url=servers.database_for(tmp_path), chroma_url=url)
        with Library(settings=settings) as library, pytest.raises(LibraryUnusable, match="does not answer"):
            library._vectors.count()


# PostgreSQL


def test_a_database_that_was_started_again_is_connected_to_again(settings: Settings) -> None:
    with Library(settings=settings) as library:
        library.add_articles([story(1)])
        assert library.search("story 1")
        cut_off(library)
        assert library.search("story 1")
        cut_off(library)
        library.add_articles([story(2)])


def test_a_connection_that_breaks_in_the_middle_changes_nothing_and_is_told(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_off(library: Library) -> None:
        with library.home.one_writer(), library.catalog.begin() as connection:
            connection.execute(text("DELETE FROM chunk_terms"))
            cut_off(library)
            connection.execute(text("DELETE FROM chunk_sizes"))

    with Library(settings=settings) as library:
        library.add_articles([story(1)])
        with pytest.raises(LibraryUnusable, match=r"(broke off|being stopped|does not answer)"):
            broken_off(library)
        assert "lock on postgresql://127.0.0.1" in caplog.text
        assert library.check().sound


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    settings = Settings(catalog_url=f"postgresql://me:sesame@127.0.0.1:{port}/notes", chroma_url="http://127.0.0.1:1")
    with pytest.raises(
        LibraryUnusable, match=rf"server of postgresql://127.0.0.1:{port}/notes does not answer"
    ) as told:
        Library(settings=settings)
    assert "sesame" not in str(told.value) + repr(settings)


def test_a_database_that_is_not_there_is_named_with_what_to_do(servers: Servers) -> None:
    settings = Settings(catalog_url=servers.url_of("footnote", "nothing_here"), chroma_url=servers.chroma_url)
    with pytest.raises(LibraryUnusable, match=r"has no such database .*createdb"):
        Library(settings=settings)


def test_what_a_user_may_not_do_is_told(settings: Settings, servers: Servers) -> None:
    with Library(settings=settings) as library:
        library.add_articles([story(1)])
        with library.catalog.begin() as connection:
            schema = connection.scalar(text("SELECT current_schema()"))
    servers.run(
        f"CREATE ROLE {schema}r LOGIN",
        f"ALTER ROLE {schema}r SET search_path = {schema}",
        f"GRANT USAGE ON SCHEMA {schema} TO {schema}r",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {schema}r",
    )
    reader = Settings(catalog_url=servers.url_of(f"{schema}r"), chroma_url=servers.chroma_url)
    with Library(settings=reader) as library:
        assert library.search("story 1")
        with pytest.raises(LibraryUnusable, match="does not let this user do that"):
            library.add_articles([story(2)])


def test_a_database_that_can_only_be_read_can_be_asked(settings: Settings, servers: Servers) -> None:
    with Library(settings=settings) as library:
        library.add_articles([story(1)])
        with library.catalog.begin() as connection:
            connection.execute(text("ALTER ROLE CURRENT_USER SET default_transaction_read_only = on"))
    with Library(settings=settings) as library:
        assert library.search("story 1")
        assert library.check().sound
        with pytest.raises(LibraryUnusable, match="can only be read"):
            library.add_articles([story(2)])


def test_a_catalog_of_a_newer_footnote_is_left_alone(settings: Settings) -> None:
    with Library(settings=settings) as library:
        library.catalog.set_facts(schema="99")
    with pytest.raises(LibraryUnusable, match="newer Footnote"):
        Library(settings=settings)


def test_a_catalog_of_an_older_footnote_is_brought_up_to_date_or_left_as_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(settings=settings) as library:
        library.add_articles([story(1)])
        today = int(library.catalog.fact("schema") or 0)
        with library.catalog.begin() as connection:
            connection.execute(text("ALTER TABLE articles DROP COLUMN author"))
        library.catalog.set_facts(schema=str(today - 1))
    add = "ALTER TABLE articles ADD COLUMN author VARCHAR"
    monkeypatch.setitem(MIGRATIONS, today - 1, (add, "ALTER TABLE nothing_here ADD COLUMN x INTEGER"))
    with pytest.raises(FootnoteError, match="nothing_here"):
        Library(settings=settings)
    monkeypatch.setitem(MIGRATIONS, today - 1, (add,))
    with Library(settings=settings) as library:
        assert library.catalog.fact("schema") == str(today)
        assert library.article(story(1).id).author is None


def test_the_order_of_titles_does_not_depend_on_the_language_of_the_server(servers: Servers, tmp_path: Path) -> None:
    articles = [story(number) for number in range(3)]
    titles = ["b", "A", "ä"]
    made = [type(a)(title=title, text=a.text, source=a.source) for a, title in zip(articles, titles, strict=True)]
    servers.run("CREATE DATABASE english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
    settings = Settings(catalog_url=servers.url_of("footnote", "english"), chroma_url=servers.chroma_url)
    with Library(settings=settings) as library, Library(tmp_path / "folder") as folder:
        for each in (library, folder):
            each.add_articles(made)
        assert (
            [info.title for info in library.articles()] == [info.title for info in folder.articles()] == ["A", "b", "ä"]
        )


def test_a_long_source_is_stored(settings: Settings) -> None:
    """An index of PostgreSQL's takes 2.7 KB at most, and only what can be packed is more."""
    source = "https://example.org/" + "".join(sha256(str(n).encode()).hexdigest() for n in range(100))
    with Library(settings=settings) as library:
        library.add_articles([type(story(1))(title="Long", text="A long way.", source=source)])
        assert [info.source for info in library.articles(Filters(sources=source))] == [source]


# Settings


@pytest.mark.parametrize(
    ("catalog", "chroma_url", "told"),
    [
        ("postgresql://u:sesame@h/d", "", "FOOTNOTE_CHROMA_URL is not set"),
        ("", "http://h:8000", "FOOTNOTE_CATALOG_URL is not set"),
        ("mysql://u:sesame@h/d", "http://h:8000", "has to name a PostgreSQL server"),
        ("postgresql://u:sesame@h", "http://h:8000", "has to name a PostgreSQL server"),
        ("postgresql://u:sesame@h:port/d", "http://h:8000", "is no URL"),
        ("postgresql://u:sesame@h/d?sslmode=sometimes", "http://h:8000", "disable, prefer, require or verify-full"),
        ("postgresql://u:sesame@h/d?options=x", "http://h:8000", "not options"),
        ("postgresql://u:sesame@h/d?sslmode=require&sslmode=disable", "http://h:8000", "given twice"),
        ("postgresql://u:sesame@h/d?sslmode=verify-full&sslrootcert=/nowhere", "http://h:8000", "there is none"),
        ("postgresql://u:sesame@h/d", "h:8000", "has to be a server and a port"),
        ("postgresql://u:sesame@h/d", "http://h:8000/some/where", "has to be a server and a port"),
    ],
)
def test_settings_that_cannot_be_used_are_told_without_the_password(catalog: str, chroma_url: str, told: str) -> None:
    with pytest.raises(InvalidSetting, match=told) as error:
        Library(settings=Settings(catalog_url=catalog, chroma_url=chroma_url))
    assert "sesame" not in str(error.value)


def test_a_server_without_tls_is_refused_where_it_is_required(servers: Servers, tmp_path: Path) -> None:
    url = f"{servers.database_for(tmp_path)}?sslmode=require"
    with pytest.raises(LibraryUnusable, match="refuses SSL"):
        Library(settings=Settings(catalog_url=url, chroma_url=servers.chroma_url))


def test_the_missing_driver_is_named_with_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(InvalidSetting, match=r"pip install 'footnote\[server\]'"):
        Library(settings=settings)


def test_commands_work_on_servers_and_a_folder_that_is_named_is_meant(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_CATALOG_URL", settings.catalog_url.get_secret_value())
    monkeypatch.setenv("FOOTNOTE_CHROMA_URL", settings.chroma_url.get_secret_value())
    (tmp_path / "note.txt").write_text("The ferry leaves at nine.")
    assert main(["add", str(tmp_path / "note.txt")]) == 0
    assert main(["status", "--check"]) == 0
    out = capsys.readouterr().out
    assert "folder    postgresql://127.0.0.1:" in out
    assert "All 1 articles are whole" in out
    assert main(["list", f"--library={tmp_path / 'folder'}"]) == 0
    assert "No articles" in capsys.readouterr().err
    assert not (tmp_path / "default-library").exists()
    for command in (["backup", "all.zip"], ["restore", "all.zip"]):
        assert main(command) == 2
        assert "by PostgreSQL's own tools: pg_" in capsys.readouterr().err
