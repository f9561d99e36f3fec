"""What other programs speak to: they ask, search and watch a library here."""
