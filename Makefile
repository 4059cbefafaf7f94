# For people who type make; dev.py does the work.
.PHONY: demo test lint types verify coverage check bench profile
demo test lint types verify coverage check bench profile:
	@python3 dev.py $@
