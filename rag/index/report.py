"""What a library says of itself and of what was added to it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as a report of adding names it."""

    article_id: str
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A source that could not be added, and why."""

    source: str
    reason: str


@dataclass(slots=True)
class AddReport:
    """What became of every source that was to be added."""

    added: list[StoredArticle] = field(default_factory=list)
    updated: list[StoredArticle] = field(default_factory=list)
    unchanged: list[StoredArticle] = field(default_factory=list)
    failed: list[FailedSource] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ((name, len(getattr(self, name))) for name in ("added", "updated", "unchanged", "failed"))
        lines = [", ".join(f"{count} {name}" for name, count in counts if count) or "nothing to add"]
        lines += [f"  {failure.source}: {failure.reason}" for failure in self.failed]
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
