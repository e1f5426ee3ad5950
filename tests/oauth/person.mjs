// A person with a browser of few words: it keeps cookies, follows redirects one by one, and fills in the forms of providers.
import assert from "node:assert/strict";
import { PASSWORD } from "./people.mjs";

const decode = (text) => text.replace(/&(amp|quot|lt|gt|#0?39|#x27|#34|#38|#x2F);/gi, (_, name) =>
  ({ amp: "&", quot: '"', lt: "<", gt: ">", "#39": "'", "#039": "'", "#x27": "'", "#34": '"', "#38": "&", "#x2f": "/" })[name.toLowerCase()]);

function attributes(tag) {
  const pairs = tag.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...pairs].map(([, name, one, other]) => [name.toLowerCase(), decode(one ?? other)]));
}

/** The forms of a page, with the fields that they have from the start. */
function formsOf(html, base) {
  return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inside]) => {
    const { action = "", method = "get" } = attributes(head);
    const inputs = [...inside.matchAll(/<input([^>]*)>/gi)].map(([, tag]) => attributes(tag));
    const fields = Object.fromEntries(inputs.filter(({ name }) => name).map(({ name, value = "" }) => [name, value]));
    return { url: new URL(action, base).href, method: method.toUpperCase(), fields };
  });
}

const submit = ({ url, method }, fields) => ({ url, method, form: fields });
const filled = (form, added = {}) => submit(form, { ...form.fields, ...added });
const answer = (page, fields) => {
  const url = new URL(page.asked.get("redirect_uri"));
  const all = { ...fields, state: page.asked.get("state") };
  if (page.asked.get("response_mode") === "form_post") return { url: url.href, method: "POST", form: all };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return { url: url.href, method: "GET" };
};

/** What a person does on a page of each provider: the request that follows. `page.asked` is the authorization request. */
const ways = {
  "oidc-provider"(page, { login, denies }) {
    if (denies) return { method: "GET", url: new URL(/href="([^"]*\/abort)"/.exec(page.html)[1], page.url).href };
    const [form] = page.forms;
    return filled(form, form.fields.prompt === "login" ? { login, password: PASSWORD } : {});
  },
  "better-auth"({ url }, { email, denies }) {
    const { pathname, search, origin } = new URL(url);
    const oauth_query = search.slice(1);
    if (pathname === "/consent") return { method: "POST", url: `${origin}/api/auth/oauth2/consent`, json: { accept: !denies, oauth_query } };
    assert.equal(pathname, "/sign-in", `${url} is no page for people`);
    return { method: "POST", url: `${origin}/api/auth/sign-in/email`, json: { email, password: PASSWORD, oauth_query } };
  },
  "python-mock"(page, { login, denies }) {
    const [form] = page.forms;
    return denies ? submit(form, { action: "deny" }) : filled(form, { sub: login });
  },
  // The emulators have no button for "no": the person sends what the real provider would answer.
  github: (page, { login, denies }) =>
    denies ? answer(page, { error: "access_denied", error_description: "The user has denied your application access." }) : chosen(page, { login }),
  google: (page, { email, denies }) => (denies ? answer(page, { error: "access_denied" }) : chosen(page, { email })),
  microsoft: (page, { email, denies }) => (denies ? answer(page, { error: "access_denied" }) : chosen(page, { email })),
  apple: (page, { email, denies }) => (denies ? answer(page, { error: "user_cancelled_authorize" }) : chosen(page, { email })),
};

function chosen(page, wanted) {
  const [[name, value]] = Object.entries(wanted);
  const form = page.forms.find(({ fields }) => fields[name] === value);
  assert.ok(form, `nobody on ${page.url} has the ${name} ${value}`);
  return filled(form);
}

/** What a page says, without its looks. */
const textOf = (html) => decode(html.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, " ").replace(/\s+/g, " ")).slice(0, 500);

const isRedirect = (status) => status >= 301 && status <= 308 && status !== 304;

export class Person {
  #cookies = new Map();

