namespace FooBar.Web.Posts;

/// <summary>The notices.</summary>
internal static class PostsSetup
{
    public static WebApplicationBuilder AddPosts(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<PostStore>();
        return builder;
    }
}
