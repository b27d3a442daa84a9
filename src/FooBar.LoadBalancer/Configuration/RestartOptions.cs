namespace FooBar.LoadBalancer.Configuration;

/// <summary>The options that a running process cannot take over: each stays as it was at the start until the next one.</summary>
internal static class RestartOptions
{
    /// <summary>Puts those of the running process in place of the new ones.</summary>
    /// <param name="running">What is in force.</param>
    /// <param name="next">What is to be.</param>
    /// <returns>The keys of those that differ.</returns>
    public static IReadOnlyList<string> Keep(GatewayOptions running, GatewayOptions next)
    {
        List<string> keys = [];
        if (!running.Addresses.SequenceEqual(next.Addresses))
        {
            Add("Addresses");
            next.Addresses.Clear();
            foreach (string address in running.Addresses)
                next.Addresses.Add(address);
        }

        next.HttpsPort = Keep("HttpsPort", running.HttpsPort, next.HttpsPort);
        next.HttpPort = Keep("HttpPort", running.HttpPort, next.HttpPort);
        next.Http3 = Keep("Http3", running.Http3, next.Http3);
        next.AcmeWebroot = Keep("AcmeWebroot", running.AcmeWebroot, next.AcmeWebroot);
        next.StatePath = Keep("StatePath", running.StatePath, next.StatePath);
        next.Drain.Delay = Keep("Drain:Delay", running.Drain.Delay, next.Drain.Delay);
        next.Drain.Timeout = Keep("Drain:Timeout", running.Drain.Timeout, next.Drain.Timeout);
        ForwardingOptions forwarding = next.Forwarding;
        forwarding.ConnectTimeout = Keep("Forwarding:ConnectTimeout", running.Forwarding.ConnectTimeout, forwarding.ConnectTimeout);
        forwarding.IdleConnectionTimeout = Keep("Forwarding:IdleConnectionTimeout", running.Forwarding.IdleConnectionTimeout, forwarding.IdleConnectionTimeout);
        forwarding.ConnectionLifetime = Keep("Forwarding:ConnectionLifetime", running.Forwarding.ConnectionLifetime, forwarding.ConnectionLifetime);
        LimitOptions limits = next.Limits;
        limits.TlsHandshakeTimeout = Keep("Limits:TlsHandshakeTimeout", running.Limits.TlsHandshakeTimeout, limits.TlsHandshakeTimeout);
        limits.RequestBufferBytes = Keep("Limits:RequestBufferBytes", running.Limits.RequestBufferBytes, limits.RequestBufferBytes);
        limits.ResponseBufferBytes = Keep("Limits:ResponseBufferBytes", running.Limits.ResponseBufferBytes, limits.ResponseBufferBytes);
        limits.UnsentBytes = Keep("Limits:UnsentBytes", running.Limits.UnsentBytes, limits.UnsentBytes);
        next.AccessLog.Capacity = Keep("AccessLog:Capacity", running.AccessLog.Capacity, next.AccessLog.Capacity);
        return keys;

        T Keep<T>(string key, T old, T @new)
        {
            if (!EqualityComparer<T>.Default.Equals(old, @new))
                Add(key);
            return old;
        }

        void Add(string key) => keys.Add($"{GatewayOptions.Section}:{key}");
    }
}
