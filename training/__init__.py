"""How the weights were trained: one script per paper, and what they share in kit/."""

import importlib.util
import sys

NEEDED = ("accelerate", "filelock", "pyarrow", "scipy", "skimage", "tensorboard", "torchmetrics", "tqdm")     # of requirements-dev.txt
_missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
if _missing:
    _said = (f"Training and benchmarks need packages that are not installed ({', '.join(_missing)}): pip install -r requirements-dev.txt "
             "brings them.")
    if sys.argv[:1] == ["-m"]:        # python -m training.<script>, before its module is found
        sys.exit(f"error: {_said}")
    raise ModuleNotFoundError(_said)
