"""The fact check of campaigns: before a person approves one, and before a message leaves."""
