"""Who carries a channel's messages: one file per provider, registered under "providers"
as ``channel/provider``.
"""
