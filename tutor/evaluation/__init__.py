"""How the tutor teaches, measured: what code guarantees always, what a model says when there is one."""
