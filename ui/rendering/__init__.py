"""What the window shows, as HTML: the only place where text becomes markup."""
