"""What campaigns holds about people, one file a store; registered in the group
``personal_data``.
"""
