"""Footnote served with accounts: who gets in, how far, for how long; over the application as it is served."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import serving
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, update
from starlette.routing import BaseRoute

from rag import Answer, AnswerChain, Article, Library, Settings
from rag.cli import main
from rag.errors import FootnoteError, InvalidAccount, LibraryUnusable
from rag.index.accounts.account import ROLES
from rag.index.accounts.accounts import Accounts
from rag.index.accounts.required import require_auth
from rag.index.accounts.sessions import Sessions
from rag.index.home import ServerHome
from rag.index.schema import attempts as attempts_table
from rag.index.schema import sessions as sessions_table
from serve.accounts.gate import local_path
from serve.accounts.table import TABLE, needs_of, rows
from ui.app import build
from ui.gradio_page import NEEDED, is_needed
from ui.opening import Opening

PASSWORD = "seven grey herons"
ANOTHER = "eight white herons"
HOST = "http://127.0.0.1:7860"
ORIGIN = {"Origin": HOST}
HTML = {"Accept": "text/html"}
PEOPLE = {"Ann": "admin", "Ed": "editor", "Rea": "reader", "Rob": "reader"}
FERRY = Article(
    title="Ferry", text="The ferry leaves the harbour at nine. A ticket costs four euros.", source="ferry.md"
)

OWN_ROUTES_OF_GRADIO = re.compile(
    r"^/(gradio_api|login|logout|openapi|monitoring|pwa_icon|run-history|runs|svelte|config/|manifest|robots|\{)|^/$"
)


@dataclass
class Served:
    app: FastAPI
    library: Library
    accounts: Accounts
    address: str
    """Where it is served, for what the window does."""

    @property
    def cookie(self) -> str:
        """The name of the cookie of a session."""
        return next(iter(dict(self.browser("Rea").cookies)))

    def anybody(self, address: str = HOST) -> TestClient:
        """A browser with no cookies yet."""
        return TestClient(self.app, base_url=address, follow_redirects=False, raise_server_exceptions=False)

    def browser(self, name: str, address: str = HOST) -> TestClient:
        """A browser in which somebody has signed in."""
        client = self.anybody(address)
        origin = {"Origin": address}
        reply = client.post("/login", data={"name": name, "password": PASSWORD}, headers=origin)
        assert reply.status_code == 303, reply.text
        client.headers |= origin
        return client

    def window(self, name: str) -> Window:
        """A page of the window that somebody has opened."""
        client = httpx.Client(base_url=self.address, headers={"Origin": self.address}, timeout=60)
        assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        return Window(self.app, client, secrets.token_hex(6))


@dataclass
class Window:
    """A page of the window, and what happens on it."""

    app: FastAPI
    http: httpx.Client
    page: str

    def event(self, function: str, *data: Any, **more: Any) -> list[Any]:
        """Let something happen that `function` answers, and return what it says, step by step."""
        (page,) = [route for route in self.app.routes if isinstance(getattr(route, "app", None), Opening)]
        (gradio,) = [route.app for route in page.routes if hasattr(getattr(route, "app", None), "blocks")]
        names = {number: getattr(each.fn, "__qualname__", "") for number, each in gradio.blocks.fns.items()}
        number = next(number for number, name in names.items() if name == function)
        joined = self.http.post(
            "/gradio_api/queue/join",
            json={"data": data, "fn_index": number, "session_hash": self.page, "event_data": more or None},
        )
        assert joined.status_code == 200, joined.text
        return list(self.heard())

    def heard(self) -> Iterator[Any]:
        """Yield what comes on the page's stream, until something is done."""
        with self.http.stream("GET", f"/gradio_api/queue/data?session_hash={self.page}") as stream:
            assert stream.status_code == 200, stream.status_code
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if "output" in message:
                    yield message["output"]
                if message.get("msg") == "process_completed":
                    assert message["success"], message
                    return

    def ask(self, question: str) -> str:
        shown = self.event("Chat._ask", question, {}, {}, None)[-1]["data"][0]
        return json.dumps(self.event("Chat._answer", None, shown, None))

    def listed(self, search: str = "") -> str:
        return json.dumps(self.event("Chat._do", {}, None, words=search)).replace('\\"', '"')

    def opened(self, conversation: str) -> str:
        return json.dumps(self.event("Chat._open", None, id=conversation))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    from argon2 import PasswordHasher

    from rag.index.accounts import passwords

    folder = tmp_path_factory.mktemp("accounts")
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", lambda: cheap)
        settings = Settings(library=folder, auth=True)
        with Library(folder, settings=settings) as library:
            library.add_articles([FERRY])
            accounts = Accounts(library.catalog, settings)
            for name, role in PEOPLE.items():
                accounts.make(name, PASSWORD, role=role)  # type: ignore[arg-type]
            app = build(library, AnswerChain(library, settings=settings), settings)
            with serving(app) as address:
                yield Served(app, library, accounts, address)


