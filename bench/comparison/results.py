"""The results file: one JSON object a line, appended to and flushed after each run, so that an interrupted measurement can go on."""
import json
import os


def read(path):
    lines = []
    if os.path.exists(path):
        with open(path) as f:
            for text in f:
                try:
                    lines.append(json.loads(text))
                except ValueError:
                    continue  # the torn end of an interrupted run
    return lines


class Results:
    def __init__(self, path, quick, resume):
        self._path, self._quick = path, quick
        self._done = {self._key(line) for line in read(path) if not line.get('error')} if resume else set()
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        if os.path.exists(path) and os.path.getsize(path):
            with open(path, 'rb+') as f:
                f.seek(-1, os.SEEK_END)
                if f.read(1) != b'\n':
                    f.write(b'\n')

    def _key(self, line):
        return line.get('row'), line.get('side'), line.get('rep'), line.get('series'), line.get('x'), bool(line.get('quick'))

    def has(self, row, side, rep, series=None, x=None):
        return (row, side, rep, series, x, self._quick) in self._done

    def append(self, line):
        with open(self._path, 'a') as f:
            f.write(json.dumps(line, ensure_ascii=False, separators=(',', ':')) + '\n')
            f.flush()
            os.fsync(f.fileno())
        self._done.add(self._key(line))
