using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Tests.Fakes;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

/// <summary>Whose directory it is, and its epoch files.</summary>
public sealed class DirectoryTests
{
    private readonly SimFileSystem _files = new();

    public static TheoryData<StorageOptions, string> Others() => new()
    {
        { Options with { Server = new ServerId(2) }, "this server is cluster test, server 2, tree root" },
        { Options with { Tree = "other" }, "this server is cluster test, server 1, tree other" },
        { Options with { ClusterId = "prod" }, "this server is cluster prod, server 1, tree root" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void A_directory_of_another_server_tree_or_cluster_is_refused(StorageOptions other, string expected)
    {
        Open(_files).Dispose();
        var error = Assert.Throws<WrongDirectoryException>(() => Open(_files, other));
        Assert.Contains("belongs to cluster test, server 1, tree root", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("move its content away", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_identity_is_refused_at_any_byte()
    {
        Open(_files).Dispose();
        var path = Engine.Path("server");
        var sound = _files.ReadAll(path);
        for (var offset = 0; offset < sound.Length; offset++)
        {
            _files.Overwrite(path, sound);
            _files.FlipBit(path, offset, offset % 7);
            Assert.Contains("is damaged", Assert.Throws<WrongDirectoryException>(() => Open(_files)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("log.0000000100000001")]
    [InlineData("snapshot.0000000100000001")]
    [InlineData("install")]
    [InlineData("somebody's file")]
    public void Data_without_an_identity_is_refused(string name)
    {
        _files.Overwrite(Engine.Path(name), [1]);
        var error = Assert.Throws<WrongDirectoryException>(() => Open(_files));
        Assert.Contains($"holds {name} but no identity file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_epoch_that_was_written_keeps_a_directory_without_identity_from_counting_as_new()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(3, 2);
        }

        _files.Remove(Engine.Path("server"));
        Assert.Throws<WrongDirectoryException>(() => Open(_files));
    }

    [Theory]
    [InlineData("acceptedEpoch")]
    [InlineData("currentEpoch")]
    public void A_missing_or_damaged_epoch_file_is_refused(string name)
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(3, 2);
        }

        var path = Engine.Path(name);
        var sound = _files.ReadAll(path);
        for (var offset = 0; offset < sound.Length; offset++)
        {
            _files.Overwrite(path, sound);
            _files.FlipBit(path, offset, offset % 7);
            Assert.Equal(path, Assert.Throws<StorageCorruptException>(() => Open(_files)).File);
            _files.Overwrite(path, sound[..offset]);
            Assert.Equal(path, Assert.Throws<StorageCorruptException>(() => Open(_files)).File);
        }

        _files.Remove(path);
        Assert.Contains("the file is missing", Assert.Throws<StorageCorruptException>(() => Open(_files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_an_epoch_never_accepted_is_refused()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(2, 2);
            engine.Append(2, 1, 3);
        }

        Replace("acceptedEpoch", 1);
        Replace("currentEpoch", 1);
        Assert.Contains(
            "ends at zxid 0x200000003 of epoch 2, but only epoch 1 was ever accepted",
            Assert.Throws<StorageCorruptException>(() => Open(_files)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_current_epoch_beyond_the_accepted_one_is_refused()
    {
        Open(_files).Dispose();
        Replace("currentEpoch", 1);
        Assert.Contains(
            "the current epoch is 1, but only epoch 0 was ever accepted",
            Assert.Throws<StorageCorruptException>(() => Open(_files)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void History_ahead_of_the_current_epoch_is_legal()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(2, 1);
            engine.Append(2, 1, 3);
        }

        using var again = Open(_files);
        Assert.Equal((new Epoch(1), Z(2, 3)), (again.History.CurrentEpoch, again.History.LastLogged));
    }

    [Fact]
    public void Epochs_never_fall()
    {
        using var engine = Open(_files);
        engine.Epochs(3, 2);
        Assert.ThrowsAny<Exception>(() => engine.Carry(new ZabEffect.WriteAcceptedEpoch(new Epoch(2), 10)));
        Assert.ThrowsAny<Exception>(() => engine.Carry(new ZabEffect.WriteCurrentEpoch(new Epoch(1), 11)));
        Assert.ThrowsAny<Exception>(() => engine.Carry(new ZabEffect.WriteCurrentEpoch(new Epoch(4), 12)));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Assert.Contains("SegmentBytes", Message(Options with { SegmentBytes = 1 }), StringComparison.Ordinal);
        Assert.Contains("FirstSegmentBytes", Message(Options with { FirstSegmentBytes = 1 << 20 }), StringComparison.Ordinal);
        Assert.Contains("set it to 1 to 1000", Message(Options with { SnapshotsToRetain = 0 }), StringComparison.Ordinal);
        Assert.Contains("Server", Message(Options with { Server = new ServerId(256) }), StringComparison.Ordinal);
        Assert.Contains("Tree", Message(Options with { Tree = "a b" }), StringComparison.Ordinal);
        Assert.Contains("ClusterId", Message(Options with { ClusterId = "a\nserver 2" }), StringComparison.Ordinal);

        static string Message(StorageOptions options) => Assert.Throws<ArgumentException>(options.Validate).Message;
    }

    [Theory]
    [InlineData(28, "The disk is full")]
    [InlineData(5, "The disk reports an error")]
    [InlineData(122, "quota")]
    [InlineData(30, "read-only")]
    [InlineData(13, "permission")]
    public void An_error_of_the_system_names_operation_file_and_remedy(int errno, string remedy)
    {
        var error = DiskError.From("write 5 bytes to", "/x/log.1", new IOException("strerror", errno));
        Assert.StartsWith("cannot write 5 bytes to /x/log.1: strerror", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, DiskError.FromErrno("flush", "/x", errno).Message, StringComparison.Ordinal);
    }

    private void Replace(string name, int epoch)
    {
        var line = $"GKEPOCH1 {name} {epoch}";
        var checksum = Crc32C.Of(Encoding.ASCII.GetBytes(line));
        _files.Overwrite(Engine.Path(name), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{line} {checksum:x8}\n")));
    }
}
