"""A library and a conversation in which every text that is shown means harm, for the window and for exports."""

from __future__ import annotations

from datetime import date

from rag import Answer, Article, Citation, Sentence
from rag.index.conversations import Conversation, Conversations
from rag.types import Copy
from rag.types.holdings import Held, Holdings

OUTSIDE = "https://evil.example"
HARM = (
    '<img src=x onerror="window.ran=1"><svg/onload=window.ran=1>"><script>window.ran=1</script>'
    "' autofocus onfocus='window.ran=1' x='<iframe srcdoc=\"<script>parent.ran=1</script>\"></iframe>"
    '<a href="javascript:window.ran=1">a</a><style>@import "https://evil.example/a.css"</style>'
    '<meta http-equiv="refresh" content="0;url=https://evil.example/r"><base href="https://evil.example/">'
    "<form action=https://evil.example/f><button>b</button></form></title></textarea>"
    "![i](https://evil.example/i.png) [l](javascript:window.ran=1) <https://evil.example/auto> "
    "[r]: https://evil.example/r `${window.ran=1}` {{7*7}} ${7*7} {% raw %} $x^2$ &lt;b&gt; &#60;b&#62; "
)
"""Markup of all kinds: tags, handlers, links and images of Markdown, templates, entities."""
BEGINS = "=HYPERLINK('https://evil.example') \x1b]8;;https://evil.example\x07\x1b[2J\x9b31m\u202egnp\u200f "
"""What a table or a terminal would heed."""

DOOR = Article(
    title=f"Door {HARM}",
    text=f"The keeper painted the lighthouse door with {HARM} in 1931. A second line of the door stands below.",
    source=f"{OUTSIDE}/page?q={HARM}",
    author=f"Author {HARM}",
    tags=(f"tag {HARM[:60]}", '"><b>tag</b>'),
    published=date(2024, 3, 13),
)
WALL = Article(
    title=f"Wall {HARM}",
    text=f"The keeper painted the lighthouse wall with {HARM} in 1932, says the other paper.",
    source=f"javascript:window.ran=1//{HARM[:40]}",
    published=date(2025, 11, 22),
)
SHED = Article(
    title=f"Shed {HARM}",
    text=f"| Part {HARM.replace('|', '')} | Colour |\n| Roof <b>bold</b> | red |\n\nThe shed is new.",
    source="<b>shed</b>.md",
    author='"><b>Ann</b>',
    published=date(2023, 1, 2),
)
ARTICLES = (DOOR, WALL, SHED)
QUESTION = f"What of the door? {HARM}"


def _cited(number: int, article: Article, also: tuple[Copy, ...] = ()) -> Citation:
    end = article.text.index("1931") + 5 if article is DOOR else len(article.text.partition("\n")[0])
    return Citation(article, number=number, start=0, end=end, also_in=also, versions=also)


COPY = Copy("copy", f"Copy {HARM}", f"{OUTSIDE}/copy?{HARM}", date(2024, 1, 1))
ANSWERS = (
    Answer(
        QUESTION,
        True,
        0.9,
        note=f"Note {HARM}",
        sentences=(
            Sentence(f"Context {HARM}", (1,), role="context"),
            Sentence(f"Written {HARM}", (1, 2), (0, len(f"Written {HARM}")), standing="supported", support=0.9),
            Sentence(f"Unsupported {HARM}", (), standing="unsupported", support=0.1),
            Sentence(f"Otherwise {HARM}", (3,), role="otherwise"),
        ),
        citations=(_cited(1, DOOR, (COPY,)), _cited(2, WALL), _cited(3, SHED)),
        standalone_question=f"In full: {QUESTION}",
        dropped=(f"Dropped {HARM}",),
        aside=(f"Aside {HARM}",),
        models={"answerer": f"model {HARM}"},
    ),
    Answer(
        f"Not there? {HARM}",
        False,
        0.1,
        note=f"Nothing says {HARM}",
        instead=(f"Did you mean {HARM}?",),
    ),
    Answer(
        f"How many? {HARM}",
        True,
        1.0,
        holdings=Holdings(
            f"3 of your articles {HARM}.",
            (
                Held(
                    DOOR.id, DOOR.title, DOOR.source, DOOR.published, DOOR.author, quote=DOOR.text[:40], start=0, end=40
                ),
            ),
        ),
    ),
)


def kept(conversations: Conversations) -> Conversation:
    """Keep a conversation with these answers, and return it."""
    known = conversations.begin()
    for answer in ANSWERS:
        conversations.append(known, answer)
    conversations.rename(known, f"Title {HARM}")
    return conversations.get(known)
