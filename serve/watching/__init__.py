"""How whoever keeps Footnote running sees how it does: health, metrics, logs."""
