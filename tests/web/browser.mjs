// In Chromium: the built-in pages of Palisade, then the Next.js example.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chromium as engine } from "playwright-core";
import { isAccessible } from "./accessible.mjs";
import { managesAnAccount } from "./account.mjs";
import { usesTheExample } from "./example.mjs";
import { linkTo, PASSWORD, until } from "./people.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function inBrowser({ next, palisade, chromium, log }) {
  const browser = await engine.launch({ executablePath: chromium, args: FLAGS });
  const trouble = [];
  /**
   * A new browser without cookies. It records everything that a page should not do. If the expected refusals are given
   * (`401 /api/v1/auth/login`), every other refusal is recorded, too. Among them may be the beginning of an error.
   */
  const person = async (refusals, settings) => {
    const expected = (text) => refusals?.some((refusal) => text.startsWith(refusal));
    const context = await browser.newContext(settings);
    context.on("page", (page) => {
      page.setDefaultTimeout(60_000);
      page.on("pageerror", (error) => void (expected(String(error)) || trouble.push(String(error))));
      page.on("request", (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol !== "data:" && origin !== next && origin !== palisade) trouble.push(`asked ${request.url()}`);
      });
      page.on("console", (message) => {
        if (message.type() !== "error") return;
        const status = /^Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1];
        const refusal = status && `${status} ${new URL(message.location().url).pathname}`;
        // Chromium sometimes looks for this, although each page names another icon.
        if (refusal === "404 /favicon.ico") return;
        if (refusal ? refusals && !refusals.includes(refusal) : !expected(message.text())) trouble.push(refusal ?? message.text());
      });
    });
    return context.newPage();
  };
  try {
    await beginsAtTheStart(await person(), palisade, log);
    await setsUp(await person(), await person(), { next, palisade, log });
    // They share nothing but the super-admin, who has been set up.
    await Promise.all([
      usesThePages({ person, next, palisade }),
      isAccessible({ person, palisade }),
      usesTheExample({ person, app: next, palisade, root: ROOT }),
    ]);
    assert.deepEqual(trouble, []);
  } finally {
    await browser.close();
  }
}

async function usesThePages({ person, next, palisade }) {
  await provesAMailbox(await person(), await person(), palisade);
  await forgetsAPassword(await person(), await person(), palisade);
  await managesAnAccount({ person, origin: next, palisade });
  await acceptsAnInvitation(await person(), await person(), palisade);
  await readsTheReference(await person(), palisade);
  await fitsASmallPhone(await person(), palisade);
}

async function provesAMailbox(page, elsewhere, palisade) {
  await page.goto(`${palisade}/account/verify`);
  await page.getByText("This link is incomplete").waitFor();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  for (const [name, reader] of [["bob", page], ["cleo", elsewhere]]) {
    const email = `${name}@example.org`;
    const status = await page.evaluate(
      async (body) => {
        const headers = { "Content-Type": "application/json" };
        const response = await fetch("/api/v1/auth/register", { method: "POST", headers, body: JSON.stringify(body) });
        return response.status;
      },
      { email, password: PASSWORD },
    );
    assert.equal(status, 202);
    const link = await linkTo(palisade, email);
    await reader.goto(`${palisade}/dev/mailbox`);
    await reader.click(`a[href="${link}"]`);
    await reader.getByRole("button", { name: "Confirm" }).waitFor();
    assert.equal(await reader.inputValue("[autocomplete=username]"), email);
    if (reader === elsewhere) {
      await reader.getByText("You are not in the browser that you registered with").waitFor();
      await reader.fill("#password", "aaaaaaaaaaaa");
      await reader.getByRole("button", { name: "Confirm" }).click();
      await reader.getByText("this one is too common").waitFor();
      await reader.fill("#password", "a passphrase of my own");
    }
    await reader.getByRole("button", { name: "Confirm" }).click();
    await reader.getByText("Your email address is confirmed").waitFor();
    assert.ok(!reader.url().includes("token"), "the token has left the address bar");
  }
}

const setupLink = (log) => /http\S+\/account\/setup#token=\S+/.exec(readFileSync(log, "utf8"))[0];

async function forgetsAPassword(page, elsewhere, palisade) {
  const email = "cleo@example.org";
  const before = await linkTo(palisade, email);
  await page.goto(`${palisade}/account/forgot`);
  await page.fill("#email", email);
  await page.getByRole("button", { name: "Send the email" }).press("Enter");
  await page.getByText("an email is on its way").waitFor();
  const link = await until("another mail", async () => {
    const newest = await linkTo(palisade, email);
    return newest !== before && newest;
  });
  assert.ok(link.includes("/account/reset#token="), link);
  await elsewhere.goto(link);
  await elsewhere.getByRole("button", { name: "Change the password" }).waitFor();
  assert.equal(await elsewhere.inputValue("[autocomplete=username]"), email);
  await elsewhere.fill("#newPassword", `${email} 2026`);
  await elsewhere.getByRole("button", { name: "Change the password" }).click();
  await elsewhere.getByText("it contains your email address").waitFor();
  await elsewhere.fill("#newPassword", "a bridge made of starlings");
  await elsewhere.getByRole("button", { name: "Change the password" }).click();
  await elsewhere.getByText("Your password is changed").waitFor();
  assert.ok(!elsewhere.url().includes("token"), "the token has left the address bar");
  await page.goto(link);
  await page.getByText("This link no longer works").waitFor();
}

