"""What ffmpeg sees in a film."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np


def film(path: Path) -> tuple[str, np.ndarray]:
    """What ffmpeg says of the stream, and all its frames `[frames, height, width, 3]`."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    facts = next(line for line in done.stderr.decode().splitlines() if "Video: h264" in line)
    width, height = (int(side) for side in re.search(r", (\d+)x(\d+)", facts).groups())
    return facts, np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
