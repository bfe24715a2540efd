using Microsoft.Extensions.Options;

namespace GrainKeeper.Client.Hosting;

/// <summary>Has the host refuse to start with settings that cannot work.</summary>
internal sealed class GrainKeeperClientSettingsCheck : IValidateOptions<GrainKeeperClientSettings>
{
    public ValidateOptionsResult Validate(string? name, GrainKeeperClientSettings options)
    {
        try
        {
            options.ToOptions();
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return ValidateOptionsResult.Fail($"GrainKeeper client{(string.IsNullOrEmpty(name) ? string.Empty : $" '{name}'")}: {e.Message}");
        }
    }
}
