"""Parts for trying bots without a platform; grows into the simulator."""
