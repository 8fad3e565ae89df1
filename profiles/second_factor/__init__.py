"""The second factor of a sign-in: codes of an app (TOTP, RFC 6238) and recovery codes,
by django-otp.
"""
