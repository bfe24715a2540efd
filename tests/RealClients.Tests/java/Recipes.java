import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;

/**
 * Curator's recipes as applications use them. Prints "ok NAME" for each that holds. The two clients may be at different servers: what one has written the other one need not see
 * yet, unless it writes too.
 */
public final class Recipes {
    interface Recipe {
        void run(CuratorFramework a, CuratorFramework b, String base) throws Exception;
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    private static final int PATIENCE = 60;
    private static final ExecutorService POOL = Executors.newCachedThreadPool(r -> {
        Thread thread = new Thread(r);
        thread.setDaemon(true);
        return thread;
    });

    static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    static void until(Condition condition, String what) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
        Exception last = null;
        while (true) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (Exception e) {
                last = e;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + PATIENCE + " s: " + what, last);
            }
            Thread.sleep(10);
        }
    }

    static void untilThere(CuratorFramework client, String path) throws InterruptedException {
        until(() -> client.checkExists().forPath(path) != null, path + " is seen");
    }

    static CuratorFramework client(String hosts) throws InterruptedException {
        CuratorFramework client = CuratorFrameworkFactory.newClient(hosts, 10000, 10000, new RetryNTimes(20, 250));
        client.start();
        check(client.blockUntilConnected(PATIENCE, TimeUnit.SECONDS), "connected");
        return client;
    }

    static String text(byte[] data) {
        return new String(data);
    }

    static void mutex(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger turns = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (CuratorFramework client : List.of(a, b, a, b)) {
            all.add(POOL.submit(() -> {
                InterProcessMutex mutex = new InterProcessMutex(client, base);
                for (int i = 0; i < 5; i++) {
                    mutex.acquire();
                    try {
                        check(inside.incrementAndGet() == 1, "two hold the mutex");
                        turns.incrementAndGet();
                        inside.decrementAndGet();
                    } finally {
                        mutex.release();
                    }
                }
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get(PATIENCE, TimeUnit.SECONDS);
        }
        check(turns.get() == 20, "turns " + turns);
    }

    static void readWriteLock(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        InterProcessReadWriteLock one = new InterProcessReadWriteLock(a, base);
        InterProcessReadWriteLock two = new InterProcessReadWriteLock(b, base);
        one.readLock().acquire();
        check(two.readLock().acquire(PATIENCE, TimeUnit.SECONDS), "readers share");
        check(!POOL.submit(() -> new InterProcessReadWriteLock(b, base).writeLock().acquire(300, TimeUnit.MILLISECONDS)).get(), "a writer waits");
        one.readLock().release();
        two.readLock().release();
        check(two.writeLock().acquire(PATIENCE, TimeUnit.SECONDS), "then it writes");
        check(!one.readLock().acquire(300, TimeUnit.MILLISECONDS), "a reader waits");
        two.writeLock().release();
    }

    static void leaderLatch(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        LeaderLatch one = new LeaderLatch(a, base, "one");
        LeaderLatch two = new LeaderLatch(b, base, "two");
        one.start();
        check(one.await(PATIENCE, TimeUnit.SECONDS), "one leads");
        two.start();
        until(() -> two.getParticipants().size() == 2, "both take part");
        check(!two.hasLeadership() && two.getLeader().getId().equals("one"), "two does not lead");
        one.close();
        check(two.await(PATIENCE, TimeUnit.SECONDS), "two leads");
        two.close();
    }

    static void leaderSelector(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        AtomicInteger leading = new AtomicInteger();
        CountDownLatch turns = new CountDownLatch(6);
        List<LeaderSelector> selectors = new ArrayList<>();
        for (CuratorFramework client : List.of(a, b)) {
            LeaderSelector selector = new LeaderSelector(client, base, new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework ignored) {
                    if (leading.incrementAndGet() == 1) {
                        turns.countDown();
                    }
                    leading.decrementAndGet();
                }
            });
            selector.autoRequeue();
            selector.start();
            selectors.add(selector);
        }
        check(turns.await(PATIENCE, TimeUnit.SECONDS), "leaders take turns");
        for (LeaderSelector selector : selectors) {
            selector.close();
        }
    }

    static void barrier(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        DistributedBarrier barrier = new DistributedBarrier(a, base);
        barrier.setBarrier();
        untilThere(b, base);
        Future<Boolean> waiting = POOL.submit(() -> new DistributedBarrier(b, base).waitOnBarrier(PATIENCE, TimeUnit.SECONDS));
        check(!new DistributedBarrier(b, base).waitOnBarrier(200, TimeUnit.MILLISECONDS), "the barrier holds");
        barrier.removeBarrier();
        check(waiting.get(PATIENCE, TimeUnit.SECONDS), "the barrier falls");
    }

    static void doubleBarrier(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        List<Future<?>> both = new ArrayList<>();
        AtomicInteger entered = new AtomicInteger();
        for (CuratorFramework client : List.of(a, b)) {
            both.add(POOL.submit(() -> {
                DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(client, base, 2);
                check(barrier.enter(PATIENCE, TimeUnit.SECONDS), "entered");
                entered.incrementAndGet();
                check(barrier.leave(PATIENCE, TimeUnit.SECONDS), "left");
                check(entered.get() == 2, "nobody leaves before all have entered");
                return null;
            }));
        }
        for (Future<?> one : both) {
            one.get(PATIENCE, TimeUnit.SECONDS);
        }
    }

    static void semaphore(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        InterProcessSemaphoreV2 one = new InterProcessSemaphoreV2(a, base, 2);
        InterProcessSemaphoreV2 two = new InterProcessSemaphoreV2(b, base, 2);
        Lease first = one.acquire(PATIENCE, TimeUnit.SECONDS);
        Lease second = two.acquire(PATIENCE, TimeUnit.SECONDS);
        check(first != null && second != null, "two leases");
        check(two.acquire(300, TimeUnit.MILLISECONDS) == null, "no third");
        one.returnLease(first);
        check(two.acquire(PATIENCE, TimeUnit.SECONDS) != null, "one was returned");
    }

    static void pathCache(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        a.create().forPath(base);
        a.create().forPath(base + "/x", "1".getBytes());
        untilThere(b, base + "/x");
        PathChildrenCache cache = new PathChildrenCache(b, base, true);
        cache.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
        check(cache.getCurrentData().size() == 1, "the cache begins full");
        a.setData().forPath(base + "/x", "2".getBytes());
        a.create().forPath(base + "/y", "3".getBytes());
        until(() -> cache.getCurrentData().size() == 2 && text(cache.getCurrentData(base + "/x").getData()).equals("2"), "the cache follows");
        a.delete().forPath(base + "/x");
        until(() -> cache.getCurrentData().size() == 1, "the cache forgets");
        cache.close();
    }

    static void treeCache(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        a.create().forPath(base, "0".getBytes());
        TreeCache cache = TreeCache.newBuilder(b, base).build();
        cache.start();
        a.create().creatingParentsIfNeeded().forPath(base + "/a/b/c", "1".getBytes());
        until(() -> cache.getCurrentData(base + "/a/b/c") != null, "the cache sees a deep node");
        a.setData().forPath(base + "/a/b/c", "2".getBytes());
        until(() -> text(cache.getCurrentData(base + "/a/b/c").getData()).equals("2"), "the cache follows");
        cache.close();
    }

    static void nodeCache(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        NodeCache cache = new NodeCache(b, base);
        cache.start(true);
        check(cache.getCurrentData() == null, "no node yet");
        a.create().forPath(base, "1".getBytes());
        until(() -> cache.getCurrentData() != null && text(cache.getCurrentData().getData()).equals("1"), "the cache sees it");
        a.delete().forPath(base);
        until(() -> cache.getCurrentData() == null, "the cache forgets");
        cache.close();
    }

    /** CuratorCache works on a persistent recursive watch. */
    static void curatorCache(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        a.create().forPath(base, "0".getBytes());
        CuratorCache cache = CuratorCache.build(b, base);
        cache.start();
        a.create().creatingParentsIfNeeded().forPath(base + "/a/b", "1".getBytes());
        until(() -> cache.get(base + "/a/b").isPresent(), "the cache sees a node");
        for (int i = 0; i < 20; i++) {
            a.setData().forPath(base + "/a/b", ("v" + i).getBytes());
        }
        until(() -> text(cache.get(base + "/a/b").get().getData()).equals("v19"), "the cache follows");
        a.delete().deletingChildrenIfNeeded().forPath(base + "/a");
        until(() -> cache.size() == 1, "the cache forgets");
        cache.close();
    }

    static void atomicLong(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        List<Future<?>> both = new ArrayList<>();
        for (CuratorFramework client : List.of(a, b)) {
            both.add(POOL.submit(() -> {
                DistributedAtomicLong number = new DistributedAtomicLong(client, base, new RetryNTimes(100, 5));
                for (int i = 0; i < 20; i++) {
                    check(number.increment().succeeded(), "incremented");
                }
                return null;
            }));
        }
        for (Future<?> one : both) {
            one.get(PATIENCE, TimeUnit.SECONDS);
        }
        until(() -> new DistributedAtomicLong(a, base, new RetryNTimes(1, 1)).get().postValue() == 40, "no increment is lost");
    }

    static void sharedCount(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        SharedCount one = new SharedCount(a, base, 5);
        SharedCount two = new SharedCount(b, base, 5);
        one.start();
        two.start();
        one.setCount(9);
        until(() -> two.getCount() == 9, "the count is shared");
        one.close();
        two.close();
    }

    static void persistentNode(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        PersistentNode node = new PersistentNode(a, CreateMode.EPHEMERAL, false, base, "x".getBytes());
        node.start();
        check(node.waitForInitialCreate(PATIENCE, TimeUnit.SECONDS), "created");
        b.delete().forPath(base);
        until(() -> b.checkExists().forPath(base) != null, "it comes back");
        node.close();
    }

    static void serviceDiscovery(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        ServiceInstance<Void> instance = ServiceInstance.<Void>builder().name("db").address("10.0.0.1").port(5432).build();
        ServiceDiscovery<Void> provider = ServiceDiscoveryBuilder.builder(Void.class).client(a).basePath(base).thisInstance(instance).build();
        ServiceDiscovery<Void> user = ServiceDiscoveryBuilder.builder(Void.class).client(b).basePath(base).build();
        provider.start();
        user.start();
        until(() -> user.queryForInstances("db").size() == 1, "the instance is found");
        check(user.queryForInstances("db").iterator().next().getPort() == 5432, "its port");
        provider.close();
        until(() -> user.queryForInstances("db").isEmpty(), "it is gone with its provider");
        user.close();
    }

    static void transactions(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        a.create().forPath(base);
        a.transaction().forOperations(
            a.transactionOp().create().forPath(base + "/x", "1".getBytes()),
            a.transactionOp().setData().forPath(base + "/x", "2".getBytes()),
            a.transactionOp().check().withVersion(1).forPath(base + "/x"));
        until(() -> text(b.getData().forPath(base + "/x")).equals("2"), "all of it");
        try {
            a.transaction().forOperations(
                a.transactionOp().delete().forPath(base + "/x"),
                a.transactionOp().create().forPath(base + "/none/below"));
            check(false, "the transaction fails");
        } catch (KeeperException.NoNodeException e) {
            check(a.checkExists().forPath(base + "/x") != null, "or nothing");
        }
    }

    static void namespaces(CuratorFramework a, CuratorFramework b, String base) throws Exception {
        a.usingNamespace(base.substring(1)).create().creatingParentsIfNeeded().forPath("/in", "x".getBytes());
        until(() -> text(b.getData().forPath(base + "/in")).equals("x"), "the namespace is a node");
    }

    public static void main(String[] args) throws Exception {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put("mutex", Recipes::mutex);
        recipes.put("readWriteLock", Recipes::readWriteLock);
        recipes.put("leaderLatch", Recipes::leaderLatch);
        recipes.put("leaderSelector", Recipes::leaderSelector);
        recipes.put("barrier", Recipes::barrier);
        recipes.put("doubleBarrier", Recipes::doubleBarrier);
        recipes.put("semaphore", Recipes::semaphore);
        recipes.put("pathCache", Recipes::pathCache);
        recipes.put("treeCache", Recipes::treeCache);
        recipes.put("nodeCache", Recipes::nodeCache);
        recipes.put("curatorCache", Recipes::curatorCache);
        recipes.put("atomicLong", Recipes::atomicLong);
        recipes.put("sharedCount", Recipes::sharedCount);
        recipes.put("persistentNode", Recipes::persistentNode);
        recipes.put("serviceDiscovery", Recipes::serviceDiscovery);
        recipes.put("transactions", Recipes::transactions);
        recipes.put("namespaces", Recipes::namespaces);
        CuratorFramework a = client(args[0]);
        CuratorFramework b = client(args[0]);
        for (Map.Entry<String, Recipe> recipe : recipes.entrySet()) {
            try {
                recipe.getValue().run(a, b, "/curator-" + UUID.randomUUID());
                System.out.println("ok " + recipe.getKey());
            } catch (Throwable e) {
                System.out.println("FAILED " + recipe.getKey());
                e.printStackTrace(System.out);
            }
        }
        a.close();
        b.close();
        System.out.println("done");
        System.exit(0);
    }
}
