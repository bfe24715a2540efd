import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.CreateMode;

/** Takes a lock that a client of another kind takes too. Prints "ok" when nobody else was ever inside. */
public final class SharedLock {
    /** Arguments: hosts, mutex or write, the lock's node, the node that only the holder makes, the node that names the last holder, how many turns. */
    public static void main(String[] args) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.newClient(args[0], 10000, 10000, new RetryNTimes(20, 250));
        client.start();
        InterProcessLock lock = args[1].equals("mutex") ? new InterProcessMutex(client, args[2]) : new InterProcessReadWriteLock(client, args[2]).writeLock();
        for (int turn = Integer.parseInt(args[5]); turn > 0; turn--) {
            if (!lock.acquire(60, TimeUnit.SECONDS)) {
                System.out.println("FAILED: no turn within 60 s");
                System.exit(1);
            }
            client.create().withMode(CreateMode.EPHEMERAL).forPath(args[3]);
            client.setData().forPath(args[4], "curator".getBytes());
            client.delete().forPath(args[3]);
            lock.release();
        }
        System.out.println("ok");
        System.exit(0);
    }
}
