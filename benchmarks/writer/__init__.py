"""What a chat model writes from the articles, with and without its sentences being checked, beside quoting alone."""
