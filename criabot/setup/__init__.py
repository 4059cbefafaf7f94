"""Connecting a bot with the platform: a plan that is shown before it is carried out, and checks of what is connected.

``criabot connect`` and ``criabot doctor`` show what is worked out here; nothing here prints.
"""
