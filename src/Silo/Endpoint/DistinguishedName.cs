using System.Buffers;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>
/// Writes a certificate's subject as ZooKeeper does, for <c>x509</c> ACLs: RFC 2253, most specific part first, without blanks between the parts, unknown attribute types as
/// their object identifier with the value's encoding in hexadecimal digits.
/// </summary>
internal static class DistinguishedName
{
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "STREET",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["0.9.2342.19200300.100.1.1"] = "UID",
    };

    private static readonly SearchValues<char> OfIdentifiers = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> OfHexadecimal = SearchValues.Create("0123456789abcdef");

    public static string Of(X500DistinguishedName name)
    {
        var text = new StringBuilder();
        foreach (var part in name.EnumerateRelativeDistinguishedNames(reversed: true))
        {
            if (text.Length > 0)
            {
                text.Append(',');
            }

            Append(text, part);
        }

        return text.ToString();
    }

    /// <summary>Whether a text is in the notation of <see cref="Of"/>. Another text equals no certificate's subject.</summary>
    public static bool IsOne(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '\\')
            {
                i++;
            }
            else if (i == text.Length || text[i] is ',' or '+')
            {
                if (!IsPart(text.AsSpan(start, i - start)))
                {
                    return false;
                }

                start = i + 1;
            }
        }

        return start == text.Length + 1;
    }

    private static bool IsPart(ReadOnlySpan<char> part)
    {
        var equals = part.IndexOf('=');
        if (equals <= 0)
        {
            return false;
        }

        var type = part[..equals];
        var value = part[(equals + 1)..];
        if (Keywords.ContainsValue(type.ToString()))
        {
            return !value.StartsWith(' ') && !value.StartsWith('"');
        }

        return char.IsAsciiDigit(type[0]) && type.IndexOfAnyExcept(OfIdentifiers) < 0
            && value.Length > 1 && value[0] == '#' && value[1..].IndexOfAnyExcept(OfHexadecimal) < 0;
    }

    private static void Append(StringBuilder text, X500RelativeDistinguishedName part)
    {
        var reader = new AsnReader(part.RawData, AsnEncodingRules.DER).ReadSetOf();
        var first = true;
        while (reader.HasData)
        {
            var pair = reader.ReadSequence();
            var type = pair.ReadObjectIdentifier();
            var value = pair.ReadEncodedValue();
            text.Append(first ? string.Empty : "+");
            first = false;
            if (Keywords.TryGetValue(type, out var keyword) && Text(value) is { } known)
            {
                text.Append(keyword).Append('=');
                AppendEscaped(text, known);
            }
            else
            {
                text.Append(type).Append("=#").Append(Convert.ToHexStringLower(value.Span));
            }
        }
    }

    private static string? Text(ReadOnlyMemory<byte> value)
    {
        var reader = new AsnReader(value, AsnEncodingRules.DER);
        var tag = reader.PeekTag();
        return tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue
            is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
            or UniversalTagNumber.BMPString or UniversalTagNumber.T61String
            ? reader.ReadCharacterString((UniversalTagNumber)tag.TagValue)
            : null;
    }

    private static void AppendEscaped(StringBuilder text, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            var edge = (c == ' ' && (i == 0 || i == value.Length - 1)) || (c == '#' && i == 0);
            if (edge || c is ',' or '+' or '"' or '\\' or '<' or '>' or ';')
            {
                text.Append('\\');
            }

            text.Append(c);
        }
    }
}
