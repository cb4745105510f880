"""Which device a run uses, and how many CPU threads. Nothing here imports torch until it must."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
import platform
import re
import sys
from pathlib import Path

import psutil

from exercises.errors import DeviceError

DEVICES = ("auto", "cpu", "cuda", "mps")


@functools.cache
def torch_cuda() -> str | None:
    """The CUDA version that torch was built for, or None; read without importing torch."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return None
    text = (Path(spec.submodule_search_locations[0]) / "version.py").read_text(encoding="utf-8")
    found = re.search(r"^cuda\b[^=]*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    return found.group(1) if found else None


@functools.cache
def cuda_devices() -> int:
    """How many NVIDIA GPUs the driver sees; 0 without a driver."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def has_mps() -> bool:
    """Whether this is a Mac with Apple's own chip."""
    return sys.platform == "darwin" and platform.machine() == "arm64"


def choose(wanted: str, allowed: tuple[str, ...] = DEVICES) -> str:
    """The device for a run: "cpu", "cuda" or "mps".

    Raises DeviceError when `wanted` is not there, with the reason and the way out.
    """
    if wanted not in DEVICES:
        raise DeviceError(f"There is no device called {wanted!r}. Choose one of: {', '.join(DEVICES)}.")
    if wanted == "auto":
        if "cuda" in allowed and torch_cuda() and cuda_devices():
            return "cuda"
        return "mps" if "mps" in allowed and has_mps() else "cpu"
    if wanted not in allowed:
        able = " or ".join(one for one in allowed if one != "auto")
        raise DeviceError(f"This exercise runs on {able} only, not on {wanted}.")
    if wanted == "cuda" and not cuda_devices():
        raise DeviceError("CUDA was asked for, but this machine has no NVIDIA GPU. Use --device cpu.")
    if wanted == "cuda" and not torch_cuda():
        raise DeviceError(
            "CUDA was asked for, but this torch is built for the CPU alone. Install a CUDA build "
            "(the README has the line), or use --device cpu."
        )
    if wanted == "mps" and not has_mps():
        raise DeviceError("mps is Apple's GPU, and this is no Mac with one. Use --device cpu.")
    return wanted


def threads(busy_share: float, others: int) -> int:
    """How many CPU threads a run should use.

    Two torch threads beside other work wait for each other in a spin and get 30 times slower;
    one thread loses little at these sizes. So more than one only on a quiet machine with cores
    to spare, and one core is always left to the app.

    busy_share: of all cores, 0 to 1, measured before the run. others: runs at work right now.
    """
    forced = os.environ.get("EXERCISES_THREADS", "")
    if forced.isdigit() and int(forced) > 0:
        return int(forced)
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if others or busy_share > 0.25 or cores < 4:
        return 1
    return min(4, cores - 2)


def busy_share(seconds: float = 0.3) -> float:
    """The share of this machine's cores at work, 0 to 1, over a moment of `seconds`."""
    return psutil.cpu_percent(interval=seconds) / 100


def label(device: str) -> str:
    """A device in words, for a page."""
    if device == "cpu":
        return f"CPU, {psutil.cpu_count(logical=False) or os.cpu_count() or 1} cores"
    return {"cuda": "NVIDIA GPU", "mps": "Apple GPU"}.get(device, device)
