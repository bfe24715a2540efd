"""Comparison of GrainKeeper with ZooKeeper on one machine: see ../README.md."""
