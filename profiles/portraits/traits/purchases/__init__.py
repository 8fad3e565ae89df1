"""Traits of what a customer buys: how lately, how often, for how much."""
