"""Traits of how a customer answers what we send."""
