"""The loaders of formats beyond text, Markdown and HTML, a module a family."""
