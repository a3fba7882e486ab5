"""Contrast (WCAG 2) and colour-vision simulation (Machado et al. 2009, severity 1.0, linear RGB) with CIEDE2000; colours are #RRGGBB."""

from typing import Final

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

SIMULATIONS: Final[dict[str, Vector | None]] = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "grey": None,
}
LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722])
TO_XYZ: Final = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE: Final = np.array([0.95047, 1, 1.08883])


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((float(_linear(c) @ LUMINANCE) for c in (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def over(colour: str, alpha: float, page: str) -> str:
    return _hex(_rgb(colour) * alpha + _rgb(page) * (1 - alpha))


def simulated(colour: str, vision: str) -> str:
    matrix, linear = SIMULATIONS[vision], _linear(colour)
    return _hex(_gamma(np.repeat(linear @ LUMINANCE, 3) if matrix is None else matrix @ linear))


def difference(one: str, other: str) -> float:
    """CIEDE2000 (Sharma, Wu, Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = _lab(one), _lab(other)
    stretch = 0.5 * (1 - np.sqrt((m := (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7 / (m**7 + 25.0**7)))
    a1, a2 = (1 + stretch) * a1, (1 + stretch) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.2 * _cos(4 * hue - 63)
    by_l = (l2 - l1) / (1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2))
    by_c = (c2 - c1) / (1 + 0.045 * chroma)
    by_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    return float(np.sqrt(by_l**2 + by_c**2 + by_h**2 + rotation * by_c * by_h))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def _rgb(colour: str) -> Vector:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255


def _hex(rgb: Vector) -> str:
    return "#" + "".join(f"{round(x * 255):02X}" for x in np.clip(rgb, 0, 1))


def _linear(colour: str) -> Vector:
    rgb = _rgb(colour)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _gamma(linear: Vector) -> Vector:
    clipped = np.clip(linear, 0, 1)
    return np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)


def _lab(colour: str) -> Vector:
    xyz = TO_XYZ @ _linear(colour) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
