"""What sites allow programs to fetch, for what is fetched of its own accord: feeds, and pages again and again.

A page that a person names is not asked about: it is read for them once, as their browser would (RFC 9309 speaks of
"automatic clients known as crawlers").
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.robotparser import RobotFileParser

from rag.errors import UnreadableSource
from rag.ingest.encoding import decode
from rag.ingest.fetch import Fetched, Unfetched
from rag.ingest.urls import parse_url

_AGENT = "Footnote"
_READ_AT_MOST = 512_000
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


class Robots:
    """The robots.txt of each site, fetched once by `fetch`, within the limits that it has."""

    def __init__(self, fetch: Callable[[str], Fetched]) -> None:
        self._fetch = fetch
        self._rules: dict[str, RobotFileParser | None] = {}

    def check(self, url: str) -> float:
        """Return the seconds to wait between two fetches from the site of `url`.

        Raises UnreadableSource where the site does not want `url` fetched by programs, or where it does not say: a
        robots.txt that is missing allows everything, one that cannot be read nothing (RFC 9309, section 2.3.1).
        """
        page = parse_url(url)
        site = f"{page.scheme}://{page.netloc}"
        if site not in self._rules:
            self._rules[site] = self._read(f"{site}/robots.txt")
        rules = self._rules[site]
        if rules is None:
            raise UnreadableSource(f"{url}: the site's robots.txt cannot be read now. Try again later.")
        if not rules.can_fetch(_AGENT, str(page)):
            raise UnreadableSource(
                f"{url}: the site asks programs not to fetch this (robots.txt). Save it from your browser, and add "
                "the file."
            )
        return min(max(float(rules.crawl_delay(_AGENT) or 0), _SHORTEST_PAUSE), _LONGEST_PAUSE)

    def _read(self, url: str) -> RobotFileParser | None:
        rules = RobotFileParser(url)
        try:
            found = self._fetch(url).data[:_READ_AT_MOST]
        except Unfetched as error:
            if error.status == 429 or error.status >= 500:
                return None
            found = b""
        except UnreadableSource:  # nobody answers
            return None
        try:
            text = decode(found).text
        except UnreadableSource:  # not text: as good as missing
            text = ""
        rules.parse(text.splitlines())
        return rules
