using FooBar.MySql.Sessions;

namespace FooBar.MySql.Pool;

/// <summary>What one who asks the pool gets at once: a session, a place in the line, or (neither) leave to open a session.</summary>
internal readonly record struct PoolTurn(Session? Session, PoolWaiter? Waiter);
