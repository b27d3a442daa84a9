// What a visitor does, for every scenario here. The scripts need k6 0.57 or later, which runs TypeScript as it is.
//
// FOOBAR_URL is the site's address. Its certificate is verified: k6 has no option for a CA of one's own, but Go, which it is made of, reads
// the file that SSL_CERT_FILE names. `./foobar load SCENARIO` sets both.
import { check, sleep } from "k6";
import exec from "k6/execution";
import http, { type RefinedResponse } from "k6/http";
import { Trend } from "k6/metrics";

type Answer = RefinedResponse<"text">;

const address = (__ENV["FOOBAR_URL"] ?? "https://localhost:8443").replace(/\/$/, "");

// One for each run, so that no address was ever asked for before.
const run = Date.now().toString(36);

// From the first try to the answer that acknowledged the post.
const acknowledgedAfter = new Trend("post_acknowledged_after", true);

// Anything else counts as failed, a redirect of the site's included.
http.setResponseCallback(http.expectedStatuses(200, 303));

/** Reads the front page and a post that it links to. */
export function read(): void {
  const front = get("/", "GET /", "read");
  if (!check(front, { "front page answers": (answer) => answer.status === 200 }, { journey: "read" })) {
    return;
  }

  const links = [...text(front).matchAll(/href="(\/posts\/\d+)"/g)].map((link) => link[1] ?? "");
  const link = links[Math.floor(Math.random() * links.length)];
  if (link === undefined) {
    return;
  }

  const post = get(link, "GET /posts/ID", "read");
  check(post, { "post answers": (answer) => answer.status === 200 && heading(answer) !== null }, { journey: "read" });
}

/** Posts a notice and looks whether it is there. The same form is sent again for `repeatFor` seconds when its answer was lost or was a server's error. */
export function post(repeatFor = 0): void {
  const page = get("/posts/new", "GET /posts/new", "post");
  const fields = hiddenFields(page);
  if (!check(page, { "form comes": () => page.status === 200 && fields["op"] !== undefined }, { journey: "post" })) {
    return;
  }

  const title = `Load ${run} ${exec.vu.idInTest}-${exec.vu.iterationInScenario}`;
  const form = { ...fields, title, author: "k6", body: `Posted to see how the board carries its load: ${title}.` };
  const begun = Date.now();
  let answer = send(form);
  // Status 0: no answer came. Sent again with the same operation id, it is posted once, whatever became of the first.
  while ((answer.status === 0 || answer.status >= 500) && Date.now() - begun < repeatFor * 1000) {
    sleep(0.25);
    answer = send(form);
  }

  const location = answer.headers["Location"];
  if (!check(answer, { "post is acknowledged": () => answer.status === 303 && location !== undefined }, { journey: "post" }) || location === undefined) {
    return;
  }

  acknowledgedAfter.add(Date.now() - begun);
  const shown = get(location, "GET /posts/ID", "post");
  check(shown, { "post is there": () => shown.status === 200 && heading(shown) === title }, { journey: "post" });
}

/** The name tag keeps one series for all posts; the parameter makes the address one that no cache can hold. */
function get(path: string, name: string, journey: string): Answer {
  const unique = `${run}-${exec.vu.idInTest}-${Math.random().toString(36).slice(2)}`;
  return http.get(`${address}${path}?load=${unique}`, { tags: { name, journey }, headers: { "Cache-Control": "no-cache" }, redirects: 0, responseType: "text" });
}

function send(form: Record<string, string>): Answer {
  return http.post(`${address}/posts/new?op=${form["op"]}`, form, { tags: { name: "POST /posts/new", journey: "post" }, redirects: 0, responseType: "text", timeout: "15s" });
}

function text(answer: Answer): string {
  return answer.body ?? "";
}

function heading(answer: Answer): string | null {
  const found = /<h1>(.*?)<\/h1>/s.exec(text(answer));
  return found === null ? null : decode((found[1] ?? "").replaceAll(/<\/?bdi>/g, "").trim());
}

/** Those of the form that posts a notice, decoded. */
function hiddenFields(page: Answer): Record<string, string> {
  const form = /action="\/posts\/new(.*?)<\/form>/s.exec(text(page))?.[1] ?? "";
  const fields: Record<string, string> = {};
  for (const [, name, value] of form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    fields[decode(name ?? "")] = decode(value ?? "");
  }

  return fields;
}

function decode(html: string): string {
  return html
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 10)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
