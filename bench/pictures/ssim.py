"""How alike two pictures are in structure: 1 for equal ones, about 0 for strangers.

By Wang, Bovik, Sheikh and Simoncelli, 2004, with their constants: lightness alone, windows
of 11 by 11 under a bell of sigma 1.5, the mean over all that lie wholly inside.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

WINDOW, SIGMA = 11, 1.5
_RANGE = 255
_MEANS = (0.01 * _RANGE) ** 2  # keep the quotients finite where all is black, or all even
_VARIANCES = (0.03 * _RANGE) ** 2


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Compare two pictures of one size, at least 11 pixels a side."""
    a, b = (np.asarray(image.convert("L"), np.float64) for image in (one, other))
    mean_a, mean_b = _blurred(a), _blurred(b)
    variances = _blurred(a * a) - mean_a**2 + _blurred(b * b) - mean_b**2
    together = _blurred(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + _MEANS) * (2 * together + _VARIANCES)
    at_most = (mean_a**2 + mean_b**2 + _MEANS) * (variances + _VARIANCES)
    return float((alike / at_most).mean())


def _blurred(values: Floats) -> Floats:
    across = np.arange(WINDOW) - WINDOW // 2
    bell = np.exp(-(across**2) / (2 * SIGMA**2))
    bell /= bell.sum()
    for _ in range(2):  # down, then, turned over, across
        inside = len(values) - WINDOW + 1
        values = sum(
            (share * values[at : at + inside] for at, share in enumerate(bell)),
            start=np.zeros((inside, values.shape[1])),
        ).T
    return values
