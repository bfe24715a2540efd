"""The rows of the comparison: what the goals are, and how a row is named. Measuring and reporting both go by this table."""
from dataclasses import dataclass

# name of a measured figure: heading, factor to print it by, unit
METRICS = {
    'server_cpu_us_per_op': ('server CPU per op', 1, 'µs'),
    'ops_s': ('ops/s', 1, '/s'),
    'p50_us': ('p50', 1e-3, 'ms'),
    'p99_us': ('p99', 1e-3, 'ms'),
    'last_p50_us': ('time to the last watcher, p50', 1e-3, 'ms'),
    'sessions_s': ('connects/s', 1, '/s'),
    'connect_cpu_us': ('server CPU per connect', 1, 'µs'),
    'bytes_per_session': ('resident bytes a session', 1e-3, 'kB'),
    'idle_percent_of_core': ('idle CPU, all servers, with 5,000 sessions that ping', 1, '% of a core'),
    'rss_mb': ('RSS after loading', 1, 'MB'),
    'rss_restarted_mb': ('RSS 10 s after a restart', 1, 'MB'),
    'live_bytes_per_node': ('live heap a node', 1, 'B'),
    'first_read_ms': ('kill -9, start, first read', 1e-3, 's'),
    'longest_gap_ms': ('longest gap without a write', 1, 'ms'),
    'lost_acked': ('acknowledged writes lost', 1, ''),
    'elections': ('elections during full load', 1, ''),
    'with_max_us': ('longest write with snapshots', 1e-3, 'ms'),
    'without_max_us': ('longest write without snapshots', 1e-3, 'ms'),
    'longer_max_ms': ('the longest write is longer with snapshots by', 1, 'ms'),
    'with_p999_us': ('p99.9 with snapshots', 1e-3, 'ms'),
    'without_p999_us': ('p99.9 without snapshots', 1e-3, 'ms'),
    'snapshots': ('snapshots taken meanwhile', 1, ''),
}


@dataclass(frozen=True)
class Goal:
    """`against`: the limit is a multiple of ZooKeeper's figure, or a value of its own. `take`: which of the repetitions counts."""
    metric: str
    better: str
    limit: float
    against: str = 'zookeeper'
    take: str = 'median'


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    goals: tuple = ()
    shown: tuple = ()  # figures without a goal
    ours_only: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    goal: str
    rows: tuple


@dataclass(frozen=True)
class Load:
    """One load row: an operation of the load generator with so many sessions and requests in flight of each."""
    name: str
    op: str
    clients: int
    pipeline: int
    servers: int


def _loads(ops, configurations, servers):
    return [Load(f'{op.replace(":", "-")}-{c}x{d}-{n}', op, c, d, n) for n in servers for op in ops for c, d in configurations]


WRITES = _loads(('create', 'set', 'multi', 'ephemeral', 'seq'), ((16, 32), (64, 1)), (3,))
SINGLE = _loads(('create', 'set'), ((1, 1),), (3,))
READS = _loads(('get', 'exists', 'ls'), ((16, 32), (16, 1)), (3, 1))
MIXED = _loads(('mixed:90',), ((16, 32),), (3, 1))
LOADS = {load.name: load for load in WRITES + SINGLE + READS + MIXED}
WATCHES = {f'watch-{n}-{servers}': (n, servers) for servers in (3, 1) for n in (100, 1000)}

_cpu = 'server_cpu_us_per_op'
_write_goals = (Goal(_cpu, '<=', 0.4), Goal('ops_s', '>=', 2.5), Goal('p99_us', '<=', 0.5))


def _servers(n):
    return '1 server' if n == 1 else f'{n} servers'


def _load_rows(loads, goals, shown=()):
    names = {'multi': 'multi of 4', 'mixed:90': 'mixed 90/10'}
    return tuple(Row(x.name, f'{names.get(x.op, x.op)} {x.clients}x{x.pipeline}, {_servers(x.servers)}', goals, shown) for x in loads)


