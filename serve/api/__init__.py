"""The HTTP API, and OpenAI's interface: on which application, guarded how, what goes over the wire."""
