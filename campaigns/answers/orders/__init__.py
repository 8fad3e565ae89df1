"""What a customer may be told of her own orders, from the shop's data. Pure."""