SECTIONS = (
    Section('create, set, multi, ephemeral, seq at 16x32 and 64x1, 3 servers', '≥ 2.5 × its ops/s, ≤ 0.4 × its server CPU per op, p99 ≤ 0.5 ×', _load_rows(WRITES, _write_goals)),
    Section('create, set at 1x1, 3 servers', 'p50 ≤ 0.6 ×, CPU ≤ 0.5 ×', _load_rows(SINGLE, (Goal(_cpu, '<=', 0.5), Goal('p50_us', '<=', 0.6)), ('ops_s', 'p99_us'))),
    Section('get, exists, ls at 16x32 and 16x1, 1 and 3 servers', '≥ 2.5 × ops/s, CPU ≤ 0.4 ×', _load_rows(READS, (Goal(_cpu, '<=', 0.4), Goal('ops_s', '>=', 2.5)), ('p99_us',))),
    Section('mixed 90/10 at 16x32', '≥ 2.5 ×', _load_rows(MIXED, (Goal('ops_s', '>=', 2.5),), (_cpu, 'p99_us'))),
    Section('watch fan-out to 100 and 1,000 watchers', 'time to the last ≤ 0.4 ×',
            tuple(Row(name, f'{n:,} watchers, {_servers(s)}', (Goal('last_p50_us', '<=', 0.4),), (_cpu,)) for name, (n, s) in WATCHES.items())),
    Section('5,000 sessions', 'connect ≥ 3 × as fast, ≤ 8 KB each, idle CPU ≤ 1 % of a core',
            tuple(Row(f'sessions-{s}', f'5,000 sessions, {_servers(s)}', (
                Goal('sessions_s', '>=', 3), Goal('bytes_per_session', '<=', 8_000, 'limit'), Goal('idle_percent_of_core', '<=', 1, 'limit')), ('connect_cpu_us',)) for s in (3, 1))),
    Section('memory with 1,000,000 nodes of 128 B', 'RSS ≤ 0.5 ×, live heap ≤ 350 B a node',
            (Row('memory', '1,000,000 nodes, 1 server', (Goal('rss_mb', '<=', 0.5), Goal('live_bytes_per_node', '<=', 350, 'limit')), ('rss_restarted_mb',)),)),
    Section('restart with 1,000,000 nodes to the first read', '≤ 0.35 ×', (Row('restart', '1,000,000 nodes, 1 server', (Goal('first_read_ms', '<=', 0.35),)),)),
    Section('leader killed (SIGKILL): longest gap without a write', 'median ≤ 250 ms',
            (Row('leader-kill', 'SIGKILL of the leader, 3 servers', (Goal('longest_gap_ms', '<=', 250, 'limit'), Goal('lost_acked', '<=', 0, 'limit', 'sum'))),)),
    Section('leader hung (SIGSTOP), default settings: longest gap without a write', '≤ 3 s, with no false elections in 10 minutes of full load',
            (Row('leader-hang', 'SIGSTOP of the leader, 3 servers', (Goal('longest_gap_ms', '<=', 3_000, 'limit', 'max'), Goal('lost_acked', '<=', 0, 'limit', 'sum'))),
             Row('steady', '10 minutes of full load, 3 servers', (Goal('elections', '<=', 0, 'limit', 'sum'),), ('ops_s',), ours_only=True))),
    Section('snapshot while under load', 'no write waits more than 20 ms for it',
            tuple(Row(f'snapshot-{c}x1', f'set {c}x1 on 1,000,000 nodes, snapshots one after another, 1 server',
                      (Goal('longer_max_ms', '<=', 20, 'limit', 'max'),), ('with_max_us', 'without_max_us', 'with_p999_us', 'without_p999_us', 'snapshots')) for c in (1, 16))),
)
ROWS = {row.name: row for section in SECTIONS for row in section.rows}


@dataclass(frozen=True)
class Series:
    """`grows`: with which power of x the work of one operation grows: 0 when an operation does the same whatever x is, 1 when it handles x things."""
    label: str
    grows: int = 0


@dataclass(frozen=True)
class Curve:
    name: str
    title: str
    x: str
    op: str
    series: dict


_GET_SET = {'get': Series('get'), 'set': Series('set')}

CURVES = {c.name: c for c in (
    Curve('curve-connections', 'Connections, 1 request in flight of each, 3 servers', 'connections', 'op', _GET_SET),
    Curve('curve-value-size', 'Value size, 16x1, 3 servers', 'bytes of a value', 'op', {'get': Series('get', 1), 'set': Series('set', 1)}),
    Curve('curve-children', 'Children of one node, 1 server', 'children', 'op', {'ls': Series('ls, 4x1', 1), 'create': Series('create them, 200 in flight')}),
    Curve('curve-tree-size', 'Nodes in the tree, 16x32, 1 server', 'nodes', 'op', _GET_SET),
    Curve('curve-servers', 'Servers in the ensemble, 16x32', 'servers', 'op', {'get': Series('get'), 'set': Series('set', 1)}),
    Curve('curve-watches', 'Watchers of one node, 3 servers', 'watchers', 'notification', {'watch': Series('change, then all are notified')}),
    Curve('curve-trees', 'Trees, 16 sessions with 32 in flight over all of them, native client, 3 servers', 'trees', 'op', {'set': Series('set')}),
)}
