"""What a library says of itself and of what was added to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.text import printable
from rag.types import Copy

if TYPE_CHECKING:
    from rag.ingest.loaders import LeftOut

_SHOWN = 20
"""Of each kind that is no failure, how many are listed in print."""
_COUNTED = ("added", "updated", "unchanged", "renamed", "removed", "copies", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as a report of adding names it."""

    article_id: str
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A source, or a part of one, that was not added, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file that is now under another name; its articles kept their ids."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class NearCopy:
    """An article that was added and is one text with another, in its own wording."""

    article_id: str
    title: str
    source: str
    of: Copy
    """The article that it is most like."""
    likeness: float
    """The share of runs of five words that both have, from 0 to 1."""


@dataclass(slots=True)
class AddReport:
    """What became of every source that was to be added."""

    added: list[StoredArticle] = field(default_factory=list)
    updated: list[StoredArticle] = field(default_factory=list)
    unchanged: list[StoredArticle] = field(default_factory=list)
    failed: list[FailedSource] = field(default_factory=list)
    skipped: list[FailedSource] = field(default_factory=list)
    """Parts of sources that are no articles by themselves: pictures in a mail, pages without text."""
    copies: list[StoredArticle] = field(default_factory=list)
    """Sources of a text that is stored already, each with the id of the article that has it."""
    removed: list[StoredArticle] = field(default_factory=list)
    """Of a folder that is followed: articles whose source is gone."""
    renamed: list[Renamed] = field(default_factory=list)
    """Of a folder that is followed: files that were found under another name."""
    untouched: int = 0
    """Of a folder that is followed: files that need not be read, since they are as they were."""
    near_copies: list[NearCopy] = field(default_factory=list)
    """Of what was added or updated: articles that are near copies of another. They are added all the same."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed and there is nothing to tell."""
        return not any((self.added, self.updated, self.copies, self.removed, self.renamed, self.failed))

    def extend(self, other: AddReport) -> None:
        """Take in what became of further sources."""
        for name in (*_COUNTED, "near_copies"):
            getattr(self, name).extend(getattr(other, name))
        self.untouched += other.untouched

    def leave_out(self, problem: LeftOut) -> None:
        """Note what a loader left out."""
        (self.skipped if problem.skipped else self.failed).append(FailedSource(problem.source, problem.reason))

    def __str__(self) -> str:
        counts = [(name, len(getattr(self, name))) for name in _COUNTED]
        counts.insert(3, ("untouched", self.untouched))
        lines = [", ".join(f"{count:,} {name}" for name, count in counts if count) or "nothing to add"]
        lines += [f"  renamed {file.old} to {file.new}" for file in self.renamed[:_SHOWN]]
        lines += [f"  a copy: {copy.source} ({copy.title})" for copy in self.copies[:_SHOWN]]
        lines += [f"  {failure.source}: {failure.reason}" for failure in self.failed]
        lines += [f"  skipped {part.source}: {part.reason}" for part in self.skipped[:_SHOWN]]
        if len(self.skipped) > _SHOWN:
            lines.append(f"  and {len(self.skipped) - _SHOWN:,} more that were skipped (--json lists them all)")
        lines += [f"  {copy.source}: near copy of {copy.of.source}" for copy in self.near_copies[:_SHOWN]]
        if len(self.near_copies) > _SHOWN:
            lines.append(f"  and {len(self.near_copies) - _SHOWN:,} more near copies (footnote list --duplicates)")
        return "\n".join(map(printable, lines))


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check of the whole library found."""

    articles: int
    chunks: int
    vectors: int
    """Chunks that Chroma holds."""
    waiting: int
    """Articles and chunks that Chroma was not told of yet; the next change does that."""
    catalog: tuple[str, ...]
    """What SQLite finds wrong with the catalog."""
    misplaced: int
    """Chunks that are not the words at their place in their article."""
    full_text: int
    """Chunks that the full text lacks, and those it holds too many."""
    lost: tuple[str, ...]
    """Ids of chunks that are not found first by their own vectors."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in words."""
        found = (
            (len(self.catalog), f"the catalog is damaged: {'; '.join(self.catalog[:3])}"),
            (self.misplaced, f"{self.misplaced:,} chunks do not stand in their article"),
            (self.full_text, f"{self.full_text:,} chunks are missing from the full text or left over in it"),
            (self.waiting, f"{self.waiting:,} changes were interrupted; adding anything finishes them"),
            (
                not self.waiting and self.vectors != self.chunks,
                f"Chroma holds {self.vectors:,} chunks, the catalog {self.chunks:,}",
            ),
            (not self.waiting and self.lost, f"{len(self.lost):,} chunks are not found by their own vectors"),
        )
        return tuple(words for count, words in found if count)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __str__(self) -> str:
        if self.sound:
            return f"All {self.articles:,} articles are whole, and all {self.chunks:,} chunks are found."
        return "\n".join(f"Wrong: {problem}." for problem in self.problems) + "\n`footnote repair` makes it good."


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether the vector index agrees with the catalog, by their counts alone."""

    expected: int | None
    """How many chunks Chroma should hold; None where it has not been told everything yet."""
    vectors: int
    """How many it holds."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a library holds and what it was built with."""

    folder: str
    articles: int
    chunks: int
    embedder: str
    """Name of the embedding model; empty while nothing was added."""
    bytes: int
    """Size of the folder on disk."""
    open_in: str = ""
    """The process that has the vector index open; empty where none has."""
    follows: tuple[str, ...] = ()
    """The folders and addresses that it follows."""
