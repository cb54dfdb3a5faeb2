"""A stand-in for Modal's service that speaks its protocol, for the real SDK, its command line and its containers."""
