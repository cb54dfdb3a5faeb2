"""What is learned from: clips of datasets, their features, and a vocabulary that grows."""
