"""Setting up on a fresh machine: a clean clone, an empty home, `make run`, a question in a browser, `make test`.

    python -m benchmarks.setup [--source REPOSITORY] [--write]

`make run` counts from the command to the first footnote in the page, asked through Chromium and opened at
its marked words; `make test` follows in the same clone. Both download what they install, so the minutes
depend on the network; pip starts with an empty cache. Sizes are of the files in MB (10^6 bytes).
What is committed is measured: a change that is not is not in the clone.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.results import parser, report, table

ROOT = Path(__file__).parent.parent
QUESTION = "When does the last ferry to Skail leave?"
LONGEST = 60 * 60
"""Seconds after which a step is given up."""

_OPEN = re.compile(r"Footnote is open at (http://\S+)")
_OURS = ("FOOTNOTE_", "PYTHON", "VIRTUAL_ENV", "XDG_", "BENCH_DATA", "PIP_CACHE_DIR", "MAKE", "MFLAGS")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--source", default=str(ROOT), help="the repository to clone (default: this one)")
    options = made.parse_args()
    if options.limit:
        made.error("--limit means nothing here")
    with tempfile.TemporaryDirectory(prefix="footnote-setup-") as folder:
        rows = _measure(options.source, Path(folder))
    report(
        "setup",
        "Set-up from a clean clone with an empty home",
        table(("", "figure", ""), rows),
        write=options.write,
        command="python -m benchmarks.setup" + (" --write" if options.write else ""),
    )


def _measure(source: str, folder: Path) -> list[tuple[str, str, str]]:
    clone, home = folder / "footnote", folder / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment["HOME"] = str(home)
    _run(["git", "clone", "--quiet", "--no-local", source, str(clone)], folder, environment)
    cloned = _megabytes(clone)

    started = time.monotonic()
    with _window(clone, environment, folder / "run.log") as address:
        opened = time.monotonic() - started
        quoted = _ask(address)
        answered = time.monotonic() - started
    venv = _megabytes(clone / ".venv")
    restarted = time.monotonic()
    with _window(clone, environment, folder / "again.log"):
        again = time.monotonic() - restarted

    tested = time.monotonic()
    code = _make("test", clone, environment, folder / "test.log")
    test = time.monotonic() - tested
    pip = [str(clone / ".venv" / "bin" / "python"), "-m", "pip"]
    _run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder / "wheel"), "."], clone, environment)
    return [
        ("the clone", f"{cloned:.0f} MB", ""),
        ("`make run`, until the address is printed", f"{opened / 60:.1f} minutes", ""),
        ("`make run`, until a footnote opens in Chromium", f"{answered / 60:.1f} minutes", f"quoted: “{quoted}”"),
        ("`make run` again, until the address is printed", f"{again:.1f} s", ""),
        ("`make test` after that", f"{test / 60:.1f} minutes", "green" if code == 0 else f"**red** (exit code {code})"),
        ("`.venv` after `make run`", f"{venv:,.0f} MB", ""),
        ("`.venv` after `make test`", f"{_megabytes(clone / '.venv'):,.0f} MB", ""),
        ("the wheel", f"{_megabytes(folder / 'wheel'):.1f} MB", ""),
        ("left in the home folder", f"{_megabytes(home):,.0f} MB", "caches included"),
    ]  # fmt: skip


@contextmanager
def _window(clone: Path, environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run `make run` until the block ends; give the address that it prints."""
    command = ["make", "run", "ARGS=--no-open"]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=clone,
            env=environment | {"FOOTNOTE_PORT": str(_free_port())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _address(process, log)
    finally:
        _end(process)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    given_up = time.monotonic() + LONGEST
    while time.monotonic() < given_up:
        printed = log.read_text("utf-8", errors="replace")
        if found := _OPEN.search(printed):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"`make run` printed no address. Its last words:\n{printed[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End `make` and all that it started, as Ctrl-C does, then by force."""
    for sign in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    process.wait()


def _ask(address: str) -> str:
    """Ask in Chromium, open the first footnote and return the words that are marked."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        box = page.locator("#question textarea, textarea#question").first
        box.fill(QUESTION)
        box.press("Enter")
        page.locator("#log .answer a.number").first.click()
        quoted = page.locator("mark#quoted").first.inner_text()
        browser.close()
    return " ".join(quoted.split())


def _make(target: str, clone: Path, environment: dict[str, str], log: Path) -> int:
    with log.open("w", encoding="utf-8") as output:
        code = subprocess.run(
            ["make", target],
            cwd=clone,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
            check=False,
        ).returncode
    if code:
        print(f"`make {target}` failed. Its last words:\n{log.read_text('utf-8')[-5000:]}", file=sys.stderr)
    return code


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _megabytes(folder: Path) -> float:
    sizes = (path.lstat() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum({(size.st_dev, size.st_ino): size.st_size for size in sizes}.values()) / 1e6


if __name__ == "__main__":
    main()
