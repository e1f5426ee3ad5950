// A person with a browser of few words: it keeps cookies, follows redirects one by one, and fills in the forms of providers.
import assert from "node:assert/strict";
import { Cookies, secrets } from "./cookies.mjs";
import { PASSWORD } from "./people.mjs";

const ENTITIES = { amp: "&", quot: '"', lt: "<", gt: ">" };
const decode = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|quot|lt|gt));/gi, (_, hex, decimal, name) =>
    name ? ENTITIES[name.toLowerCase()] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  );

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
const filled = (form, added) => submit(form, { ...form.fields, ...added });
const answer = (page, fields) => {
  const url = new URL(page.asked.get("redirect_uri"));
  const all = { ...fields, state: page.asked.get("state") };
  if (page.asked.get("response_mode") === "form_post") return { url: url.href, method: "POST", form: all };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return { url: url.href, method: "GET" };
};

/** The emulators list their people, and have no button for "no": the person sends what the real provider would answer. */
const picksOne = (field, no, property = field) => (page, person) => {
  if (person.denies) return answer(page, no);
  const form = page.forms.find(({ fields }) => fields[field] === person[property]);
  assert.ok(form, `nobody on ${page.url} has the ${field} ${person[property]}`);
  return filled(form);
};

/** Providers that have no page for this ask nothing but who it is, and have no button for "no" either. */
const namesThemselves = (page, { email, denies }) => {
  if (denies) return answer(page, { error: "access_denied" });
  const url = new URL(page.url);
  url.searchParams.set("login_hint", email);
  return { method: "GET", url: url.href };
};

/** Pages with a sign-in, and then a button for "yes" that a person may leave alone. */
const signsIn = (page, { login, denies }) => {
  const form = page.forms.find(({ fields }) => "username" in fields || "allow" in fields);
  if ("username" in form.fields) return filled(form, { username: login, password: PASSWORD });
  const { allow, ...others } = form.fields;
  return submit(form, denies ? others : { ...others, allow });
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
    const post = (path, json) => ({ method: "POST", url: `${origin}/api/auth${path}`, json: { ...json, oauth_query } });
    if (pathname === "/consent") return post("/oauth2/consent", { accept: !denies });
    assert.equal(pathname, "/sign-in", `${url} is no page for people`);
    return post("/sign-in/email", { email, password: PASSWORD });
  },
  "python-mock"(page, { login, denies }) {
    const [form] = page.forms;
    return denies ? submit(form, { action: "deny" }) : filled(form, { sub: login });
  },
  canaille(page, { login, denies }) {
    const form = page.forms.find(({ method }) => method === "POST");
    if ("login" in form.fields) return filled(form, { login });
    if ("password" in form.fields) return filled(form, { password: PASSWORD });
    return filled(form, { answer: denies ? "deny" : "accept" });
  },
  django: signsIn,
  nanoidp: (page, person) => (person.denies ? answer(page, { error: "access_denied" }) : signsIn(page, person)),
  async glewlwyd(page, { login, denies, send }) {
    if (denies) return answer(page, { error: "access_denied" });
    const { origin, searchParams } = new URL(page.url);
    const call = async (method, path, json) => {
      const { status } = await send({ method, url: `${origin}/api${path}`, json });
      assert.equal(status, 200, `${method} ${path}`);
    };
    await call("POST", "/auth/", { username: login, password: PASSWORD });
    await call("PUT", `/auth/grant/${page.asked.get("client_id")}`, { scope: page.asked.get("scope") });
    return { method: "GET", url: `${searchParams.get("callback_url")}&g_continue` };
  },
  lemonldap(page, { login, denies }) {
    const [form] = page.forms;
    // Of the people that it knows without a directory, the password is the name.
    if ("password" in form.fields) return filled(form, { user: login, password: login });
    return filled(form, denies && { confirm: `-${form.fields.confirm}` });
  },
  hinted: namesThemselves,
  github: picksOne("login", { error: "access_denied", error_description: "The user has denied your application access." }),
  google: picksOne("email", { error: "access_denied" }),
  okta: picksOne("user_ref", { error: "access_denied" }, "login"),
  microsoft: picksOne("email", { error: "access_denied" }),
  apple: picksOne("email", { error: "user_cancelled_authorize" }),
};

/** What a page says, without its looks. */
function textOf(html) {
  const words = html.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, " ").replace(/\s+/g, " ");
  return decode(words).slice(0, 500);
}

const isRedirect = (status) => status >= 301 && status <= 308 && status !== 304;

export class Person {
  #cookies = new Cookies();

  /** `login`, `email` and so on, as in `people.mjs`. */
  constructor(who = {}) {
    Object.assign(this, who);
  }

  /** The same person with the same cookies, as of now. */
  copy() {
    const copy = new Person(this);
    copy.#cookies = this.#cookies.copy();
    return copy;
  }

  /** A request as a browser sends it; redirects are not followed. `from` is the page that it starts at. */
  async send({ method = "GET", url, form, json }, { from } = {}) {
    const at = new URL(url);
    const page = new URL(from ?? url);
    const cookie = this.#cookies.header(at, { method, isCrossSite: page.hostname !== at.hostname });
    const headers = {
      ...(cookie && { cookie }),
      ...(method !== "GET" && { origin: page.origin }),
      ...(json && { "content-type": "application/json" }),
    };
    const body = json ? JSON.stringify(json) : form && new URLSearchParams(form);
    const response = await fetch(url, { method, headers, body, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#cookies.keep(line, at);
    return response;
  }

  /** The names of the cookies for this host. */
  cookies(hostname) {
    return this.#cookies.of(hostname).map(({ name }) => name);
  }

  /** Forgets the cookies of a host. */
  forget(hostname) {
    this.#cookies.forget(hostname);
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
      if (isAnswer(request)) {
        const { code, state } = request.form ?? Object.fromEntries(new URL(request.url).searchParams);
        for (const secret of [code, state]) if (secret) secrets.add(secret);
        return { ...request, from };
      }
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
      const send = (more) => this.send(more, { from });
      request = posted ? filled(posted) : await ways[way](page, { ...this, denies, send });
    }
    throw new Error(`${authorizationUrl} leads in circles`);
  }
}
