"""Who works here: invitations, roles of people, and what ends with an account."""
