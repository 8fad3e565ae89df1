"""What is looked at before a message may go: each check is one file and one line in the
table of plug-ins.
"""
