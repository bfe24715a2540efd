using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests;

/// <summary>Errors as the operating system gives them.</summary>
public sealed class DiskFileTests
{
    [Fact]
    public void A_flush_that_the_system_refuses_is_an_error_for_data_and_metadata()
    {
        // A device that cannot be flushed answers EINVAL, which the framework's own flush takes for success, as it does EROFS.
        using var file = DiskFileSystem.Instance.OpenWrite("/dev/null");
        Assert.Contains("cannot flush /dev/null", Assert.Throws<StorageException>(file.Flush).Message, StringComparison.Ordinal);
        Assert.Contains("cannot flush /dev/null", Assert.Throws<StorageException>(file.FlushData).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_told_from_other_errors()
    {
        using var file = DiskFileSystem.Instance.OpenWrite("/dev/full");
        var error = Assert.Throws<DiskFullException>(() => file.Write(0, "x"u8));
        Assert.Contains("cannot write 1 bytes at offset 0 to /dev/full", error.Message, StringComparison.Ordinal);
        Assert.Contains("free space or enlarge it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_missing_directory_are_named()
    {
        Assert.Contains("cannot open /nowhere/log", Assert.Throws<StorageException>(() => DiskFileSystem.Instance.OpenRead("/nowhere/log")).Message, StringComparison.Ordinal);
        Assert.Contains("cannot list /nowhere", Assert.Throws<StorageException>(() => DiskFileSystem.Instance.List("/nowhere")).Message, StringComparison.Ordinal);
        Assert.Contains("cannot open the directory /nowhere", Assert.Throws<StorageException>(() => DiskFileSystem.Instance.FlushDirectory("/nowhere")).Message, StringComparison.Ordinal);
    }
}
