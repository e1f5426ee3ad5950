// An administrator changes other people of the example, and they notice it at their next page.
import assert from "node:assert/strict";
import { axe } from "../accessible.mjs";
import { account, button, field, heading, signIn } from "./steps.mjs";
import { look } from "./looks.mjs";

const STALE = "Somebody changed this user meanwhile: look again.";

const everywhere = (page, name) => look(page, name, { everywhere: true });
const region = (page, name) => page.getByRole("region", { name, exact: true }).filter({ visible: true });
const alert = (page, text) => page.getByRole("alert").filter({ hasText: text });

/** `page` is that of a super-admin, and `refusals` are those that it expects. */
export async function manages(page, drive, refusals) {
  const { app, palisade, person } = drive;
  const [mia, nat] = [await account(palisade, "mia", "Mia"), await account(palisade, "nat", "Nat")];
  const [hers, his] = [await person(["401 /settings", "401 /api/v1/auth/refresh", "403 /api/v1/auth/login"]), await person()];
  for (const theirs of [hers, his]) await theirs.addInitScript(axe);
  await signIn(hers, app, mia);
  await signIn(his, app, nat);
  await opens(page, app, "root");
  await page.getByText("This is you.").waitFor();
  assert.equal(await button(page, "Suspend").count(), 0);
  await everywhere(page, "person-own");
  const ofNat = await opens(page, app, "nat");
  await gives(page, "Administrator");

  const ofMia = await opens(page, app, "mia");
  await everywhere(page, "person");
  await raises(page, hers, app);
  await permits(page, hers, { app, ofNat });
  await isRefused(page, his, ofMia);
  await isStale(page, refusals, ofMia);
  await isOut(hers, app);
  await letsIn(page, hers, app, mia);
  await endsSessions(page, hers, app);
  await deletes(page, ofMia);
  await readsEvents(page);
  await hers.context().close();
  await his.context().close();
}

/** Opens the page of somebody, and returns its address. */
async function opens(page, app, name) {
  await page.goto(`${app}/admin/people?q=${name}@`);
  await page.getByRole("link", { name: `${name}@example.org` }).click();
  await region(page, "Events").waitFor();
  return page.url();
}

async function gives(page, role) {
  await region(page, "Rights").getByRole("combobox").selectOption(role);
  await button(page, "Change the role").click();
  await page.getByText("The role is changed.").waitFor();
  await region(page, "Details").getByText(role, { exact: true }).waitFor();
}

/** Only roles below the own one are offered, and the one that is given holds from the next request on. */
async function raises(page, hers, app) {
  const offered = await region(page, "Rights").getByRole("combobox").locator("option").allTextContents();
  assert.deepEqual(offered, ["User", "Support", "Administrator"]);
  await hers.goto(`${app}/admin/people`);
  await heading(hers, "Not allowed").waitFor();
  await gives(page, "Support");
  await region(page, "Events").getByText("From User to Support").waitFor();
  await hers.goto(`${app}/admin/people`);
  await heading(hers, "People").waitFor();
}

async function permits(page, hers, { app, ofNat }) {
  const [audit, read] = [field(page, "Read the audit"), field(page, "See users and invitations")];
  assert.ok((await read.isChecked()) && (await read.isDisabled()), "the role has it");
  await audit.check();
  await button(page, "Change the permissions").click();
  await page.getByText("The permissions are changed.").waitFor();
  await region(page, "Details").getByText("AUDIT_READ").waitFor();
  assert.ok(await audit.isChecked());

  // She sees a person of a higher rank now, with everything that happened, and changes nothing.
  await hers.goto(ofNat);
  await hers.getByText("You can change only people of a lower rank than yours.").waitFor();
  await region(hers, "Events").getByText("From User to Administrator").waitFor();
  await region(hers, "Events").getByRole("link", { name: "by another person" }).waitFor();
  assert.deepEqual(await hers.getByRole("main").getByRole("button").allTextContents(), []);
  await everywhere(hers, "person-higher");
}

/** He still looks at what he could have done a moment ago. */
async function isRefused(page, his, ofMia) {
  await his.goto(ofMia);
  await button(his, "Change the role").waitFor();
  await gives(page, "Administrator");
  await button(his, "Change the role").click();
  await alert(his, "You can act only on users of a lower rank than your own.").waitFor();
  await everywhere(his, "person-refused");
  await his.reload();
  await his.getByText("You can change only people of a lower rank than yours.").waitFor();
  await region(page, "Details").waitFor();
  await gives(page, "Support");
}

/** A second tab decides on what was so before, and is shown what is so. */
async function isStale(page, refusals, ofMia) {
  refusals.push(`409 /api/v1/users/${ofMia.split("/").at(-1)}/suspend`);
  const other = await page.context().newPage();
  await other.addInitScript(axe);
  await other.goto(ofMia);
  await button(other, "Suspend").waitFor();
  await region(page, "Profile").getByRole("textbox").fill("Mia Wallace");
  await button(page, "Save the name").click();
  await page.getByText("The name is saved.").waitFor();
  await button(other, "Suspend").click();
  await alert(other, STALE).waitFor();
  await heading(other, "Mia Wallace").waitFor();
  assert.equal(await region(other, "Profile").getByRole("textbox").inputValue(), "Mia Wallace", "the fields show what is so");
  assert.equal(await alert(other, STALE).count(), 1, "the message stays");
  await everywhere(other, "person-stale");
  await button(other, "Suspend").click();
  await button(other, "Reactivate").waitFor();
  await everywhere(other, "person-suspended");
  await other.close();
}

async function isOut(hers, app) {
  await hers.goto(`${app}/settings`);
  await hers.waitForURL(/\/sign-in\?returnTo=/);
}

async function letsIn(page, hers, app, { email, password }) {
  await field(hers, "Email").fill(email);
  await field(hers, "Password").fill(password);
  await button(hers, "Sign in").click();
  await alert(hers, "suspended").waitFor();
  await page.reload();
  await button(page, "Reactivate").click();
  await button(page, "Suspend").waitFor();
  await signIn(hers, app, { email, password });
}

async function endsSessions(page, hers, app) {
  await page.reload();
  await region(page, "Sessions").getByRole("listitem").waitFor();
  await button(page, "End all sessions").click();
  await page.getByText("This person is signed out everywhere.").waitFor();
  await page.getByText("Not signed in anywhere.").waitFor();
  await isOut(hers, app);
}

async function deletes(page, ofMia) {
  await field(page, "I want to delete this account.").check();
  await button(page, "Delete this account").click();
  await page.waitForURL(/state=deleted$/);
  const restore = button(page, "Restore mia@example.org");
  await restore.waitFor();
  await everywhere(page, "people-deleted");
  await restore.click();
  await restore.waitFor({ state: "detached" });
  await page.goto(ofMia);
  await heading(page, "Mia Wallace").waitFor();
}

/** The newest first, ten on a page. */
async function readsEvents(page) {
  const events = region(page, "Events").getByRole("listitem");
  await events.first().getByText("Restored").waitFor();
  assert.equal(await events.count(), 10);
  await events.first().getByText("by you").waitFor();
  await region(page, "Events").getByText("Refused").waitFor();
  await page.getByRole("link", { name: "Next page" }).click();
  await events.last().getByText("Account created").waitFor();
  await everywhere(page, "person-events");
  await page.getByRole("link", { name: "First page" }).click();
  await events.first().getByText("Restored").waitFor();
}