@pytest.fixture(autouse=True)
def _no_failures(served: Served) -> None:
    with served.library.catalog.begin() as connection:
        connection.execute(delete(attempts_table))


def routes_of(routes: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield method and address of each route of an application, those of its parts too."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        prefix = before + str(getattr(getattr(route, "include_context", None), "prefix", "") or "")
        if getattr(route, "methods", None):
            yield from ((method, before + route.path) for method in route.methods)  # type: ignore[attr-defined]
        elif getattr(inner, "routes", None):
            yield from routes_of(inner.routes, prefix + str(getattr(route, "path", "")))
        else:
            yield "GET", f"{prefix}{getattr(route, 'path', '')}/{{path:path}}"


def example(route: str) -> str:
    """Return an address of a route."""
    return re.sub(r"\{[^}]+\}", "1", route)


def test_every_route_of_the_application_is_in_the_table_and_stands_in_its_own_row(served: Served) -> None:
    known = rows()
    found = set(routes_of(list(served.app.routes)))
    ours = {(method, path) for method, path in found if not OWN_ROUTES_OF_GRADIO.match(path)}
    assert len(ours) > 50
    assert len(found) > len(ours) + 40  # Gradio's
    missing = []
    for method, path in sorted(ours):
        row = needs_of(known, method, example(path))
        if row is None or row.route != path:
            missing.append((method, path, row and row.route))
    assert not missing
    listed = {(method, path) for _, method, paths in TABLE for path in paths}
    gone = {(method, path) for method, path in listed if method != "*"} - found
    assert not gone  # and no row is for a route that there is no more
    # What of Gradio's is let through to those who have signed in is what the window asks for.
    both = {"/login", "/logout"}  # ours stand before Gradio's
    theirs = {(method, example(path)) for method, path in found - ours if path not in both}
    theirs = {each for each in theirs if needs_of(known, *each)}
    assert theirs
    assert not [each for each in theirs if not is_needed(*each)]
    assert not [each for each in NEEDED if not needs_of(known, each[0], example(each[1]))]


def test_nobody_gets_anywhere_but_to_where_one_signs_in(served: Served) -> None:
    found = set(routes_of(list(served.app.routes))) | {("POST", "/nowhere"), ("GET", "/nowhere")}
    known = rows()
    made_up = served.anybody()
    made_up.headers["Cookie"] = f"{served.cookie}=made-up"
    for client in (served.anybody(), made_up):
        for method, path in sorted(found):
            row = needs_of(known, method, example(path))
            if row is not None and row.needs == "open":
                continue
            reply = client.request(method, example(path), headers=ORIGIN)
            assert (reply.status_code, "ferry" in reply.text.lower()) == (401, False), (method, path, reply.text)
    reply = served.anybody().get("/article/1?start=2&x=ü", headers=HTML)
    assert reply.headers["location"] == "/login?next=%2Farticle%2F1%3Fstart%3D2%26x%3D%25C3%25BC"
    assert served.anybody().get("/", headers=HTML).headers["location"] == "/login"
    assert served.anybody().get("/healthz").status_code == 200
    page = served.anybody().get("/login").text
    assets = re.findall(r'(?:href|src)="(assets[^"]+)"', page)
    assert len(assets) == 3
    for asset in assets:
        assert served.anybody().get(f"/{asset}").status_code == 200
    assert served.anybody().get("/assets/footnote/../../config").status_code == 401
    with pytest.raises(Exception), served.anybody().websocket_connect("/gradio_api/queue/join"):  # noqa: B017, PT011
        pass


def test_each_role_gets_as_far_as_it_may_and_no_further(served: Served) -> None:
    """Each route is asked by each role; what it does with an empty request is its own matter."""
    browsers = {name: served.browser(name) for name in ("Ann", "Ed", "Rea")}
    streams = ("/gradio_api/queue/data", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/startup-events")
    for row in rows():
        if row.needs not in ROLES or row.route in (*streams, "/logout", "/library/repair"):
            continue
        for name, browser in browsers.items():
            reply = browser.request(row.method, example(row.route), data={} if row.method == "POST" else None)
            may = ROLES.index(PEOPLE[name]) >= ROLES.index(row.needs)  # type: ignore[arg-type]
            refused = reply.status_code == 403 and "Ask an admin" in reply.text
            assert refused is not may, (name, row.method, row.route, reply.status_code, reply.text[:200])


def test_what_changes_something_is_taken_from_own_pages_only(served: Served) -> None:
    """Each route that takes POST or DELETE, asked from a browser in which somebody has signed in."""
    signed_in = served.browser("Ann")
    del signed_in.headers["Origin"]
    changing = [(method, path) for method, path in routes_of(list(served.app.routes)) if method in ("POST", "DELETE")]
    assert len(changing) > 40
    marks: tuple[dict[str, str], ...] = (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", **ORIGIN},
        {"Sec-Fetch-Site": "none"},
    )
    for method, path in changing:
        for mark in marks:
            reply = signed_in.request(method, example(path), headers=mark)
            assert reply.status_code == 403, (method, path, mark, reply.text)
    assert signed_in.get("/account").status_code == 200  # nobody was signed out by it
    assert signed_in.post("/account/password", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 422
    # A link from elsewhere may lead here.
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert signed_in.get("/account", headers=followed).status_code == 200


def test_a_session_is_a_new_secret_each_time_and_ends_when_it_should(served: Served) -> None:
    browser = served.anybody()
    browser.get("/login")
    assert not browser.cookies  # none before one has signed in
    first = browser.post("/login", data={"name": "Rea", "password": PASSWORD}, headers=ORIGIN)
    cookie = first.headers["set-cookie"]
    assert re.fullmatch(r"footnote-\w+=[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax", cookie)
    (name, fixed), *_ = browser.cookies.items()
    again = browser.post("/login", data={"name": "Rea", "password": PASSWORD}, headers=ORIGIN)
    assert again.status_code == 303
    assert browser.cookies[name] != fixed
    older = served.anybody()
    older.cookies.set(name, fixed)
    assert older.get("/account").status_code == 401

    # One that somebody put there is not taken up.
    sent = {"name": "Rea", "password": PASSWORD}
    planted = served.anybody().post("/login", data=sent, headers={**ORIGIN, "Cookie": f"{name}=planted"})
    assert "planted" not in planted.headers["set-cookie"]

    copy = served.anybody()
    copy.cookies.set(name, browser.cookies[name])
    assert copy.get("/account").status_code == 200
    signed_out = browser.post("/logout", headers=ORIGIN)
    assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/login")
    assert not browser.cookies
    assert copy.get("/account").status_code == 401

    browser = served.browser("Rea")
    with served.library.catalog.begin() as connection:
        for row in connection.execute(sessions_table.select()).all():
            earlier = update(sessions_table).where(sessions_table.c.digest == row.digest)
            connection.execute(earlier.values(seen=row.seen - timedelta(hours=13)))
    assert browser.get("/config").status_code == 401


def test_over_tls_the_cookie_is_bound_to_it_and_to_the_host(served: Served) -> None:
    browser = served.anybody("https://127.0.0.1:7860")
    sent = {"name": "Rea", "password": PASSWORD}
    reply = browser.post("/login", data=sent, headers={"Origin": "https://127.0.0.1:7860"})
    cookie = reply.headers["set-cookie"]
    assert cookie.startswith("__Host-footnote-")
    assert "; Secure" in cookie
    assert "Domain" not in cookie


def test_below_a_path_of_a_proxy_all_addresses_stand_below_it(served: Served) -> None:
    settings = Settings(library=served.library.settings.library, auth=True, root_path="/news")
    app = build(served.library, AnswerChain(served.library, settings=settings), settings)
    browser = TestClient(app, base_url=HOST, follow_redirects=False)
    assert browser.get("/news/account", headers=HTML).headers["location"] == "/news/login?next=%2Faccount"
    page = browser.get("/news/login?next=/account").text
    assert '<base href="/news/">' in page
    assert 'action="login"' in page
    sent = {"name": "Rea", "password": PASSWORD, "next": "/account"}
    reply = browser.post("/news/login", data=sent, headers=ORIGIN)
    assert reply.headers["location"] == "/news/account"
    assert "; Path=/news;" in reply.headers["set-cookie"]
    assert 'action="logout"' in browser.get("/news/account").text
    assert browser.get("/news/accounts").status_code == 403
    assert browser.get("/account").status_code == 401


def test_a_name_that_is_unknown_and_a_wrong_password_look_the_same_and_soon_wait(served: Served) -> None:
    browser = served.anybody()

    def tried(name: str, password: str = ANOTHER) -> Any:
        return browser.post("/login", data={"name": name, "password": password}, headers=ORIGIN)

    unknown, wrong = tried("Nobody"), tried("Rob")
    assert (unknown.status_code, wrong.status_code) == (401, 401)
    assert unknown.text.replace("Nobody", "Rob") == wrong.text
    assert "The name or the password is not right." in wrong.text
    for _ in range(4):
        tried("Rob"), tried("Nobody")
    for name in ("Rob", "Nobody"):
        waits = tried(name, PASSWORD)
        assert waits.status_code == 429
        assert int(waits.headers["retry-after"]) >= 1
        assert "Too many attempts" in waits.text
    hostile = tried('"><script>alert(1)</script>')
    assert "<script>alert" not in hostile.text


def test_a_form_that_is_too_long_is_not_read(served: Served) -> None:
    for sent in (b"name=" + b"x" * 30_000, iter([b"x" * 15_000] * 2)):
        typed = {**ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
        reply = served.anybody().post("/login", content=sent, headers=typed)
        assert reply.status_code == 413


def test_where_accounts_cannot_be_looked_up_nobody_gets_in(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = served.browser("Ann")

    def fail(*_: object) -> None:
        raise LibraryUnusable("The database does not answer.")

    monkeypatch.setattr(Sessions, "find", fail)
    reply = browser.get("/config")
    assert (reply.status_code, reply.text) == (503, "The database does not answer.")


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
     "javascript:alert(1)", "", "evil.example", "/login", "/login?next=/x",
     "http:evil.example", " //evil.example", "///evil.example"],
)  # fmt: skip
def test_signing_in_leads_to_no_other_site(served: Served, wanted: str) -> None:
    assert local_path(wanted) == "/"
    sent = {"name": "Rea", "password": PASSWORD, "next": wanted}
    assert served.anybody().post("/login", data=sent, headers=ORIGIN).headers["location"] == "/"


def test_signing_in_leads_back_to_where_one_wanted_to_go(served: Served) -> None:
    sent = {"name": "Rea", "password": PASSWORD, "next": "/article/a%2Fb?start=1&end=2#quoted"}
    reply = served.anybody().post("/login", data=sent, headers=ORIGIN)
    assert reply.headers["location"] == "/article/a%2Fb?start=1&end=2#quoted"


def test_a_person_changes_the_own_password_and_is_signed_out_everywhere_else(served: Served) -> None:
    here, elsewhere = served.browser("Rob"), served.browser("Rob")
    for sent, said in (
        ({"current": ANOTHER, "new": ANOTHER, "again": ANOTHER}, "that you have now is not right"),
        ({"current": PASSWORD, "new": ANOTHER, "again": PASSWORD}, "not the same"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "12 to 1,000 characters"),
    ):
        reply = here.post("/account/password", data=sent)
        assert reply.status_code == 422
        assert said in reply.text
    reply = here.post("/account/password", data={"current": PASSWORD, "new": ANOTHER, "again": ANOTHER})
    assert "You have another password." in reply.text
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 401
    served.accounts.set_password("Rob", PASSWORD)
    assert here.get("/account").status_code == 401


def test_an_admin_makes_changes_and_disables_accounts_and_it_is_written_down(served: Served) -> None:
    admin = served.browser("Ann")
    made = admin.post("/accounts/new", data={"name": "<b>Cy</b>", "role": "editor"})
    assert "&lt;b&gt;Cy&lt;/b&gt; can sign in." in made.text
    assert "<b>Cy" not in made.text
    first = re.search(r'id="made"[^>]* value="([^"]{20})"', made.text)
    assert first
    person = served.anybody()
    sent = {"name": "<B>CY</B>", "password": first[1]}
    assert person.post("/login", data=sent, headers=ORIGIN).status_code == 303
    assert person.get("/library/removed").status_code == 200
    admin.post("/accounts/role", data={"name": "<b>Cy</b>", "role": "reader"})
    assert person.get("/library/removed").status_code == 403  # at once
    admin.post("/accounts/disable", data={"name": "<b>Cy</b>"})
    assert person.get("/account").status_code == 401
    assert person.post("/login", data=sent, headers=ORIGIN).status_code == 401
    for sent in ({"name": "Ann"}, {"name": "Nobody"}):
        assert admin.post("/accounts/disable", data=sent).status_code == 422
    log = admin.get("/accounts/audit").text
    assert "&lt;b&gt;Cy&lt;/b&gt; is reader" in log
    assert "testclient" in log
    assert PASSWORD not in log
    assert admin.get("/accounts/audit?before=3").status_code == 200


def test_conversations_of_others_are_not_there(served: Served) -> None:
    """Neither listed, nor searched, opened, exported or judged, in the window's events or at their addresses."""
    window, other = served.window("Ann"), served.window("Rea")
    ann, rea = served.browser("Ann"), served.browser("Rea")
    assert "four euros" in window.ask("What does a ticket cost?")
    (known,) = set(re.findall(r'data-menu="(\w{8})"', window.listed()))
    assert "four euros" in window.opened(known)
    assert ann.get(f"/conversation/{known}/export?to=markdown").status_code == 200
    assert ann.get(f"/conversation/{known}").status_code == 307
    assert known not in other.listed()
    assert known not in other.listed("ticket")
    said = other.opened(known)
    assert ("deleted" in said, "euros" in said) == (True, False)
    for do in ({"do": "rename", "title": "Mine"}, {"do": "delete"}, {"do": "restore"}):
        assert "No conversation has the id" in json.dumps(other.event("Chat._do", {}, None, id=known, **do))
    assert "deleted" in json.dumps(other.event("Chat._ask", "And how?", {"id": known}, {}, None))
    for method, path in (
        ("GET", ""), ("GET", "/turns?before=9"), ("GET", "/turn/0/how"), ("GET", "/turn/0/copy"),
        ("GET", "/export?to=markdown"), ("GET", "/export?to=html"), ("GET", "/export?to=print"),
    ):  # fmt: skip
        reply = rea.request(method, f"/conversation/{known}{path}")
        assert (reply.status_code, "euros" in reply.text) == (404, False), path
    assert rea.post(f"/conversation/{known}/turn/0/verdict", json={"verdict": 1}).status_code == 404
    judged = {"number": 1, "objects": True}
    assert rea.post(f"/conversation/{known}/turn/0/objection", json=judged).status_code == 404
    assert ann.post(f"/conversation/{known}/turn/0/verdict", json={"verdict": 1}).status_code == 200


def test_the_window_answers_events_of_nobody_and_of_no_page_that_another_account_has_opened(served: Served) -> None:
    ann, rea = served.window("Ann"), served.window("Rea")
    ann.event("Chat._restored")
    rea.page = ann.page
    with pytest.raises(AssertionError, match="403"):
        rea.event("Chat._restored")
    with pytest.raises(AssertionError, match="Sign in first"):
        list(ann.heard())  # what the other wanted is told to the page's own
    assert rea.http.get(f"/gradio_api/heartbeat/{ann.page}").status_code == 403


def test_a_reader_is_shown_no_buttons_for_what_a_reader_may_not(served: Served) -> None:
    rea, ed = served.browser("Rea"), served.browser("Ed")
    for browser, may in ((rea, False), (ed, True)):
        assert ("data-remove" in browser.get("/library/articles").text) is may
        assert ("Change details" in browser.get(f"/article/{FERRY.id}").text) is may
    for name, may in (("Ed", False), ("Ann", True)):
        page = json.dumps(served.window(name).event("SettingsPage.view.<locals>.<lambda>"))
        assert ("Other programs" in page) is may
        assert "What leaves this machine" in page
    assert 'data-role=\\"reader\\"' in json.dumps(served.window("Rea").event("Bar._rendered"))


def test_tokens_belong_to_accounts_and_can_do_no_more(served: Served) -> None:
    ann = served.browser("Ann")
    made = ann.post("/settings/tokens", json={"name": "theirs", "write": True, "account": "Ed"}).text
    secret = re.search(r'id="new-token" value="(footnote_[\w-]+)"', made)
    assert secret
    assert "<bdi>Ed</bdi>’s" in made
    token = {"Authorization": f"Bearer {secret[1]}"}
    program = served.anybody()
    assert program.get("/api/articles", headers=token).status_code == 200
    added = program.post("/api/articles", headers=token, json={"title": "Bees", "text": "Forty hives."})
    assert added.status_code == 200
    assert program.get("/config", headers=token).status_code == 401  # for the API only
    assert served.anybody().get("/api/articles").status_code == 401
    assert ann.get("/api/articles").status_code == 401  # a session is no token
    assert (
        ann.get("/api/openapi.json").status_code == program.get("/api/openapi.json", headers=token).status_code == 200
    )
    assert program.get("/metrics").status_code == 401
    assert program.get("/metrics", headers=token).status_code == 200
    served.accounts.set_role("Ed", "reader")
    article = added.json()["added"][0]["id"]
    refused = program.delete(f"/api/articles/{article}", headers=token)
    assert (refused.status_code, "reader" in refused.text) == (403, True)
    served.accounts.disable("Ed")
    assert program.get("/api/articles", headers=token).status_code == 401
    served.accounts.enable("Ed")
    served.accounts.set_role("Ed", "editor")
    assert program.delete(f"/api/articles/{article}", headers=token).status_code == 200
    done = [(entry.who, entry.action) for entry in served.accounts.audit.list(most=30)]
    assert ("Ed", "articles removed") in done
    assert ("Ed", "articles added") in done
    assert ("Ann", "token made") in done
    own = ann.post("/settings/tokens", json={"name": "mine"}).text
    assert "<bdi>Ann</bdi>’s" in own


@pytest.mark.folder
def test_a_library_of_ones_own_is_asked_and_filled_by_one_account_alone(served: Served) -> None:
    served.accounts.make("Olga", PASSWORD, role="editor", library="own")
    with pytest.raises(InvalidAccount, match="has to be an editor"):
        served.accounts.set_role("Olga", "reader")
    olga, ann = served.window("Olga"), served.window("Ann")
    assert "Ferry" not in olga.http.get("/library/articles").text
    assert olga.http.get(f"/article/{FERRY.id}").status_code == 404
    account_id = served.accounts.get("Olga").id
    token = {"Authorization": f"Bearer {served.library.tokens.make('olga', scope='write', account_id=account_id)}"}
    bees = {"title": "Bees", "text": "Marta keeps forty hives of bees on the library roof.", "source": "bees.md"}
    program = httpx.Client(base_url=served.address, headers=token, timeout=60)
    added = program.post("/api/articles", json=bees)
    assert added.status_code == 200, added.text
    assert "Bees" in olga.http.get("/library/articles").text
    assert "Bees" not in ann.http.get("/library/articles").text
    assert [each["title"] for each in program.get("/api/articles").json()["articles"]] == ["Bees"]
    assert "forty hives" in olga.ask("How many hives of bees does Marta keep?")
    assert "ferry leaves" not in olga.ask("When does the ferry leave the harbour?").lower()
    assert "forty" not in ann.ask("How many hives of bees does Marta keep?")
    assert "Marta" in olga.listed()
    assert (served.library.home.own(account_id) / "catalog.sqlite3").exists()
    assert ("Olga", "articles added") in [(entry.who, entry.action) for entry in served.accounts.audit.list()]
    assert olga.http.get("/account").status_code == 200
    served.accounts.set_library("Olga", "shared")
    assert olga.http.get("/library/articles").status_code == 401
    assert "Ferry" in served.window("Olga").http.get("/library/articles").text


def test_libraries_on_servers_are_shared_by_all(tmp_path: Path) -> None:
    home = ServerHome("postgresql://a:b@127.0.0.1:1/x", "http://127.0.0.1:1", tmp_path)
    with pytest.raises(FootnoteError, match="where all accounts share it"):
        home.own("1")


def test_no_other_machine_is_listened_to_without_accounts_or_without_an_admin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("serve", "chat"):
        assert main([command, "--host", "0.0.0.0"]) == 2
        said = capsys.readouterr().err
        assert "account new NAME --role admin" in said
        assert "--auth" in said
        assert main([command, "--host", "0.0.0.0", "--auth", "--library", str(tmp_path / "new")]) == 2
        assert "There is no admin yet" in capsys.readouterr().err
    with pytest.raises(FootnoteError):
        require_auth(Settings(host="192.0.2.1"))
    require_auth(Settings(host="192.0.2.1", auth=True))
    require_auth(Settings(host="::1"))


def test_without_accounts_nothing_is_asked_for(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path)
    with Library(tmp_path, settings=settings) as library:
        app = build(library, AnswerChain(library, settings=settings), settings)
        with TestClient(app, base_url=HOST) as client:
            assert client.get("/config").status_code == 200
            assert "signed_in.js" not in client.get("/").text
            assert client.get("/accounts", headers=HTML).status_code == 404
            known = library.conversations.begin()
            library.conversations.append(known, Answer("When?", found=False, confidence=0.0))
            assert client.get(f"/conversation/{known}/export?to=markdown").status_code == 200
