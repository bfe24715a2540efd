#!/usr/bin/env python3
"""Drives an ensemble with Debian's kazoo, as an application would.

    suite.py --list
    suite.py HOSTS NAME        (HOSTS = host:port,host:port,...)

Each test works below a node of its own and leaves nothing behind that another would notice. A test that has to kill a server prints
"KILL host:port" and waits for a line on its standard input that says the server is dead.

Clients are at different servers: what one has written another one need not see yet, unless it begins its session later, writes too, or syncs.
"""
import inspect
import os
import signal
import subprocess
import sys
import threading
import time
import uuid

from kazoo.client import KazooClient, KazooState, TransactionRequest  # noqa: F401
from kazoo import exceptions as errors
from kazoo.protocol.states import EventType
from kazoo.recipe.partitioner import PartitionState
from kazoo.recipe.watchers import PatientChildrenWatch
from kazoo.retry import KazooRetry
from kazoo.security import make_acl, make_digest_acl

DEADLINE = 60.0


def wait_for(condition, what, timeout=DEADLINE):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError('not within %.0f s: %s' % (timeout, what))


class World:
    def __init__(self, hosts):
        self.hosts = hosts
        self.base = '/kazoo-' + uuid.uuid4().hex
        self.clients = []

    def client(self, hosts=None, **kw):
        kw.setdefault('timeout', 10.0)
        c = KazooClient(hosts=hosts or self.hosts, **kw)
        self.clients.append(c)
        c.start(timeout=DEADLINE)
        return c

    def close(self):
        for c in self.clients:
            try:
                c.stop()
                c.close()
            except Exception:
                pass


def test_create_read_change_and_delete(w):
    c = w.client()
    assert c.create(w.base, b'one') == w.base
    data, stat = c.get(w.base)
    assert data == b'one' and stat.version == 0 and stat.dataLength == 3 and stat.numChildren == 0 and stat.czxid == stat.mzxid
    stat = c.set(w.base, b'two!')
    assert stat.version == 1 and stat.mzxid > stat.czxid
    assert c.get(w.base)[0] == b'two!'
    path, stat = c.create(w.base + '/child', b'', include_data=True)
    assert path == w.base + '/child' and stat.version == 0
    names, stat = c.get_children(w.base, include_data=True)
    assert names == ['child'] and stat.numChildren == 1 and stat.cversion == 1
    for call, error in (
            (lambda: c.create(w.base, b''), errors.NodeExistsError),
            (lambda: c.create(w.base + '/a/b', b''), errors.NoNodeError),
            (lambda: c.delete(w.base), errors.NotEmptyError),
            (lambda: c.set(w.base, b'', version=7), errors.BadVersionError),
            (lambda: c.get(w.base + '/none'), errors.NoNodeError)):
        try:
            call()
        except error:
            continue
        raise AssertionError(error.__name__ + ' expected')
    c.delete(w.base, recursive=True)
    assert c.exists(w.base) is None


def test_sequential_nodes_count_up(w):
    c = w.client()
    c.create(w.base)
    made = [c.create(w.base + '/n-', sequence=True) for _ in range(20)]
    assert made == ['%s/n-%010d' % (w.base, i) for i in range(20)], made


def test_ephemerals_end_with_their_session(w):
    c, other = w.client(), w.client()
    c.create(w.base)
    other.create(w.base + '/e', ephemeral=True)
    c.sync(w.base)
    assert c.get(w.base + '/e')[1].ephemeralOwner == other.client_id[0]
    try:
        other.create(w.base + '/e/child')
        raise AssertionError('a child of an ephemeral')
    except errors.NoChildrenForEphemeralsError:
        pass
    other.stop()
    wait_for(lambda: c.exists(w.base + '/e') is None, 'the ephemeral is gone')


