"""Accounts in the catalog: who may sign in, for how long, after how many failures; and what is theirs alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from rag import Answer, Library, Settings
from rag.errors import (
    ConversationNotFound,
    InvalidAccount,
    LibraryUnusable,
    NotSignedIn,
    SignInRefused,
    TooManyAttempts,
)
from rag.index.accounts import attempts, passwords
from rag.index.accounts.accounts import Accounts
from rag.index.schema import accounts as accounts_table
from rag.index.schema import attempts as attempts_table
from rag.index.schema import sessions as sessions_table
from rag.index.unkept import unkept

PASSWORD = "seven grey herons"
ANOTHER = "eight white herons"
HERE = "192.0.2.7"

pytestmark = pytest.mark.usefixtures("cheap_passwords")


@pytest.fixture
def accounts(library: Library) -> Accounts:
    made = Accounts(library.catalog, Settings())
    made.make("Ann", PASSWORD, role="admin")
    return made


def moved(library: Library, table: object, by: timedelta, *names: str) -> None:
    """Let times in a table be earlier."""
    columns = table.c  # type: ignore[attr-defined]
    with library.catalog.begin() as connection:
        for row in connection.execute(select(table)).all():  # type: ignore[call-overload]
            key = next(iter(columns))
            earlier = {name: getattr(row, name) - by for name in names}
            connection.execute(update(table).where(key == row[0]).values(**earlier))  # type: ignore[arg-type]


def test_who_has_name_and_password_signs_in_and_the_catalog_knows_neither_password_nor_secret(
    library: Library, accounts: Accounts
) -> None:
    account, secret = accounts.sign_in("ANN", PASSWORD, HERE)
    assert (account.name, account.role) == ("Ann", "admin")
    assert accounts.sessions.find(secret) == account
    with library.catalog.begin() as connection:
        kept = str(connection.execute(select(accounts_table)).all() + connection.execute(select(sessions_table)).all())
    assert "$argon2id$" in kept
    assert PASSWORD not in kept
    assert secret not in kept


def test_an_unknown_name_a_wrong_password_and_a_disabled_account_are_refused_in_the_same_words(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.make("Bo", PASSWORD)
    accounts.disable("Bo")
    compared: list[str | None] = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda kept, given: (compared.append(kept), matches(kept, given))[1])
    said = set()
    for name, password in (("Nobody", PASSWORD), ("Ann", ANOTHER), ("Bo", PASSWORD), ("", ""), ("x" * 9999, "\ud800")):
        with pytest.raises(SignInRefused) as refused:
            accounts.sign_in(name, password, HERE)
        said.add(str(refused.value))
    assert len(said) == 1
    assert len(compared) == 5  # a hash is made each time, for nobody too, so that all take as long


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa", "Christopher22"])
def test_a_poor_password_is_not_taken(accounts: Accounts, password: str) -> None:
    with pytest.raises(InvalidAccount):
        accounts.make("Christopher", password)
    with pytest.raises(InvalidAccount):
        accounts.set_password("Ann", password[:5])


def test_names_are_one_whatever_their_case_and_roles_are_three(accounts: Accounts) -> None:
    for name, role in (("ann", "reader"), ("", "reader"), ("x" * 101, "reader"), ("Cy", "owner")):
        with pytest.raises(InvalidAccount):
            accounts.make(name, PASSWORD, role=role)  # type: ignore[arg-type]
    with pytest.raises(InvalidAccount, match="account list"):
        accounts.set_role("Nobody", "admin")


def test_a_session_ends_when_it_is_idle_too_long_and_in_any_case_one_day(library: Library, accounts: Accounts) -> None:
    _, secret = accounts.sign_in("Ann", PASSWORD, HERE)
    moved(library, sessions_table, timedelta(hours=11), "seen")
    assert accounts.sessions.find(secret)  # which counts as being seen
    moved(library, sessions_table, timedelta(hours=11), "seen")
    assert accounts.sessions.find(secret)
    moved(library, sessions_table, timedelta(hours=13), "seen")
    assert accounts.sessions.find(secret) is None
    _, secret = accounts.sign_in("Ann", PASSWORD, HERE)
    moved(library, sessions_table, timedelta(days=31), "made")
    assert accounts.sessions.find(secret) is None
    accounts.sign_in("Ann", PASSWORD, HERE)
    assert len(accounts.sessions.of(accounts.get("Ann").id)) == 1


def test_another_password_a_disabled_account_and_an_end_by_an_admin_end_sessions(accounts: Accounts) -> None:
    accounts.make("Bo", PASSWORD)
    ends = (
        lambda: accounts.set_password("Bo", PASSWORD),
        lambda: accounts.end_sessions("Bo"),
        lambda: accounts.disable("Bo"),
    )
    for end in ends:
        _, secret = accounts.sign_in("Bo", PASSWORD, HERE)
        end()
        assert accounts.sessions.find(secret) is None
    accounts.enable("Bo")
    _, secret = accounts.sign_in("Bo", PASSWORD, HERE)
    accounts.sign_out(secret, HERE)
    assert accounts.sessions.find(secret) is None


def test_failures_make_wait_longer_and_longer_by_account_and_by_address(library: Library, accounts: Accounts) -> None:
    waits = []
    for number in range(attempts.FREE_BY_ACCOUNT + 3):
        with pytest.raises(SignInRefused):
            accounts.sign_in("Ann", ANOTHER, f"192.0.2.{number}")
        with pytest.raises(SignInRefused) as refused:
            accounts.sign_in("Ann", PASSWORD if number > 5 else ANOTHER, "198.51.100.1") if number > 3 else _fail()
        if isinstance(refused.value, TooManyAttempts):
            waits.append(refused.value.seconds)
        moved(library, attempts_table, timedelta(seconds=2000), "until")
    assert waits == sorted(waits)
    assert len(set(waits)) > 2
    accounts.sign_in("Ann", PASSWORD, "203.0.113.9")  # after the wait, and then all is forgotten
    with pytest.raises(SignInRefused) as refused:
        accounts.sign_in("Ann", ANOTHER, "203.0.113.9")
    assert not isinstance(refused.value, TooManyAttempts)

    # Many names from one address, of version 6 one network.
    for number in range(attempts.FREE_BY_ADDRESS):
        with pytest.raises(SignInRefused):
            accounts.sign_in(f"name {number}", ANOTHER, f"2001:db8::{number:x}")
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("Ann", PASSWORD, "2001:db8::ffff")
    accounts.sign_in("Ann", PASSWORD, "2001:db8:0:1::1")


def _fail() -> None:
    raise SignInRefused


def test_many_guesses_at_once_are_no_way_around_the_count(library: Library, accounts: Accounts) -> None:
    others = [accounts, Accounts(library.catalog, Settings())]  # as of two processes

    def guess(number: int) -> str:
        try:
            others[number % 2].sign_in("Ann", f"{ANOTHER} {number}", f"192.0.2.{number}")
        except SignInRefused as refused:
            return type(refused).__name__
        return ""

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(24)))
    assert outcomes.count("SignInRefused") == attempts.FREE_BY_ACCOUNT
    assert outcomes.count("TooManyAttempts") == 24 - attempts.FREE_BY_ACCOUNT


@pytest.mark.folder
def test_a_backup_brings_back_accounts_and_no_session(library: Library, accounts: Accounts, tmp_path: Path) -> None:
    _, secret = accounts.sign_in("Ann", PASSWORD, HERE)
    library.backup(tmp_path / "backup")
    with pytest.raises(LibraryUnusable, match="holds accounts"):
        Library.restore(tmp_path / "backup", library.folder)
    Library.restore(tmp_path / "backup", library.folder, replace=True)
    assert accounts.sessions.find(secret) is None
    accounts.sign_in("Ann", PASSWORD, HERE)


def test_the_last_admin_stays_one(accounts: Accounts) -> None:
    accounts.make("Bo", PASSWORD, role="editor")
    for change in (lambda: accounts.disable("Ann"), lambda: accounts.set_role("Ann", "editor")):
        with pytest.raises(InvalidAccount, match="last admin"):
            change()
    accounts.set_role("Bo", "admin")

    def give_up(name: str) -> bool:
        try:
            accounts.disable(name)
        except InvalidAccount:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(give_up, ("Ann", "Bo"))) == [False, True]
    assert accounts.has_admin()


def test_a_hash_is_made_anew_when_the_parameters_have_changed(
    library: Library, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    harder = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: harder)
    accounts.sign_in("Ann", PASSWORD, HERE)
    with library.catalog.begin() as connection:
        kept = connection.scalar(select(accounts_table.c.password))
    assert kept is not None
    assert ",t=2,p=1$" in kept
    accounts.sign_in("Ann", PASSWORD, HERE)


def test_the_log_says_who_did_what_from_where_and_no_name_that_is_none(accounts: Accounts) -> None:
    _, secret = accounts.sign_in("Ann", PASSWORD, HERE)
    accounts.sign_out(secret, HERE)
    with pytest.raises(SignInRefused):
        accounts.sign_in("my secret typed into the wrong field", "", HERE)
    told = [(entry.who, entry.action, entry.what, entry.address) for entry in accounts.audit.list()]
    assert told == [
        ("", "refused", "an unknown name", HERE),
        ("Ann", "signed out", "", HERE),
        ("Ann", "signed in", "", HERE),
        ("the command line", "account made", "Ann, admin", ""),
    ]
    latest = accounts.audit.list(most=1)[0]
    assert [entry.id for entry in accounts.audit.list(before=latest.id, most=2)] == [latest.id - 1, latest.id - 2]
    assert accounts.audit.list(since=datetime(2999, 1, 1)) == []


def test_a_conversation_and_what_is_thought_of_answers_belong_to_one_account(
    library: Library, accounts: Accounts
) -> None:
    answer = Answer("When?", found=False, confidence=0.0)
    from_before = library.conversations.begin()
    library.conversations.append(from_before, answer)
    ann, bo = accounts.get("Ann").id, accounts.make("Bo", PASSWORD).id
    who = [ann]
    library.belong_to(lambda: who[0])
    store = library.conversations
    known = store.begin()
    store.append(known, answer)
    library.feedback.rate(answer, 1)
    assert [info.id for info in store.list()] == [info.conversation.id for info in store.search("when")] == [known]

    who[0] = bo
    assert (store.list(), store.search("when"), library.feedback.of(answer).verdict) == ([], [], 0)
    assert store.turns(known) == []
    for reach in (
        store.info,
        store.get,
        store.delete,
        store.restore,
        lambda of: store.turn(of, 0),
        lambda of: store.append(of, answer),
        lambda of: store.replace(of, 0, answer),
        lambda of: store.rename(of, "Mine"),
        lambda of: store.fork(of, 1),
    ):
        for of in (known, from_before):
            with pytest.raises(ConversationNotFound):
                reach(of)
    assert accounts.adopt("Bo") == 1
    assert [info.id for info in store.list()] == [from_before]

    def nobody() -> str:
        raise NotSignedIn

    library.belong_to(nobody)
    for ask in (library.conversations.list, library.conversations.begin, lambda: library.feedback.of(answer)):
        with pytest.raises(NotSignedIn):
            ask()


def test_conversations_that_are_kept_nowhere_belong_to_one_account_too() -> None:
    who = ["a"]
    store = unkept(lambda: who[0])
    known = store.begin()
    store.append(known, Answer("When?", found=False, confidence=0.0))
    assert [info.id for info in store.list()] == [known]
    mine, who[0] = store.of_owner(), "b"
    assert (store.list(), [info.id for info in mine.list()]) == ([], [known])


def test_a_token_can_do_no_more_than_its_account(library: Library, accounts: Accounts) -> None:
    bo = accounts.make("Bo", PASSWORD, role="editor")
    secret = library.tokens.make("script", scope="write", account_id=bo.id)
    nobodys = library.tokens.make("old", scope="write")
    token = library.tokens.find(secret)
    assert token is not None
    assert (token.account, token.allows("write")) == ("Bo", True)
    accounts.set_role("Bo", "reader")
    token = library.tokens.find(secret)
    assert token is not None
    assert (token.allows("write"), token.allows("read")) == (False, True)
    accounts.disable("Bo")
    assert library.tokens.find(secret) is None
    assert {each.name: each.allows("read") for each in library.tokens.list()} == {"script": False, "old": True}
    old = library.tokens.find(nobodys)
    assert old is not None
    assert old.allows("write")
