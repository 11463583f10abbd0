"""The committed settings for several machines, and two "machines" of one CPU process each that follow them on this one."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from accelerate.commands.config.config_args import load_config_from_file
from conftest import ROOT, in_process, is_one_sentence

from harness.server import free_port

SETTINGS = ROOT / "training" / "cluster.yaml"
LOOP = next((name for _, name in socket.if_nameindex() if name in ("lo", "lo0")), "lo")     # where the processes find each other


def words(parquet: Path, folder: Path, weights: Path, steps: int) -> list[str]:
    return ["--preset", "smoke", "--data", str(parquet), "--out", str(folder), "--weights", str(weights), "--batch", "40", "--limit", "0",
            "--width", "32", "--steps", str(steps), "--no-restart"]


def train(parquet: Path, *folders: Path, steps: int, launched: bool = True) -> list[tuple[int, str]]:
    """One process for each machine, with these run folders, by `accelerate launch` or told directly what that tells it; their exit codes
    and last words."""
    port = free_port()

    def start(rank: int, folder: Path) -> subprocess.Popen:
        command = ["-m", "accelerate.commands.launch", "--config_file", str(SETTINGS), "--machine_rank", str(rank), "--num_processes", "2",
                   "--main_process_ip", "127.0.0.1", "--main_process_port", str(port)] if launched else []
        told = {} if launched else {"RANK": str(rank), "LOCAL_RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
                                    "MASTER_PORT": str(port)}
        return subprocess.Popen(
            [sys.executable, *command, "-m", "training.gan", *words(parquet, folder, folders[0] / "weights", steps)],
            cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=os.environ | told | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": LOOP})

    machines = [start(rank, folder) for rank, folder in enumerate(folders)]
    try:
        return [(machine.returncode, said) for machine in machines for _, said in [machine.communicate(timeout=600)]]
    finally:
        for machine in machines:
            machine.kill()


def test_the_settings_are_what_accelerate_reads():
    found = load_config_from_file(str(SETTINGS))
    assert str(found.distributed_type) in ("MULTI_GPU", "DistributedType.MULTI_GPU") and found.num_machines == 2
    assert found.num_processes % found.num_machines == 0 and found.mixed_precision == "no"


def test_two_machines_go_on_with_a_run_and_one_that_does_not_see_its_folder_is_told(parquet, tmp_path):
    run = tmp_path / "run"
    alone = in_process("training.gan", *words(parquet, run, run / "weights", steps=4))
    assert alone.returncode == 0, alone.stderr
    ended = train(parquet, run, run, steps=6)
    assert [code for code, _ in ended] == [0, 0], ended[0][1][-2000:] + ended[1][1][-2000:]
    facts = json.loads((run / "weights" / "config.json").read_text())["training"]
    assert facts["steps"] == 6 and facts["pictures"] == 40 * 6

    ended = train(parquet, run, tmp_path / "elsewhere", steps=8, launched=False)
    assert all(code for code, _ in ended)
    said = [line for line in (ended[0][1] + ended[1][1]).splitlines() if line.startswith("error: ")]
    assert said and is_one_sentence(said[0]) and "share" in said[0]
