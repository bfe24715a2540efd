"""A block: rows that are measured on servers started for them, one side and one repetition at a time."""
import time

from .ensemble import OURS, THEIRS
from .process import StepFailed


class Recorder:
    """Takes the figures of one side and repetition, and says what is missing still."""

    def __init__(self, results, setting, side, rep, wanted):
        self._results, self._setting, self.side, self.rep, self._wanted = results, setting, side, rep, wanted
        self.version = ''

    def needs(self, row, series=None, x=None):
        return row in self._wanted and not self._results.has(row, self.side, self.rep, series, x)

    def needs_any(self, *rows):
        return any(self.needs(row) for row in rows)

    def measure(self, row, step, series=None, x=None):
        """Records what `step` returns, figures and command; a step that fails is recorded as failed, and the next goes on."""
        if not self.needs(row, series, x):
            return
        began = time.monotonic()
        try:
            figures, command = step()
        except StepFailed as problem:
            self._append(row, series, x, {'error': str(problem)}, began)
            return
        self._append(row, series, x, {'command': command, 'figures': {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}}, began)

    def fail(self, row, problem, series=None, x=None):
        """Records that a row, or a point of a curve, that is still missing could not be measured."""
        if self.needs(row, series, x):
            self._append(row, series, x, {'error': str(problem)}, time.monotonic())

    def _append(self, row, series, x, what, began):
        line = {'row': row, 'side': self.side, 'rep': self.rep, 'at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
                'took_s': round(time.monotonic() - began, 1), 'quick': self._setting.quick, 'version': self.version}
        line.update({k: v for k, v in (('series', series), ('x', x)) if v is not None})
        if 'error' in what:
            # Results are published: no paths of this machine.
            what = {'error': what['error'].replace(self._setting.directory, 'DIR').replace(self._setting.root, '.')}
        line.update(what)
        self._results.append(line)
        f = what.get('figures', {})
        print(f'{time.strftime("%H:%M:%S")} {self.side:11} rep {self.rep} {row}{f" {series} {x:,}" if series else ""}: '
              + (what.get('error') or ', '.join(f'{k} {v}' for k, v in f.items() if k not in ('client_cores', 'other_cores', 'rounds'))), flush=True)


class Block:
    """Its rows, its sides, and how often."""
    rows = ()
    sides = (OURS, THEIRS)

    def reps(self, setting):
        return setting.reps

    def run(self, setting, recorder):
        """Starts servers, measures what `recorder` needs, stops them."""
        raise NotImplementedError
