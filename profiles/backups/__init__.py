"""A whole shop in one file, and back: `manage.py backup`, `manage.py restore`, the admin's
button.
"""
