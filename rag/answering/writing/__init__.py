"""A chat model writes, and every sentence is checked: the prompt, what comes back, and what is left of it."""
