"""Pages that answer one question from stored results: the programme, a rehearsal,
delivery.
"""
