"""Start, watch and stop the processes of one shop. Standard library only: `stop` works
without an environment.
"""
