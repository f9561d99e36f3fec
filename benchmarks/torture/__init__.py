"""A library whose writers are killed."""
