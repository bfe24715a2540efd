namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads keys that name certificate files and their passwords.</summary>
internal static class CertificateKeys
{
    /// <summary>The full path of a file that must be there and readable; null after an error.</summary>
    public static string? ExistingFile(ValueReader values, string key, string neededWith)
    {
        if (values.Text(key) is not { } path)
        {
            values.Error(key, $"is needed with {neededWith}", "give the path of a PEM or PKCS#12 file");
            return null;
        }

        if (path.EndsWith(".jks", StringComparison.OrdinalIgnoreCase))
        {
            values.Error(values.Settings[key]!, "is a Java key store, which cannot be read", "convert it: keytool -importkeystore -srckeystore FILE.jks -destkeystore FILE.p12 -deststoretype PKCS12");
            return null;
        }

        if (File.Exists(path))
        {
            return Path.GetFullPath(path);
        }

        values.Error(values.Settings[key]!, "there is no such file", "give the path of a PEM or PKCS#12 file");
        return null;
    }

    /// <summary>A store's password, given directly or by a file.</summary>
    public static string? Password(ValueReader values, string store)
    {
        if (values.Text(store + ".password") is { } password)
        {
            return password;
        }

        if (values.Text(store + ".passwordPath") is not { } path)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Error(values.Settings[store + ".passwordPath"]!, $"the file cannot be read: {e.Message}", "give the path of a readable file");
            return null;
        }
    }
}
