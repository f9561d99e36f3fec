"""Articles that a program sends: files, a text, or the address of a page."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import UploadFile

from rag.index.library import Library
from rag.index.report import AddReport
from rag.index.uploads import Uploads, add_file, add_text, described
from rag.ingest.urls import is_url
from serve.api.models import NewArticle
from serve.problems import Refused


def add_sent(library: Library, uploads: Uploads, sent: NewArticle | Sequence[Any]) -> AddReport:
    """Add what was sent. Raises `Refused` where nothing was, and `InvalidMetadata`."""
    if isinstance(sent, NewArticle):
        return _add_page(library, sent) if sent.url else _add_text(library, sent)
    report = AddReport()
    files = [file for file in sent if isinstance(file, UploadFile)]
    if not files:
        raise Refused(422, "Send at least one file, in a field `files` with a file name.")
    for file in files:
        place = uploads.place(file.filename or "")
        try:
            with place.open("wb") as target:
                shutil.copyfileobj(file.file, target)
            report.extend(add_file(library, place).report)
        finally:
            shutil.rmtree(place.parent, ignore_errors=True)
    return report


def _add_page(library: Library, sent: NewArticle) -> AddReport:
    if sent.text:
        raise Refused(422, "Send a text or a url, not both.")
    if not is_url(sent.url):  # a path would be read from this machine
        raise Refused(422, "`url` is not the address of a page. Send one that begins with https://.")
    return library.add(sent.url.strip())


def _add_text(library: Library, sent: NewArticle) -> AddReport:
    said = {"author": sent.author, "published": sent.published, "tags": sent.tags, "language": sent.language}
    metadata = described(sent.text, title=sent.title, **said)
    return add_text(library, sent.text, metadata, source=sent.source.strip()).report
