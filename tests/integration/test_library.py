"""The library with real Chroma, SQLite and the shipped embedding model."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import Document
from sqlalchemy import event

from rag import Article, HybridRetriever, Library, Settings
from rag.errors import ArticleNotFound, EmbedderMismatch, FootnoteError, LibraryUnusable
from rag.index.embeddings import OnnxEmbedder
from rag.index.library import open_default
from rag.index.report import AddReport, FailedSource


def test_what_was_added_is_found(library: Library, bridge: Article) -> None:
    report = library.add_articles([bridge])
    assert [a.source for a in report.added] == ["notes/bridge.txt"]
    (passage, *_) = library.search("What do the repairs cost?")
    assert "£412,000" in passage.text
    assert passage.text == library.article(bridge.id).text[passage.chunk.start : passage.chunk.end]
    assert set(passage.scores) == {"dense", "lexical", "fused"}


def test_adding_twice_does_nothing(library: Library, bridge: Article) -> None:
    """C22: the second time nothing is added, and nothing counts double."""
    library.add_articles([bridge])
    report = library.add_articles([bridge])
    assert [a.source for a in report.unchanged] == ["notes/bridge.txt"]
    assert not report.added
    assert library.status().articles == 1
    assert len(library.search("bridge")) == library.status().chunks


def test_one_source_given_twice_at_once_is_stored_once(library: Library, bridge: Article) -> None:
    report = library.add_articles([bridge, bridge, replace(bridge, text="It opened again.")])
    assert (len(report.added), len(report.unchanged), len(report.updated)) == (1, 1, 1)
    assert library.article(bridge.id).text == "It opened again."
    assert library._vectors.count() == library.status().chunks == 1


def test_a_changed_article_takes_the_place_of_the_old(library: Library, bridge: Article) -> None:
    library.add_articles([bridge])
    report = library.add_articles([replace(bridge, text=bridge.text.replace("£412,000", "£530,000"))])
    assert len(report.updated) == 1
    texts = " ".join(p.text for p in library.search("What do the repairs cost?"))
    assert "£530,000" in texts
    assert "£412,000" not in texts


def test_a_removed_article_is_gone_from_search_and_full_text(library: Library, bridge: Article) -> None:
    library.add_articles([bridge, Article(title="Other", text="A bakery sells bread on Mondays.", source="o")])
    library.remove(bridge.id)
    assert all(p.article_id != bridge.id for p in library.search("bridge repairs council", k=50))
    assert library.chunks_with(["hangers"]) == [0]
    with pytest.raises(ArticleNotFound):
        library.article(bridge.id)
    with pytest.raises(ArticleNotFound):
        library.remove(bridge.id)


def test_a_word_is_looked_up_in_the_articles_asked_for_and_in_their_titles(library: Library, bridge: Article) -> None:
    bakery = Article(title="Bridge Street bakery", text="It sells bread on Mondays.", source="o")
    library.add_articles([bridge, bakery])
    both = {bridge.id, bakery.id}
    assert library.articles_with(["bridges", "Monday", "zeppelin"], [*both]) == [both, {bakery.id}, set()]
    assert library.articles_with(["bridge"], [bridge.id]) == [{bridge.id}]
    assert library.articles_with(["bridge"], []) == [set()]


def test_removed_and_added_again_is_found_again(library: Library, bridge: Article) -> None:
    library.add_articles([bridge])
    library.remove(bridge.id)
    library.add_articles([bridge])
    assert library.search("What do the repairs cost?")[0].scores.keys() >= {"dense", "lexical"}


def test_a_delete_that_chroma_failed_is_finished_later(
    library: Library, bridge: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C25: the article is never cited again, and the next change finishes the clean-up."""
    library.add_articles([bridge])
    index = library._vectors

    def fail(chunk_ids: list[str]) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(index, "delete", fail)
        with pytest.raises(OSError, match="disk full"):
            library.remove(bridge.id)
    assert library.search("bridge repairs") == []
    assert index.count() > 0
    library.add_articles([Article(title="Other", text="A bakery sells bread on Mondays.", source="o")])
    assert index.count() == library.status().chunks