async function beginsAtTheStart(page, palisade, log) {
  await page.goto(palisade);
  const way = page.getByRole("link", { name: "Create the first account" });
  assert.equal(await way.getAttribute("href"), setupLink(log));
  await page.getByRole("link", { name: "API reference" }).click();
  await page.waitForURL(`${palisade}/docs`);
  const nowhere = await page.goto(`${palisade}/nowhere`);
  assert.equal(nowhere.status(), 404);
  await page.getByRole("link", { name: "Go to the start" }).click();
  await page.getByRole("heading", { name: "The server is running" }).waitFor();
}

/** The super-admin of all drives. */
const ROOT = { email: "root@example.org", password: "another fine passphrase" };

async function setsUp(page, elsewhere, { next, palisade, log }) {
  const link = setupLink(log);
  await page.goto(link);
  await page.fill("#email", ROOT.email);
  await page.fill("#password", ROOT.password);
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByText("Your account is ready").waitFor();
  for (const [reader, outcome] of [
    [page, "Your account is ready"],
    [elsewhere, "This link no longer works"],
  ]) {
    await reader.goto("about:blank");
    await reader.goto(link);
    await reader.getByText(outcome).waitFor();
    assert.equal(await reader.locator("form:visible").count(), 0, "nothing is left to send");
    assert.equal(await reader.locator(".way a:visible").getAttribute("href"), `${next}/sign-in`);
  }
}

async function acceptsAnInvitation(page, elsewhere, palisade) {
  const email = "dora@example.org";
  // A page whose policy lets it ask the interface.
  await page.goto(`${palisade}/account/sign-in`);
  const invited = await page.evaluate(
    async ({ credentials, invitation }) => {
      const post = async (path, body) => {
        const headers = { "Content-Type": "application/json" };
        const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
        return response.status;
      };
      return [await post("/api/v1/auth/login", credentials), await post("/api/v1/users", invitation)];
    },
    {
      credentials: ROOT,
      invitation: { email, name: "Dora", role: "support" },
    },
  );
  assert.deepEqual(invited, [200, 201]);
  const link = await linkTo(palisade, email);
  assert.ok(link.includes("/account/accept-invitation#token="), link);
  await elsewhere.goto(link);
  const create = elsewhere.getByRole("button", { name: "Create the account" });
  await create.waitFor();
  assert.equal(await elsewhere.inputValue("[autocomplete=username]"), email);
  assert.ok(!elsewhere.url().includes("token"), "the token has left the address bar");
  await elsewhere.fill("#password", `${email} 2026`);
  await create.click();
  await elsewhere.getByText("it contains your email address").waitFor();
  await elsewhere.fill("#password", "a bridge made of swallows");
  await create.click();
  await elsewhere.getByText("Your account is ready. You can sign in now.").waitFor();
  const signedIn = await elsewhere.evaluate(
    async (body) => {
      const headers = { "Content-Type": "application/json" };
      const response = await fetch("/api/v1/auth/login", { method: "POST", headers, body: JSON.stringify(body) });
      return (await response.json()).data.user;
    },
    { email, password: "a bridge made of swallows" },
  );
  assert.deepEqual([signedIn.role, signedIn.name], ["support", "Dora"]);
  await page.goto(link);
  await page.getByText("This link no longer works").waitFor();
}

async function readsTheReference(page, palisade) {
  await page.goto(`${palisade}/docs#postAuthLogin`);
  await page.locator("#postAuthLogin[open] h3", { hasText: "Body" }).waitFor();
  await page.fill("#filter", "jwks");
  assert.equal(await page.locator("details.operation:visible").count(), 1);
  await page.fill("#filter", "no such route");
  await page.getByText("Nothing matches “no such route”.").waitFor();
  await page.getByRole("link", { name: "Error codes" }).click();
  await page.getByRole("heading", { name: "Error codes" }).waitFor();
  assert.equal(await page.inputValue("#filter"), "");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.fill("#filter", "");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  assert.ok(await page.locator("#filter").evaluate((filter) => filter.getBoundingClientRect().top >= 0), "in reach");
}

async function fitsASmallPhone(page, palisade) {
  await page.setViewportSize({ width: 320, height: 568 });
  for (const path of ["/", "/account/sign-in", "/account/sign-up", "/account/accept-invitation", "/account/forgot", "/account/reset", "/account/setup", "/account/verify", "/dev/mailbox", "/docs", "/nowhere"]) {
    await page.goto(palisade + path);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(beyond, 0, `${path} is that much wider than the screen`);
  }
}
