"""Test bots without a platform: a simulated CriaChat, chats as scripts, faults on demand and a clock to turn."""
