"""The campaign editor: a form drawn over a campaign's document, and the rail beside it."""
