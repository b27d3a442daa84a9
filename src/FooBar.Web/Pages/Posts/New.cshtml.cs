using FooBar.Data;
using FooBar.Web.Errors;
using FooBar.Web.Posts;
using FooBar.Web.StartUp;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace FooBar.Web.Pages.Posts;

/// <summary>Why a whole form was not accepted, apart from its fields.</summary>
internal sealed record FormProblem(string Message, bool ShowRequestId = false);

/// <summary>
/// The form that puts a notice on the board. Whatever goes wrong with it, the page comes back with everything that was typed, and with
/// the same operation id, so that sending it again can never post it twice.
/// </summary>
// The token is checked in the handler: the framework's filter would answer 400 without the form, and what was typed would be lost.
[IgnoreAntiforgeryToken]
[ServesUnprepared]
internal sealed partial class NewModel(PostStore posts, IAntiforgery antiforgery, SiteState state, ILogger<NewModel> logger) : PageModel
{
    public const string OperationField = "op";

    public PostDraft Draft { get; private set; } = PostDraft.Empty;

    public IReadOnlyList<FieldError> Errors { get; private set; } = [];

    public FormProblem? Problem { get; private set; }

    /// <summary>Names the intent to post this notice, however often it is sent.</summary>
    public OperationId Operation { get; private set; } = OperationId.New();

    /// <summary>Null while the keys cannot be read: a form that is sent without it is answered with a form that has it.</summary>
    public string? FormToken { get; private set; }

    public string? FormTokenField { get; private set; }

    public IEnumerable<FieldView> Fields =>
    [
        Field(PostRules.Title, Draft.Title, "What it is about, in 3 to 120 characters.", "off"),
        Field(PostRules.Author, Draft.Author, "As it shall stand beside the notice, 2 to 60 characters.", "nickname"),
        Field(PostRules.Body, Draft.Body, "10 to 10,000 characters. An empty line starts a new paragraph.", "off"),
    ];

    public IActionResult OnGet()
    {
        if (!state.IsPrepared)
            return StatusCode(StatusCodes.Status503ServiceUnavailable);
        MakeToken();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!Request.HasFormContentType)
            return StatusCode(StatusCodes.Status415UnsupportedMediaType);

        IFormCollection form;
        try
        {
            form = await Request.ReadFormAsync(cancellationToken).ConfigureAwait(false);
        }
        // A body that ends in the middle of a part. Caught here alone: further down an IOException may be the database's.
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            return BadRequest();
        }

        Draft = PostDraft.Read(form);
        bool hasOperation = OperationId.TryParse(form[OperationField], out OperationId operation);
        if (hasOperation)
            Operation = operation;

        if (!state.IsPrepared)
            return Again(StatusCodes.Status503ServiceUnavailable, Unavailable);
        if (!hasOperation || !await antiforgery.IsRequestValidAsync(HttpContext).ConfigureAwait(false))
            return Again(StatusCodes.Status400BadRequest, Expired);

        PostDraft draft = Draft.Trimmed();
        Errors = PostRules.Check(draft);
        if (Errors.Count > 0)
            return Again(StatusCodes.Status400BadRequest);

        try
        {
            long id = await posts.AddAsync(operation, draft, cancellationToken).ConfigureAwait(false);

            // 303: the browser fetches the notice with GET, so that a reload shows it and does not send the form again.
            Response.Headers.Location = FormattableString.Invariant($"/posts/{id}");
            return StatusCode(StatusCodes.Status303SeeOther);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        // Every failure, known or not, has to give back what was typed.
        catch (Exception e)
        {
            int status = FailureStatus.Of(e);
            LogNotPosted(operation, status, e);
            return Again(status, status == StatusCodes.Status503ServiceUnavailable ? Unavailable : Failed);
        }
    }

    private static FormProblem Expired { get; } = new(
        "The form had expired, or your browser does not accept cookies from this site. Nothing is lost: please check it and send it again.");

    private static FormProblem Unavailable { get; } = new(
        "The board cannot take notices at this moment. Nothing is lost: please send it again in a few seconds. It will be posted once only.",
        ShowRequestId: true);

    private static FormProblem Failed { get; } = new(
        "Something went wrong on our side. Nothing is lost: please send it again. If it keeps happening, tell us the request id.",
        ShowRequestId: true);

    private FieldView Field(FieldRule rule, string value, string hint, string autocomplete) =>
        new(rule, value, Errors.FirstOrDefault(error => error.Field == rule.Field)?.Message, hint, autocomplete);

    private PageResult Again(int status, FormProblem? problem = null)
    {
        Problem = problem;
        Response.StatusCode = status;
        MakeToken();
        return Page();
    }

    private void MakeToken()
    {
        if (!state.IsPrepared)
            return;
        AntiforgeryTokenSet tokens = antiforgery.GetAndStoreTokens(HttpContext);
        FormToken = tokens.RequestToken;
        FormTokenField = tokens.FormFieldName;
    }

    [LoggerMessage(5030, LogLevel.Error, "Operation {Operation} was not posted; the form was given back with status {Status}")]
    private partial void LogNotPosted(OperationId operation, int status, Exception e);
}
