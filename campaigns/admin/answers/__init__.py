"""Customers' questions in the admin: conversations, documents, a page to try answers."""
