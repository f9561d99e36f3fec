"""How many tokens a text has, nearly, and what they cost."""

from __future__ import annotations

from rag.settings import Settings


def estimated_tokens(text: str) -> int:
    """Return about how many tokens `text` has, rather too many: a third of its bytes in UTF-8.

    The exact number would take the model's tokenizer, which most packages fetch from the network when first asked.
    """
    return -(-len(text.encode("utf-8", errors="replace")) // 3)


def price_of(input_tokens: int, output_tokens: int, settings: Settings) -> float | None:
    """Return US dollars by the setting `chat_price`; None without it."""
    if not settings.chat_price:
        return None
    put_in, given_out = (float(part) for part in settings.chat_price.split(","))
    return (input_tokens * put_in + output_tokens * given_out) / 1e6
