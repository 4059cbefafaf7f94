"""The glue, named by the way of an event: intake, turn, delivery; and the runtime that holds all together."""
