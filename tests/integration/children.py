"""Programs that tests run as processes of their own, over a library whose embedding model costs nothing.

    python children.py PROGRAM FOLDER [ARGUMENT...]

Each prints what it has come to, a line at a time, and goes on when it reads a line.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rag import Article, Library
from rag.errors import LibraryBusy
from rag.index import library as library_module
from rag.index.embeddings import Embedder, Vectors

ROOT = Path(__file__).parents[2]


class HashEmbedder(Embedder):
    """Vectors from a hash of the text: the same text has the same vector, and nothing else is near it."""

    name = "tests/hash"

    def __init__(self, *, dimension: int = 64, characters: int = 400) -> None:
        self.dimension = dimension
        self.characters = characters
        self.fingerprint = hashlib.sha256(f"{dimension}".encode()).hexdigest()

    def fits(self, text: str) -> bool:
        return len(text) <= self.characters

    def documents(self, texts: list[str]) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
        rows = np.array([np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds], dtype=np.float32)
        made: Vectors = rows.reshape(-1, self.dimension) / np.linalg.norm(rows, axis=1, keepdims=True).reshape(-1, 1)
        return made


def use_hashes(embedder: Embedder | None = None) -> None:
    """From now on libraries of this process take vectors from hashes."""
    library_module.load_embedder = lambda _: embedder or HashEmbedder()


def story(number: int, version: int = 0, sentences: int = 8) -> Article:
    """Make a story, no near copy of any other."""
    text = " ".join(
        f"Sentence {n} of story {number} was told {version} times in harbour {number}." for n in range(sentences)
    )
    return Article(title=f"Story {number}", text=text, source=f"stories/{number}")


def finds(library: Library, number: int) -> bool:
    """Say whether that story is among the first that are found by its number."""
    return f"stories/{number}" in {passage.source for passage in library.search(f"story {number}", 3)}


class Child:
    """A program that runs as a process of its own."""

    def __init__(self, program: str, folder: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, program, str(folder), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def says(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def go_on(self) -> str:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.says()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def child(program: str, folder: Path, *arguments: object) -> Iterator[Child]:
    started = Child(program, folder, *arguments)
    try:
        yield started
    finally:
        started.kill()
        for pipe in (started.process.stdin, started.process.stdout):
            if pipe:
                pipe.close()


def say(*what: object) -> None:
    print(*what, flush=True)


def own(folder: str) -> None:
    """Own the index; with every line that is read, search for story 7; end with the third."""
    with Library(folder) as library:
        library.nearest("x", 1)
        say("owns", library.chunk_count())
        for _ in range(3):
            sys.stdin.readline()
            say(*sorted({passage.source for passage in library.search("story 7", 3)}) or ["nothing"])


def read(folder: str) -> None:
    """Read the library, and stay."""
    with Library(folder) as library:
        say("stories/7" if finds(library, 7) else "nothing")
        sys.stdin.readline()


def rebuild(folder: str) -> None:
    """Build the index anew, again and again."""
    with Library(folder) as library:
        library.nearest("x", 1)
        say("starts")
        while True:
            library._vectors.rebuild()


def reembed(folder: str) -> None:
    """Embed all again with another model, and say after every batch how many texts that were."""

    class Other(HashEmbedder):
        def documents(self, texts: list[str]) -> Vectors:
            say("embeds", len(texts))
            return super().documents(texts)

    use_hashes(Other(dimension=32, characters=200))
    with Library(folder) as library:
        say(library.reembed())


def restore(folder: str, one: str, other: str) -> None:
    """Put two backups in each other's place, again and again."""
    say("starts")
    while True:
        for file in (one, other):
            Library.restore(file, folder, replace=True)


def leave_open(folder: str) -> None:
    """Use the library and end without closing it."""
    library = Library(folder)
    library.add_articles([story(1)])
    say("stories/1" if finds(library, 1) else "nothing")


def add(folder: str, first: str, count: str) -> None:
    """Add articles, one at a time."""
    with Library(folder) as library:
        for number in range(int(first), int(first) + int(count)):
            library.add_articles([story(number)])
            say("added", number)


def rewrite(folder: str, count: str) -> None:
    """Write all articles again and again, in two versions by turns."""
    with Library(folder) as library:
        for version in range(1, 1000):
            library.add_articles(story(number, version % 2, 35) for number in range(int(count)))
            say("rewritten", version)


def fork(folder: str) -> None:
    """Fork while owning the index: the child asks its parent, then whoever follows it."""
    library = Library(folder)
    library.nearest("x", 1)
    if os.fork():
        sys.stdin.readline()
        time.sleep(60)
    parent = os.getppid()
    say("asked", len(library.nearest("x", 3)), library._vectors._owner)
    os.kill(parent, 9)
    try:
        library.nearest("x", 3)
    except LibraryBusy as error:
        say(error)
    say("asked again", sys.stdin.readline() and len(library.nearest("x", 3)))
    library.close()
    say("closed")


def fork_and_exit(folder: str) -> None:
    """Fork while owning the index: the child ends at once, the parent goes on."""
    with Library(folder) as library:
        library.nearest("x", 1)
        child_pid = os.fork()
        if not child_pid:
            sys.exit(0)
        say("child ended with", os.waitpid(child_pid, 0)[1])
        say("parent found", len(library.nearest("x", 3)))


if __name__ == "__main__":
    from servers import stand_in_where_tests_do

    stand_in_where_tests_do()
    use_hashes()
    globals()[sys.argv[1]](*sys.argv[2:])
