"""Chat models: opened by name, called within limits, and their failures in words."""
