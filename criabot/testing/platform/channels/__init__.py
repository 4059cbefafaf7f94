"""Channels: what a provider gets of a message, and what its webhooks become (contract 3.3, 3.8)."""
