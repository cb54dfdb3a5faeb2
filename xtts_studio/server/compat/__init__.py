"""HTTP as clients of other servers speak it: OpenAI's below `/v1`, xtts-api-server's below `/xtts`."""
