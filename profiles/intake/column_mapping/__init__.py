"""Which column of somebody else's file is which of ours: written down, suggested, recognised, applied."""
