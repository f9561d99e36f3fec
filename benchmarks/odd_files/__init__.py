"""Files as people really have them: in every format and encoding, damaged, hostile, under odd names."""
