namespace FooBar.LoadBalancer.Configuration;

/// <summary>The options that a running process cannot take over.</summary>
internal static class RestartOptions
{
    /// <summary>Their keys, of those that differ; each is in force as it was until the next start. A pure function.</summary>
    public static IReadOnlyList<string> Differing(GatewayOptions before, GatewayOptions after)
    {
        List<string> keys = [];
        Compare("Addresses", string.Join(' ', before.Addresses), string.Join(' ', after.Addresses));
        Compare("HttpsPort", before.HttpsPort, after.HttpsPort);
        Compare("HttpPort", before.HttpPort, after.HttpPort);
        Compare("Http3", before.Http3, after.Http3);
        Compare("AcmeWebroot", before.AcmeWebroot, after.AcmeWebroot);
        Compare("StatePath", before.StatePath, after.StatePath);
        Compare("Forwarding:ConnectTimeout", before.Forwarding.ConnectTimeout, after.Forwarding.ConnectTimeout);
        Compare("Forwarding:IdleConnectionTimeout", before.Forwarding.IdleConnectionTimeout, after.Forwarding.IdleConnectionTimeout);
        Compare("Forwarding:ConnectionLifetime", before.Forwarding.ConnectionLifetime, after.Forwarding.ConnectionLifetime);
        Compare("Limits:TlsHandshakeTimeout", before.Limits.TlsHandshakeTimeout, after.Limits.TlsHandshakeTimeout);
        Compare("Limits:RequestBufferBytes", before.Limits.RequestBufferBytes, after.Limits.RequestBufferBytes);
        Compare("Limits:ResponseBufferBytes", before.Limits.ResponseBufferBytes, after.Limits.ResponseBufferBytes);
        Compare("Limits:UnsentBytes", before.Limits.UnsentBytes, after.Limits.UnsentBytes);
        Compare("AccessLog:Capacity", before.AccessLog.Capacity, after.AccessLog.Capacity);
        return keys;

        void Compare<T>(string key, T old, T @new)
        {
            if (!EqualityComparer<T>.Default.Equals(old, @new))
                keys.Add($"{GatewayOptions.Section}:{key}");
        }
    }
}
