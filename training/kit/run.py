"""A training run: device, precision, checkpoints, log, sample grids. The steps themselves stay in each paper's script.

A run can be killed at any moment and continues with the same command: checkpoints replace each other atomically, and every step takes
its noise from its own seed and its batch by its own number, so a resumed run repeats what the killed one would have done.
"""

import atexit
import dataclasses
import json
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from torch import nn
from tqdm import tqdm

from models.checkpoint import WEIGHTS, model_of, module_of, read_json, write_json
from models.datasets import DATASETS, Dataset
from models.errors import BadInput
from models.images import save_grid, to_uint8
from models.precision import bf16_pays
from training.kit import folders
from training.kit.checkpoints import read_checkpoint, take, tensors_of, write_checkpoint
from training.kit.commit import commit
from training.kit.pictures import own_dataset
from training.kit.ranges import check_batch
from training.kit.settings import RunSettings

FREE = {"steps", "out", "weights", "data", "save_every", "restart", "dataset_title", "dataset_licence"}   # may change when a run resumes
FACTS = {"data_sha256": ("other pictures or labels", "data"), "text_digest": ("other text encoders", "encoders")}    # may not; called
SAMPLES = 12                                                          # sample grids per run, at log-spaced steps


class Run:
    """The state of a run. Raises BadInput for a name that is no <model>-<dataset>, and for settings that the run folder was not begun with.

    `folder` is the run folder; `dataset` the entry of models.datasets, or data of one's own once `describe` was told of them; `precision`
    "bf16" or "fp32"; `rank` and `world` say which of how many processes this is, `main` whether it is the one that writes; `step` and
    `seconds` count what is done.
    """

    def __init__(self, cfg: RunSettings):
        dataset = cfg.name.rpartition("-")[2]
        module_of(model_of(cfg.name))                                 # refuses a name that begins with that of no model
        self.cfg, self.dataset = cfg, DATASETS.get(dataset) or own_dataset(dataset)
        self.commit = commit()                                        # now: the code may change while the run goes on
        self.folder = Path(cfg.out or f"runs/{cfg.name}-seed{cfg.seed}")
        cpu = not (torch.cuda.is_available() or torch.backends.mps.is_available())   # else several processes find no backend
        self.accelerator = Accelerator(cpu=cpu, log_with="tensorboard", project_dir=self.folder)
        self.device = self.accelerator.device
        self.rank, self.world, self.main = (
            self.accelerator.process_index, self.accelerator.num_processes, self.accelerator.is_main_process)
        check_batch(cfg, self.world)
        bf16 = cfg.precision == "bf16" or (cfg.precision == "auto" and bf16_pays(self.device.type))
        self.precision = "bf16" if bf16 else "fp32"
        set_seed(cfg.seed)                                            # the networks start alike in every process
        self._facts: dict[str, str] = {}                              # what settings.json keeps beside the settings
        self._source = ""
        if self.main:
            self._open_folder()
        self.accelerator.wait_for_everyone()
        self.step, self.seconds, self._tracked, self._rates, self._signal, self._values = 0, 0.0, {}, [], None, {}

    @property
    def target(self) -> Path:
        """The folder that the trained weights go to."""
        return Path(self.cfg.weights) if self.cfg.weights else WEIGHTS / self.cfg.name

    # --- what a script calls, in this order -------------------------------------------------------------------------

    def describe(self, data: Dataset, digest: str, source: str) -> None:
        """Says what the run trains on: `digest` tells these pictures from others, `source` the files that they were read from. Raises
        BadInput if the run folder was begun with other pictures or labels, or the weights in whose place its own will go are of others."""
        self.dataset, self._source = data, source
        self._facts["data_sha256"] = digest
        if self.main and not self.cfg.restart:
            self._keep_settings()
            if data.own:
                folders.check_same_pictures(self.target, digest, source)

    def reads_with(self, digest: str) -> None:
        """Says by which text encoders the run reads, before `describe`: it is not to go on with others."""
        self._facts["text_digest"] = digest

    @property
    def own_data(self) -> dict[str, str]:
        """What weights say of data of one's own, so that others of that name are told apart."""
        return {"data_sha256": self._facts["data_sha256"], "source_sha256": self._source} if self.dataset.own else {}

    def track(self, **state: nn.Module | torch.optim.Optimizer) -> None:
        """Names what a checkpoint holds, and restores it from the run folder if a checkpoint lies there."""
        if self.main:
            folders.check_room(self.folder, self.target, state)
        if self.cfg.restart and self.main:        # only now: the data are there, and nothing is lost to a command that was refused
            folders.clear_run_folder(self.folder)
            write_json(self.folder / folders.SETTINGS, self._settings)
        self.accelerator.wait_for_everyone()
        self._tracked = state
        self._restore()
        if self.world > 1 and int(self.accelerator.reduce(torch.tensor(self.step, device=self.device))) != self.step * self.world:
            raise BadInput(f"The processes found different checkpoints in {self.folder}; all machines must share the disk it is on.")
        self._rates = [(group, group["lr"]) for part in state.values() if isinstance(part, torch.optim.Optimizer)
                       for group in part.param_groups]
        if self.step > self.cfg.steps:
            raise BadInput(f"{self.folder} already stands at step {self.step}; --steps must be more, or give --restart.")

    def steps(self, sample: Callable[[], torch.Tensor] | None = None, still: int = 0) -> Iterator[int]:
        """The step numbers still to do. Saves, logs and draws sample grids between them; `sample()` gives images [N, C, H, W].

        In the first `still` steps the generator does not move, so no grids are drawn.
        """
        self.accelerator.init_trackers("tensorboard")
        moving = max(1, self.cfg.steps - still)
        draw_at = {still + round(moving ** (i / (SAMPLES - 2))) for i in range(SAMPLES - 1)}
        log_every = max(1, self.cfg.steps // 400)
        previous = {s: signal.signal(s, self._on_signal) for s in (signal.SIGINT, signal.SIGTERM)}
        saved = begun = time.monotonic()
        bar = tqdm(total=self.cfg.steps, initial=self.step, unit="step", desc=self.cfg.name, disable=not self.main,
                   dynamic_ncols=True, mininterval=1)
        try:
            if self.step == 0 and sample:
                self._draw(sample)
            while self.step < self.cfg.steps:
                for group, rate in self._rates:
                    group["lr"] = rate * self._share_of_rate()
                self._seed()
                yield self.step
                self.step += 1
                self.seconds, begun = self.seconds + time.monotonic() - begun, time.monotonic()
                bar.update()
                if self.step % log_every == 0 or self.step == self.cfg.steps:
                    self._log(bar)
                if self.step in draw_at and sample:
                    self._draw(sample)
                if self._agree(time.monotonic() - saved > self.cfg.save_every or self._signal) or self.step == self.cfg.steps:
                    self._save()
                    saved = time.monotonic()
                if self._agree(self._signal):
                    raise SystemExit(f"Stopped at step {self.step} of {self.cfg.steps}; the same command goes on from there.")
            self._seed()     # what follows draws noise too: the same after the last step and after a resumption there
        finally:
            bar.close()
            if self.main and self.step < self.cfg.steps:
                self._lock.release()
            self.accelerator.end_training()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def update(self, optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
        """One optimiser step; several processes average their gradients first."""
        optimizer.zero_grad()
        self.accelerator.backward(loss)
        if self.world > 1:
            gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
            mean = self.accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "mean")
            for gradient, part in zip(gradients, mean.split([g.numel() for g in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))
        optimizer.step()

    def log(self, **values: torch.Tensor) -> None:
        """Keeps this step's losses for the progress bar, the log and TensorBoard."""
        self._values |= {name: value.detach() for name, value in values.items()}

    def autocast(self) -> torch.autocast:
        """For networks. What they give inside is bf16, and so is a mean of it, with three digits: a loss whose value counts takes
        `.float()` of it first."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    # --- inside -------------------------------------------------------------------------------------------------------

    def _open_folder(self) -> None:
        folders.check_run_folder(self.folder, self.cfg.name)
        folders.check_weights_folder(self.target, self.cfg.name, self.folder)
        folders.check_apart(self.folder, self.target, self.cfg.data)
        folders.check_writable("--out", self.folder)
        folders.check_writable("--weights", self.target)
        new = [folder for folder in (self.folder, *self.folder.parents) if not folder.exists()]
        (self.folder / "history").mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.folder / folders.LOCK)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BadInput(f"Another training is at work in {self.folder}; wait for its end, or give another --out.") from None
        if new:
            atexit.register(folders.leave_nothing_of, *new)              # a command that is refused later leaves no folder behind
        if self.cfg.restart:
            folders.set_init_aside(self.folder)
            if not (self.folder / folders.SETTINGS).exists():      # they vouch for what is laid beside them before the first step
                write_json(self.folder / folders.SETTINGS, self._settings)
        else:
            folders.bring_init_back(self.folder)
            self._keep_settings()

    @property
    def _settings(self) -> dict:
        """What settings.json says of this run."""
        return {k: v for k, v in dataclasses.asdict(self.cfg).items() if k not in FREE} | self._facts

    def _keep_settings(self) -> None:
        ours = self._settings
        path = self.folder / folders.SETTINGS
        begun = any((self.folder / name).is_file() for name in (folders.CHECKPOINT, folders.PREVIOUS))
        if not begun:                                        # a command that was refused binds nobody
            folders.drop_init(self.folder, ours.get("init_from", ""))
        theirs = read_json(path) if begun and path.is_file() else ours
        for key, value in ours.items():
            if theirs.get(key, value) == value:              # a setting that the run did not know yet cannot differ
                continue
            begun_with, needed = FACTS.get(key, (f"{key}={theirs[key]!r}, not {value!r}", "settings"))
            raise BadInput(f"{self.folder} was begun with {begun_with}; use the same {needed}, another --out, or --restart.")
        write_json(path, theirs | ours)

    def _seed(self) -> None:
        torch.manual_seed(((self.cfg.seed * 1_000_003 + self.step) << 8) + self.rank)

    def _share_of_rate(self) -> float:
        """How much of the learning rates is left at this step: all, but for the last `anneal` of the steps."""
        falling = self.cfg.anneal * self.cfg.steps
        return min(1.0, (self.cfg.steps - self.step) / falling) if falling else 1.0

    def _on_signal(self, number: int, frame) -> None:
        self._signal = number

    def _agree(self, wanted) -> bool:
        """Whether `wanted` holds in any process: the same answer in all, so that they save and stop at the same step."""
        if self.world == 1:
            return bool(wanted)
        return bool(self.accelerator.reduce(torch.tensor(float(bool(wanted)), device=self.device)))

    def _numbers(self) -> dict[str, float]:
        numbers = {name: float(value) for name, value in self._values.items()}
        broken = [name for name, value in numbers.items() if not math.isfinite(value)]
        if broken:
            raise BadInput(f"Training stopped at step {self.step}: the loss {broken[0]} is {numbers[broken[0]]}; the last good "
                           f"checkpoint stays in {self.folder}, and lower learning rates may help.")
        return numbers

    def _log(self, bar: tqdm) -> None:
        numbers = self._numbers()
        bar.set_postfix({name: f"{value:.3f}" for name, value in numbers.items()})
        self.accelerator.log(numbers, step=self.step)
        if self.main:
            with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps({"step": self.step, **{k: round(v, 5) for k, v in numbers.items()}}) + "\n")

    def _draw(self, sample: Callable[[], torch.Tensor]) -> None:
        if self.main:
            with torch.no_grad():
                save_grid(to_uint8(sample().cpu()).numpy(), self.folder / "history" / f"{self.step:06d}.png")

    def _save(self) -> None:
        self._numbers()
        tensors = tensors_of(self._tracked)
        broken = [key for key, value in tensors.items() if not value.isfinite().all()]
        if broken:
            raise BadInput(f"Training stopped at step {self.step}: {broken[0]} is no longer finite; the last good checkpoint "
                           f"stays in {self.folder}, and lower learning rates may help.")
        if self.main:
            told = {"step": str(self.step), "seconds": str(self.seconds), "precision": self.precision}
            write_checkpoint(self.folder, tensors, told)

    def _restore(self) -> None:
        """From the last checkpoint, or from the one before where that is damaged, of other networks or missing."""
        there = [path for path in (self.folder / folders.CHECKPOINT, self.folder / folders.PREVIOUS) if path.is_file()]
        for path in there:
            try:
                tensors, told = read_checkpoint(path)
                step, seconds = int(told["step"]), float(told["seconds"])
                take(self._tracked, tensors)
                break
            except (SafetensorError, OSError, RuntimeError, KeyError, TypeError, ValueError):
                print(f"{path} is damaged, or of other networks, and is passed over.")
        else:
            if there:
                raise BadInput(f"The checkpoints in {self.folder} are damaged or of other networks; --restart begins anew.")
        if there:
            self.step, self.seconds = step, seconds
            if self.cfg.precision == "auto":            # the run may have begun on another machine
                self.precision = told.get("precision", self.precision)
        if self.main:
            folders.cut_log(self.folder, self.step)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Inside, the module's weights take no gradient; gradients still pass through it."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)
