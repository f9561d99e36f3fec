"""What other programs speak to: an HTTP API, and one that OpenAI's clients know. Imports `rag` only."""
