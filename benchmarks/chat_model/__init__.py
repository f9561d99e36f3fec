"""A real small chat model on this machine, for building and judging what writes; never needed to use Footnote."""
