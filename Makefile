# Every word is bootstrap.py's: `python3 bootstrap.py demo` does the same without make.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo run stop test check bench soak
help demo run stop test check bench soak:
	@$(PYTHON) bootstrap.py $@
