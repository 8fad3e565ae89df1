"""The documents of the message editor: blocks as JSON, from which MJML, text parts and
subjects are made here and never in a browser.
"""
