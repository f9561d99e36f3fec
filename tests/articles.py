"""Articles that several tests are about."""

from __future__ import annotations

from rag import Article

BRIDGE = Article(
    title="Bridge to close for repairs",
    text=(
        "The Tanner's Bridge will close on 4 May 2026 for eleven weeks. Engineers found rust in two of the six "
        "hangers last autumn.\n\nRepairs will cost £412,000, the county council said. Councillor Ines Ward said the "
        "bridge is not safe for lorries until then. Buses will stop at Mill Street instead."
    ),
    source="notes/bridge.txt",
)
