"""What profiles holds about people, one file a store."""
