"""How soon the window shows what it is asked for, in Chromium on loopback.

    BENCH_DATA=... python -m benchmarks.window [--write]

Two windows are opened, each in a process of its own with default settings: over the 2,225 news stories, and over a
library with one article of 200,000 words and a conversation of 3,000 messages. A page is ready when a question can be
typed and its greeting stands there; words have come when they stand in the viewport. All is timed in the page itself,
from the event that the key or the mouse caused, or from when it was called up, to the end of the first frame that
shows it. Smooth is measured by scrolling 400 pixels in each of 150 frames. Bars: ready within 2.0 s, first words
within 400 ms, marked words within 150 ms, at 95 %.
"""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import data
from benchmarks.arms import asked_of_news
from benchmarks.measuring import environment, percentile
from benchmarks.results import MAKES_LIBRARY, kept_folder, parser, report, table, verdict
from rag import Answer, Article, Citation, Library, Sentence

QUESTIONS = 120
LOADS = 20
WORDS = 200_000
FACTS = 12
TURNS = 1_500
"""Of the long conversation: 3,000 messages."""
READY_MS, FIRST_WORDS_MS, MARKED_MS, FRAME_MS = 2000, 400, 150, 200

Row = tuple[str, str, str, str]
"""What, figure, bar, whether it was kept."""

_SIZE = {"width": 1280, "height": 800}
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What the page times itself with: `when(name, what)` keeps in `times` the end of the first frame in which `what` holds.
_TIMING = """
window.times = {};
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
}).observe({ type: "layout-shift", buffered: true });
window.seen = (part) => {
  const place = part && part.checkVisibility() && part.getBoundingClientRect();
  return Boolean(place && place.height && place.bottom > 0 && place.top < innerHeight && part.textContent.trim());
};
window.when = (name, from, what) => {
  delete window.times[name];
  const look = () => {
    if (!what()) return void requestAnimationFrame(look);
    const drawn = new MessageChannel();
    drawn.port1.onmessage = () => (window.times[name] = performance.now() - from);
    requestAnimationFrame(() => drawn.port2.postMessage(0));
  };
  look();
};
const last = () => [...document.querySelectorAll("#log .turn")].at(-1);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("#question textarea")) return;
  const before = last()?.dataset.turn; // a count would not do: of a long log the first ones are taken away
  const said = () => last()?.dataset.turn !== before && last().querySelector(".words, .absent p, .remark");
  window.when("words", event.timeStamp, () => window.seen(said()));
}, true);
document.addEventListener("click", (event) => {
  const number = event.target.closest("#log a.number, #log .nearest a");
  const quoted = () => document.querySelector("#reader:not([hidden]) mark");
  if (number) window.when("marked", event.timeStamp, () => window.seen(quoted()));
}, true);
window.when("ready", 0, () => window.seen(document.querySelector("#welcome h2")) &&
  document.querySelector("#question textarea")?.disabled === false);
window.when("opened", 0, () => window.seen(last()?.querySelector(".question")));
"""
_SCROLL = """
([selector, step]) => new Promise((done) => {
  const part = document.querySelector(selector);
  const frames = [];
  let before = performance.now();
  const move = () => {
    const now = performance.now();
    frames.push(now - before);
    before = now;
    part.scrollTop += step;
    if (frames.length > 150) done(frames.slice(1));
    else requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
})
"""


