"""The demo shop: The Complete Journey, taken through the same way as anybody's shop.

The only place in the apps that knows this data. The data is real or, by its Python
package's own words, simulated after real shopping patterns; it holds no names,
addresses or consents. Those are made up here and marked so.
"""
