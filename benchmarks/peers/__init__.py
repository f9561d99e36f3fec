"""Retrieval peers, each measured in an environment of its own."""
