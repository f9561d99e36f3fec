"""The vector index: what is asked of it, by whom it is open, and Chroma."""
