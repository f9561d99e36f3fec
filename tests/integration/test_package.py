"""What is installed: light to import, whole in the wheel, true to its cards."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rag

pytestmark = pytest.mark.folder  # opens no library

PROJECT = Path(rag.__file__).parent.parent


def run(script: str, *arguments: str, **options: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, **options
    )  # type: ignore[call-overload]
    return str(done.stdout)


def test_import_of_rag_brings_nothing_heavy() -> None:
    heavy = "{'numpy','pydantic','langchain_core','chromadb','onnxruntime','sqlalchemy','gradio','torch'}"
    assert run(f"import sys, rag; print(*{heavy} & set(sys.modules))").strip() == ""


def test_the_help_of_the_command_brings_nothing_heavy() -> None:
    script = (
        "import sys\nfrom rag.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print('HEAVY', *{'numpy','pydantic','langchain_core','chromadb','onnxruntime'} & set(sys.modules))"
    )
    assert run(script).splitlines()[-1].strip() == "HEAVY"


def test_what_other_programs_speak_to_stands_without_the_window() -> None:
    for file in (PROJECT / "serve").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) (ui|gradio)\b", file.read_text("utf-8"), re.M), file


def test_answering_imports_neither_torch_nor_sentence_transformers_nor_chat_models(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom rag import Library, answer\n"
        "with Library(sys.argv[1]) as library:\n"
        "    library.add_samples()\n"
        "    assert answer('When did the Ropewalk Bridge reopen?', library=library).found\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'langchain.chat_models', 'langchain_openai',"
        " 'openai', 'rag.answering.chat_writer', 'rag.chat_models.calling'}\n"
        "print(*heavy & set(sys.modules))"
    )
    assert run(script, str(tmp_path / "l")).strip() == ""


def test_answering_leaves_nothing_for_telemetry_in_the_home(tmp_path: Path) -> None:
    """onnxruntime keeps a device id and a queue of reports there, unless it was told not to before its import."""
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    environment["HOME"] = str(tmp_path / "empty")
    (tmp_path / "empty").mkdir()
    script = (
        "import sys\nfrom rag import Library, answer\n"
        "with Library(sys.argv[1]) as library:\n"
        "    library.add_samples()\n"
        "    answer('When did the Ropewalk Bridge reopen?', library=library)\n"
    )
    run(script, str(tmp_path / "library"), env=environment)
    assert [path.name for path in (tmp_path / "empty").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("folder", sorted(p.parent for p in (PROJECT / "rag" / "models").glob("*/card.json")))
def test_shipped_weights_are_those_of_their_card(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text("utf-8"))
    weights = (folder / "model.onnx").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == card["sha256"]
    assert len(weights) == card["bytes"]
    assert {"source", "licence", "command", "name"} <= card.keys()


def test_the_wheel_works_without_the_checkout(tmp_path: Path) -> None:
    """The wheel holds weights, samples and the window; its library lies in the user's data folder."""
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w"]
    subprocess.run([*build, str(tmp_path), str(PROJECT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("footnote-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_")}
    environment["PYTHONPATH"] = str(tmp_path / "installed")
    script = (
        "import rag, serve.watching.health, serve.api.mounting, ui\nfrom rag import answer, Settings\n"
        "from importlib.resources import files\n"
        "print(rag.__file__)\nprint(Settings().library)\n"
        "print(answer('When did the Ropewalk Bridge reopen?').found)\n"
        "print(files('ui').joinpath('static/footnote.css').is_file())"
    )
    where, library, found, styled = run(script, env=environment, cwd=tmp_path).splitlines()
    assert where.startswith(str(tmp_path / "installed"))
    assert library.startswith(str(tmp_path / "home"))
    assert found == styled == "True"
