"""One spelling of each thing that people and programs write in many: files, the API and
webhooks share it. Pure.
"""
