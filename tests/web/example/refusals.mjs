// What people see when something is refused: the question for the password, and pages in place of the one that they wanted.
// Each is judged at both widths and in both color schemes.
import assert from "node:assert/strict";
import { axe } from "../accessible.mjs";
import { answering } from "../gate.mjs";
import { account, button, field, heading, signIn } from "./steps.mjs";
import { look } from "./looks.mjs";

/** What React reports where a server component has failed. */
const FAILED = [419, 441].map((code) => `Error: Minified React error #${code};`);

const everywhere = (page, name) => look(page, name, { everywhere: true });

export async function refusesReadably(drive) {
  const nia = await account(drive.palisade, "nia", "Nia");
  const [login, me] = ["/api/v1/auth/login", "/api/v1/users/me"];
  const page = await drive.person([`429 ${login}`, `503 ${login}`, `401 ${me}`, `403 ${me}`, "404 /nowhere", ...FAILED]);
  await page.addInitScript(axe);
  await inAForm(page, drive.app);
  await signIn(page, drive.app, nia);
  await asksForThePassword(page, drive.app);
  await inPlaceOfAPage(page, drive.app);
  await page.context().close();
  await inAList(drive);
}

/** An error of Palisade, as it answers itself. */
const failing = (page, path, status, code, headers = {}) =>
  page.route(`**/api/v1${path}`, (route) => {
    const json = { success: false, error: { code, message: "Not now" }, meta: { requestId: "1" } };
    return route.fulfill({ status, headers, json });
  });

async function inAForm(page, app) {
  await page.goto(`${app}/sign-in`);
  for (const [status, code, sentence] of [
    [429, "RATE_LIMITED", "Too many attempts. Please try again in 30 seconds."],
    [503, "SERVICE_UNAVAILABLE", "The service is not available. Please try again in 30 seconds."],
  ]) {
    await failing(page, "/auth/login", status, code, { "Retry-After": "30" });
    await field(page, "Email").fill("nia@example.org");
    await field(page, "Password").fill("not the password");
    await button(page, "Sign in").click();
    await page.getByRole("alert").filter({ hasText: sentence }).waitFor();
    await everywhere(page, `form-${status}`);
    await page.unroute("**/api/v1/auth/login");
  }
}

/** A session of an hour ago, as far as the form can tell. */
async function asksForThePassword(page, app) {
  await page.goto(`${app}/settings`);
  await failing(page, "/users/me", 403, "REAUTHENTICATION_REQUIRED");
  await field(page, "I want to delete my account.").check();
  await button(page, "Delete my account").click();
  await field(page, "Your password").waitFor();
  await page.getByRole("alert").filter({ hasText: "Please confirm with your password." }).waitFor();
  await everywhere(page, "password-asked");
  await page.unroute("**/api/v1/users/me");
  await failing(page, "/users/me", 401, "INVALID_CREDENTIALS");
  await field(page, "Your password").fill("not the password");
  await button(page, "Delete my account").click();
  await page.getByText("This is not your password.").waitFor();
  await everywhere(page, "password-wrong");
  await page.unroute("**/api/v1/users/me");
}

async function inPlaceOfAPage(page, app) {
  await page.goto(`${app}/nowhere`);
  await heading(page, "Not found").waitFor();
  await everywhere(page, "not-found");
  await page.goto(`${app}/admin/people`);
  await heading(page, "Not allowed").waitFor();
  await everywhere(page, "forbidden");
  for (const status of [429, 503]) {
    await answering(page, app, status);
    await page.goto(`${app}/settings`);
    await heading(page, "Something went wrong").waitFor();
    await everywhere(page, `page-${status}`);
    await answering(page, app);
    await button(page, "Try again").click();
    await heading(page, "Profile").waitFor();
    assert.equal(await heading(page, "Something went wrong").count(), 0);
  }
}

/** The frame of an administrator's page stays; only the list is missing, and says why. */
async function inAList({ person, app, root }) {
  const page = await person([]);
  await page.addInitScript(axe);
  await signIn(page, app, root);
  await page.goto(`${app}/admin/people/nonsense`);
  await heading(page, "Not found").waitFor();
  await everywhere(page, "person-not-found");
  for (const [status, sentence] of [
    [429, "Too many attempts. Please try again in 30 seconds."],
    [503, "The service is not available. Please try again in 30 seconds."],
  ]) {
    await answering(page, app, status);
    for (const list of ["people", "invitations"]) {
      await page.goto(`${app}/admin/${list}`);
      await page.getByText(sentence).waitFor();
      await everywhere(page, `${list}-${status}`);
    }
    await answering(page, app);
  }
  await page.context().close();
}
