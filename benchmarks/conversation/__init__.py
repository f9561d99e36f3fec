"""Follow-up questions, and questions on what changes with time."""
