using System.Globalization;
using System.Text;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// The limits of a subtree as <c>zookeeper_limits</c> nodes hold them, for example <c>count=10,bytes=-1=;byteHardLimit=1000;countHardLimit=-1</c>.
/// −1 is no limit; so is what cannot be read.
/// </summary>
/// <param name="Count">Nodes, soft: exceeding it is only reported.</param>
/// <param name="Bytes">Bytes of data, soft.</param>
/// <param name="CountHard">Nodes, enforced.</param>
/// <param name="BytesHard">Bytes of data, enforced.</param>
public readonly record struct QuotaLimits(long Count, long Bytes, long CountHard, long BytesHard)
{
    /// <summary>Reads a node's data.</summary>
    /// <param name="data">The data.</param>
    public static QuotaLimits Parse(ReadOnlySpan<byte> data)
    {
        var limits = new QuotaLimits(-1, -1, -1, -1);
        foreach (var pair in Encoding.UTF8.GetString(data).Split(',', ';'))
        {
            var parts = pair.Split('=');
            if (parts.Length < 2 || !long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            {
                continue;
            }

            limits = parts[0] switch
            {
                "count" => limits with { Count = value },
                "bytes" => limits with { Bytes = value },
                "countHardLimit" => limits with { CountHard = value },
                "byteHardLimit" => limits with { BytesHard = value },
                _ => limits,
            };
        }

        return limits;
    }
}
