"""Scorers: how likely, how much. ``contract`` is what each promises, ``line`` and
``trees`` learn, ``mixture`` blends and calibrates them, ``learning`` fits and judges;
``recommender.propensity`` asks them about a shop.
"""
