"""Thirty articles with an order to the model inside, and whether an answer follows it."""
