using System.Security.Cryptography;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads keys that name certificate files and their passwords.</summary>
internal static class CertificateKeys
{
    private const int LongestPassword = 4096;

    /// <summary>Tells when a store's file cannot be loaded.</summary>
    /// <param name="values">The settings.</param>
    /// <param name="store">The first part of its keys, <c>ssl.keyStore</c> for example.</param>
    /// <param name="load">Loads it.</param>
    public static void Check(ValueReader values, string store, Action load)
    {
        try
        {
            load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            values.Error(
                store + ".location",
                $"the file cannot be loaded: {e.Message}",
                $"give a PEM or PKCS#12 file with {(store.EndsWith("keyStore", StringComparison.Ordinal) ? "the server's certificate and its private key" : "the authorities' certificates")}, and its password if it has one");
        }
    }

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
            using var reader = new StreamReader(path);
            var text = new char[LongestPassword + 1];
            var length = reader.ReadBlock(text);
            if (length <= LongestPassword)
            {
                return new string(text, 0, length).TrimEnd('\r', '\n');
            }

            values.Error(store + ".passwordPath", $"the file has more than {LongestPassword} characters", "give the path of a file with the password alone");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Error(values.Settings[store + ".passwordPath"]!, $"the file cannot be read: {e.Message}", "give the path of a readable file");
            return null;
        }
    }
}
