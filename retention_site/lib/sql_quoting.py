"""Quote names and texts that are written into SQL, where no parameter can stand."""


def quoted_name(name: str) -> str:
    """Quote the name of a column or table; a quote inside it is doubled."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Quote a text as a literal; a quote inside it is doubled."""
    return "'" + text.replace("'", "''") + "'"
