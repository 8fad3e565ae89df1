"""Hold a finished text against the facts it speaks of. Pure: no Django, no database."""
