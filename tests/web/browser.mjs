// The same in Chromium: the Next.js example, then the pages that Palisade itself shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chromium as engine } from "playwright-core";
import { linkTo, PASSWORD } from "./people.mjs";

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
  /** A browser of its own: no cookies yet. Whatever a page should not do is noted. */
  const person = async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "data:" && origin !== next && origin !== palisade) trouble.push(`asked ${request.url()}`);
    });
    page.on("console", (message) => {
      // A refusal of the server shows as an error too; those are what some of this is about.
      const refusal = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !refusal) trouble.push(message.text());
    });
    return page;
  };
  try {
    await signsInThroughNext(await person(), next);
    await provesAMailbox(await person(), await person(), palisade);
    await setsUp(await person(), palisade, log);
    await readsTheReference(await person(), palisade);
    assert.deepEqual(trouble, []);
  } finally {
    await browser.close();
  }
}

async function signsInThroughNext(page, next) {
  await page.goto(`${next}/sign-in`);
  await page.fill("[name=email]", "ada@example.org");
  await page.fill("[name=password]", "not the password");
  await page.click("main button");
  await page.getByRole("alert").filter({ hasText: /./ }).first().waitFor();
  await page.fill("[name=password]", PASSWORD);
  await page.click("main button");
  await page.getByRole("heading", { name: "Hello, Ada" }).waitFor();

  // The access token is gone, and two parts of the page ask at once: one refresh serves both.
  let refreshes = 0;
  page.on("request", (request) => (refreshes += request.url().endsWith("/auth/refresh") ? 1 : 0));
  await page.context().clearCookies({ name: "palisade-access" });
  await page.reload();
  await page.getByRole("heading", { name: "Hello, Ada" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  assert.equal(refreshes, 1, "refreshes");

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${next}/sign-in`);
  await page.goto(next);
  await page.getByText("Nobody is signed in.").waitFor();
}

async function provesAMailbox(page, elsewhere, palisade) {
  await page.goto(`${palisade}/account/verify`);
  await page.getByText("This link is not complete").waitFor();
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
    await reader.getByRole("button", { name: "Confirm" }).click();
    if (reader === elsewhere) {
      await reader.getByText("You are not in the browser that registered").waitFor();
      await reader.fill("#password", "aaaaaaaaaaaa");
      await reader.getByRole("button", { name: "Confirm" }).click();
      await reader.getByText("too common").waitFor();
      await reader.fill("#password", "a passphrase of my own");
      await reader.getByRole("button", { name: "Confirm" }).click();
    }
    await reader.getByText("Your mailbox is proven").waitFor();
    assert.ok(!reader.url().includes("token"), "the token has left the address bar");
  }
}

async function setsUp(page, palisade, log) {
  const [link] = /http\S+\/account\/setup#token=\S+/.exec(readFileSync(log, "utf8"));
  for (const outcome of ["The account is made", "This has been done already"]) {
    await page.goto("about:blank");
    await page.goto(link);
    await page.fill("#email", "root@example.org");
    await page.fill("#password", "another fine passphrase");
    await page.getByRole("button", { name: "Create the account" }).click();
    await page.getByText(outcome).waitFor();
    assert.equal(await page.locator("form:visible").count(), 0, "nothing is left to send");
  }
}

async function readsTheReference(page, palisade) {
  await page.goto(`${palisade}/docs#postAuthLogin`);
  await page.locator("#postAuthLogin[open] h3", { hasText: "Body" }).waitFor();
  await page.fill("#filter", "jwks");
  assert.equal(await page.locator("details.operation:visible").count(), 1);
}
