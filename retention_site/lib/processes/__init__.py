"""Start, watch and stop the processes of one shop; standard library only, so that it also works without an environment."""
