"""Measures criabot beside other bot frameworks and queues: ``python3 dev.py bench``. README.md says how to read it."""
