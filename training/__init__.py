"""How the weights were trained: one script per paper, and what they share in kit/."""

from models.packages import check_packages

check_packages("Training", "accelerate", "filelock", "pyarrow", "scipy", "skimage", "tensorboard", "torchmetrics", "tqdm")
