"""Jobs: the durable record of each run of a step, and the backends that run them."""