  /** `login`, `email` and so on, as in `people.mjs`. */
  constructor(who = {}) {
    Object.assign(this, who);
  }

  /** The same person with the same cookies, as of now. */
  copy() {
    const copy = new Person(this);
    copy.#cookies = new Map(this.#cookies);
    return copy;
  }

  /** A request as a browser sends it; redirects are not followed. `from` is the page that it starts at. */
  async send({ method = "GET", url, form, json }, { from } = {}) {
    const { origin, hostname, pathname } = new URL(url);
    const headers = {};
    const isCrossSite = from !== undefined && new URL(from).hostname !== hostname;
    const kept = [...this.#cookies.values()].filter((cookie) => {
      const isTheirs = cookie.hostname === hostname && (pathname + "/").startsWith(cookie.path.replace(/\/?$/, "/"));
      // Another site may send people here, but not post in their name.
      return isTheirs && !(isCrossSite && (method !== "GET" || cookie.sameSite === "strict") && cookie.sameSite !== "none");
    });
    if (kept.length > 0) headers.cookie = kept.map(({ name, value }) => `${name}=${value}`).join("; ");
    if (method !== "GET") headers.origin = from === undefined ? origin : new URL(from).origin;
    if (json) headers["content-type"] = "application/json";
    const body = json ? JSON.stringify(json) : form && new URLSearchParams(form);
    const response = await fetch(url, { method, headers, body, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(line, { hostname, pathname });
    return response;
  }

  #keep(line, { hostname, pathname }) {
    const [pair, ...rest] = line.split(";").map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const options = Object.fromEntries(rest.map((part) => [part.split("=")[0].toLowerCase(), part.split("=").slice(1).join("=")]));
    const path = options.path || pathname.slice(0, pathname.lastIndexOf("/")) || "/";
    const isGone = options["max-age"] !== undefined ? Number(options["max-age"]) <= 0 : options.expires && Date.parse(options.expires) <= Date.now();
    const key = `${hostname} ${path} ${name}`;
    if (isGone) this.#cookies.delete(key);
    else this.#cookies.set(key, { hostname, path, name, value, sameSite: options.samesite?.toLowerCase() ?? "lax" });
  }

  /** The names of the cookies for this host. */
  cookies(hostname) {
    return [...this.#cookies.values()].filter((cookie) => cookie.hostname === hostname).map(({ name }) => name);
  }

  /** Forgets the cookies of a host. */
  forget(hostname) {
    for (const [key, cookie] of this.#cookies) if (cookie.hostname === hostname) this.#cookies.delete(key);
  }

  /**
   * Starts at an authorization URL and does what the provider's pages ask. Returns the request that carries the provider's
   * answer to the client, not sent yet, and the page it starts at. `denies`: the person says no.
   */
  async goesThrough(authorizationUrl, { way, denies = false }) {
    const asked = new URL(authorizationUrl).searchParams;
    const isAnswer = ({ url }) => url.split("?")[0] === asked.get("redirect_uri");
    let [request, from] = [{ method: "GET", url: authorizationUrl }, undefined];
    for (let steps = 0; steps < 20; steps += 1) {
      if (isAnswer(request)) return { ...request, from };
      const response = await this.send(request, { from });
      const said = await response.text();
      from = request.url;
      const location = response.headers.get("location");
      if (isRedirect(response.status)) {
        request = { method: "GET", url: new URL(location, request.url).href };
        continue;
      }
      assert.ok(response.ok, `${request.method} ${request.url}: ${response.status} ${textOf(said)}`);
      if (/json/.test(response.headers.get("content-type"))) {
        const { url, redirect_uri: next } = JSON.parse(said);
        request = { method: "GET", url: new URL(url ?? next, request.url).href };
        continue;
      }
      const page = { url: request.url, html: said, forms: formsOf(said, request.url), asked };
      const posted = page.forms.find(isAnswer);
      request = posted ? filled(posted) : ways[way](page, { ...this, denies });
    }
    throw new Error(`${authorizationUrl} leads in circles`);
  }
}
