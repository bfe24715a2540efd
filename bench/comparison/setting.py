"""How one measurement is run: where things are, and at which scale."""
import os
from dataclasses import dataclass

from .ensemble import OURS, THEIRS


@dataclass(frozen=True)
class Setting:
    root: str
    bench: str
    zkload: str
    directory: str
    base: int
    reps: int
    quick: bool
    tick: int = 2000

    @property
    def start_scripts(self):
        return {OURS: os.path.join(self.root, 'bench', 'start.sh'), THEIRS: os.path.join(self.bench, 'zk_start.sh')}

    @property
    def benchmarks(self):
        return os.path.join(self.root, 'bench', 'GrainKeeper.Benchmarks', 'bin', 'Release', 'net10.0', 'GrainKeeper.Benchmarks.dll')

    def scale(self, full, quick):
        return quick if self.quick else full
