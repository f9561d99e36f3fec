"""The databases that a catalog can be in, and all in which they differ."""