def test_an_add_that_chroma_failed_is_finished_without_embedding_again(
    tmp_path: Path, bridge: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(tmp_path / "l") as library:
        monkeypatch.setattr(library._vectors, "upsert", lambda rows: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            library.add_articles([bridge])
    with Library(tmp_path / "l") as library:
        monkeypatch.setattr(OnnxEmbedder, "documents", lambda *_: pytest.fail("embedded again"))
        report = library.add_articles([bridge])
        assert len(report.unchanged) == 1
        assert library._vectors.count() == library.status().chunks


def test_batches_follow_chromas_own_limit(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """C43: one long article becomes several batches, and none is lost."""
    text = "\n\n".join(f"Section {n} says that beach number {n} has {n * 3} chairs. " * 12 for n in range(30))
    monkeypatch.setattr(library._vectors.chroma().client, "get_max_batch_size", lambda: 7)
    library.add_articles([Article(title="Beaches", text=text, source="b")])
    assert library.status().chunks > 14
    assert library._vectors.count() == library.status().chunks


def test_files_and_folders_are_added_and_every_one_is_accounted_for(library: Library, tmp_path: Path) -> None:
    """C37: a bad file does not stop the good one, and is named with the reason."""
    folder = tmp_path / "articles"
    (folder / ".git").mkdir(parents=True)
    (folder / "good.md").write_text("# Good news\n\nThe lighthouse was painted red in 2024.\n")
    (folder / "empty.txt").write_text("\n\n")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01")
    (folder / ".git" / "config.txt").write_text("hidden words here")
    calls: list[tuple[int, int, str]] = []
    report = library.add(folder, progress=lambda *call: calls.append(call))
    assert [a.title for a in report.added] == ["Good news"]
    assert {Path(f.source).name for f in report.failed} == {"empty.txt", "picture.txt"}
    assert all(f.reason for f in report.failed)
    assert "1 added, 2 failed" in str(report)
    assert calls[-1][0] <= calls[-1][1]


def test_a_file_of_several_articles_is_accounted_for_article_by_article(library: Library, tmp_path: Path) -> None:
    """Each is known by its place in the file; one that is bad does not stop the others."""
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        archive.writestr("pier.txt", "The pier opened in 1888.")
        archive.writestr("broken.pdf", "%PDF-")
        archive.writestr("empty.md", "")
        archive.writestr("ferry.txt", "The ferry leaves at nine.")
    (tmp_path / "fares.md").write_text("# Fares\n\nA ticket costs four pounds.")
    calls: list[tuple[int, int, str]] = []
    paths = [tmp_path / "news.zip", tmp_path / "fares.md"]
    report = library.add(paths, named=lambda path: path.name, progress=lambda *call: calls.append(call))
    assert [a.source for a in report.added] == ["news.zip#pier.txt", "news.zip#ferry.txt", "fares.md"]
    assert [f.source for f in report.failed] == ["news.zip#broken.pdf"]
    assert [f.source for f in report.skipped] == ["news.zip#empty.md"]
    assert "3 added, 1 failed, 1 skipped" in str(report)
    assert calls == [(1, 2, "news.zip#pier.txt"), (1, 2, "news.zip#ferry.txt"), (2, 2, "fares.md")]
    again = library.add(paths, named=lambda path: path.name)
    assert len(again.unchanged) == 3
    assert not again.added


def test_what_is_skipped_is_listed_up_to_a_limit() -> None:
    report = AddReport(skipped=[FailedSource(f"mail {n}", "No text.") for n in range(30)])
    assert str(report).startswith("30 skipped\n  skipped mail 0: No text.")
    assert str(report).endswith("and 10 more that were skipped (--json lists them all)")


def test_a_passage_knows_its_page_after_a_restart(tmp_path: Path) -> None:
    first, second = "The pier opened in 1888.", "A storm took the pier's roof away in 1921."
    paged = Article(title="Pier", text=f"{first} {second}", source="p.pdf", pages=(0, len(first) + 1))
    filler = " ".join(f"Boat number {n} lay in the harbour for {n} days." for n in range(60))
    longer = Article(title="Log", text=f"{filler}\n\n{second}", source="l.pdf", pages=(0, len(filler) + 2))
    with Library(tmp_path / "l") as library:
        library.add_articles([paged, longer])
    with Library(tmp_path / "l") as library:
        assert library.article(paged.id) == paged
        found = {passage.source: passage for passage in library.search("When did a storm take the roof?")}
        assert (found["p.pdf"].page, found["l.pdf"].page) == (1, longer.page_at(found["l.pdf"].chunk.start))


def test_two_files_of_one_name_are_two_articles(library: Library, tmp_path: Path) -> None:
    """C23: a/notes.md and b/notes.md are both kept and told apart."""
    for name, colour in (("a", "red"), ("b", "green")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.md").write_text(f"# Notes\n\nThe {name} boat is {colour}.\n")
    library.add([tmp_path / "a", tmp_path / "b"])
    assert len({info.source for info in library.articles()}) == 2


def test_articles_without_date_author_or_tags_are_listed_last(library: Library, bridge: Article) -> None:
    """C41: missing particulars break nothing."""
    dated = Article(title="Dated", text="Words.", source="d", published=__import__("datetime").date(2025, 1, 1))
    library.add_articles([bridge, replace(dated, tags=("a", "b"))])
    assert [i.title for i in library.articles()] == ["Dated", bridge.title]
    assert library.articles()[0].tags == ("a", "b")
    assert library.article(dated.id).published == dated.published


@pytest.mark.folder
def test_the_library_is_the_same_after_it_was_closed(tmp_path: Path) -> None:
    """C49: more than 1,000 chunks, closed, opened again: the same first hits."""
    articles = [
        Article(title=f"Street {n}", text=f"House {n} in street {n} was built by builder {n}.", source=str(n))
        for n in range(1100)
    ]
    with Library(tmp_path / "l") as library:
        library.add_articles(articles)
        before = [p.chunk.id for p in library.search("Who built house 77?")]
    script = (
        "import sys; from rag import Library\n"
        "print(*[p.chunk.id for p in Library(sys.argv[1]).search('Who built house 77?')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "l")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == before


def test_a_report_has_a_line_for_each_file_whatever_it_is_called() -> None:
    """C26: a name with a newline, or with what moves a terminal's cursor."""
    named = AddReport(
        failed=[FailedSource("a\nb\x1b[2J\u202e.txt", "No text."), FailedSource("č\xa0d.txt", "No text.")]
    )
    assert str(named).splitlines()[1:] == ["  a\\nb\\x1b[2J\\u202e.txt: No text.", "  č\xa0d.txt: No text."]


@pytest.mark.folder
def test_no_lookup_for_one_article_reads_all_of_them(library: Library, bridge: Article) -> None:
    """So that the thousandth costs what the first did. SQLite says how it looks up what is asked."""
    library.add_articles([bridge, replace(bridge, source="other", text=bridge.text + " No.", id="")])
    read: set[str] = set()

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "DELETE", "UPDATE")):
            plan = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            read.update(step for *_, step in plan if re.fullmatch("SCAN (articles|chunks|files|further_sources)", step))

    event.listen(library.catalog._engine, "before_cursor_execute", explain)
    library.add_articles([Article(title="New", text="A new one.", source="new")])
    library.add_articles([replace(bridge, title="Changed", text=bridge.text.replace("May", "June"))])
    library.remove(bridge.id)
    assert read == set()


def test_another_model_is_refused_with_what_to_do(tmp_path: Path, bridge: Article) -> None:
    """C44: the library names the model that built it, and is left as it was."""
    with Library(tmp_path / "l") as library:
        library.add_articles([bridge])
        library.catalog.set_facts(embedder_name="other/model", embedder_fingerprint="f" * 64)
    with Library(tmp_path / "l") as library:
        with pytest.raises(EmbedderMismatch, match="built with the embedding model 'other/model'"):
            library.search("bridge")
        with pytest.raises(EmbedderMismatch):
            library.add_articles([replace(bridge, text="New words.")])
        assert library.article(bridge.id).text == bridge.text


def test_any_sentence_transformers_model_by_folder(tmp_path: Path, bridge: Article) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path / "tiny"
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] the bridge will close repairs cost council".split()
    (tmp_path / "vocab.txt").write_text("\n".join([*words, *"abcdefghijklmnopqrstuvwxyz"]))
    tokenizer = BertTokenizerFast(str(tmp_path / "vocab.txt"))
    config = BertConfig(
        vocab_size=64,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    tokenizer.save_pretrained(tmp_path / "bert")
    transformer = Transformer(str(tmp_path / "bert"), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(32)]).save(str(folder))

    settings = Settings(embedding_model=str(folder))
    with Library(tmp_path / "l", settings=settings) as library:
        library.add_articles([bridge])
        assert library.search("bridge repairs")[0].article_id == bridge.id
        assert library.status().embedder == str(folder)
    with Library(tmp_path / "l") as library, pytest.raises(EmbedderMismatch):
        library.search("bridge")


def test_a_model_that_cannot_be_loaded_says_so(tmp_path: Path, bridge: Article) -> None:
    from rag.errors import EmbedderUnavailable

    settings = Settings(embedding_model=str(tmp_path / "nothing-here"))
    with Library(tmp_path / "l", settings=settings) as library, pytest.raises(EmbedderUnavailable, match="EMBEDDING"):
        library.add_articles([bridge])


def test_the_questions_on_the_samples_are_no_sample(samples: Library) -> None:
    """They hold the answers."""
    sources = [info.source for info in samples.articles()]
    assert len(sources) == 22
    assert not [source for source in sources if "questions" in source]


def test_every_chunk_is_read_whole_by_the_model(samples: Library) -> None:
    """C50: title and chunk together stay within the 256 tokens that the model reads."""
    for info in samples.articles():
        for chunk in samples.catalog.chunks_of(info.id):
            assert samples.embedder.fits(f"{info.title}\n{chunk.text}")


def test_a_fact_at_the_end_of_long_words_is_found(library: Library) -> None:
    """C50: text with many tokens a character is cut into chunks that fit, so nothing is left unread."""
    filler = " ".join(f"Q{n}X{n * 7}Z" for n in range(300)) + "."
    library.add_articles([Article(title="Codes", text=f"{filler} The password is heliotrope.", source="c")])
    assert any("heliotrope" in p.text and "dense" in p.scores for p in library.search("What is the password?", 3))


def test_vectors_of_a_text_do_not_depend_on_its_neighbours(embedder: OnnxEmbedder) -> None:
    alone = embedder.documents(["The ferry leaves at noon."])[0]
    among = embedder.documents(["A much longer text. " * 20, "The ferry leaves at noon."])[1]
    assert np.array_equal(alone, among)
    assert np.linalg.norm(alone) == pytest.approx(1.0, abs=1e-5)


def test_the_retriever_is_langchains(samples: Library) -> None:
    documents = HybridRetriever(library=samples, k=3).invoke("When did the Ropewalk Bridge reopen?")
    assert len(documents) == 3
    assert all(isinstance(d, Document) for d in documents)
    article = samples.article(documents[0].metadata["article_id"])
    assert documents[0].page_content == article.text[documents[0].metadata["start"] : documents[0].metadata["end"]]
    assert documents[0].metadata["scores"]["fused"] > 0


def test_the_vector_store_is_langchains(samples: Library) -> None:
    store = samples.vector_store
    (document,) = store.similarity_search("the price of a ferry ticket", k=1)
    article = samples.article(document.metadata["article_id"])
    assert document.page_content == article.text[document.metadata["start"] : document.metadata["end"]]
    assert [d.page_content for d in store.max_marginal_relevance_search("ferry", k=2)]
    assert store.get(ids=[document.id])["documents"] == [document.page_content]
    with pytest.raises(FootnoteError, match="does not hold the texts"):
        store.similarity_search("ferry", where_document={"$contains": "ferry"})


def test_chroma_keeps_no_text_beside_the_catalog(samples: Library) -> None:
    """C71: a NUL in a text, among other things, can do no harm there."""
    collection = samples._vectors.chroma()
    stored = collection.client.get_collection(collection.name, embedding_function=None)
    assert stored.get(limit=1)["documents"] == [None]


def test_words_with_accents_and_other_scripts_are_searched(library: Library) -> None:
    library.add_articles(
        [
            Article(title="Čaj", text="Hana má ráda čaj z Jihlavy.", source="cz"),
            Article(title="Tea", text="Bread is sold on Mondays.", source="en"),
        ]
    )
    assert library.search("caj")[0].source == "cz"


@pytest.mark.folder
def test_a_folder_that_cannot_be_a_library_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryUnusable, match="cannot be made"):
        Library(tmp_path / "file" / "library")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "catalog.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(LibraryUnusable, match="cannot be opened"):
        Library(tmp_path / "broken")


@pytest.mark.folder
def test_a_library_of_a_newer_footnote_is_left_alone(tmp_path: Path, library: Library) -> None:
    import sqlite3

    library.close()
    with sqlite3.connect(library.folder / "catalog.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryUnusable, match="newer Footnote"):
        Library(library.folder)


def test_the_default_library_is_made_from_the_samples_once() -> None:
    with open_default(Settings()) as library:
        count = library.status().articles
        assert count >= 14
        for info in library.articles():
            library.remove(info.id)
    with open_default(Settings()) as library:
        assert library.status().articles == 0
    assert os.environ["FOOTNOTE_LIBRARY"] == library.status().folder
