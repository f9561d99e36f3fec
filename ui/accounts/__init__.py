"""Accounts in the window: where one signs in, one's own page, the admin's pages, and who causes the window's events."""
