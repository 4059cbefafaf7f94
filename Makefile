# For people who type make; dev.py does the work.
.PHONY: demo test lint types verify check
demo test lint types verify check:
	@python3 dev.py $@