def test_data_and_children_watches_follow_changes(w):
    c, other = w.client(), w.client()
    c.create(w.base, b'0')
    seen, children = [], []
    c.DataWatch(w.base, lambda data, stat: seen.append(data))
    c.ChildrenWatch(w.base, lambda names: children.append(sorted(names)))
    for i in range(1, 6):
        other.set(w.base, b'%d' % i)
        wait_for(lambda i=i: seen[-1] == b'%d' % i, 'data watch %d' % i)
    other.create(w.base + '/x')
    wait_for(lambda: children[-1] == ['x'], 'children watch')
    other.delete(w.base + '/x')
    wait_for(lambda: children[-1] == [], 'children watch after delete')


def test_one_shot_watches_fire_once_with_the_right_type(w):
    c = w.client()
    events = []
    assert c.exists(w.base, watch=events.append) is None
    c.create(w.base, b'')
    wait_for(lambda: events, 'created event')
    c.get(w.base, watch=events.append)
    c.set(w.base, b'x')
    wait_for(lambda: len(events) == 2, 'changed event')
    c.get_children(w.base, watch=events.append)
    c.create(w.base + '/c')
    wait_for(lambda: len(events) == 3, 'child event')
    c.set(w.base, b'y')
    c.delete(w.base + '/c')
    c.exists(w.base, watch=events.append)
    c.delete(w.base)
    wait_for(lambda: len(events) == 4, 'deleted event')
    assert [e.type for e in events] == [EventType.CREATED, EventType.CHANGED, EventType.CHILD, EventType.DELETED]
    assert all(e.path == w.base for e in events)


def test_transactions_are_all_or_nothing(w):
    c = w.client()
    c.create(w.base)
    t = c.transaction()
    t.create(w.base + '/a', b'1')
    t.create(w.base + '/b-', b'2', sequence=True)
    t.set_data(w.base, b'changed')
    t.check(w.base, 1)
    result = t.commit()
    assert result[0] == w.base + '/a' and result[1] == w.base + '/b-0000000001' and result[2].version == 1 and result[3] is True, result
    t = c.transaction()
    t.create(w.base + '/c')
    t.check(w.base, 99)
    t.delete(w.base + '/a')
    result = t.commit()
    assert [type(r) for r in result] == [errors.RolledBackError, errors.BadVersionError, errors.RuntimeInconsistency], result
    assert sorted(c.get_children(w.base)) == ['a', 'b-0000000001']


def test_acls_keep_others_out(w):
    mine, other = w.client(auth_data=[('digest', 'me:secret')]), w.client()
    mine.create(w.base, b'', acl=[make_digest_acl('me', 'secret', all=True)])
    for call in (lambda: other.get(w.base), lambda: other.set(w.base, b''), lambda: other.create(w.base + '/x'), lambda: other.delete(w.base + '/x')):
        try:
            call()
            raise AssertionError('NoAuthError expected')
        except (errors.NoAuthError, errors.NoNodeError):
            pass
    other.add_auth('digest', 'me:secret')
    other.get(w.base)
    other.set_acls(w.base, [make_acl('world', 'anyone', read=True)])
    acls, stat = w.client().get_acls(w.base)
    assert stat.aversion == 1 and len(acls) == 1 and acls[0].perms == 1 and acls[0].id.scheme == 'world', acls


def test_a_chroot_hides_the_rest(w):
    c = w.client()
    c.create(w.base)
    inner = w.client(hosts=w.hosts + w.base)
    assert inner.create('/x', b'in') == '/x'
    c.sync(w.base)
    assert c.get(w.base + '/x')[0] == b'in'
    assert inner.get_children('/') == ['x']


def test_many_requests_in_flight_keep_their_order(w):
    c = w.client()
    c.create(w.base)
    pending = [c.create_async(w.base + '/n', b'', sequence=True) for _ in range(500)]
    paths = [p.get(timeout=DEADLINE) for p in pending]
    assert paths == ['%s/n%010d' % (w.base, i) for i in range(500)]


