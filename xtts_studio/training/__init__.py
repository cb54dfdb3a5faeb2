"""A dataset becomes a model: features, batches, the loop, checkpoints that resume exactly."""
