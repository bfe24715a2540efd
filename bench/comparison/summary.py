"""What the runs of one row come to, and whether its goals are met."""
import math
from dataclasses import dataclass

from .ensemble import OURS, THEIRS
from .rows import METRICS


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


TAKES = {'median': median, 'max': max, 'sum': sum}


class Runs:
    """Of each row and side the last result of every repetition; a later run in the file replaces an earlier one."""

    def __init__(self, lines):
        self.environments = [line for line in lines if line.get('row') == 'environment']
        self._of = {}
        for line in lines:
            if 'side' in line:
                repetitions = self._of.setdefault((line['row'], line['side'], line.get('series'), line.get('x')), {})
                # A failure does not hide a result that is there.
                if not line.get('error') or line['rep'] not in repetitions or repetitions[line['rep']].get('error'):
                    repetitions[line['rep']] = line

    def good(self, row, side, series=None, x=None):
        return [line for line in self._all(row, side, series, x) if not line.get('error')]

    def failures(self, row, side, series=None, x=None):
        return [line['error'] for line in self._all(row, side, series, x) if line.get('error')]

    def _all(self, row, side, series, x):
        return list(self._of.get((row, side, series, x), {}).values())

    def values(self, row, side, metric, series=None, x=None):
        return [line['figures'][metric] for line in self.good(row, side, series, x) if metric in line['figures']]

    def points(self, row, side, series):
        return sorted(x for r, s, named, x in self._of if (r, s, named) == (row, side, series) and self.good(r, s, named, x))

    def any_quick(self):
        return any(line.get('quick') for line in self.environments)


@dataclass(frozen=True)
class Verdict:
    """`reached`: what counts against the goal, a ratio or a value; None when a figure is missing. `short_by`: by how much it misses, as a share of the goal."""
    metric: str
    ours: list
    theirs: list
    ours_value: float | None
    theirs_value: float | None
    ratio: float | None
    goal: object = None
    reached: float | None = None
    met: bool | None = None
    short_by: float = 0.0


def judge(runs, row, goal):
    return _verdict(runs, row, goal.metric, goal)


def show(runs, row, metric):
    return _verdict(runs, row, metric, None)


def _verdict(runs, row, metric, goal):
    take = TAKES[goal.take if goal else 'median']
    ours, theirs = runs.values(row.name, OURS, metric), runs.values(row.name, THEIRS, metric)
    a, b = (take(ours) if ours else None), (take(theirs) if theirs else None)
    ratio = a / b if a is not None and b else None
    if goal is None:
        return Verdict(metric, ours, theirs, a, b, ratio)
    reached = ratio if goal.against == 'zookeeper' else a
    if reached is None:
        return Verdict(metric, ours, theirs, a, b, ratio, goal)
    # Not rounded: 0.404 is not 0.4.
    met = reached <= goal.limit if goal.better == '<=' else reached >= goal.limit
    return Verdict(metric, ours, theirs, a, b, ratio, goal, reached, met, 0.0 if met else abs(reached - goal.limit) / (goal.limit or 1))


def figure(metric, value):
    """A value as the report prints it, without its unit."""
    scaled = value * METRICS[metric][1]
    return f'{scaled:,.0f}' if abs(scaled) >= 100 or scaled == int(scaled) else f'{scaled:.1f}' if abs(scaled) >= 10 else f'{scaled:.2f}'


@dataclass(frozen=True)
class Shape:
    """How the cost of one operation goes with x. `steepest`: the largest local exponent, between which two points."""
    first: tuple
    last: tuple
    steepest: float
    between: tuple
    linear: bool


def shape(points, grows):
    """`points`: (x, ops/s, CPU per op). Linear or better: between no two neighbours does the cost grow with a higher power of x than the work does (within 15 %)."""
    usable = [(x, cpu) for x, _, cpu in points if x > 0 and cpu > 0]
    if len(usable) < 2:
        return None
    steps = [(math.log(b[1] / a[1]) / math.log(b[0] / a[0]), (a[0], b[0])) for a, b in zip(usable, usable[1:])]
    steepest, between = max(steps)
    return Shape(usable[0], usable[-1], steepest, between, steepest <= grows + 0.15)
