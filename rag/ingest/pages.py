"""Pages of the web as articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.errors import NoText, UnreadableSource
from rag.ingest.loaders import LOADERS, OnProblem, load_bytes
from rag.types import Article

if TYPE_CHECKING:
    from rag.ingest.fetch import Fetched

_PASSWORD = re.compile(rb"<input\b[^<>]{0,500}?\btype\s{0,9}=\s{0,9}[\"']?password", re.I)
_LOGIN_LENGTH = 600
"""Characters at most of a page that asks for a password and has no article."""


def load_url(url: str, *, private: bool = False, on_problem: OnProblem | None = None) -> Iterator[Article]:
    """Fetch what is at `url`, and read the articles in it, one after the other, as `load` does with a file.

    They are known by the URL where it was found in the end, after redirects, without fragment and parameters that
    track the reader. `private` opens this machine and private networks. Raises UnreadableSource with a sentence
    that says what is wrong and what to do: at once where nothing can be fetched, on iteration where it is no article.
    """
    from rag.ingest.fetch import fetch

    return _articles(url, fetch(url, private=private, media_types=LOADERS), on_problem)


def _articles(url: str, page: Fetched, on_problem: OnProblem | None) -> Iterator[Article]:
    asks_for_password = page.media_type == "text/html" and _PASSWORD.search(page.data)
    found = load_bytes(page.data, name=page.name, media_type=page.media_type, source=page.url, on_problem=on_problem)
    try:
        for article in found:
            if asks_for_password and len(article.text) < _LOGIN_LENGTH:
                raise UnreadableSource("the page asks for a login. Save it from your browser, and add the file.")
            yield article
    except NoText as error:
        raise NoText(
            f"{url}: there is no text in the page. Where it takes a login, a subscription or a browser that runs "
            "programs to see it, save it from your browser, and add the file."
        ) from error
    except UnreadableSource as error:
        raise UnreadableSource(f"{url}: {str(error).removeprefix(f'{page.url}: ')}") from error
