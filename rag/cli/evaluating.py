"""The command that measures: evaluate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rag.cli.command import DONE, NOT_ALL, Commands, print_json, say, settings_of
from rag.cli.filter_options import add_filter_options, filters_of
from rag.errors import FootnoteError


def add_commands(commands: Commands) -> None:
    """Add evaluate."""
    evaluation = commands.add("evaluate", _evaluate, "measure how well questions are answered")
    _add_evaluate_options(evaluation)
    add_filter_options(evaluation)


def _evaluate(options: argparse.Namespace) -> int:
    from rag.evaluate import evaluate, made_questions, read_baseline, read_questions, save_baseline, write_results
    from rag.evaluate.made import MADE
    from rag.evaluate.report import falls_table, misses_listed
    from rag.evaluate.results import NO_PLOT, make_folder
    from rag.index.library import open_default

    if options.from_feedback:
        return _evaluate_feedback(options)
    # What can fail for a wrong path fails before the work, not after it.
    baseline = read_baseline(options.baseline) if options.baseline else None
    questions = read_questions(options.file)[: options.limit] if options.file else []
    for folder in filter(None, [options.out, options.save_baseline and options.save_baseline.parent]):
        make_folder(folder)
    with open_default(settings_of(options)) as library:
        filters = filters_of(options, library)
        if not questions:
            questions = made_questions(library, count=options.limit or MADE, seed=options.seed, filters=filters)
        if baseline:
            baseline.check(questions)
        evaluation = evaluate(questions, library=library, filters=filters)
    if options.json:
        print_json(evaluation.to_dict())
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


def _evaluate_feedback(options: argparse.Namespace) -> int:
    """Ask again what people judged. Exit code 1 where an answer that was rejected is given again."""
    from rag.evaluate import evaluate_feedback
    from rag.evaluate.report import misses_listed
    from rag.index.library import open_default

    if options.file or options.baseline or options.save_baseline or options.out:
        raise FootnoteError("--from-feedback takes no file, no baseline and no --out: its questions are those judged.")
    with open_default(settings_of(options)) as library:
        found = evaluate_feedback(library, filters=filters_of(options, library))
    if options.json:
        print_json(found.to_dict())
    else:
        say(found, *(["", misses_listed(found.liked)] if options.misses and found.liked else []))
    return NOT_ALL if found.repeated else DONE


def _add_evaluate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help='questions, a JSON object a line: {"question": "...", "answers": ["..."], "source": "bridge.md"}; without '
        '"answers" the articles do not answer; without FILE questions are made from the articles, roughly',
    )
    parser.add_argument(
        "--from-feedback",
        action="store_true",
        help="ask again what people judged in the window; exit code 1 if an "
        "answer or a quote that they rejected is given again",
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
