using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace FooBar.Web.DataProtection;

/// <summary>Cookies and form tokens that every instance can read.</summary>
internal static class DataProtectionSetup
{
    /// <summary>To be called behind whatever else adds data protection, which Razor Pages do.</summary>
    public static WebApplicationBuilder AddSharedDataProtection(this WebApplicationBuilder builder)
    {
        // Without a fixed name the purpose of every seal contains the folder that the instance runs from.
        builder.Services.AddDataProtection().SetApplicationName("FooBar.Web");
        builder.Services.AddSingleton<MySqlKeyRepository>();
        builder.Services.AddSingleton<KeyRingWarmUp>();
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(services =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = services.GetRequiredService<MySqlKeyRepository>()));

        // The framework's own hosted service reads the key ring, and creates the first key, while the host starts: before there is a
        // table for it and without our lock. KeyRingWarmUp does that in its place.
        ServiceDescriptor atHostStart = builder.Services.Single(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name == "DataProtectionHostedService");
        builder.Services.Remove(atHostStart);
        return builder;
    }
}
