"""The rights of people that more than one page asks for."""

from retention_site.lib.admin.missing import PERSONAL

# the last lets somebody read addresses and numbers in full
__all__ = ["CUSTOMERS", "EXPORT", "PERSONAL"]
# whoever is named on a page: lists, previews, the inbox
CUSTOMERS = "profiles.view_customer"
# to take what names customers away as a file
EXPORT = "profiles.export_customer"
