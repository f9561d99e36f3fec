"""Articles that a program sends: files, a text, or the address of a page."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import UploadFile

from rag.index.library import Library
from rag.index.queue import steps
from rag.index.queue.jobs import Step
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
    for file in _files(sent):
        place = uploads.place(file.filename or "")
        try:
            with place.open("wb") as target:
                shutil.copyfileobj(file.file, target)
            report.extend(add_file(library, place).report)
        finally:
            shutil.rmtree(place.parent, ignore_errors=True)
    return report


def steps_of(library: Library, sent: NewArticle | Sequence[Any]) -> list[Step]:
    """Return what there is to do to add what was sent. Raises as `add_sent` does."""
    if isinstance(sent, NewArticle):
        if sent.url:
            return [steps.page(_address(sent))]
        return [steps.text(sent.text, sent.title, source=sent.source.strip(), **_said(sent))]
    return steps.sent_files(library.sent, [(file.filename or "", file.file) for file in _files(sent)])


def _add_page(library: Library, sent: NewArticle) -> AddReport:
    return library.add(_address(sent))


def _add_text(library: Library, sent: NewArticle) -> AddReport:
    metadata = described(sent.text, title=sent.title, **_said(sent))
    return add_text(library, sent.text, metadata, source=sent.source.strip()).report


def _files(sent: Sequence[Any]) -> list[UploadFile]:
    files = [file for file in sent if isinstance(file, UploadFile)]
    if not files:
        raise Refused(422, "Send at least one file, in a field `files` with a file name.")
    return files


def _address(sent: NewArticle) -> str:
    if sent.text:
        raise Refused(422, "Send a text or a url, not both.")
    if not is_url(sent.url):  # a path would be read from this machine
        raise Refused(422, "`url` is not the address of a page. Send one that begins with https://.")
    return sent.url.strip()


def _said(sent: NewArticle) -> dict[str, Any]:
    return {"author": sent.author, "published": sent.published, "tags": sent.tags, "language": sent.language}
