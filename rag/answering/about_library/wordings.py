"""The ways in which people ask about a library itself, as patterns that have to fit a question word for word."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args

Asks = Literal[
    "overview", "count", "list", "newest", "oldest", "longest", "shortest", "added", "authors", "most_written", "tags",
    "languages", "sources", "period", "itself",
]  # fmt: skip
"""What is asked for. "itself" is Footnote."""

ARTICLE = (
    r"(?:(?:news |newspaper |blog |magazine |sample |stored |saved )?"
    r"(?:articles?|documents?|docs?|files?|stories|story|texts|items|entries|posts|pieces))"
)
LIBRARY = r"(?:library|collection|archive|corpus|knowledge base|database)"
OF_MANY_KINDS = re.compile(
    r"\b(?:files?|stories|story|texts|items|entries|posts|pieces|sections|sources|sites|folders|newspapers)\b", re.I
)
"""Words that stand for the articles of a library only where something else says so."""
OF_THE_LIBRARY = re.compile(rf"\b(?:you|i|we|my|your|our|{LIBRARY})\b|\bin here\b", re.I)

_PARTS = {
    "A": ARTICLE,
    "LIBRARY": LIBRARY,
    "WHICH": r"(?:which|what)",
    "IS": r"(?: is|'s| was| are| were)",
    "MY": r"(?:the|my|your|our|this)",
    "OWN": r"(?:the|my|your|our|this|these|those|all|all the|all my|all your|all of the|all of my)",
    "ANY": r"(?:any|some|an|a|any other|more|other|one|the)",
    "NUMBER": r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten)",
    "MOST": r"(?:newest|latest|most recent|oldest|earliest|longest|shortest)",
    "AUTHORS": r"(?:authors|writers|journalists|reporters|contributors)",
    "TIME": r"(?:time|period|dates|years|time ?span|date range|range of dates|period of time)",
    "SHOW": (
        r"(?:(?:(?:show me|give me|make|get me|print) )?a list of|list|show|show me|give me|find|find me|display|"
        r"name|see|get me|print|tell me|enumerate|i want(?: to see)?|i need"
        r"|(?:i'm |i am )?looking for|search for|look for)"
    ),
    "THERE": (
        r"(?: there (?:are|is)| (?:you|i|we) have"
        rf"| (?:are|is) (?:there|in {{MY}} {LIBRARY}|here|in here|stored|saved|kept|indexed|available|included)"
        r"| do (?:you|i|we) (?:have|know|hold|keep|store|cover|got|read|contain)| have (?:you|i|we)(?: got)?"
        r"| can (?:you|i|we) (?:search|ask|read|see|choose|use|pick|filter by|select)| exist"
        r"|(?: have| did) i (?:add|added|save|saved|keep|kept|store|stored)"
        rf"| does {{MY}} {LIBRARY} (?:have|hold|contain|include|cover))"
    ),
}

# Below a heading its wordings, each a regular expression in which {A} and the like stand for the parts above. A group
# named "needs..." takes a scope, such as a topic; "maybe..." leaves room for an article to answer; "most..." and
# "number..." say of what there are how many.
_WORDINGS = r"""
count
how many {A}{THERE}?
how many (?:of )?{OWN} {A}(?: are| were| date| come)?
how many {A} (?:are|were|come|date|have been)(?: published| written| dated| added)?
(?:what{IS} )?the (?:total )?(?:number|count) of (?:{OWN} )?{A}{THERE}?
(?:{SHOW} )?(?:the )?(?:total )?(?:number of|count of|count|count (?:all )?{OWN}|total) {A}{THERE}?

list
{WHICH} (?P<maybe>article|document|doc|file|story)
{WHICH} (?:of )?(?:{OWN} )?{A}{THERE}?
{WHICH} {A} (?:are|were|come|came out|came|date|have been)(?: published| written| dated)?
(?:are|is|were) any (?:of {OWN} )?(?P<needs>{A})
what (?:has|have) been (?P<needs>published|written)
{SHOW} (?P<needs>what you have|what there is)
{WHICH} {A} (?P<maybe>was|is)(?: published| written| dated)?
{WHICH} {A} (?:report|reports|reported|write|writes)
{WHICH} are (?:the|my|your|all the) {A}
(?P<needs>which ones|which of them|which of these)
{SHOW} (?:all |every |{OWN} |{ANY} )*{A}{THERE}?
{SHOW} (?:all |every |{OWN} )*(?:the )?titles(?: of (?:{OWN} )*{A})?
{SHOW} (?P<needs>anything|everything|something)(?: you have)?
(?P<needs>(?:{OWN} )?(?:articles|documents|stories|posts)|anything|everything)
(?:do|does) any(?: of {OWN})? (?P<needs>{A})
(?:do you have|have you got|got) (?P<needs>{ANY} {A}|{A}|anything|something)
(?:are there|is there|(?=any )) ?(?P<needs>{ANY} {A}|{A}|anything|something)
(?:do i have|have i(?: got)?|did i (?:save|add|keep)) (?P<needs>{ANY} {A}|{A}|anything|something)
(?P<needs>what) do (?:you|i|we) have|(?P<needs_too>what) have (?:you|i|we) got

