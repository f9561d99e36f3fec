"""The library page: its list and pictures, adding, removing and putting back. The server writes all that is shown."""
