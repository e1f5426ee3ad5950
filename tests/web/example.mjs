// A user of the Next.js example in Chromium, from the first visit to signing out.
import assert from "node:assert/strict";
import { linkTo, PASSWORD } from "./people.mjs";

const EMAIL = "eve@example.org";

export async function usesTheExample({ person, app, palisade }) {
  const refusals = ["400 /api/v1/auth/register", "401 /api/v1/auth/login", "401 /api/v1/auth/refresh"];
  refusals.push("400 /api/v1/users/me", "401 /api/v1/users/me");
  const page = await person(refusals);
  const asked = counter(page);
  await registers(page, app, asked);
  await provesTheMailbox(page, palisade);
  await signsIn(page, app);
  await staysSignedIn(page, asked);
  await losesTheSession(page, asked);
  await isRenamed(page);
  await refreshesOnce(page, asked);
  await signsOut(page, app, asked);
  await isLimited(await person(["401 /api/v1/auth/login", "429 /api/v1/auth/login"]), app);
}

/** Counts the requests for a path. */
function counter(page) {
  const paths = [];
  page.on("request", (request) => paths.push(new URL(request.url()).pathname));
  return (path) => paths.filter((asked) => asked === path).length;
}

/** Delays the answers to this path until it is released. */
async function holding(page, path) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await page.route(`**${path}`, async (route) => {
    await released;
    await route.continue();
  });
  return async () => {
    release();
    await page.unroute(`**${path}`, { behavior: "wait" });
  };
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function registers(page, app, asked) {
  await page.goto(app);
  await page.getByRole("heading", { name: "Accounts for your Next.js app" }).waitFor();
  assert.equal(asked("/api/v1/auth/refresh"), 0, "a visitor has no session to go on with");

  await page.getByRole("main").getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Email").fill(EMAIL);
  await page.getByLabel("Name").fill("Eve");
  const password = page.getByLabel("Password");
  await password.fill("aaaaaaaaaaaa");
  await button(page, "Create the account").click();
  await page.getByText("This is too common").waitFor();
  assert.equal(await password.getAttribute("aria-invalid"), "true");
  assert.ok(await password.evaluate((input) => input === document.activeElement), "the wrong field has the focus");
  assert.equal(await page.getByLabel("Email").inputValue(), EMAIL, "what was typed stays");

  await password.fill(PASSWORD);
  await button(page, "Create the account").click();
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await button(page, "Send it once more").click();
  await page.getByText("another one is on its way").waitFor();
}

async function provesTheMailbox(page, palisade) {
  const link = await linkTo(palisade, EMAIL);
  await page.goto(`${palisade}/dev/mailbox`);
  await page.locator(`a[href="${link}"]`).first().click();
  await button(page, "Confirm").click();
  await page.getByText("Your email address is confirmed").waitFor();
}

async function signsIn(page, app) {
  await page.goto(`${app}/sign-in`);
  await page.getByLabel("Email").fill(EMAIL);
  await page.getByLabel("Password").fill("not the password");
  await button(page, "Sign in").click();
  await page.getByRole("alert").filter({ hasText: "Wrong email address or password." }).waitFor();

  await page.getByLabel("Password").fill(PASSWORD);
  const release = await holding(page, "/api/v1/auth/login");
  await button(page, "Sign in").click();
  await button(page, "Signing in…").waitFor();
  assert.ok(await button(page, "Signing in…").isDisabled());
  await release();
  await page.getByRole("heading", { name: "Hello, Eve" }).waitFor();
  assert.equal(page.url(), `${app}/`);
}

async function staysSignedIn(page, asked) {
  // The access token has expired, and its cookie is gone.
  await page.context().clearCookies({ name: "palisade-access" });
  await page.reload();
  await page.getByRole("heading", { name: "Hello, Eve" }).waitFor();
  assert.equal(asked("/api/v1/auth/refresh"), 1);
}

/** The session has ended without the page's knowledge. */
async function losesTheSession(page, asked) {
  const before = asked("/api/v1/auth/refresh");
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  for (const visit of ["the first", "the next"]) {
    await page.reload();
    await page.getByRole("heading", { name: "Accounts for your Next.js app" }).waitFor();
    assert.equal(asked("/api/v1/auth/refresh") - before, 1, `${visit} visit without a session`);
  }
  await page.context().addCookies(cookies);
  await page.reload();
  await page.getByRole("heading", { name: "Hello, Eve" }).waitFor();
}

async function isRenamed(page) {
  const name = page.getByLabel("Name");
  await name.fill("a".repeat(1000));
  await button(page, "Save").click();
  await page.locator(".mistake", { hasText: "This " }).waitFor();
  await name.fill("Eve Moneypenny");
  await button(page, "Save").click();
  await page.getByText("Your name is saved.").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Hello, Eve Moneypenny" }).waitFor();
}

/** Two parts of the page find the access token expired at the same time. */
async function refreshesOnce(page, asked) {
  const before = asked("/api/v1/auth/refresh");
  await page.context().clearCookies({ name: "palisade-access" });
  const release = await holding(page, "/api/v1/auth/refresh");
  await page.getByLabel("Name").fill("Eve");
  const refused = page.waitForResponse("**/api/v1/users/me");
  await button(page, "Save").click();
  await refused;
  const nobody = page.waitForResponse("**/api/v1/auth/session");
  await page.evaluate(() => dispatchEvent(new StorageEvent("storage", { key: "palisade-session" })));
  await nobody;
  // Both have their answers after the next turn of the page's event loop.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  await release();
  await page.getByRole("heading", { name: "Hello, Eve", exact: true }).waitFor();
  assert.equal(asked("/api/v1/auth/refresh") - before, 1, "one refresh serves both");
}

async function signsOut(page, app, asked) {
  const other = await page.context().newPage();
  await other.goto(app);
  await other.getByRole("heading", { name: "Hello, Eve" }).waitFor();
  const before = asked("/api/v1/auth/refresh");
  await button(page, "Sign out").click();
  for (const tab of [page, other]) await tab.getByRole("heading", { name: "Accounts for your Next.js app" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Accounts for your Next.js app" }).waitFor();
  assert.equal(asked("/api/v1/auth/refresh") - before, 0, "there is no session to go on with");
}

async function isLimited(page, app) {
  await page.goto(`${app}/sign-in`);
  const alert = page.getByRole("alert").filter({ hasText: /./ });
  for (let tries = 0; tries < 12; tries += 1) {
    await page.getByLabel("Email").fill("nobody@example.org");
    await page.getByLabel("Password").fill("not the password");
    const answered = page.waitForResponse("**/api/v1/auth/login");
    await button(page, "Sign in").click();
    const status = (await answered).status();
    await button(page, "Sign in").and(page.locator(":enabled")).waitFor();
    if (status === 429) {
      await alert.filter({ hasText: /^Too many attempts\. Please try again in \d+ (seconds|minutes)\.$/ }).waitFor();
      return;
    }
  }
  throw new Error("nobody stopped the guessing");
}
