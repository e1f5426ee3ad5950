// The account page of the example: from another name to no account.
import assert from "node:assert/strict";
import { linkTo } from "../people.mjs";
import { button, describes, field, heading, newest, signIn } from "./steps.mjs";

const NEW_EMAIL = "eve@example.com";
const NEW_PASSWORD = "a bridge made of starlings";

export async function settles({ person, app, palisade }, eve) {
  const page = await person([
    "400 /api/v1/users/me",
    "403 /api/v1/users/me",
    "400 /api/v1/auth/change-password",
    "401 /api/v1/auth/change-password",
  ]);
  await signIn(page, app, eve);
  await page.goto(`${app}/settings`);
  await isRenamed(page);
  await linksAProvider(page, app);
  await changesThePassword(page, eve);
  await changesTheAddress(page, { app, palisade, eve });
  await isDeleted(page, app, { email: NEW_EMAIL, password: NEW_PASSWORD });
}

async function isRenamed(page) {
  const name = field(page, "Name");
  await name.fill("a".repeat(1000));
  await button(page, "Save").click();
  await page.locator(".mistake", { hasText: "This " }).waitFor();
  await describes(name, "This ");
  await name.fill("Eve Moneypenny");
  await button(page, "Save").click();
  await page.getByText("Your name is saved.").waitFor();
  await page.reload();
  assert.equal(await name.inputValue(), "Eve Moneypenny");
}

async function linksAProvider(page, app) {
  await page.getByRole("button", { name: "Link " }).click();
  await page.getByText("The provider does not answer at the moment.").waitFor();
  assert.equal(new URL(page.url()).pathname, "/settings");
  await page.goto(`${app}/settings?error=IDENTITY_TAKEN`);
  await page.getByText("already belongs to another user").waitFor();
  await page.goto(`${app}/settings`);
}

async function changesThePassword(page, { email, password }) {
  const current = field(page, "Current password");
  const next = field(page, "New password");
  await current.fill("not the password");
  await next.fill(NEW_PASSWORD);
  await button(page, "Change the password").click();
  await page.getByText("This is not your password.").waitFor();
  await describes(current, "This is not your password.");
  await current.fill(password);
  await next.fill(`${email} 2026`);
  await button(page, "Change the password").click();
  await page.locator(".mistake", { hasText: "must not be or contain the email address" }).waitFor();
  await next.fill(NEW_PASSWORD);
  await button(page, "Change the password").click();
  await page.getByText("Your password is changed.").waitFor();
  assert.equal(await current.inputValue(), "");
}

async function changesTheAddress(page, { app, palisade, eve }) {
  await field(page, "New email").fill(NEW_EMAIL);
  await button(page, "Change the address").click();
  await page.getByText("A mail is on its way to the new address.").waitFor();
  await page.getByText(`Your address is ${eve.email}.`).waitFor();
  await page.goto(await linkTo(palisade, NEW_EMAIL));
  await page.locator("form button:not([type])").click();
  await page.getByText("Your account now has this email address.").waitFor();
  await page.goto(`${app}/settings`);
  await page.getByText(`Your address is ${NEW_EMAIL}.`).waitFor();
}

/** The first answer is that of the server to a session of an hour ago. The form then asks for the password. */
async function isDeleted(page, app, credentials) {
  await page.route("**/api/v1/users/me", async (route) => {
    if (route.request().postDataJSON().password) return route.continue();
    const error = { code: "REAUTHENTICATION_REQUIRED", message: "Sign in again to do this" };
    return route.fulfill({ status: 403, json: { success: false, error, meta: { requestId: "1" } } });
  });
  await field(page, "I want to delete my account.").check();
  await button(page, "Delete my account").click();
  const password = field(page, "Your password");
  await password.waitFor();
  assert.ok(await password.evaluate((input) => input === document.activeElement), "the question has the focus");
  await password.fill(credentials.password);
  await button(page, "Delete my account").click();
  await heading(page, "Accounts for your Next.js app").waitFor();
  await page.goto(`${app}/settings`);
  await page.waitForURL(/\/sign-in\?returnTo=/);
  await page.context().close();
}
