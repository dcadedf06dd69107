"""The benchmark of tests/bench/peers: one broker, one piece of work, several ways to the broker."""
