"""What people answer to our messages, by text message and by mail: STOP, START, HELP,
or words for a person.
"""
