"""Questions about the library itself: recognised, and answered from its catalog."""
