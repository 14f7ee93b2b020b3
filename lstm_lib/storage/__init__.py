"""What touches a disk: files, tables, checkpoints, stored results."""