newest
(?:(?:{WHICH}{IS}|{SHOW}) )?(?:{OWN} )?(?P<most>{MOST})(?: (?P<number>{NUMBER}))? {A}{THERE}?
(?:(?:{WHICH}{IS}|{SHOW}) )?(?:{OWN} )?(?P<number>{NUMBER}) (?P<most>{MOST}) {A}{THERE}?
(?:(?:{WHICH}{IS}|{SHOW}) )?(?:the |my |your )?(?P<most>last) (?P<number>{NUMBER}) {A}{THERE}?
{WHICH} {A}{IS} (?:the )?(?P<most>{MOST})
(?:when was|how old is|how new is|how long is) (?:the|my|your) (?P<most>{MOST}) {A}(?: published| written| added)?
(?:(?:{WHICH}{IS}|{SHOW}) )?(?:the |my |your )(?P<most>first|last) (?:article|document){THERE}?
when{IS} (?:the|my|your) (?P<most>{MOST}) {A} from
what{IS} (?:published|written) (?:the )?(?P<most>most recent)(?:ly)?
what{IS} (?:the|your) (?P<most>{MOST}) (?:news|thing|one) (?:that )?you have

added
(?:{WHICH}{IS}|{SHOW}) (?:the )?(?:{A} )?(?:that )?(?:was |were |i )?(?:last|latest|most recently|just) added(?: {A})?
what (?:have i|did i) (?:added|add|save|saved) (?:recently|lately|last)
what got added last
what (?:{A} )?(?:did i|have i|was|were)(?: just)? (?:add|added|save|saved) (?:last|most recently|lately|recently)
{WHICH} {A} (?:was|were|did i|have i) (?:add|added)(?: last| most recently| lately| recently)?
what's new(?: in {MY} {LIBRARY})?|what is new in {MY} {LIBRARY}

authors
who (?:are|were) (?:all )?(?:the|my|your|all the) {AUTHORS}
who (?:writes|are the people (?:who|that) write) (?:here|for you|for us|in here|all this|all of this)
{WHICH} {AUTHORS}(?: are)?{THERE}?
how many (?:different )?{AUTHORS}{THERE}?
{SHOW} (?:all )?(?:(?:the|my|your|of the) )?{AUTHORS}
who (?:wrote|writes|has written|is the author of|are the authors of) (?:{OWN}|all|an|any)? ?(?:{A}|them)
who (?P<needs>writes|is writing|reports|writes articles|writes stories|has articles|has stories)
{WHICH} (?:{AUTHORS}|author|writer|reporter) (?P<needs>writes?|reports?|covers?|have written)
(?:who|{WHICH} (?:authors?|writers?)) (?P<maybe_needs>(?:wrote|has written|has reported|reported)(?: (?:{ANY} )?{A})?)

most_written
(?:who|which (?:author|writer)) (?:wrote|has written|writes) (?:the )?most(?: of)?(?: {OWN})?(?: {A})?

tags
what are (?:the|my|your|all the) (?:tags|labels)|how are {OWN} {A} tagged
{WHICH} (?:are )?(?:the |my |your )?(?:tags?|labels|keywords|categories|sections|rubrics)(?: are used)?{THERE}?
(?:how many|{SHOW}) (?:all |the |my |your |different )*(?:tags|labels|categories|sections){THERE}?

languages
(?:in )?{WHICH} languages?(?: is| are)? {OWN} (?:{A}|{LIBRARY})(?: are| is)?(?: written)?(?: in)?
in how many languages (?:are|is) {OWN} (?:{A}|{LIBRARY})(?: written)?
(?:how many|{WHICH}) (?:different )?languages?(?: are (?:they|these|those|there) (?:written )?in|{THERE})
(?:{WHICH}|how many) languages are used
(?:are|is) (?:all )?{OWN} {A} in (?:the same language|one language|english)
what{IS} the languages? of {OWN} {A}

