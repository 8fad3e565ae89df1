"""Cards of other apps' pages that campaigns fills."""
