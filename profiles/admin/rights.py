"""The rights of people that more than one page asks for."""

# whoever is named on a page: lists, previews, the inbox
CUSTOMERS = "profiles.view_customer"
# to take what names customers away as a file
EXPORT = "profiles.export_customer"
PERSONAL = "profiles.view_personal_data"  # addresses and numbers in full