sources
where (?:do|did|are) {OWN} {A} (?:come )?from
where did you get {OWN} {A}(?: from)?
{WHICH} (?:sites|sources|papers|newspapers|websites) are {OWN} (?:{A} )?from
what are your (?:sources|feeds)
(?:{WHICH}|how many) (?:are )?(?:the |my |your |different )?(?:sources|sites|websites|folders|newspapers){THERE}
(?:{WHICH}|how many) (?:sources|sites|websites|newspapers) do (?:you|they|{OWN} {A}) (?:use|come from)

period
{WHICH} {TIME} (?:do|does|is|are) (?:{OWN}|they|it) ?(?:{A}|{LIBRARY})? ?(?:covered|cover|span|from)(?: by {OWN} {A})?
{WHICH} {TIME} (?:do you cover|are you from|do they cover)
what years are covered
(?:from|of) {WHICH} years are {OWN} {A}
when do {OWN} {A} date from
from when (?:to|until|till) when are {OWN} {A}
what{IS} the (?:date range|time ?span|range of dates|period|age) of {OWN} (?:{A}|{LIBRARY})
how far back (?:do|does) {OWN} (?:{A}|{LIBRARY}) (?:go|reach)
(?:from when|how old) are {OWN} {A}
when (?:are|were) {OWN} {A} (?:from|published|written)

overview
what can i find(?: in)?(?: here| there)
what{IS}(?: all)? (?:in )?(?:here|there)|what is there(?: here| to ask)?
what{IS} in {MY} {LIBRARY}|what{IS} in {OWN} {A}
what (?:do you (?:know|have|hold|contain|cover|offer)|have you got|have you (?:read|learned|learnt))(?: about)?
what (?:can|could|should|may) i ask(?: you)?(?: about)?|what (?:can you|do you) (?:answer|talk about)
what (?:does|do) {OWN} (?:{LIBRARY}|{A}) (?:contain|have|hold|include|cover|talk about)
what (?:kinds?|sorts?|types?) of (?:{A}|things|questions|topics|stuff|information){THERE}
what (?:kinds?|sorts?|types?) of (?:things|questions|topics) can i ask(?: you)?(?: about)?
what information (?:do you have|have you got|is there|is here)
(?:show me|tell me|list) what (?:you have|you have got|is here|is in here)
what can you tell me(?: about)?|what (?:are|is) (?:all )?(?:in|inside) you
{WHICH} (?:are )?(?:the |my |your )?(?:topics|subjects|themes)(?: are)?{THERE}
what (?:is|are) {OWN} (?:{LIBRARY}|{A}) (?:all )?about|what{IS} {OWN} {LIBRARY}
(?:describe|summari[sz]e|show me|show|tell me about|explore|browse) {OWN} {LIBRARY}
(?:give me |show me )?(?:an |a short )?(?:overview|summary) of {OWN} {LIBRARY}
how (?:big|large) is {MY} {LIBRARY}|(?:library )?(?:overview|statistics|stats)

itself
(?:who|what) are you|what{IS} footnote|what{IS} your name
are you (?:a|an) (?:ai|bot|robot|human|person|chatbot|machine|language model)
what (?:can|do) you do|what are you (?:able to do|for)|what can (?:i|you) do here|help(?: me)?|how can you help(?: me)?
how (?:do|can) (?:you|i) (?:work|use (?:this|you|footnote))|how does footnote work
"""


def _filled(pattern: str) -> str:
    for _ in range(2):  # parts have parts
        for name, part in _PARTS.items():
            pattern = pattern.replace(f"{{{name}}}", part)
    return pattern


@lru_cache(maxsize=1)
def wordings() -> tuple[tuple[Asks, re.Pattern[str]], ...]:
    """Return the patterns, each with what it asks for. The first that fits counts."""
    found: list[tuple[Asks, re.Pattern[str]]] = []
    for block in _WORDINGS.strip().split("\n\n"):
        heading, *lines = block.split("\n")
        assert heading in get_args(Asks)
        found += [(heading, re.compile(_filled(line), re.I)) for line in lines]  # type: ignore[misc]
    return tuple(found)
