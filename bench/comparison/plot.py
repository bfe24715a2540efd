"""Small SVG plots: two panels with logarithmic axes, one for ops/s and one for CPU per operation."""
import math
from html import escape

WIDTH, HEIGHT = 760, 316
PANEL = {'left': 62, 'top': 40, 'width': 300, 'height': 196, 'step': 380}
COLOURS = {'grainkeeper': '#1f5fa8', 'zookeeper': '#d1661b'}
NAMES = {'grainkeeper': 'GrainKeeper', 'zookeeper': 'ZooKeeper'}
DASHES = ('', '5 3', '2 2')


def short(value):
    """1,500,000 as 1.5 M, for axes."""
    for factor, letter in ((1e6, ' M'), (1e3, ' k')):
        if abs(value) >= factor:
            return f'{value / factor:.3g}{letter}'
    return f'{value:.3g}'


class Axis:
    """A logarithmic axis that ends at whole decades, or at 1, 2, 5 when there is less than one; 0 has a place of its own before the smallest value."""

    def __init__(self, values, begin, length, own_ticks=False):
        self._positive = [v for v in values if v > 0] or [1]
        self._zero = any(v == 0 for v in values)
        low, high = min(self._positive), max(self._positive)
        steps = [m * 10 ** e for e in range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2) for m in ((1,) if high / low > 30 else (1, 2, 5))]
        self.low = max(s for s in steps if s <= low * 1.0001)
        self.high = min(s for s in steps if s >= high * 0.9999)
        if self.high == self.low:
            self.high = next(s for s in steps if s > self.low)
        self.ticks = [s for s in steps if self.low <= s <= self.high]
        if own_ticks and 1 < len(set(self._positive)) <= 8 and high / low <= 30:
            self.low, self.high, self.ticks = low, high, sorted(set(self._positive))
        if self._zero:
            self._origin = self.low / 10
            self.ticks.insert(0, 0)
        else:
            self._origin = self.low
        self._begin, self._length = begin, length

    def at(self, value):
        share = 0 if value <= 0 else math.log(value / self._origin) / math.log(self.high / self._origin)
        return self._begin + share * self._length


def _text(x, y, text, anchor='middle', extra=''):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def _panel(index, title, x_title, lines):
    left, top, width, height = PANEL['left'] + index * PANEL['step'], PANEL['top'], PANEL['width'], PANEL['height']
    points = [p for _, _, line in lines for p in line]
    x = Axis([p[0] for p in points], left, width, own_ticks=True)
    y = Axis([p[1] for p in points], top + height, -height)
    out = [_text(left, top - 8, title, 'start', ' font-weight="bold"'), f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#999"/>']
    for tick in x.ticks:
        out.append(f'<path d="M{x.at(tick):.1f} {top}v{height}" stroke="#e4e4e4"/>')
        out.append(_text(x.at(tick), top + height + 15, short(tick)))
    for tick in y.ticks:
        out.append(f'<path d="M{left} {y.at(tick):.1f}h{width}" stroke="#e4e4e4"/>')
        out.append(_text(left - 5, y.at(tick) + 4, short(tick), 'end'))
    for side, dash, line in lines:
        path = ' '.join(f'{x.at(a):.1f},{y.at(b):.1f}' for a, b in line)
        style = f' stroke-dasharray="{dash}"' if dash else ''
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[side]}" stroke-width="1.8"{style}/>')
        out += [f'<circle cx="{x.at(a):.1f}" cy="{y.at(b):.1f}" r="3" fill="{COLOURS[side]}"/>' for a, b in line]
    out.append(_text(left + width / 2, top + height + 32, x_title))
    return out


def draw(title, x_title, op, series):
    """`series`: (side, label, [(x, ops/s, CPU µs per op)]). Returns the SVG's text."""
    labels = list(dict.fromkeys(label for _, label, _ in series))
    dash = {label: DASHES[i % len(DASHES)] for i, label in enumerate(labels)}
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
           f'<title>{escape(title)}</title>', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for index, (panel, column) in enumerate(((f'{op}s a second', 1), (f'server CPU per {op}, µs', 2))):
        out += _panel(index, panel, x_title, [(side, dash[label], [(p[0], p[column]) for p in points if p[column] > 0]) for side, label, points in series])
    sides = list(dict.fromkeys(side for side, _, _ in series))
    for row, side in enumerate(sides):
        at, y = PANEL['left'], HEIGHT - 28 + 16 * row
        for label in [label for s, label, _ in series if s == side]:
            name = f'{NAMES[side]}: {label}'
            style = f' stroke-dasharray="{dash[label]}"' if dash[label] else ''
            out.append(f'<path d="M{at} {y}h24" stroke="{COLOURS[side]}" stroke-width="1.8"{style}/>')
            out.append(_text(at + 29, y + 4, name, 'start'))
            at += PANEL['step']
    return '\n'.join([*out, '</svg>']) + '\n'
