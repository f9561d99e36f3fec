"""Accounts: who may sign in and do what, for how long, and what each has done; all of it in the catalog."""
