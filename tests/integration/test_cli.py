"""The command line as a person uses it: arguments, pipes, JSON and exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag import Answer, Library
from rag.cli import main
from rag.ingest.media_types import MEDIA_TYPES


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text(
        "Bridge to close\n\nThe Tanner's Bridge will close on 4 May 2026. Repairs will cost £412,000 in all.\n"
    )
    (folder / "bakery.md").write_text("---\ntitle: The bakery\ndate: 2025-02-03\n---\nBread is sold on Mondays.\n")
    return folder


@pytest.fixture
def filled(tmp_path: Path, notes: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The folder of a library with the two notes, as an argument."""
    place = f"--library={tmp_path / 'filled'}"
    assert main(["add", place, str(notes)]) == 0
    capsys.readouterr()
    return place


def test_add_reports_and_says_by_its_exit_code_whether_all_went_in(
    notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = f"--library={tmp_path / 'l'}"
    assert main(["add", place, str(notes)]) == 0
    assert "2 added" in capsys.readouterr().out
    (notes / "empty.txt").write_text("")
    assert main(["add", place, "--json", str(notes)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert len(report["unchanged"]) == 2
    assert report["failed"][0]["source"].endswith("empty.txt")


def test_ask_prints_the_answer_with_its_source(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", filled, "How much will the repairs of the bridge cost?"]) == 0
    out = capsys.readouterr().out
    assert "£412,000" in out
    assert "[1] Bridge to close" in out


def test_a_quote_from_a_pdf_file_names_its_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    canvas = Canvas(str(tmp_path / "pier.pdf"))
    for words in ("The pier of Kestleby was opened by the mayor.", "A storm took the roof of the pier away in 1921."):
        canvas.drawString(72, 700, words)
        canvas.showPage()
    canvas.save()
    place = f"--library={tmp_path / 'l'}"
    assert main(["add", place, str(tmp_path / "pier.pdf")]) == 0
    capsys.readouterr()
    main(["ask", place, "When did a storm take the roof of the pier away?"])
    assert re.search(r"Pier, \d{4}-\d\d-\d\d, p\. [12]", capsys.readouterr().out)
    assert main(["ask", place, "--json", "When did a storm take the roof of the pier away?"]) == 0
    assert Answer.from_json(capsys.readouterr().out).citations[0].page == 2


def test_the_help_names_every_kind_of_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["add", "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert all(f" {ending}" in out for ending in MEDIA_TYPES)


def test_ask_can_print_json_and_markdown(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", filled, "--json", "How much will the repairs of the bridge cost?"]) == 0
    assert Answer.from_json(capsys.readouterr().out).citations[0].title == "Bridge to close"
    assert main(["ask", filled, "--markdown", "How much will the repairs of the bridge cost?"]) == 0
    assert "[^1]:" in capsys.readouterr().out


@pytest.mark.folder
def test_a_question_comes_through_a_pipe_and_a_miss_is_exit_code_1(filled: str) -> None:
    command = [sys.executable, "-m", "rag.cli", "ask", filled]
    asked = subprocess.run(command, input=b"What do the repairs cost?", capture_output=True, check=False)
    assert asked.returncode == 0
    assert "£412,000" in asked.stdout.decode()
    asked = subprocess.run(command, input=b"Who is the king of Denmark?", capture_output=True, check=False)
    assert asked.returncode == 1


def test_list_show_and_remove(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", filled, "--json"]) == 0
    infos = json.loads(capsys.readouterr().out)
    assert [i["title"] for i in infos] == ["The bakery", "Bridge to close"]
    assert main(["list", filled, "--search", "baker"]) == 0
    assert "Bridge" not in capsys.readouterr().out
    assert main(["show", filled, infos[0]["id"]]) == 0
    assert "Bread is sold on Mondays." in capsys.readouterr().out
    assert main(["remove", filled, infos[0]["id"]]) == 0
    assert main(["show", filled, infos[0]["id"]]) == 2
    assert "No article has the id" in capsys.readouterr().err


@pytest.fixture
def dated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The folder of a library with the fares of three years, as an argument."""
    for year, fare in ((2023, 3), (2024, 4), (2025, 5)):
        folder = tmp_path / "fares" / str(year)
        folder.mkdir(parents=True)
        (folder / "ferry.md").write_text(
            f"---\ntitle: Fares\ndate: {year}-04-01\ntags: [ferry, year{year}]\nlang: en\n---\n"
            f"A ticket for the ferry costs £{fare}. Bread is £1.\n"
        )
    place = f"--library={tmp_path / 'dated'}"
    assert main(["add", place, str(tmp_path / "fares")]) == 0
    capsys.readouterr()
    return place


@pytest.mark.parametrize(
    ("options", "fare"),
    [
        (["--since", "2025-01", "--until", "2025-04"], "£5"),
        (["--until", "2023"], "£3"),
        (["--tag", "Year2024"], "£4"),
        (["--source", "fares/2023"], "£3"),
        (["--source", "{fares}/2024/ferry.md", "--language", "en"], "£4"),
    ],
)
def test_only_some_of_the_articles_are_asked_and_listed(
    dated: str, tmp_path: Path, options: list[str], fare: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [option.format(fares=tmp_path / "fares") for option in options]
    assert main(["ask", dated, *options, "What does a ticket for the ferry cost?"]) == 0
    out = capsys.readouterr().out
    assert [found for found in ("£3", "£4", "£5") if found in out] == [fare]
    assert main(["list", dated, "--json", *options]) == 0
    (info,) = json.loads(capsys.readouterr().out)
    assert main(["ask", dated, "--json", "--article", info["id"], "What does a ticket for the ferry cost?"]) == 0
    answer = Answer.from_json(capsys.readouterr().out)
    assert (answer.short, answer.filters.articles) == (fare, (info["id"],))


def test_a_filter_may_name_several_values(dated: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", dated, "--json", "--tag", "year2023", "--tag", "year2025", "--until", "2024"]) == 0
    assert [info["published"] for info in json.loads(capsys.readouterr().out)] == ["2023-04-01"]


def test_where_filters_leave_nothing_it_is_said_which(dated: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", dated, "--since", "2030", "--tag", "ferry", "What does a ticket cost?"]) == 1
    assert "You have no articles since January 2030, tagged ferry." in capsys.readouterr().out
    assert main(["list", dated, "--language", "de"]) == 0
    assert capsys.readouterr().err == "No articles in German.\n"
    assert main(["evaluate", dated, "--tag", "chess"]) == 2
    assert "tagged chess" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ["--since", "03/04/2024"],
            "since: '03/04/2024' is not a date that can be read. Write a year, a month or a day",
        ),
        (["--since", "2025", "--until", "2024"], "Swap since and until"),
        (["--tag", ""], "'' is no tag to filter by"),
    ],
)
def test_a_filter_that_cannot_be_used_is_an_error(
    dated: str, options: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """C32: an ambiguous date is refused, and nothing is answered."""
    for command in (["ask", "What does a ticket cost?"], ["list"], ["evaluate"]):
        assert main([*command, dated, *options]) == 2
        assert problem in capsys.readouterr().err


def test_remove_of_an_unknown_id_removes_nothing(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", filled, "--json"])
    known = json.loads(capsys.readouterr().out)[0]["id"]
    assert main(["remove", filled, known, "unknown"]) == 2
    main(["list", filled, "--json"])
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_status_says_what_the_library_holds(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", filled, "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["articles"] == 2
    assert status["embedder"].startswith("footnote/")
    assert main(["status", filled]) == 0


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "many")
    assert main(["status"]) == 2
    assert "PASSAGES='many'" in capsys.readouterr().err


@pytest.mark.folder
def test_a_damaged_library_is_an_error_and_not_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"scrap" * 1000)
    assert main(["list", f"--library={tmp_path}"]) == 2
    assert capsys.readouterr().err.startswith("footnote: The catalog")


def test_files_in_another_script_keep_their_names(
    tmp_path: Path, filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """C26: the true name is stored and shown."""
    name = 'テスト "é".md'
    (tmp_path / name).write_text("# 見出し\n\nThe fish market opens at five.\n", "utf-8")
    assert main(["add", filled, str(tmp_path / name)]) == 0
    capsys.readouterr()
    with Library(filled.removeprefix("--library=")) as library:
        assert any(i.source.endswith(name) and i.title == "見出し" for i in library.articles())


@pytest.mark.folder
def test_text_is_read_alike_whatever_the_locale(tmp_path: Path) -> None:
    """C02: the platform's default encoding plays no part."""
    (tmp_path / "tea.txt").write_bytes("Čaj\n\nHana má ráda čaj.\n".encode())
    environment = {**__import__("os").environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for command in (["add", str(tmp_path / "tea.txt")], ["list", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "rag.cli", command[0], f"--library={tmp_path / 'l'}", *command[1:]],
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    with Library(tmp_path / "l") as library:
        (info,) = library.articles()
        assert library.article(info.id).text == "Hana má ráda čaj."


def test_no_name_of_a_file_is_a_command_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """C53, on a terminal."""
    file = tmp_path / "\x1b[2J\x1b]0;owned\x07.txt"
    file.write_text("The fish market opens at five.\n")
    place = f"--library={tmp_path / 'l'}"
    assert main(["add", place, str(file)]) == 0
    with Library(tmp_path / "l") as library:
        (info,) = library.articles()
    assert "\x1b" in info.source
    for command in (["list"], ["show", info.id], ["ask", "When does the fish market open?"]):
        assert main([command[0], place, *command[1:]]) == 0
    out = capsys.readouterr().out
    assert "owned" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_near_copies_are_listed_under_the_one_that_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "The pier opened again on Friday after two winters. Its roof is of copper, and its lamps are of brass. "
    (tmp_path / "old.md").write_text(f"---\ntitle: Pier\ndate: 2024-01-05\n---\n{text}A ticket for it costs £2.\n")
    (tmp_path / "new.md").write_text(
        f"---\ntitle: Pier again\ndate: 2024-02-05\n---\n{text}A ticket for it costs £3.\n"
    )
    place = f"--library={tmp_path / 'pier'}"
    assert main(["list", place, "--duplicates"]) == 0
    assert capsys.readouterr().err == "No articles are near copies of each other.\n"
    assert main(["add", place, str(tmp_path / "old.md"), str(tmp_path / "new.md")]) == 0
    assert f"{tmp_path / 'new.md'}: near copy of {tmp_path / 'old.md'}" in capsys.readouterr().out
    assert main(["list", place, "--duplicates"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"\w{{16}}  2024-02-05  Pier again \({re.escape(str(tmp_path / 'new.md'))}\)", first)
    assert re.fullmatch(rf"  = \w{{16}}  2024-01-05  Pier \({re.escape(str(tmp_path / 'old.md'))}\)", second)
    assert main(["list", place, "--duplicates", "--json", "--search", "AGAIN"]) == 0
    (group,) = json.loads(capsys.readouterr().out)
    assert (group["answering"]["title"], [copy["title"] for copy in group["others"]]) == ("Pier again", ["Pier"])
    assert main(["list", place, "--duplicates", "--until", "2024-01-31"]) == 0
    assert main(["list", place, "--duplicates", "--search", "zeppelin"]) == 0
    assert capsys.readouterr().out == ""
