"""Files of rows: opened, read in batches, cleaned, their bad rows kept."""
