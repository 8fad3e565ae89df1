"""What is held about a person: shown to them, erased for good, and kept no longer than
promised.

Each app registers its stores in the group ``personal_data`` of
`retention_site.plugins`, and what grows old in the group ``retention``. An erased
person stays erased: their ids survive as keyed hashes (`gone`), asked wherever an
unknown id would become a customer.
"""
