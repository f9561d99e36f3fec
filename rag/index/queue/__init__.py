"""Long work, such as adding files: kept in the catalog, done by whichever process is free, told as it goes."""
