// The administrator's area of the example.
import assert from "node:assert/strict";
import { axe } from "../accessible.mjs";
import { linkTo, PASSWORD } from "../people.mjs";
import { manages } from "./managing.mjs";
import { account, button, field, heading, signIn } from "./steps.mjs";

/** More people than a page of the list has. */
const CROWD = Array.from({ length: 21 }, (_, number) => `crowd-${String(number).padStart(2, "0")}`);

export async function administrates(drive, eve) {
  const crowd = Promise.all([CROWD.slice(0, 11), CROWD.slice(11)].map(async (names) => {
    for (const name of names) await account(drive.palisade, name);
  }));
  const refusals = ["409 /api/v1/users"];
  const page = await drive.person(refusals);
  await page.addInitScript(axe);
  await refusesOthers(drive, eve);
  await signIn(page, drive.app, drive.root);
  await page.getByRole("link", { name: "Admin" }).click();
  await heading(page, "People").waitFor();
  await invites(page, drive);
  await crowd;
  await finds(page, drive.app, eve);
  await filters(page, drive.app);
  await manages(page, drive, refusals);
  await page.context().close();
}

async function refusesOthers({ person, app }, eve) {
  const page = await person([]);
  await page.goto(`${app}/admin/people`);
  await page.waitForURL(/\/sign-in\?returnTo=/);
  await signIn(page, app, eve);
  assert.equal(await page.getByRole("link", { name: "Admin" }).count(), 0);
  for (const path of ["/admin/people", "/admin/people/usr_1", "/admin/invitations"]) {
    await page.goto(app + path);
    await heading(page, "Not allowed").waitFor();
    assert.ok(!(await page.content()).includes("root@example.org"));
  }
  await page.context().close();
}

const rows = (page) => page.getByRole("region", { name: "Found" }).getByRole("listitem");

async function finds(page, app, eve) {
  await page.goto(`${app}/admin/people`);
  await page.getByRole("link", { name: "crowd-20@example.org" }).waitFor();
  assert.equal(await rows(page).count(), 20);
  await page.getByRole("link", { name: "Next page" }).click();
  await page.getByRole("link", { name: eve.email }).waitFor();
  await page.getByRole("link", { name: "First page" }).click();
  await page.getByRole("link", { name: "crowd-20@example.org" }).waitFor();

  await field(page, "The address begins with").fill("crowd-1");
  await button(page, "Search").click();
  await page.waitForURL(/q=crowd-1/);
  await page.getByRole("link", { name: "crowd-10@example.org" }).waitFor();
  assert.deepEqual(await rows(page).getByRole("link").allTextContents(), CROWD.slice(10, 20).map((name) => `${name}@example.org`));

  await field(page, "The address begins with").fill("eve@");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: eve.email }).click();
  await heading(page, "Eve").waitFor();
  await page.getByText("None beyond the own account").waitFor();
  await page.goto(`${app}/admin/people/nonsense`);
  await heading(page, "Not found").waitFor();
}

async function filters(page, app) {
  await page.goto(`${app}/admin/people`);
  await field(page, "Role").selectOption("Super-admin");
  await button(page, "Show").click();
  await page.waitForURL(/role=super_admin/);
  await page.getByRole("link", { name: "root@example.org" }).waitFor();
  assert.equal(await rows(page).count(), 1);
  await field(page, "State").selectOption("Suspended");
  await button(page, "Show").click();
  await page.getByText("Nothing found.").waitFor();
  // What nobody offers is left out, so that no address ends in an error.
  await page.goto(`${app}/admin/people?role=king&state=gone&limit=0&q=root@`);
  await page.getByRole("link", { name: "root@example.org" }).waitFor();
}

async function invites(page, { person, app, palisade }) {
  await page.getByRole("link", { name: "Invitations" }).click();
  const invite = async (email) => {
    await field(page, "Email").fill(email);
    await field(page, "Role").selectOption("Support");
    await button(page, "Invite").click();
  };
  const [email, other, pending] = ["gus@example.org", "hal@example.org", "ivo@example.org"];
  for (const address of [other, pending, email]) {
    await invite(address);
    await page.getByText("The invitation is on its way.").waitFor();
    await page.getByRole("region", { name: "Pending" }).getByText(address).waitFor();
  }
  await invite(email);
  await page.getByRole("alert").filter({ hasText: /\./ }).waitFor();
  await button(page, `Withdraw from ${other}`).click();
  await button(page, `Withdraw from ${other}`).waitFor({ state: "detached" });
  await button(page, `Send again to ${email}`).click();
  await page.getByText("Sent.").waitFor();

  const guest = await person([]);
  await guest.goto(await linkTo(palisade, email));
  await guest.locator("#password").fill(PASSWORD);
  await button(guest, "Create the account").click();
  await guest.getByText("Your account is ready. You can sign in now.").waitFor();
  await signIn(guest, app, { email, password: PASSWORD });
  // Support reads, and invites nobody.
  await guest.getByRole("link", { name: "Admin" }).click();
  await guest.getByRole("link", { name: email }).waitFor();
  await guest.getByRole("link", { name: "Invitations" }).click();
  await heading(guest, "Pending").waitFor();
  assert.equal(await button(guest, "Invite").count(), 0);
  await guest.context().close();
}
