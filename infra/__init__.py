"""What surrounds the service: its stack and packaging, the local cloud, the benches."""
