"""PDF files: from glyphs with places to paragraphs in reading order."""
