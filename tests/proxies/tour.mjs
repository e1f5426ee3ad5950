// What a person does and what a client needs, through a proxy: from the registration to signing out, HEAD, refusals with
// all their headers, and the way from http to https.

import http from "node:http";
import https from "node:https";

const PASSWORD = "correct horse battery";
const MAILS = 100;

/** A browser: it keeps its cookies and says where its page comes from. */
class Browser {
  cookies = new Map();

  constructor(origin) {
    this.origin = origin;
  }

  ask(method, path, body, headers = {}) {
    const { request } = this.origin.startsWith("https") ? https : http;
    const sent = {
      ...{ connection: "close", origin: this.origin, cookie: [...this.cookies].map((pair) => pair.join("=")).join("; ") },
      ...(body ? { "content-type": "application/json" } : {}),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const asked = request(
        `${this.origin}${path}`,
        { method, headers: sent, agent: false, family: 4, rejectUnauthorized: false, timeout: 30_000 },
        (answer) => {
          const chunks = [];
          answer.on("data", (chunk) => chunks.push(chunk));
          answer.on("end", () => {
            for (const line of answer.headers["set-cookie"] ?? []) this.keep(line);
            resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() });
          });
          answer.on("error", reject);
        },
      );
      asked.on("timeout", () => asked.destroy(new Error("no answer"))).on("error", reject);
      asked.end(body ? JSON.stringify(body) : undefined);
    });
  }

  keep(line) {
    const [pair, ...attributes] = line.split("; ");
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    if (attributes.some((attribute) => attribute.toLowerCase() === "max-age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** The token of the newest mail; the mailbox opens only to this machine, so not through the proxy. */
async function mailed(direct) {
  for (let turn = 0; turn < MAILS; turn += 1) {
    const answer = await fetch(`${direct}/dev/mailbox`, { headers: { accept: "application/json" } });
    const token = (await answer.text()).match(/token=([A-Za-z0-9_-]+)/)?.[1];
    if (token) return token;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no mail came");
}

/** `yes`, or the first step that went otherwise. */
async function tour(browser, direct) {
  const step = async (wanted, method, path, body) => {
    const { status, text } = await browser.ask(method, `/api/v1${path}`, body);
    if (status !== wanted) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 80)}`);
    return JSON.parse(text);
  };
  const email = "ada@example.org";
  await step(202, "POST", "/auth/register", { email, password: PASSWORD, name: "Ada" });
  await step(200, "POST", "/auth/verify-email", { token: await mailed(direct) });
  await step(200, "POST", "/auth/login", { email, password: PASSWORD });
  await step(200, "GET", "/users/me");
  const { data } = await step(200, "PATCH", "/users/me", { name: "Ada Lovelace" });
  if (data.name !== "Ada Lovelace") throw new Error(`PATCH /users/me: ${data.name}`);
  await step(200, "POST", "/auth/refresh");
  const thief = new Browser(browser.origin);
  thief.cookies = new Map(browser.cookies);
  await step(200, "POST", "/auth/logout");
  const { status } = await thief.ask("GET", "/api/v1/users/me");
  if (status !== 401) throw new Error(`after signing out: ${status}`);
}

/** The head of GET and no body. */
async function head(browser) {
  for (const path of ["/api/v1/health/live", "/api/v1/users/me"]) {
    const [whole, empty] = [await browser.ask("GET", path), await browser.ask("HEAD", path)];
    const same = ["content-type", "cache-control"].every((name) => whole.headers[name] === empty.headers[name]);
    if (whole.status !== empty.status || empty.text !== "" || !same) throw new Error(`HEAD ${path}: ${empty.status}`);
  }
}

/** The second registration is one too many. */
async function limited(browser) {
  const { status, headers, text } = await browser.ask("POST", "/api/v1/auth/register", { email: "bob@example.org", password: PASSWORD, name: "Bob" });
  const { success, error } = JSON.parse(text);
  const whole = success === false && typeof error.code === "string" && Number(headers["retry-after"]) > 0 && headers.ratelimit;
  if (status !== 429 || !whole) throw new Error(`${status}, Retry-After: ${headers["retry-after"]}, ${text.slice(0, 80)}`);
}

async function redirect(origin) {
  const { status, headers } = await new Browser(origin).ask("GET", "/account?a=b");
  if (![301, 308].includes(status) || !/^https:\/\/localhost(:\d+)?\/account\?a=b$/.test(headers.location)) throw new Error(`${status} ${headers.location}`);
}

const said = (work) => work.then(() => "yes", (error) => error.message);

export const walk = {
  columns: ["the tour", "HEAD", "429 with `Retry-After`", "http leads to https"],
  variables: (origin) => ({ APP_URL: origin, TRUSTED_PROXIES: "loopback", RATE_LIMIT_REGISTER: "1/1h" }),
  async measure({ origin, direct, plain }) {
    const browser = new Browser(origin);
    const cells = [await said(tour(browser, direct ?? origin)), await said(head(browser)), await said(limited(browser))];
    return [...cells, plain ? await said(redirect(plain)) : "–"];
  },
  wrong: (cells) => cells.some((cell) => cell !== "yes" && cell !== "–"),
};
