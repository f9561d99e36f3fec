"""`footnote conversations`: listed, searched, shown, exported, renamed, deleted and brought back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag import Answer, Article, Citation, Library, Sentence
from rag.cli import main

pytestmark = pytest.mark.usefixtures("cheap_embedder")

FERRY = Article(title="Ferry", text="It leaves at nine. It has a bar.", source="\x1b[2Jferry.txt")


@pytest.fixture
def kept(tmp_path: Path) -> tuple[str, str]:
    """The folder of a library as an argument, and the id of a conversation in it."""
    with Library(tmp_path / "l") as library:
        for question in ("Is there a boat?", "When does the ferry leave?"):
            known = library.conversations.begin()
            cited = Citation(FERRY, number=1, start=0, end=18)
            library.conversations.append(
                known, Answer(question, True, 0.9, (Sentence("It leaves at nine.", (1,)),), (cited,))
            )
    return f"--library={tmp_path / 'l'}", known


def test_conversations_are_listed_and_searched(kept: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    place, known = kept
    assert main(["conversations", place]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{known}  20")
    assert first.endswith("    1  When does the ferry leave?")
    assert second.endswith("Is there a boat?")
    assert main(["conversations", place, "--search", "NINE boat"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["    Is there a boat?", "    It leaves at nine."]
    assert main(["conversations", place, "--search", "zeppelin"]) == 0
    assert capsys.readouterr().err == "No conversation has 'zeppelin' in it.\n"
    assert main(["conversations", place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == known
    assert main(["conversations", place, "--json", "--search", "boat"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [hit["ordinal"] for hit in found["found"]] == [0]


def test_a_conversation_is_shown_and_exported(
    kept: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, known = kept
    assert main(["conversations", place, "--show", known]) == 0
    out = capsys.readouterr().out
    assert "> When does the ferry leave?" in out
    assert "[1] Ferry: “It leaves at nine.”" in out
    assert main(["conversations", place, "--show", known, "--json"]) == 0
    assert Answer.from_dict(json.loads(capsys.readouterr().out)["turns"][0]["answer"]).citations[0].title == "Ferry"
    assert main(["conversations", place, "--export", known[:7]]) == 0
    printed = capsys.readouterr().out
    assert "[^1]: Ferry: “It leaves at nine.” (\\[2Jferry.txt)" in printed
    assert main(["conversations", place, "--export", known, str(tmp_path / "a.md")]) == 0
    assert (tmp_path / "a.md").read_text("utf-8") == printed
    assert main(["conversations", place, "--export", known, str(tmp_path / "a.md")]) == 2
    assert main(["conversations", place, "--export", known, str(tmp_path / "nowhere" / "a.md")]) == 2
    err = capsys.readouterr().err
    assert "is there already. Give the file another name." in err
    assert "cannot be written" in err


def test_a_conversation_is_renamed_deleted_and_brought_back(
    kept: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    place, known = kept
    assert main(["conversations", place, "--rename", known, "The ferry"]) == 0
    assert capsys.readouterr().out == f"{known} is called The ferry\n"
    assert main(["conversations", place, "--rename", known, " "]) == 2
    assert "needs a title" in capsys.readouterr().err
    assert main(["conversations", place, "--delete", known]) == 0
    assert f"--restore {known}" in capsys.readouterr().out
    assert main(["conversations", place, "--show", known]) == 2
    assert f"No conversation has the id '{known}'." in capsys.readouterr().err
    assert main(["conversations", place, "--restore", known, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == known
    assert main(["conversations", place, "--show", known]) == 0
