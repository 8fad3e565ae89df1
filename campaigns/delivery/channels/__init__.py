"""How messages leave: one file per channel, all of one contract.

A channel translates: provider words stay in its file. Registered in
`retention_site.plugins` under "channels".
"""
