"""Traits of what a customer likes."""
