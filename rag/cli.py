"""The command `footnote`: add, sync, watch, ask, list, show, remove, status, repair, backup,
restore, evaluate, chat.

Exit codes: 0 done (for `ask`: answered), 1 not all of it (a file failed; the articles do not answer; a metric is
worse than the baseline), 2 it could not be done, and standard error says why.
"""

from __future__ import annotations

import _thread
import argparse
import io
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from rag import __version__
from rag.errors import FootnoteError
from rag.filter_options import add_filter_options, filters_of
from rag.ingest.media_types import SUPPORTED

if TYPE_CHECKING:
    from rag.index.backup import Manifest
    from rag.index.copies import Group
    from rag.index.library import Library
    from rag.index.report import Findings
    from rag.settings import Settings

DONE, NOT_ALL, FAILED = 0, 1, 2

_SECONDS_TO_TELL_AGAIN = 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter gets "?", not a traceback
    try:
        with _closing_when_told_to_end():
            return int(options.command(options))
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of a pipe (`footnote list | head`) has seen enough.
        sys.stdout = None
        return DONE


@contextmanager
def _closing_when_told_to_end() -> Iterator[None]:
    """Let a SIGTERM, or a terminal that is closed, end the command as Ctrl-C does: libraries are closed on the way.

    Where it comes just as Python runs what may not raise (a weak reference's callback), it comes again a moment later.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def hang_up(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)  # which the window's server knows

    def tell_again(dropped: sys.UnraisableHookArgs) -> None:
        if isinstance(dropped.exc_value, KeyboardInterrupt | SystemExit):
            number = signal.SIGINT if isinstance(dropped.exc_value, KeyboardInterrupt) else signal.SIGTERM
            threading.Timer(_SECONDS_TO_TELL_AGAIN, tell, [number]).start()
        else:
            hook(dropped)

    def tell(number: signal.Signals) -> None:
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        else:
            _thread.interrupt_main(number)

    before, hook = {}, sys.unraisablehook
    if threading.current_thread() is threading.main_thread():
        for name, does in (("SIGTERM", end), ("SIGHUP", hang_up)):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # under nohup it is not to end
                before[number] = signal.signal(number, does)
        sys.unraisablehook = tell_again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _add(options: argparse.Namespace) -> int:
    with _library(options) as library:
        report = library.add(options.paths)
    if options.json:
        _print_json(asdict(report))
    else:
        print(report)
    return NOT_ALL if report.failed else DONE


def _sync(options: argparse.Namespace) -> int:
    from rag.index.report import AddReport

    with _library(options) as library:
        if options.forget:
            library.unfollow(options.forget)
        if options.list or options.forget:
            return _say_followed(library, options)
        if options.emptied and not options.places:
            raise FootnoteError("Name the folder that was emptied: footnote sync --emptied FOLDER")
        report = AddReport()
        for place in _places(options, library):
            report.extend(library.sync(place, again=options.again, emptied=options.emptied))
    if options.json:
        _print_json(asdict(report))
    else:
        print(report)
    return NOT_ALL if report.failed else DONE


def _say_followed(library: Library, options: argparse.Namespace) -> int:
    followed = library.followed()
    if options.json:
        _print_json([{"place": place, "synced": synced} for place, synced in followed.items()])
    else:
        print(*(f"{place}  (as of {synced:%Y-%m-%d %H:%M} UTC)" for place, synced in followed.items()), sep="\n")
    return DONE


def _watch(options: argparse.Namespace) -> int:
    from rag.index.watching import watch

    with _library(options) as library:
        places = _places(options, library)
        print(f"Watching {', '.join(places)}. Ctrl-C ends it.", flush=True)
        watch(library, places, lambda place, what: print(f"{place}: {what}", flush=True))
    return DONE


def _places(options: argparse.Namespace, library: Library) -> list[str]:
    places = options.places or list(library.followed())
    if not places:
        raise FootnoteError("The library follows nothing yet. Name a folder or a feed: footnote sync FOLDER")
    return places


def _ask(options: argparse.Namespace) -> int:
    from rag.answering.chain import AnswerChain
    from rag.index.library import open_default

    question = " ".join(options.question) or _piped()
    with open_default(_settings(options)) as library:
        answer = AnswerChain(library).invoke({"question": question, "filters": filters_of(options, library)})
    if options.json:
        _print_json(answer.to_dict())
    else:
        print(answer.to_markdown() if options.markdown else answer)
    return DONE if answer.found else NOT_ALL


def _list(options: argparse.Namespace) -> int:
    with _library(options) as library:
        filters = filters_of(options, library)
        if options.duplicates:
            return _list_duplicates(library.duplicates(filters), options)
        infos = library.articles(filters)
    wanted = options.search.casefold()
    infos = [i for i in infos if wanted in " ".join((i.title, i.author or "", i.source, *i.further_sources)).casefold()]
    if options.json:
        _print_json([asdict(info) for info in infos])
        return DONE
    for info in infos:
        print(f"{info.id}  {info.published or '          '}  {info.title}")
    if not infos:
        asked = f"No articles {filters}".rstrip()
        print(f"{asked}." if not wanted else f"{asked} match {options.search!r}.", file=sys.stderr)
    return DONE


def _list_duplicates(groups: Sequence[Group], options: argparse.Namespace) -> int:
    """List near copies under the one that answers, each group in which the text searched for stands."""
    wanted = options.search.casefold()
    found = [g for g in groups if any(wanted in f"{c.title} {c.source}".casefold() for c in (g.answering, *g.others))]
    if options.json:
        _print_json([asdict(group) for group in found])
        return DONE
    for group in found:
        for mark, copy in [("", group.answering), *(("  = ", copy) for copy in group.others)]:
            print(f"{mark}{copy.article_id}  {copy.published or '          '}  {copy.title} ({copy.source})")
    if not found:
        print("No articles are near copies of each other.", file=sys.stderr)
    return DONE


def _show(options: argparse.Namespace) -> int:
    with _library(options) as library:
        article = library.article(options.id)
    if options.json:
        _print_json(asdict(article))
        return DONE
    particulars = [str(article.published or ""), article.author or "", article.source]
    print(article.title, " | ".join(filter(None, particulars)), "", article.text, sep="\n")
    return DONE


def _remove(options: argparse.Namespace) -> int:
    with _library(options) as library:
        for article_id in options.ids:
            library.article(article_id)  # all of them or none
        for article_id in options.ids:
            library.remove(article_id)
    if options.json:
        _print_json({"removed": options.ids})
    else:
        print(f"{len(options.ids)} removed")
    return DONE


def _status(options: argparse.Namespace) -> int:
    with _library(options) as library:
        status = library.status()
        findings = library.check() if options.check else None
    code = DONE if findings is None or findings.sound else NOT_ALL
    if options.json:
        _print_json(asdict(status) | ({"check": _found(findings)} if findings else {}))
        return code
    print(f"folder    {status.folder}")
    print(f"articles  {status.articles:,} in {status.chunks:,} chunks")
    print(f"embedder  {status.embedder or 'none yet'}")
    print(f"on disk   {status.bytes / 1e6:,.1f} MB")
    for place in status.follows:
        print(f"follows   {place}")
    if status.open_in:
        print(f"open in   {status.open_in}")
    if findings:
        print(f"\n{findings}")
    return code


def _repair(options: argparse.Namespace) -> int:
    with _library(options) as library:
        findings = library.reembed() if options.embed else library.repair()
    if options.json:
        _print_json(_found(findings))
    else:
        print(findings)
    return DONE if findings.sound else NOT_ALL


def _backup(options: argparse.Namespace) -> int:
    with _library(options) as library:
        manifest = library.backup(options.file)
    return _say(manifest, f"{manifest.articles:,} articles are in {options.file}", options)


def _restore(options: argparse.Namespace) -> int:
    from rag.index.library import Library

    manifest = Library.restore(options.file, settings=_settings(options), replace=options.replace)
    with _library(options) as library:
        findings = library.check()  # builds the vector index
    code = _say(manifest, f"{manifest.articles:,} articles of {manifest.created} UTC are back\n{findings}", options)
    return code if findings.sound else NOT_ALL


def _say(manifest: Manifest, words: str, options: argparse.Namespace) -> int:
    if options.json:
        _print_json(asdict(manifest))
    else:
        print(words)
    return DONE


def _found(findings: Findings) -> dict[str, Any]:
    return {**asdict(findings), "sound": findings.sound, "problems": findings.problems}


def _evaluate(options: argparse.Namespace) -> int:
    from rag.evaluate import evaluate, made_questions, read_baseline, read_questions, save_baseline, write_results
    from rag.evaluate.made import MADE
    from rag.evaluate.report import falls_table, misses_listed
    from rag.evaluate.results import NO_PLOT, make_folder
    from rag.index.library import open_default

    # What can fail for a wrong path fails before the work, not after it.
    baseline = read_baseline(options.baseline) if options.baseline else None
    questions = read_questions(options.file)[: options.limit] if options.file else []
    for folder in filter(None, [options.out, options.save_baseline and options.save_baseline.parent]):
        make_folder(folder)
    with open_default(_settings(options)) as library:
        filters = filters_of(options, library)
        if not questions:
            questions = made_questions(library, count=options.limit or MADE, seed=options.seed, filters=filters)
        if baseline:
            baseline.check(questions)
        evaluation = evaluate(questions, library=library, filters=filters)
    if options.json:
        _print_json(evaluation.to_dict())
    else:
        print(evaluation, *([misses_listed(evaluation)] if options.misses else []), sep="\n\n")
    if options.out and len(write_results(evaluation, options.out)) == 1:
        print(f"footnote: {NO_PLOT}", file=sys.stderr)
    if options.save_baseline:
        save_baseline(evaluation, options.save_baseline)
    if not baseline:
        return DONE
    fallen = baseline.falls(evaluation.metrics, tolerance=options.tolerance)
    print(f"\n{falls_table(fallen, options.tolerance)}", file=sys.stderr if options.json else sys.stdout)
    return NOT_ALL if fallen else DONE


def _chat(options: argparse.Namespace) -> int:
    from importlib.metadata import entry_points

    # The window is a part of its own that builds on this one; it is found by name, not imported.
    (window,) = entry_points(group="footnote.windows", name="chat")
    window.load()(_settings(options), open_browser=options.open)
    return DONE


def _library(options: argparse.Namespace) -> Library:
    from rag.index.library import Library

    return Library(settings=_settings(options))


def _settings(options: argparse.Namespace) -> Settings:
    from rag.settings import Settings

    given = {name: getattr(options, name, None) for name in ("library", "host", "port")}
    given = {name: value for name, value in given.items() if value is not None}
    if "library" in given:  # a folder that is named is meant, whatever servers the environment names
        given |= {"catalog_url": "", "chroma_url": ""}
    return Settings(**given)


def _piped() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def _print_json(value: Any) -> None:
    everything = (sys.stdout.encoding or "").replace("-", "").casefold() == "utf8"
    print(json.dumps(value, ensure_ascii=not everything, indent=2, default=str))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask your own articles. Every sentence of an answer opens the exact words.",
        epilog="Exit codes: 0 done or answered; 1 a file failed, the articles do not answer, or a metric got "
        "worse; 2 an error.",
    )
    parser.add_argument("--version", action="version", version=f"footnote {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--library", type=Path, metavar="FOLDER", help="the library's folder (or set FOOTNOTE_LIBRARY)")
    printing = argparse.ArgumentParser(add_help=False, parents=[shared])
    printing.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str, parent: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", parents=[parent])
        sub.set_defaults(command=run)
        return sub

    add = command("add", _add, "add files, folders with all that is in them, and pages by their URLs", printing)
    add.add_argument("paths", nargs="+", metavar="PATH", help=f"https://..., a folder, or a file: {SUPPORTED}")
    sync = command("sync", _sync, "make the library match folders, and take in what is new in feeds", printing)
    sync.add_argument(
        "places", nargs="*", metavar="PLACE", help="a folder, or a feed's address; by default all synced before"
    )
    sync.add_argument("--again", action="store_true", help="read also the files that are as they were")
    sync.add_argument("--emptied", action="store_true", help="remove the articles of a folder that is empty now")
    sync.add_argument("--list", action="store_true", help="list what is followed, and when it was last synced")
    sync.add_argument("--forget", metavar="PLACE", help="follow it no longer; its articles stay")
    watch = command("watch", _watch, "keep the library matched to folders and feeds while they change", shared)
    watch.add_argument(
        "places", nargs="*", metavar="PLACE", help="a folder, or a feed's address; by default all synced before"
    )
    ask = command("ask", _ask, "answer a question, given here or through a pipe", printing)
    ask.add_argument("question", nargs="*", help="the question; without one it is read from standard input")
    ask.add_argument("--markdown", action="store_true", help="print Markdown with footnotes")
    add_filter_options(ask)
    listing = command("list", _list, "list the articles, newest first", printing)
    listing.add_argument("--search", default="", metavar="TEXT", help="only those with this in title, author or source")
    listing.add_argument(
        "--duplicates",
        action="store_true",
        help="only articles that are near copies, each group under the one that answers",
    )
    add_filter_options(listing)
    show = command("show", _show, "print one article", printing)
    show.add_argument("id", help="an id that `footnote list` shows")
    remove = command("remove", _remove, "remove articles; their files are left alone", printing)
    remove.add_argument("ids", nargs="+", metavar="ID", help="an id that `footnote list` shows")
    status = command("status", _status, "say what the library holds", printing)
    status.add_argument(
        "--check", action="store_true", help="look at everything in it; exit code 1 if something is wrong"
    )
    repair = command("repair", _repair, "build the indexes again from the articles, and check everything", printing)
    repair.add_argument(
        "--embed", action="store_true", help="also embed all articles again, with the model that is set"
    )
    backup = command("backup", _backup, "write the whole library to one file", printing)
    backup.add_argument("file", type=Path, metavar="FILE", help="where to; a backup that is there already is replaced")
    restore = command("restore", _restore, "make the library again from a backup", printing)
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that `footnote backup` wrote")
    restore.add_argument("--replace", action="store_true", help="also where the library holds articles: they are lost")
    evaluation = command("evaluate", _evaluate, "measure how well questions are answered", printing)
    _add_evaluate_options(evaluation)
    add_filter_options(evaluation)
    chat = command("chat", _chat, "open the chat window in the browser", shared)
    chat.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    chat.add_argument("--port", type=int, help="the port (default 7860, or the next free one)")
    chat.add_argument("--no-open", dest="open", action="store_false", help="do not open a browser")
    return parser


def _add_evaluate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help='questions, a JSON object a line: {"question": "...", "answers": ["..."], "source": "bridge.md"}; without '
        '"answers" the articles do not answer; without FILE questions are made from the articles, roughly',
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="ask N questions at most")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which questions are made (default 0)")
    parser.add_argument("--misses", action="store_true", help="list what went wrong, and what was said")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write results.json, plot.png and plot.svg there")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--save-baseline", type=Path, metavar="FILE", help="write the metrics to FILE")
    kept.add_argument("--baseline", type=Path, metavar="FILE", help="exit code 1 if a metric is worse than in FILE")
    parser.add_argument(
        "--tolerance", type=_share, default=0.02, metavar="X", help="by how much it may be worse (default 0.02)"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
