"""Cards of the customer's page that profiles fills."""
