"""The library for models: a server of the Model Context Protocol."""