def main() -> None:
    options = parser(__doc__).parse_args()
    news = kept_folder("window-news", MAKES_LIBRARY, fresh=False) / f"library-{options.limit or 'whole'}"
    large = kept_folder("window-large", (*MAKES_LIBRARY, Path(__file__)), fresh=False) / "library"
    if not news.exists():
        with Library(news) as library:
            library.add_articles(data.news()[: options.limit])
    conversation = _made_large(large)
    with Library(news) as library:
        questions = asked_of_news([info.title for info in library.articles()])[: options.limit or QUESTIONS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        with _window(news) as address:
            rows = [*_loading(browser, address), *_asking(browser, address, questions)]
        with _window(large) as address:
            rows += [*_long(browser, f"{address}/conversation/{conversation}"), *_large(browser, address)]
        browser.close()
    report("window", "The window", table(("", "figure", "bar", ""), rows), write=options.write, limit=options.limit)


def facts() -> list[tuple[str, str]]:
    """Return the facts that the large article holds, as a question and a sentence."""
    names = ("Ada", "Bela", "Cora", "Dina", "Edda", "Finn", "Gerd", "Hugo", "Ines", "Jost", "Karl", "Lena")
    towns = ("Skail", "Orm", "Tarn", "Holm", "Vik", "Strand", "Nes", "Havn", "Lund", "Brekke", "Dal", "Moss")
    return [
        (
            f"Who was the keeper of the lighthouse of {town} in {1900 + 3 * at}?",
            f"The keeper of the lighthouse of {town} in {1900 + 3 * at} was {name} {town}sen.",
        )
        for at, (name, town) in enumerate(zip(names, towns, strict=True))
    ][:FACTS]


def _made_large(folder: Path) -> str:
    """Fill a library with the large article and the long conversation, once; return the conversation's id."""
    with Library(folder) as library:
        if known := library.conversations.list():
            return known[0].id
        drawn = random.Random(0)
        words = [f"{a}{b}" for a in ("bar", "mil", "ton", "ser", "lov") for b in ("k", "ing", "er", "ow", "et", "ald")]
        paragraphs = []
        for _ in range(WORDS // 100):
            sentences = [" ".join(drawn.choices(words, k=20)).capitalize() + "." for _ in range(5)]
            paragraphs.append(" ".join(sentences))
        for at, (_, sentence) in enumerate(facts()):
            paragraphs.insert((2 * at + 1) * len(paragraphs) // (2 * FACTS), sentence)
        article = Article(title="A very long report", text="\n\n".join(paragraphs), source="report.txt")
        library.add_articles([article])
        citation = Citation(article, number=1, start=0, end=len(paragraphs[0].partition(".")[0]) + 1)
        said = (Sentence(citation.quote, (1,)),)
        conversation = library.conversations.begin()
        for number in range(TURNS):
            library.conversations.append(conversation, Answer(f"Question {number}?", True, 0.9, said, (citation,)))
        return conversation


@contextmanager
def _window(library: Path) -> Iterator[str]:
    """Run a window over a copy of a library until the block ends; give its address. What is asked there is not kept."""
    with (
        tempfile.TemporaryDirectory(prefix="footnote-window-") as folder,
        _serving(shutil.copytree(library, Path(folder) / "library")) as address,
    ):
        yield address


@contextmanager
def _serving(library: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = environment() | {"FOOTNOTE_LIBRARY": str(library), "FOOTNOTE_PORT": str(port)}
    command = [sys.executable, "-m", "rag.cli", "chat", "--no-open"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@contextmanager
def _page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=_SIZE)
    page = context.new_page()
    page.add_init_script(_TIMING)
    page.set_default_timeout(120_000)
    page.goto(address)
    yield page
    context.close()


def _time(page: Page, name: str) -> float:
    """Wait until something was seen; return after how many ms."""
    return float(page.wait_for_function("(name) => window.times[name]", arg=name).json_value())


def _loading(browser: Browser, address: str) -> list[Row]:
    fresh, again, shifts = [], [], []
    for _ in range(LOADS):
        with _page(browser, address) as page:
            fresh.append(_time(page, "ready"))
            page.wait_for_timeout(1500)
            shifts.append(page.evaluate("window.shifted"))
            page.goto(address)
            again.append(_time(page, "ready"))
    return [
        _bar(f"page ready, the first time ({LOADS} loads)", fresh, READY_MS),
        _bar("page ready, again", again, READY_MS),
        ("layout shift while it loads, largest (CLS)", f"{max(shifts):.3f}", "≤ 0.1", verdict(max(shifts) <= 0.1)),
    ]


def _asking(browser: Browser, address: str, questions: Sequence[str]) -> list[Row]:
    words, marked = [], []
    with _page(browser, address) as page:
        _time(page, "ready")
        for question in questions:
            words.append(_ask(page, question))
            marked += [
                _open(page, number) for number in page.locator("#log .turn").last.locator(".words .number").all()
            ]
    return [
        _bar(f"from Enter to the first words ({len(words)} questions)", words, FIRST_WORDS_MS),
        _bar(f"from a click on a number to the marked words ({len(marked)} clicks)", marked, MARKED_MS),
    ]


def _ask(page: Page, question: str) -> float:
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    took = _time(page, "words")
    page.locator("#ask").wait_for()
    page.wait_for_timeout(300)
    return took


def _open(page: Page, number: Locator) -> float:
    number.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    number.click()
    took = _time(page, "marked")
    page.keyboard.press("Escape")
    return took


def _long(browser: Browser, address: str) -> list[Row]:
    opened = []
    for _ in range(LOADS // 2):
        with _page(browser, address) as page:
            opened.append(_time(page, "opened"))
    with _page(browser, address) as page:
        _time(page, "opened")
        for at in range(2, 12):
            page.get_by_role("button", name="Show earlier questions").click()
            page.wait_for_function("(count) => document.querySelectorAll('.turn').length >= count", arg=20 * at)
        frames = page.evaluate(_SCROLL, ["html", -400])
        words = [_ask(page, question) for question, _ in facts()]
    shown = 20 * 11
    return [
        _bar(f"a conversation of {2 * TURNS:,} messages opened ({len(opened)} loads)", opened, READY_MS),
        _smooth(f"scrolled through {shown} of its answers", frames),
        _bar(f"from Enter to the first words below them ({len(words)} questions)", words, FIRST_WORDS_MS),
    ]


def _large(browser: Browser, address: str) -> list[Row]:
    marked = []
    with _page(browser, address) as page:
        _time(page, "ready")
        for question, _ in facts():
            _ask(page, question)
            marked.append(_open(page, page.locator("#log .turn").last.locator("a.number, .nearest a").first))
        page.locator("#log .turn").first.locator("a.number, .nearest a").first.click()
        page.wait_for_timeout(1000)
        frames = page.evaluate(_SCROLL, ["#reader-text", 400])
    return [
        _bar(f"a click to the marked words in an article of {WORDS:,} words ({len(marked)} clicks)", marked, MARKED_MS),
        _smooth("scrolled through it", frames),
    ]


def _bar(name: str, times: Sequence[float], bar: float) -> Row:
    p95 = percentile(times, 95)
    figure = f"median {median(times):.0f} ms, 95 % {p95:.0f} ms, slowest {max(times):.0f} ms"
    return name, figure, f"95 % ≤ {bar:,} ms", verdict(p95 <= bar)


def _smooth(name: str, frames: Sequence[float]) -> Row:
    figure = f"a frame in {median(frames):.0f} ms, 95 % {percentile(frames, 95):.0f} ms, longest {max(frames):.0f} ms"
    return name, figure, f"longest ≤ {FRAME_MS} ms", verdict(max(frames) <= FRAME_MS)


if __name__ == "__main__":
    main()
