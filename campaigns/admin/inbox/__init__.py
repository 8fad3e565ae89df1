"""The inbox: what the local sinks received, drawn as mail, text messages and a phone's
notifications.
"""
