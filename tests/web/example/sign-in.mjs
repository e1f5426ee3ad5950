// The ways into the example: by password, through a provider, and with a forgotten password.
import assert from "node:assert/strict";
import { linkTo } from "../people.mjs";
import { account, button, field, heading, holding, newest, signIn } from "./steps.mjs";

export async function signsIn(drive) {
  await byPassword(drive, await account(drive.palisade, "jo"));
  await leavesNothing(drive);
  await throughAProvider(drive);
  await afterForgetting(drive);
}

async function byPassword({ person, app, palisade }, jo) {
  const page = await person(["401 /api/v1/auth/login", "403 /api/v1/auth/login"]);
  await page.goto(`${app}/settings`);
  await page.waitForURL(/\/sign-in\?/);
  await field(page, "Email").fill(jo.email);
  await field(page, "Password").fill("not the password");
  await button(page, "Sign in").click();
  await page.getByRole("alert").filter({ hasText: "Wrong email address or password." }).waitFor();
  assert.equal(await field(page, "Email").inputValue(), jo.email, "what was typed stays");

  await field(page, "Password").fill(jo.password);
  const release = await holding(page, "/api/v1/auth/login");
  await button(page, "Sign in").click();
  await button(page, "Signing in…").waitFor();
  assert.ok(await button(page, "Signing in…").isDisabled());
  await release();
  // The page that was asked for first.
  await page.waitForURL(`${app}/settings`);
  await heading(page, "Devices").waitFor();

  // A signed-in user does not need the page, and nobody leads them elsewhere through it.
  for (const [returnTo, end] of [["/admin/../settings", "/settings"], ["https://evil.example/", "/"], ["/.//evil.example", "/"]]) {
    await page.goto(`${app}/sign-in?${new URLSearchParams({ returnTo })}`);
    await page.waitForURL(app + end);
  }
  await button(page, "Sign out").first().click();
  await heading(page, "Accounts for your Next.js app").waitFor();

  const somebody = await person(["403 /api/v1/auth/login"]);
  await somebody.goto(`${app}/sign-up`);
  await field(somebody, "Email").fill("pending@example.org");
  await field(somebody, "Password").fill(jo.password);
  await button(somebody, "Create the account").click();
  await heading(somebody, "Look into your mail").waitFor();
  await linkTo(palisade, "pending@example.org");
  await somebody.getByRole("main").getByRole("link", { name: "sign in" }).click();
  await field(somebody, "Email").fill("pending@example.org");
  await field(somebody, "Password").fill(jo.password);
  await button(somebody, "Sign in").click();
  await somebody.getByRole("alert").filter({ hasText: "Confirm your email address first" }).waitFor();
}

/** Next.js keeps a page that was left, and shows it again. No password waits there, and no old news. */
async function leavesNothing({ person, app, palisade }) {
  const page = await person(["401 /api/v1/auth/login"]);
  const { email, password } = await account(palisade, "lou");
  const toSignIn = () => page.getByRole("navigation").getByRole("link", { name: "Sign in" }).click();
  const alert = page.locator("[role=alert]:visible", { hasText: "Wrong email" });
  const start = () => page.getByRole("link", { name: "Example" }).click();
  await page.goto(app);
  await toSignIn();
  await field(page, "Email").fill(email);
  await field(page, "Password").fill("not the password");
  await button(page, "Sign in").click();
  await alert.waitFor();
  await start();
  await heading(page, "Accounts for your Next.js app").waitFor();
  await toSignIn();
  await heading(page, "Sign in").waitFor();
  assert.equal(await field(page, "Email").inputValue(), email, "the page is the one that was left");
  assert.equal(await alert.count(), 0);
  assert.equal(await field(page, "Password").inputValue(), "");

  await field(page, "Password").fill(password);
  await button(page, "Sign in").click();
  await button(page, "Sign out").click();
  await heading(page, "Accounts for your Next.js app").waitFor();
  await toSignIn();
  await heading(page, "Sign in").waitFor();
  assert.equal(await field(page, "Password").inputValue(), "");
}

/** Nobody runs this provider, so the way ends at once, with a code. */
async function throughAProvider({ person, app }) {
  const page = await person([]);
  await page.goto(`${app}/sign-in?returnTo=/settings`);
  await page.getByRole("link", { name: "Continue with" }).click();
  await page.getByText("The provider does not answer at the moment.").waitFor();
  assert.equal(new URL(page.url()).searchParams.get("returnTo"), "/settings", "the destination stays");
  const codes = ["OAUTH_DENIED", "OAUTH_STATE_INVALID", "OAUTH_FAILED", "EMAIL_CONFIRMATION_REQUIRED", "IDENTITY_TAKEN", "ACCOUNT_SUSPENDED"];
  const said = new Set();
  for (const code of [...codes, "toString"]) {
    await page.goto(`${app}/sign-in?error=${code}`);
    const notice = page.locator(".notice.bad:not(:empty)");
    const text = await notice.textContent();
    assert.ok(text.endsWith(".") && !text.includes(code), `${code} is a sentence: ${text}`);
    said.add(text);
  }
  assert.equal(said.size, codes.length + 1, "each has its own");
}

async function afterForgetting({ person, app, palisade }) {
  const { email } = await account(palisade, "fay");
  const before = await linkTo(palisade, email);
  const page = await person();
  await page.goto(`${app}/sign-in`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await heading(page, "Forgot your password?").waitFor();
  await field(page, "Email").fill(email);
  await button(page, "Send the link").click();
  await page.getByText("a mail with a link is on its way").waitFor();
  await page.goto(await newest(palisade, email, before));
  const password = "a bridge made of starlings";
  await page.locator("#newPassword").fill(password);
  await button(page, "Change the password").click();
  await page.getByText("Your password is changed").waitFor();
  await signIn(page, app, { email, password });
}

/** Somebody guesses, and reads how long to wait. */
export async function isLimited({ person, app }) {
  const page = await person(["401 /api/v1/auth/login", "429 /api/v1/auth/login"]);
  await page.goto(`${app}/sign-in`);
  const alert = page.getByRole("alert").filter({ hasText: /./ });
  for (let tries = 0; tries < 12; tries += 1) {
    await field(page, "Email").fill("nobody@example.org");
    await field(page, "Password").fill("not the password");
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
