"""Journeys: who is inside, where each stands, and what moves them on."""
