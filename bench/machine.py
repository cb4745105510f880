"""What a figure stands on: the machine, its load, and the memory that a process has held at most."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil


def machine() -> str:
    """Processor, cores, memory, versions and load in a line, to be printed with every figure."""
    load = "/".join(f"{one:.1f}" for one in psutil.getloadavg())
    return (
        f"{_processor()}, {psutil.cpu_count(logical=False) or os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, torch {version('torch')}, load {load}"
    )


def _processor() -> str:
    """Its name, and the units for small numbers that make products of them fast; Linux alone tells the latter."""
    told = Path("/proc/cpuinfo")
    if not told.exists():
        return platform.processor() or "unknown processor"
    lines = [line.partition(":") for line in told.read_text(encoding="utf-8").splitlines()]
    known = {name.strip(): value.strip() for name, _, value in lines}
    units = set(known.get("flags", "").split()) & {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_tile"}
    return f"{known.get('model name', platform.machine())} ({', '.join(sorted(units))})"


def peak_memory_mb() -> float:
    """Most memory that this process has held, in MB (where the system tells; else what it holds now)."""
    info = psutil.Process().memory_info()
    if hasattr(info, "peak_wset"):
        return float(info.peak_wset) / 2**20
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text(encoding="utf-8").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return float(info.rss) / 2**20
