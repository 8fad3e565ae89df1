"""From a question to cited passages and how sure they are. Pure: no Django."""
