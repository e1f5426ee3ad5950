// The pages of an account in Chromium, by keyboard alone: from signing up to deleting it.
import assert from "node:assert/strict";
import { linkTo, PASSWORD, until } from "./people.mjs";

const EMAIL = "kay@example.org";
const NEW_EMAIL = "kay@example.com";
const NEW_PASSWORD = "a bridge made of starlings";

/** Presses Tab until the focus is on an element that matches, as somebody without a mouse does. */
async function reach(page, selector) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the Tab key does not lead to ${selector} on ${page.url()}`);
}

/** Writes into fields in their order, and sends the form with Enter. */
async function fillIn(page, fields) {
  for (const [selector, text] of fields) {
    await reach(page, selector);
    await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
}

/** Reaches a button by its text and presses it. */
async function press(page, selector) {
  await reach(page, selector);
  await page.keyboard.press("Enter");
}

const newest = (palisade, email, before) =>
  until("another mail", async () => {
    const link = await linkTo(palisade, email);
    return link !== before && link;
  });

/** SIGN_IN_URL leads to the page of the example. This drive goes on with the built-in one, which is still there. */
async function isLedToSignIn(page, origin) {
  await page.waitForURL(`${origin}/sign-in`);
  await page.goto(`${origin}/account/sign-in`);
  await page.locator("form:visible").waitFor();
}

/** `origin` is where mailed links lead, `palisade` where the mailbox is. */
export async function managesAnAccount({ person, origin, palisade }) {
  const refused = ["401 /api/v1/auth/login", "401 /api/v1/users/me", "401 /api/v1/auth/refresh", "401 /api/v1/auth/change-password"];
  const page = await person(refused);

  // Whoever is not signed in is led to the sign-in, and from there to the sign-up.
  await page.goto(`${origin}/account`);
  await isLedToSignIn(page, origin);
  await press(page, "a[href='/account/sign-up']");
  await page.waitForURL(`${origin}/account/sign-up`);
  await page.locator("form:visible").waitFor();
  await fillIn(page, [["#email", EMAIL], ["#name", "Kay"], ["#password", PASSWORD]]);
  await page.getByText("Almost done").waitFor();

  await page.goto(`${origin}/account/sign-in`);
  await page.locator("form:visible").waitFor();
  await fillIn(page, [["#email", EMAIL], ["#password", "not the passphrase"]]);
  await page.getByText("Wrong email address or password.").waitFor();

  await page.goto(await linkTo(palisade, EMAIL));
  await page.locator("form:visible").waitFor();
  await press(page, "form button:not([type])");
  await page.getByText("Your email address is confirmed").waitFor();
  await press(page, ".way a");
  await isLedToSignIn(page, origin);
  await fillIn(page, [["#email", EMAIL], ["#password", PASSWORD]]);
  await page.waitForURL(`${origin}/account`);
  await page.locator(".badge:visible").waitFor();
  assert.equal(await page.locator("[data-email]").textContent(), EMAIL);
  assert.equal(await page.locator("[data-name]").textContent(), "Kay");

  await endsAnotherDevice(page, await person(), origin);
  await changesThePassword(page);
  await changesTheAddress(page, await person(["401 /api/v1/auth/confirm-email", "401 /api/v1/auth/refresh"]), { origin, palisade });

  // The sign-in is a moment old: no password is asked for.
  await reach(page, "input[type=checkbox]");
  await page.keyboard.press("Space");
  await press(page, "button.grave");
  await page.getByText("Your account is deleted").waitFor();
  await page.goto(`${origin}/account`);
  await isLedToSignIn(page, origin);
}

async function endsAnotherDevice(page, elsewhere, origin) {
  await elsewhere.goto(`${origin}/account/sign-in`);
  await elsewhere.locator("form:visible").waitFor();
  await fillIn(elsewhere, [["#email", EMAIL], ["#password", PASSWORD]]);
  await elsewhere.locator(".badge:visible").waitFor();
  await page.reload();
  await page.locator("[data-devices] li").nth(1).waitFor();
  await press(page, "[data-devices] button:not([hidden])");
  await page.getByText("The device is signed out.").waitFor();
  // The list follows the message.
  await page.locator("[data-devices] li").nth(1).waitFor({ state: "detached" });
}

async function changesThePassword(page) {
  const form = "form[data-endpoint$=change-password]";
  await fillIn(page, [[`${form} #currentPassword`, "not the passphrase"], [`${form} #newPassword`, NEW_PASSWORD]]);
  await page.getByText("The password is wrong.").waitFor();
  await page.locator(`${form} #currentPassword`).evaluate((input) => input.form.reset());
  await fillIn(page, [[`${form} #currentPassword`, PASSWORD], [`${form} #newPassword`, NEW_PASSWORD]]);
  await page.getByText("Your password is changed. Every other device").waitFor();
}

async function changesTheAddress(page, stranger, { origin, palisade }) {
  await fillIn(page, [["#newEmail", NEW_EMAIL]]);
  await page.getByText("An email is on its way to the new address").waitFor();
  const link = await newest(palisade, NEW_EMAIL);
  assert.ok(link.includes("/account/confirm-email#token="), link);

  // Somebody else's click attaches nothing.
  await stranger.goto(link);
  await stranger.locator("form:visible").waitFor();
  await press(stranger, "form button:not([type])");
  await stranger.getByText("Please sign in to the account in this browser first.").waitFor();

  await page.goto(link);
  await page.locator("form:visible").waitFor();
  assert.equal(await page.inputValue("[autocomplete=username]"), NEW_EMAIL);
  await press(page, "form button:not([type])");
  await page.getByText("Your account now has this email address.").waitFor();
  await page.goto(`${origin}/account`);
  await page.locator(".badge:visible").waitFor();
  assert.equal(await page.locator("[data-email]").textContent(), NEW_EMAIL);

  // The owner of an address objects with the link of the notice.
  await fillIn(page, [["#newEmail", "kay@example.net"]]);
  await page.getByText("An email is on its way to the new address").waitFor();
  const objection = await newest(palisade, NEW_EMAIL, link);
  assert.ok(objection.includes("/account/secure#token="), objection);
  await stranger.goto(objection);
  await stranger.locator("form:visible").waitFor();
  await press(stranger, "form button:not([type])");
  await stranger.getByText("Every device is signed out. Please choose a new password now").waitFor();
  await page.goto(`${origin}/account`);
  await isLedToSignIn(page, origin);
  await fillIn(page, [["#email", NEW_EMAIL], ["#password", NEW_PASSWORD]]);
  await page.locator(".badge:visible").waitFor();
}
