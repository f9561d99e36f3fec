"""What other programs speak to: HTTP, OpenAI's interface, the Model Context Protocol, metrics. Imports `rag` only."""
