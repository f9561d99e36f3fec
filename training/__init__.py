"""How the weights and constants that ship were made."""
