# For people who type make; dev.py does the work.
.PHONY: demo test lint types check
demo test lint types check:
	@python3 dev.py $@
