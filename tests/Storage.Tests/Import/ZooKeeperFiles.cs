using System.IO.Compression;

namespace GrainKeeper.Storage.Tests.Import;

/// <summary>Writes snapshots and logs as ZooKeeper does, apart from the product's reader: a mistake there must not hide here.</summary>
internal static class ZooKeeperFiles
{
    public const long SessionOfSnapshot = 0x1000_0000_0001;

    /// <summary>The first bytes of a log.</summary>
    public static byte[] LogHeader { get; } = new JuteBytes().Int(0x5A4B4C47).Int(2).Long(0).ToArray();

    public static string LogName(long zxid) => $"log.{zxid:x}";

    public static byte[] Log(params byte[][] txns) => [.. LogHeader, .. txns.SelectMany(Record), .. new byte[100]];

    public static byte[] Record(byte[] txn) => new JuteBytes().Long(Sum(txn)).Bytes(txn).Raw("B"u8.ToArray()).ToArray();

    public static JuteBytes Header(long zxid, int type, long session = 7) => new JuteBytes().Long(session).Int(1).Long(zxid).Long(1000 + (zxid & 0xffff)).Int(type);

    public static byte[] Create(long zxid, string path, string data, int parentCVersion, bool ephemeral = false, long session = 7) =>
        Header(zxid, 1, session).Text(path).Text(data).OpenAcl().Bool(ephemeral).Int(parentCVersion).ToArray();

    public static byte[] Delete(long zxid, string path) => Header(zxid, 2).Text(path).ToArray();

    public static byte[] SetData(long zxid, string path, string data, int version) => Header(zxid, 5).Text(path).Text(data).Int(version).ToArray();

    /// <summary>A snapshot with one session, the nodes that every server has, and more.</summary>
    /// <param name="digest">Whether with the digest that 3.6 and later append.</param>
    /// <param name="nodes">Path, data, ephemeralOwner, zxid of creation.</param>
    public static byte[] Snapshot(bool digest, params (string Path, string Data, long Owner, long Zxid)[] nodes)
    {
        var bytes = new JuteBytes().Int(0x5A4B534E).Int(2).Long(-1);
        bytes.Int(1).Long(SessionOfSnapshot).Int(30_000);
        bytes.Int(1).Long(1).OpenAcl();
        (string, string, long, long)[] all = [("", "", 0, 0), ("/zookeeper", "", 0, 0), ("/zookeeper/quota", "", 0, 0), .. nodes];
        var top = nodes.Where(n => n.Path.LastIndexOf('/') == 0).ToArray();
        foreach (var (path, data, owner, zxid) in all)
        {
            var cversion = path.Length == 0 ? top.Length : 0;
            bytes.Text(path).Text(data).Long(1).Long(zxid).Long(zxid).Long(1000 + zxid).Long(1000 + zxid).Int(0).Int(cversion).Int(0).Long(owner)
                .Long(path.Length == 0 ? top.Select(n => n.Zxid).DefaultIfEmpty().Max() : zxid);
        }

        bytes.Text("/");
        Seal(bytes);
        if (digest)
        {
            Seal(bytes.Long(5).Int(2).Long(123456));
        }

        return bytes.ToArray();
    }

    public static byte[] Gzip(byte[] bytes)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionMode.Compress))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    private static void Seal(JuteBytes bytes) => bytes.Long(Sum(bytes.ToArray())).Text("/");

    private static long Sum(byte[] bytes)
    {
        long low = 1, high = 0;
        foreach (var value in bytes)
        {
            low = (low + value) % 65521;
            high = (high + low) % 65521;
        }

        return (high << 16) | low;
    }
}
