"""Another embedding model for a library that is there: all of it, or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import HashEmbedder, child, finds, story, use_hashes

from rag import Library
from rag.cli import main
from rag.errors import EmbedderMismatch
from rag.index import library as library_module
from rag.index.embeddings import Embedder, Vectors
from rag.types import Chunk


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "load_embedder", library_module.load_embedder)  # put back afterwards
    use_hashes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """100 stories of six chunks each, by a model of 64 dimensions that reads 400 characters."""
    with Library(tmp_path / "shelf") as library:
        library.add_articles(story(number, sentences=36) for number in range(100))
        assert library.chunk_count() >= 600
    return tmp_path / "shelf"


class Counting(HashEmbedder):
    def __init__(self, **how: int) -> None:
        super().__init__(**how)
        self.texts: list[str] = []

    def documents(self, texts: list[str]) -> Vectors:
        self.texts += texts
        return super().documents(texts)


def assert_whole(library: Library, embedder: Embedder) -> None:
    assert library.check().sound
    for info in library.articles()[:5]:
        article = library.article(info.id)
        chunks = library.catalog.chunks_of(info.id)
        assert "".join(chunk.text for chunk in chunks).replace(" ", "") == article.text.replace(" ", "")
        vectors = library.catalog.vectors([chunk.id for chunk in chunks])
        for chunk in chunks:
            embedded = f"{info.title}\n{chunk.text}"
            assert vectors[chunk.id].tolist() == embedder.documents([embedded])[0].tolist()
            assert embedder.fits(embedded)


def test_another_model_of_another_size_reads_everything(folder: Path) -> None:
    """C44: chunks that it cannot read whole are cut anew."""
    other = HashEmbedder(dimension=32, characters=200)
    use_hashes(other)
    with Library(folder) as library:
        before = library.chunk_count()
        with pytest.raises(EmbedderMismatch, match="footnote repair --embed"):
            library.search("story 7")
        calls: list[tuple[int, int, str]] = []
        assert library.reembed(progress=lambda *call: calls.append(call)).sound
        assert calls[0][2] == "embedding"
        assert finds(library, 7)
        assert library.chunk_count() > before
        library.add_articles([story(301)])
        assert_whole(library, other)


def test_chunks_that_fit_stay_as_they_are(folder: Path) -> None:
    def cuts(library: Library) -> list[Chunk]:
        return [chunk for info in library.articles() for chunk in library.catalog.chunks_of(info.id)]

    with Library(folder) as library:
        before = cuts(library)
    use_hashes(HashEmbedder(dimension=32, characters=4000))
    with Library(folder) as library:
        library.reembed()
        assert cuts(library) == before


def test_killed_it_goes_on_where_it_was_and_the_old_model_serves_meanwhile(folder: Path) -> None:
    """C44: the old vectors are there until all new ones are."""
    with child("reembed", folder) as embedding:
        first = embedding.says(), embedding.says()
        assert all(said.startswith("embeds") for said in first)
        embedding.kill()
    with Library(folder) as library:
        assert library.check().sound
        library.add_articles([story(301)])
        library.remove(story(0).id)
        assert finds(library, 7)
    other = Counting(dimension=32, characters=200)
    use_hashes(other)
    with Library(folder) as library:
        assert library.reembed().sound
        assert len(other.texts) <= library.chunk_count() - 256
        assert sum("story 301" in words for words in other.texts) > 1
        assert_whole(library, other)


@pytest.mark.parametrize("step", ["rebuild", "set_all_indexed"])
def test_killed_after_the_switch_the_index_is_made_from_the_new_vectors(
    folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = HashEmbedder(dimension=32, characters=200)
    use_hashes(other)
    with Library(folder) as library:
        of = library._vectors if step == "rebuild" else library.catalog
        monkeypatch.setattr(of, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            library.reembed()
    with Library(folder) as library:
        assert finds(library, 7)
        assert_whole(library, other)


def test_who_has_it_open_with_the_old_model_is_told(folder: Path) -> None:
    with Library(folder) as open_meanwhile:
        assert open_meanwhile.search("story 7")
        with child("reembed", folder) as embedding:
            while embedding.says().startswith("embeds"):
                pass
            assert embedding.process.wait() == 0
        with pytest.raises(EmbedderMismatch, match="embedded again meanwhile"):
            open_meanwhile.search("story 8")
        with pytest.raises(EmbedderMismatch, match="embedded again meanwhile"):
            open_meanwhile.add_articles([story(301)])
    use_hashes(HashEmbedder(dimension=32, characters=200))
    with Library(folder) as library:
        assert library.check().sound


def test_a_model_whose_weights_changed_with_a_new_footnote_is_told_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = HashEmbedder()
    changed.fingerprint = "0" * 64
    use_hashes(changed)
    with Library(folder) as library, pytest.raises(EmbedderMismatch, match="other weights in this Footnote"):
        library.search("story 7")
    assert main(["repair", "--embed", f"--library={folder}"]) == 0
    assert "All 100 articles are whole" in capsys.readouterr().out
    with Library(folder) as library:
        assert library.search("story 7")
