"""The system of processes: who lives, who waits for what, and what reaches whom."""
