"""What is done from the library page: adding, trying again, removing, putting back, following, repairing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse

from rag.errors import FootnoteError
from rag.index.library import Library
from rag.index.queue import steps
from rag.index.queue.jobs import Job, Step
from rag.index.report import AddReport, StoredArticle
from rag.ingest.urls import is_url
from serve.accounts import acting
from serve.problems import FRESH
from ui.rendering.templating import render

_LONGEST = 20_000
"""Characters of addresses that are pasted at once."""
_PLACES_ELSEWHERE = "Folders are added where they are, by `footnote add PATH`: this window can be seen from elsewhere."

Text = Annotated[str, Form()]
Ids = Annotated[list[str], Form()]


def routes(library: Library, *, local: bool) -> APIRouter:
    """Return the routes under which the page has things done. `local`: only who is at this machine sees the window."""
    router = APIRouter(prefix="/library")
    jobs = library.queue

    def begun(kind: str, wanted: Sequence[Step]) -> JSONResponse:
        try:
            job = jobs.begin(kind, wanted)
        except FootnoteError as error:
            return _refused(str(error))
        library.worker.start()
        return JSONResponse({"job": job}, headers=FRESH)

    @router.post("/add/files")
    def add_files(files: Annotated[list[UploadFile], File()]) -> JSONResponse:
        try:
            sent = steps.sent_files(library.sent, [(file.filename or "", file.file) for file in files])
        except FootnoteError as error:
            return _refused(str(error))
        acting.did("articles added", ", ".join(file.filename or "" for file in files))
        return begun("add", sent)

    @router.post("/add/pages")
    def add_pages(urls: Text) -> JSONResponse:
        wanted = list(dict.fromkeys(urls[:_LONGEST].split()))
        acting.did("articles added", " ".join(wanted))
        return begun("pages", [steps.page(url) for url in wanted])

    @router.post("/add/place")
    def add_place(place: Text, follow: Text = "") -> JSONResponse:
        place = place.strip()
        if not place:
            return _refused("Write the path of a folder or the address of a feed.")
        if not is_url(place) and not local:
            return _refused(_PLACES_ELSEWHERE)
        acting.did("articles added", f"{place}, followed from now on" if follow else place)
        if follow:
            return begun("add", [steps.followed(place)])
        return begun("add", [steps.page(place)] if is_url(place) else steps.folder(place))

    @router.post("/add/text")
    def add_text(text: Text = "", title: Text = "", published: Text = "") -> JSONResponse:
        try:
            pasted = steps.text(text, title, published=published)
        except FootnoteError as error:
            return _refused(str(error))
        acting.did("articles added", title or "a text that was pasted")
        return begun("add", [pasted])

    @router.post("/repair")
    def repair() -> JSONResponse:
        acting.did("library repaired")
        return begun("repair", [steps.repair()])

    @router.get("/jobs/{job_id}", response_class=HTMLResponse)
    def job(job_id: str) -> HTMLResponse:
        found = jobs.find(job_id)
        return HTMLResponse(_told(found), headers=FRESH) if found else HTMLResponse("", 404, headers=FRESH)

    @router.post("/jobs/{job_id}/retry")
    def retry(job_id: str) -> JSONResponse:
        found = jobs.find(job_id)
        return begun(found.kind, found.again) if found else _refused("That was too long ago. Add it again.")

    @router.post("/jobs/{job_id}/stop")
    def stop(job_id: str) -> JSONResponse:
        try:
            jobs.stop(job_id)
        except FootnoteError as error:
            return _refused(str(error))
        return JSONResponse({}, headers=FRESH)

    @router.post("/jobs/{job_id}/replace", response_class=HTMLResponse)
    def replace(job_id: str) -> HTMLResponse:
        found = jobs.find(job_id)
        try:
            for beside in found.beside if found else ():
                library.replace(beside.name, beside.added_as)
            jobs.forget_beside(job_id)
        except FootnoteError as error:
            return _notice(problem=str(error))
        if found:
            acting.did("articles changed", ", ".join(beside.name for beside in found.beside))
        return _notice(said="The newer texts have taken their places. The older ones can be put back below for a week.")

    @router.post("/remove", response_class=HTMLResponse)
    def remove(ids: Ids) -> HTMLResponse:
        try:
            library.remove(*ids)
        except FootnoteError as error:
            return _notice(problem=str(error))
        acting.did("articles removed", ", ".join(ids))
        return _notice(removed=ids)

    @router.post("/put-back", response_class=HTMLResponse)
    def put_back(ids: Ids) -> HTMLResponse:
        try:
            back = library.put_back(*ids)
        except FootnoteError as error:
            return _notice(problem=str(error))
        acting.did("articles restored", ", ".join(ids))
        return _notice(back=back)

    @router.post("/forget-removed", response_class=HTMLResponse)
    def forget_removed() -> HTMLResponse:
        try:
            library.forget_removed()
        except FootnoteError as error:
            return _notice(problem=str(error))
        acting.did("articles removed", "for good, all that could be restored")
        return _notice(said="What was removed is gone for good.")

    @router.get("/followed", response_class=HTMLResponse)
    def followed() -> HTMLResponse:
        return HTMLResponse(render("shelf/followed.html", followed=library.followed()), headers=FRESH)

    @router.post("/sync")
    def sync(place: Text) -> JSONResponse:
        if place not in library.followed():
            return _refused("The library does not follow that any more.")
        acting.did("articles added", place)
        return begun("add", [steps.followed(place)])

    @router.post("/unfollow", response_class=HTMLResponse)
    def unfollow(place: Text) -> HTMLResponse:
        try:
            library.unfollow(place)
        except FootnoteError as error:
            return _notice(problem=str(error))
        acting.did("followed no longer", place)
        return _notice(said=f"{place} is followed no longer. Its articles stay.")

    return router


def _refused(reason: str) -> JSONResponse:
    return JSONResponse({"problem": reason}, 422, headers=FRESH)


def _notice(
    *, said: str = "", problem: str = "", removed: Sequence[str] = (), back: Sequence[StoredArticle] = ()
) -> HTMLResponse:
    """Answer in a sentence, with a way back from what was removed."""
    html = render("shelf/notice.html", said=said, problem=problem, removed=removed, back=back)
    return HTMLResponse(html, 409 if problem else 200, headers=FRESH)


def _told(job: Job) -> str:
    """Tell how far a job is, or what came of it."""
    return render(
        "shelf/job.html",
        job=job,
        groups=[group for group in _groups(job.report) if group[1]],
        failed=[failure.source for failure in job.report.failed],
    )


def _groups(report: AddReport) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what became of the sources: labels, each with names and remarks."""

    def named(stored: Sequence[StoredArticle]) -> list[tuple[str, str]]:
        return [(article.title, article.source) for article in stored]

    return [
        ("added", named(report.added)),
        ("updated", named(report.updated)),
        ("unchanged", named(report.unchanged)),
        ("as they were", [(f"{report.untouched:,} files need not be read again", "")] if report.untouched else []),
        ("there already, under another name", named(report.copies)),
        ("renamed", [(file.new, f"was {file.old}") for file in report.renamed]),
        ("removed, since their files are gone", named(report.removed)),
        ("not added", [(failure.source, failure.reason) for failure in report.failed]),
        ("skipped", [(part.source, part.reason) for part in report.skipped]),
        (
            "near copies",
            [(copy.title, f"near copy of {copy.of.title} ({copy.of.source})") for copy in report.near_copies],
        ),
    ]
