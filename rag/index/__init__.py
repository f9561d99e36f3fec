"""The library: articles, chunks, full text and vectors, and how they are searched."""