def test_large_data_up_to_the_limit(w):
    c = w.client()
    big = b'x' * 1000000
    c.create(w.base, big)
    assert c.get(w.base)[0] == big


def test_sync_shows_what_another_client_wrote(w):
    a, b = w.client(), w.client()
    a.create(w.base, b'0')
    for i in range(50):
        a.set(w.base, b'%d' % i)
        b.sync(w.base)
        assert b.get(w.base)[0] == b'%d' % i


def test_lock_recipe_excludes(w):
    inside, worst, lock = [0], [0], threading.Lock()

    def work(client):
        for _ in range(10):
            with client.Lock(w.base + '/lock', str(client.client_id[0])):
                with lock:
                    inside[0] += 1
                    worst[0] = max(worst[0], inside[0])
                time.sleep(0.002)
                with lock:
                    inside[0] -= 1
    threads = [threading.Thread(target=work, args=(w.client(),)) for _ in range(4)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert not any(t.is_alive() for t in threads) and worst[0] == 1, worst


def test_lock_recipe_passes_on_when_the_holder_dies(w):
    a, b = w.client(), w.client()
    first, second = a.Lock(w.base + '/lock', 'a'), b.Lock(w.base + '/lock', 'b')
    assert first.acquire(timeout=DEADLINE)
    got = []
    t = threading.Thread(target=lambda: got.append(second.acquire(timeout=DEADLINE)))
    t.start()
    wait_for(lambda: len(second.contenders()) == 2, 'two contenders')
    a.stop()
    t.join(DEADLINE)
    assert got == [True]


def test_read_and_write_locks(w):
    a, b, c = w.client(), w.client(), w.client()
    r1, r2, wr = a.ReadLock(w.base + '/rw', 'r1'), b.ReadLock(w.base + '/rw', 'r2'), c.WriteLock(w.base + '/rw', 'w')
    assert r1.acquire(timeout=DEADLINE) and r2.acquire(timeout=DEADLINE)
    assert not wr.acquire(blocking=False)
    r1.release()
    r2.release()
    assert wr.acquire(timeout=DEADLINE)
    wr.release()


def test_semaphore_recipe_limits(w):
    a, b, c = [x.Semaphore(w.base + '/sem', max_leases=2) for x in (w.client(), w.client(), w.client())]
    assert a.acquire(timeout=DEADLINE) and b.acquire(timeout=DEADLINE)
    assert not c.acquire(blocking=False)
    a.release()
    assert c.acquire(timeout=DEADLINE)


def test_election_recipe_leads_one_after_another(w):
    led = []

    def run(client, name):
        election = client.Election(w.base + '/elect', name)
        election.run(lambda: (led.append(name), time.sleep(0.05)))
    threads = [threading.Thread(target=run, args=(w.client(), 'c%d' % i)) for i in range(3)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(led) == ['c0', 'c1', 'c2'], led


def test_barrier_recipe_holds_until_removed(w):
    a, b = w.client(), w.client()
    barrier = a.Barrier(w.base + '/barrier')
    barrier.create()
    b.sync(w.base)
    passed = []
    t = threading.Thread(target=lambda: passed.append(b.Barrier(w.base + '/barrier').wait(DEADLINE)))
    t.start()
    time.sleep(0.2)
    assert not passed
    barrier.remove()
    t.join(DEADLINE)
    assert passed == [True]


def test_double_barrier_recipe_enters_and_leaves_together(w):
    arrived, entered, leaving, left = [], [], [], []

    # In kazoo's recipe whoever leaves takes away what a late one waits for: nobody leaves before all know that they have entered.
    inside = threading.Barrier(3)

    def run(client):
        barrier = client.DoubleBarrier(w.base + '/db', 3)
        arrived.append(time.monotonic())
        barrier.enter()
        entered.append(time.monotonic())
        inside.wait(DEADLINE)
        leaving.append(time.monotonic())
        barrier.leave()
        left.append(time.monotonic())
    threads = [threading.Thread(target=run, args=(w.client(),)) for _ in range(3)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert len(entered) == 3 and len(left) == 3, (entered, left)
    assert max(arrived) <= min(entered) and max(leaving) <= min(left), (arrived, entered, leaving, left)


def test_queue_recipe_keeps_order(w):
    c = w.client()
    q = c.Queue(w.base + '/q')
    for i in range(20):
        q.put(b'%d' % i)
    assert [q.get() for _ in range(20)] == [b'%d' % i for i in range(20)]
    assert q.get() is None


def test_locking_queue_recipe_gives_each_item_once(w):
    q1, q2 = w.client().LockingQueue(w.base + '/lq'), w.client().LockingQueue(w.base + '/lq')
    q1.put_all([b'a', b'b', b'c'])
    got = []
    for q in (q1, q2, q1):
        got.append(q.get(timeout=DEADLINE))
        assert q.consume()
    assert sorted(got) == [b'a', b'b', b'c'], got


def test_counter_recipe_loses_no_increment(w):
    def run(client):
        counter = client.Counter(w.base + '/counter')
        for _ in range(25):
            counter += 1
    clients = [w.client() for _ in range(4)]
    clients[0].ensure_path(w.base + '/counter')
    threads = [threading.Thread(target=run, args=(c,)) for c in clients]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    clients[0].sync(w.base)
    assert clients[0].Counter(w.base + '/counter').value == 100


def test_party_recipe_lists_members(w):
    a, b = w.client(), w.client()
    pa, pb = a.Party(w.base + '/party', 'a'), b.ShallowParty(w.base + '/sparty', 'b')
    pa.join()
    pb.join()
    assert list(b.Party(w.base + '/party')) == ['a']
    a.stop()
    wait_for(lambda: list(b.Party(w.base + '/party')) == [], 'the party is empty')


def test_partitioner_recipe_splits_the_set(w):
    parts = [w.client().SetPartitioner(w.base + '/part', set=tuple(range(9)), identifier='p%d' % i, time_boundary=0.3) for i in range(3)]

    def settled():
        for p in parts:
            if p.state == PartitionState.RELEASE:
                p.release_set()
        return all(p.state == PartitionState.ACQUIRED for p in parts) and sorted(x for p in parts for x in p) == list(range(9))
    wait_for(settled, 'the set is split without overlap', 60)


def test_patient_children_watch_settles(w):
    c = w.client()
    c.create(w.base)
    watch = PatientChildrenWatch(c, w.base, time_boundary=0.3)
    result = watch.start()
    c.create(w.base + '/a')
    children, changed = result.get(timeout=DEADLINE)
    if not children:
        # The node took longer than the boundary: then the change is told, and another watch settles on it.
        changed.get(timeout=DEADLINE)
        children, _ = PatientChildrenWatch(c, w.base, time_boundary=0.3).start().get(timeout=DEADLINE)
    assert children == ['a']


def test_tree_cache_follows(w):
    from kazoo.recipe.cache import TreeCache
    c = w.client()
    c.create(w.base, b'r')
    cache = TreeCache(c, w.base)
    cache.start()
    c.create(w.base + '/a', b'1')
    c.create(w.base + '/a/b', b'2')
    wait_for(lambda: cache.get_data(w.base + '/a/b') is not None and cache.get_data(w.base + '/a/b').data == b'2', 'cache holds /a/b')
    c.set(w.base + '/a/b', b'3')
    wait_for(lambda: cache.get_data(w.base + '/a/b').data == b'3', 'cache follows a change')
    cache.close()


def test_lease_recipe(w):
    import datetime
    a, b = w.client(), w.client()
    assert a.NonBlockingLease(w.base + '/lease', datetime.timedelta(seconds=30), identifier='a')
    assert not b.NonBlockingLease(w.base + '/lease', datetime.timedelta(seconds=30), identifier='b')


def test_retry_gets_through(w):
    c = w.client(connection_retry=KazooRetry(max_tries=-1), command_retry=KazooRetry(max_tries=-1))
    c.retry(c.create, w.base, b'')
    assert c.retry(c.get, w.base)[0] == b''


def test_a_stranger_with_a_wrong_password_gets_a_new_session(w):
    c = w.client()
    stranger = w.client(client_id=(c.client_id[0], b'\x01' * 16))
    assert stranger.client_id[0] != c.client_id[0]


def test_server_commands_answer(w):
    c = w.client()
    assert b'imok' in c.command(b'ruok').encode() and 'Mode:' in c.command(b'srvr')
    assert c.server_version()[:2] >= (3, 8)


def test_session_survives_the_death_of_its_server(w):
    # Tries again before its session ends, however often nobody has answered so far.
    c, other = w.client(timeout=30.0, connection_retry=KazooRetry(max_tries=-1, max_delay=1.0)), w.client()
    states, changed = [], []
    c.add_listener(states.append)
    c.create(w.base, b'0')
    c.create(w.base + '/mine', ephemeral=True)
    c.get(w.base, watch=changed.append)
    session = c.client_id[0]
    print('KILL %s:%d' % c._connection._socket.getpeername()[:2], flush=True)
    assert sys.stdin.readline().strip() == 'dead'
    wait_for(lambda: KazooState.SUSPENDED in states and states[-1] == KazooState.CONNECTED, 'connected again')
    assert c.client_id[0] == session and KazooState.LOST not in states
    other.retry(other.set, w.base, b'1')
    wait_for(lambda: changed, 'the watch has survived')
    assert other.retry(other.get, w.base + '/mine')[1].ephemeralOwner == session


CHILD = '''
import sys
from kazoo.client import KazooClient
c = KazooClient(hosts=sys.argv[1], timeout=4.0)
c.add_listener(lambda state: print(state, flush=True))
c.start(timeout=20)
c.create(sys.argv[2], b"", ephemeral=True)
print("SESSION", flush=True)
sys.stdin.readline()
'''


def test_a_paused_client_learns_that_its_session_has_expired(w):
    c = w.client()
    c.create(w.base)
    path = w.base + '/mine'
    child = subprocess.Popen([sys.executable, '-c', CHILD, w.hosts, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        while child.stdout.readline().strip() != 'SESSION':
            assert child.poll() is None, 'the child ended'
        wait_for(lambda: c.exists(path) is not None, 'the ephemeral is seen')
        timeout, tick = 4.0, 2.0
        stopped = time.monotonic()
        os.kill(child.pid, signal.SIGSTOP)
        gone = threading.Event()
        if c.exists(path, watch=lambda event: gone.set()) is None:
            gone.set()
        assert gone.wait(30), 'the ephemeral outlives its session'
        took = time.monotonic() - stopped
        # Its last sign of life was up to a third of the timeout before it stopped.
        assert timeout / 2 <= took <= timeout + 2 * tick + 1, took
        os.kill(child.pid, signal.SIGCONT)
        wait_for(lambda: child.stdout.readline().strip() == 'LOST', 'the client hears that its session has expired')
    finally:
        child.kill()
        child.wait()


TESTS = {name[5:]: f for name, f in list(globals().items()) if name.startswith('test_') and inspect.isfunction(f)}


def main():
    if sys.argv[1:] == ['--list']:
        print('\n'.join(TESTS))
        return 0
    import logging
    logging.basicConfig(level=logging.ERROR)
    world = World(sys.argv[1])
    failed = 0
    for name in sys.argv[2:] or [n for n in TESTS if 'death' not in n]:
        try:
            TESTS[name](world)
            print('ok', name, flush=True)
        except BaseException:
            import traceback
            traceback.print_exc()
            print('FAILED', name, flush=True)
            failed += 1
        world.base = '/kazoo-' + uuid.uuid4().hex
    world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
