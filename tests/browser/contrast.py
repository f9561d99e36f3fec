"""Whether the texts of a page can be told from what lies behind them (WCAG 2.2, contrast)."""

from __future__ import annotations

from playwright.sync_api import Page

# Of each element that holds text itself: its name, its colour, and the colour of the nearest filled element behind.
_COLOURS = """
(parts) => [...document.querySelectorAll(parts)]
  .filter((part) => part.checkVisibility() && [...part.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((part) => {
    let behind = part;
    while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    return [part.className || part.tagName, getComputedStyle(part).color, getComputedStyle(behind).backgroundColor];
  })
"""


_PARTS = "#log *, #composer *, #reader *, #settings *, [role=tab], #masthead *"


def contrasts(page: Page, within: str = "") -> list[tuple[str, float]]:
    """Return the name of each element that holds text, all or those `within`, and its contrast, from 1 to 21."""
    found = page.evaluate(_COLOURS, f"{within} *" if within else _PARTS)
    return [(name, _contrast(_rgb(text), _rgb(back))) for name, text, back in found]


def is_dark(page: Page) -> bool:
    """Say whether the page is a dark one."""
    return _luminance(_rgb(page.evaluate("getComputedStyle(document.body).backgroundColor"))) < 0.1


def _rgb(colour: str) -> tuple[float, ...]:
    numbers = colour[colour.index("(") + 1 : -1].replace(",", " ").split()
    return tuple(float(number) / 255 for number in numbers[:3])


def _luminance(colour: tuple[float, ...]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
