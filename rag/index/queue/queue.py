"""The queue: jobs in the catalog, claimed step by step by whoever is free, for as long as they say that they live.

A step is claimed in one statement, and for a while (its lease), which its worker makes longer as long as it lives.
Where it runs out, another goes on. So a step may be done twice, never in part: to add what is there changes nothing.
Times are the database's own, since the clocks of several machines differ.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, insert, or_, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from rag.index.catalog import Catalog
from rag.index.queue.jobs import Doing, Job, Outcome, Step, from_plain, to_plain
from rag.index.schema import job_steps as _steps
from rag.index.schema import jobs as _jobs

LEASE = 10.0
"""Seconds that a worker has a step for, before it has to say that it lives."""
MOST_TRIES = 3
"""How often a step is begun whose worker ended in the middle."""
_KEPT_JOBS = 50
_KEPT_SECONDS = 7 * 86_400.0
"""Jobs that are over and can still be looked at: the latest, and none that are older."""
_NOT_UNIQUE = "23505"
"""PostgreSQL's code for it: pg8000 makes one kind of error of all."""

_other = _steps.alias()


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that a worker has."""

    id: int
    worker: str
    step: Step
    tries: int
    hindered: float
    """For how many seconds it could not be done; 0.0 at first."""


class Queue:
    """The jobs of one library. Each method is one transaction; who changes something needs a catalog to write to."""

    def __init__(self, catalog: Catalog, machine: str = "") -> None:
        """`machine` names this one among those that share the library; "" where there is only one."""
        self._catalog = catalog
        self._machine = machine

    # Whoever wants something done

    def begin(self, kind: str, steps: Sequence[Step], *, asked_by: str = "") -> str:
        """Have a job done; return its id. Raises what `Catalog.refusal` says where nothing can be changed."""
        self._require_writable()
        job = secrets.token_hex(8)
        with self._catalog.begin() as connection:
            now = self._now(connection)
            values = {"id": job, "kind": kind, "asked_by": asked_by, "made": now, "stopping": False}
            connection.execute(insert(_jobs).values(**values))
            for step in steps:
                connection.execute(insert(_steps).values(job_id=job, due=now, **self._row(step)))
            self._forget_old(connection, now)
        return job

    def find(self, job_id: str) -> Job | None:
        """Return the job of that id; None where there is none, or none any more."""
        with self._catalog.begin() as connection:
            job = connection.execute(select(_jobs).where(_jobs.c.id == job_id)).one_or_none()
            if job is None:
                return None
            rows = connection.execute(select(_steps).where(_steps.c.job_id == job_id).order_by(_steps.c.id)).all()
        return Job(job.id, job.kind, tuple(map(_doing, rows)), job.asked_by, job.stopping)

    def stop(self, job_id: str) -> None:
        """Begin no further step of a job. What is under way is done whole."""
        self._require_writable()
        with self._catalog.begin() as connection:
            connection.execute(update(_jobs).where(_jobs.c.id == job_id).values(stopping=True))
            waiting = and_(_steps.c.job_id == job_id, _steps.c.state == "waiting")
            connection.execute(update(_steps).where(waiting).values(state="stopped"))

    def forget_beside(self, job_id: str) -> None:
        """Say no longer of a job that something was added beside another."""
        self._require_writable()
        with self._catalog.begin() as connection:
            over = and_(_steps.c.job_id == job_id, _steps.c.outcome.is_not(None))
            for row in connection.execute(select(_steps.c.id, _steps.c.outcome).where(over)).all():
                told = {**row.outcome, "beside": []}
                connection.execute(update(_steps).where(_steps.c.id == row.id).values(outcome=told))

    def given(self) -> list[dict[str, Any]]:
        """Return what all steps were given that can still be done, or done again."""
        with self._catalog.begin() as connection:
            rows = connection.execute(select(_steps.c.given, _steps.c.outcome)).all()
        again = [step.given for row in rows if row.outcome for step in from_plain(row.outcome).again]
        return [row.given for row in rows] + [dict(each) for each in again]

    # Workers

    def claim(self, worker: str) -> Claim | None:
        """Take the step that has waited longest of those that can be done now; None where there is none."""
        with self._catalog.begin() as connection:
            now = self._now(connection)
            if connection.execute(self._free(now)).first() is None:  # so that who only looks takes no lock
                return None
        first = self._free(now).with_for_update(skip_locked=True).scalar_subquery()
        values = {"state": "running", "worker": worker, "lease": now + LEASE, "tries": _steps.c.tries + 1, "now": ""}
        claimed = update(_steps).where(_steps.c.id == first).values(**values, done=0, total=0).returning(_steps)
        try:
            with self._catalog.begin() as connection:
                row = connection.execute(claimed).one_or_none()
        except DatabaseError as error:
            if isinstance(error, IntegrityError) or _NOT_UNIQUE in str(error.orig):
                return None  # another took a step of the same key at the same moment
            raise
        if row is None:
            return None
        return Claim(row.id, worker, _step(row), row.tries, now - row.hindered if row.hindered else 0.0)

    def live(self, claim: Claim, part: tuple[int, int], now: str) -> bool:
        """Say that a worker lives, and how far it is. Return whether it still has its step."""
        with self._catalog.begin() as connection:
            values = {"lease": self._now(connection) + LEASE, "done": part[0], "total": part[1], "now": now}
            return bool(connection.execute(update(_steps).where(_mine(claim)).values(**values)).rowcount)

    def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """Keep what came of a step. Return whether the worker still had it."""
        return self._leave(claim, state="done", outcome=to_plain(outcome))

    def lose(self, claim: Claim) -> bool:
        """Give a step up whose workers ended again and again."""
        return self._leave(claim, state="lost", tries=claim.tries - 1)

    def put_back(self, claim: Claim, seconds: float, why: str) -> bool:
        """Let a step wait that cannot be done now, for so many seconds."""
        with self._catalog.begin() as connection:
            now = self._now(connection)
            stopping = select(_jobs.c.stopping).join(_steps, _steps.c.job_id == _jobs.c.id)
            stopped = connection.scalar(stopping.where(_steps.c.id == claim.id))
            values = {
                "state": "stopped" if stopped else "waiting",
                "worker": None,
                "due": now + seconds,
                "hindered": now - claim.hindered,
                "tries": claim.tries - 1,
                "now": why,
            }
            return bool(connection.execute(update(_steps).where(_mine(claim)).values(**values)).rowcount)

    def release(self, worker: str) -> None:
        """Let others have at once what a worker had, which ends now."""
        mine = and_(_steps.c.worker == worker, _steps.c.state == "running")
        values = {"state": "waiting", "worker": None, "tries": _steps.c.tries - 1}
        with self._catalog.begin() as connection:
            connection.execute(update(_steps).where(mine).values(**values))

    # Private

    def _free(self, now: float) -> Any:
        """Select the id of the step to be claimed next."""
        waits = and_(_steps.c.state == "waiting", _steps.c.due <= now)
        left = and_(_steps.c.state == "running", _steps.c.lease < now)
        taken = exists().where(_other.c.key == _steps.c.key, _other.c.state == "running", _other.c.id != _steps.c.id)
        here = or_(_steps.c.machine.is_(None), _steps.c.machine == self._machine)
        return select(_steps.c.id).where(or_(waits, left), here, ~taken).order_by(_steps.c.id).limit(1)

    def _leave(self, claim: Claim, **values: Any) -> bool:
        with self._catalog.begin() as connection:
            left = update(_steps).where(_mine(claim)).values(worker=None, lease=None, **values)
            return bool(connection.execute(left).rowcount)

    def _forget_old(self, connection: Connection, now: float) -> None:
        """Forget jobs that are over, but for the latest."""
        left = exists().where(_steps.c.job_id == _jobs.c.id, _steps.c.state.in_(("waiting", "running")))
        latest = select(_jobs.c.id).where(~left).order_by(_jobs.c.made.desc()).limit(_KEPT_JOBS)
        old = or_(_jobs.c.made < now - _KEPT_SECONDS, _jobs.c.id.not_in(latest.scalar_subquery()))
        gone = [row.id for row in connection.execute(select(_jobs.c.id).where(~left, old))]
        if gone:
            connection.execute(delete(_steps).where(_steps.c.job_id.in_(gone)))
            connection.execute(delete(_jobs).where(_jobs.c.id.in_(gone)))

    def _row(self, step: Step) -> dict[str, Any]:
        return {
            "kind": step.kind,
            "name": step.name,
            "given": dict(step.given),
            "size": step.size,
            "key": sha256(step.key.encode(errors="replace")).hexdigest() if step.key else None,
            "machine": self._machine if step.here and self._machine else None,
            "state": "waiting",
            "tries": 0,
            "done": 0,
            "total": 0,
            "now": "",
        }

    def _now(self, connection: Connection) -> float:
        return self._catalog.database.now(connection)

    def _require_writable(self) -> None:
        if self._catalog.refusal:
            raise self._catalog.refusal


def _mine(claim: Claim) -> ColumnElement[bool]:
    return and_(_steps.c.id == claim.id, _steps.c.worker == claim.worker, _steps.c.state == "running")


def _step(row: Row[Any]) -> Step:
    return Step(row.kind, row.name, row.given, row.size, row.key or "", row.machine is not None)


def _doing(row: Row[Any]) -> Doing:
    outcome = from_plain(row.outcome) if row.outcome is not None else None
    return Doing(_step(row), row.state, (row.done, row.total), row.now, row.tries, outcome)
