"""How an event becomes exactly one turn: lanes in Redis, the worker, the store. Payloads are bytes to it."""
