"""What a training was: the facts that config.json keeps under "training" and that page, card and README print."""

import dataclasses
from dataclasses import dataclass, field

from models.errors import one_line

COUNTED = ("minutes", "steps", "pictures")                       # add up over runs
JOINED = {"command": " && ", "commit": "; ", "hardware": "; "}   # are told one after the other, each once


@dataclass(frozen=True)
class TrainingRecord:
    command: str = "unknown"     # that retrains it
    commit: str = "unknown"      # of the code, marked -dirty where it differed
    hardware: str = "unknown"
    minutes: float = 0
    steps: int = 0               # of the generator
    pictures: int = 0            # images that D saw
    seed: int = 0
    data: str = ""               # data set id on the Hub
    k: int = 1                   # D's steps for each of G
    remark: str = ""
    stages: dict[str, "TrainingRecord"] = field(default_factory=dict)   # "stage1", "stage2": of a model trained in stages
    notes: dict = field(default_factory=dict)                           # what else a script wrote down

    @classmethod
    def of(cls, told: dict) -> "TrainingRecord":
        """From the JSON object of config.json; what it lacks is unknown, 0 or empty."""
        names = {entry.name for entry in dataclasses.fields(cls)} - {"stages", "notes"}
        stages = {key: cls.of(value) for key, value in told.items() if key.startswith("stage") and isinstance(value, dict)}
        known = {key: told[key] for key in names if told.get(key) is not None}
        return cls(**{key: one_line(value) if isinstance(value, str) else value for key, value in known.items()}, stages=stages,
                   notes={key: value for key, value in told.items() if key not in names and key not in stages})

    @property
    def more(self) -> str:
        """What tables add to its minutes: where there is a remark, those are not all."""
        return " (see its card)" if self.remark else ""

    def as_dict(self) -> dict:
        """The JSON object for config.json: `of` gives the same record again."""
        told = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self) if entry.name not in ("stages", "notes")}
        return {key: value for key, value in told.items() if value != "" or key == "data"} | self.notes | {
            key: stage.as_dict() for key, stage in self.stages.items()}

    def then(self, later: "TrainingRecord", **changes) -> "TrainingRecord":
        """This training and a later one that went on from it, as one: counts add up, commands, commits and hardware follow each other,
        each once; everything else is the later one's. `changes` replace fields of the result."""
        counted = {key: round(getattr(self, key) + getattr(later, key), 1) for key in COUNTED}
        joined = {key: between.join(dict.fromkeys(getattr(part, key) for part in (self, later))) for key, between in JOINED.items()}
        return dataclasses.replace(later, **counted, **joined, **changes)


UNKNOWN = TrainingRecord()
