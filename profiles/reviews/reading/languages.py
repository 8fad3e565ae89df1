"""Languages whose words are known."""

READ = ("en", "zh", "english", "chinese", "eng", "zho", "chi", "中文", "英文", "cn")


def is_read(language: str) -> bool:
    """Say whether a language, such as en-GB or zh_Hans, is read."""
    return language.strip().lower().replace("_", "-").partition("-")[0] in READ
