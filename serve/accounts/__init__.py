"""Who may do what where Footnote is served with accounts."""
