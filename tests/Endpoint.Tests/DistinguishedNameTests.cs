using System.Security.Cryptography.X509Certificates;
using GrainKeeper.Silo.Endpoint;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>Subjects as ZooKeeper's x509 ACLs write them (RFC 2253).</summary>
public sealed class DistinguishedNameTests
{
    [Theory]
    [InlineData("CN=a", "CN=a")]
    [InlineData("C=DE, O=Org, OU=Unit, CN=a b", "CN=a b,OU=Unit,O=Org,C=DE")]
    [InlineData("O=\"a, b\"", "O=a\\, b")]
    [InlineData("O=\"#a+b;c<d>\"", "O=\\#a\\+b\\;c\\<d\\>")]
    [InlineData("S=Bavaria, L=Munich", "L=Munich,ST=Bavaria")]
    [InlineData("E=a@b.c", "1.2.840.113549.1.9.1=#16056140622e63")]
    public void A_subject_is_written_most_specific_first_and_escaped(string name, string expected) =>
        Assert.Equal(expected, DistinguishedName.Of(new X500DistinguishedName(name, X500DistinguishedNameFlags.None)));
}
