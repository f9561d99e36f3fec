"""What a library says of itself and of what was added to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.ingest.loaders import LeftOut

_SHOWN = 20
"""Parts that were skipped and are listed in print."""


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


@dataclass(slots=True)
class AddReport:
    """What became of every source that was to be added."""

    added: list[StoredArticle] = field(default_factory=list)
    updated: list[StoredArticle] = field(default_factory=list)
    unchanged: list[StoredArticle] = field(default_factory=list)
    failed: list[FailedSource] = field(default_factory=list)
    skipped: list[FailedSource] = field(default_factory=list)
    """Parts of sources that are no articles by themselves: pictures in a mail, pages without text."""

    def leave_out(self, problem: LeftOut) -> None:
        """Note what a loader left out."""
        (self.skipped if problem.skipped else self.failed).append(FailedSource(problem.source, problem.reason))

    def __str__(self) -> str:
        counts = ((name, len(getattr(self, name))) for name in ("added", "updated", "unchanged", "failed", "skipped"))
        lines = [", ".join(f"{count} {name}" for name, count in counts if count) or "nothing to add"]
        lines += [f"  {failure.source}: {failure.reason}" for failure in self.failed]
        lines += [f"  skipped {part.source}: {part.reason}" for part in self.skipped[:_SHOWN]]
        if len(self.skipped) > _SHOWN:
            lines.append(f"  and {len(self.skipped) - _SHOWN:,} more that were skipped (--json lists them all)")
        return "\n".join(lines)


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
