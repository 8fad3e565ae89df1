"""The Qini curve and the profit curve as one SVG, for a file of its own."""

from __future__ import annotations

import numpy as np

from campaigns.stats.uplift.profit import Profit
from campaigns.stats.uplift.qini import SHARES
from campaigns.stats.uplift.selection import Selection

WIDTH, HEIGHT, EDGE = 420, 300, 44
INK, PALE, LINE = "#374151", "#bfdbfe", "#2563eb"


def chart_svg(found: Selection, earned: Profit) -> str:
    """Draw both curves side by side, the random choice as a straight line."""
    ranking = found.rankings[found.learner]
    curve = ranking.curve(np.ones((1, found.weights.shape[1])))[0]
    low, high = np.quantile(ranking.curve(found.weights), [0.025, 0.975], axis=0)
    parts = [
        _panel(0, "Effect gathered per customer", curve, (low, high)),
        _panel(WIDTH, "Profit per customer", earned.curve, None),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}"'
        f' font-family="sans-serif" font-size="12" fill="{INK}">{"".join(parts)}</svg>\n'
    )


def _panel(
    left: int, title: str, curve: np.ndarray, band: tuple[np.ndarray, np.ndarray] | None
) -> str:
    straight = curve[-1] * SHARES
    shown = [curve, straight, *(band or ())]
    lowest = min(0.0, *(float(each.min()) for each in shown))
    highest = max(*(float(each.max()) for each in shown), lowest + 1e-12)

    def at(values: np.ndarray) -> list[str]:
        x = left + EDGE + SHARES * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - (values - lowest) / (highest - lowest) * (HEIGHT - 2 * EDGE)
        return [f"{one:.1f},{other:.1f}" for one, other in zip(x, y, strict=True)]

    drawn = [f'<text x="{left + EDGE}" y="24" font-weight="bold">{title}</text>']
    if band:
        around = " ".join([*at(band[0]), *reversed(at(band[1]))])
        drawn.append(f'<polygon points="{around}" fill="{PALE}"/>')
    drawn += [
        f'<polyline points="{" ".join(at(np.zeros_like(SHARES)))}" stroke="{INK}"'
        ' stroke-width="0.5" fill="none"/>',
        f'<polyline points="{" ".join(at(straight))}" stroke="{INK}"'
        ' stroke-dasharray="4 3" fill="none"/>',
        f'<polyline points="{" ".join(at(curve))}" stroke="{LINE}" stroke-width="2"'
        ' fill="none"/>',
        f'<text x="{left + 4}" y="{HEIGHT - EDGE}">{lowest:.3g}</text>',
        f'<text x="{left + 4}" y="{EDGE}">{highest:.3g}</text>',
        f'<text x="{left + EDGE}" y="{HEIGHT - 16}">0 %</text>',
        f'<text x="{left + WIDTH - EDGE - 70}" y="{HEIGHT - 16}">100 % treated</text>',
    ]
    return "".join(drawn)
