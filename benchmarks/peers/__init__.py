"""The peers, each written as a user of that library would; `benchmarks.roster` lists them."""
