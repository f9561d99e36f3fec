"""How cost grows with a library's size."""
