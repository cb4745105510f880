"""What a run needs to go on as if it had never been interrupted.

With torch loaded a checkpoint is `checkpoint.pt`, read back with `weights_only=True` so that a
file from elsewhere cannot run code; without torch it is `checkpoint.json`.
"""

from __future__ import annotations

import json
import pickle
import random
import sys
from pathlib import Path
from typing import Any

from exercises.errors import RunError
from exercises.runs.files import fsync, write_whole


def save(folder: Path, state: dict[str, Any]) -> Path:
    """Write `state` with every global random state into `folder`, in one step."""
    whole = {**state, "random": _random_states()}
    if "torch" in sys.modules:
        import torch

        path = folder / "checkpoint.pt"

        def write(target: Path) -> None:
            torch.save(whole, target)
            fsync(target)
    else:
        path = folder / "checkpoint.json"

        def write(target: Path) -> None:
            target.write_text(json.dumps(whole), encoding="utf-8", newline="\n")
            fsync(target)

    write_whole(path, write)
    return path


def exists(folder: Path) -> bool:
    """Whether a run left something to go on from."""
    return (folder / "checkpoint.pt").exists() or (folder / "checkpoint.json").exists()


def load(folder: Path, device: str = "cpu") -> dict[str, Any]:
    """Read a checkpoint. Raises RunError when it is missing or damaged."""
    try:
        if (folder / "checkpoint.pt").exists():
            import torch

            return dict(torch.load(folder / "checkpoint.pt", map_location=device, weights_only=True))
        return dict(json.loads((folder / "checkpoint.json").read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise RunError(f"{folder.name} has no checkpoint. Start the run anew.") from error
    except (ValueError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RunError(f"The checkpoint of {folder.name} is damaged. Start the run anew.") from error


def _random_states() -> dict[str, Any]:
    states: dict[str, Any] = {"python": random.getstate()}
    if "torch" in sys.modules:
        import torch

        states["torch"] = torch.get_rng_state()
        if torch.cuda.is_available():
            states["cuda"] = torch.cuda.get_rng_state_all()
        if torch.backends.mps.is_available():
            states["mps"] = torch.mps.get_rng_state()
    return states


def restore_random_states(state: dict[str, Any]) -> None:
    """Put every global random state back to where the checkpoint saw it."""
    states = state["random"]
    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))
    if "torch" in states:
        import torch

        torch.set_rng_state(states["torch"].cpu())  # map_location may have moved it
        if "cuda" in states and torch.cuda.is_available():
            torch.cuda.set_rng_state_all([one.cpu() for one in states["cuda"]])
        if "mps" in states and torch.backends.mps.is_available():
            torch.mps.set_rng_state(states["mps"].cpu())
