"""What somebody is writing: kept at each pause in typing, with every state, and never
over what somebody else wrote meanwhile.

Campaigns, segments and templates keep their drafts here; `drafts.js` and the parts under
`templates/admin/drafts/` are the same room's side in the browser.
"""
