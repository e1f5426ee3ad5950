// Sessions of the example: pages go on with them, and end with them.
import assert from "node:assert/strict";
import { account, button, heading, signIn } from "./steps.mjs";

const TABS = 5;
const ROUNDS = process.env.PALISADE_LONG ? 200 : 3;

export async function goesOn(drive) {
  const kim = await account(drive.palisade, "kim", "Kim");
  const page = await drive.person(["401 /api/v1/users/me", "401 /api/v1/auth/refresh"]);
  await signIn(page, drive.app, kim);
  await isRenderedByTheServer(page, drive.app);
  await refreshesForManyAtOnce(page, drive.app);
  await refreshesInManyTabs(page, drive.app);
  await endsEverywhere(page, drive.app);
  await endsFromElsewhere(drive, kim);
}

/** What a browser has when its access token has expired. */
const expire = (page) => page.context().clearCookies({ name: /palisade-access$/ });

/** The document names the user before any script runs. */
async function isRenderedByTheServer(page, app) {
  const html = await (await page.request.get(app)).text();
  assert.ok(/<h1>Hello, (<!-- -->)?Kim<\/h1>/.test(html));
}

/** Twenty requests for pages leave at once, all with the same expired token. */
async function refreshesForManyAtOnce(page, app) {
  for (let round = 0; round < (process.env.PALISADE_LONG ? 20 : 1); round += 1) {
    await expire(page);
    const ends = await page.evaluate(async () => {
      const load = async (path) => {
        const response = await fetch(path);
        return [new URL(response.url).pathname, response.status, (await response.text()).includes("kim@example.org")];
      };
      return Promise.all(Array.from({ length: 20 }, () => load("/settings")));
    });
    for (const end of ends) assert.deepEqual(end, ["/settings", 200, true]);
  }
  await page.goto(app);
  await heading(page, "Hello, Kim").waitFor();
}

/** Each tab does something else with the expired token, at the same time. */
async function refreshesInManyTabs(page, app) {
  const tabs = await Promise.all(Array.from({ length: TABS }, () => page.context().newPage()));
  await Promise.all(tabs.map((tab) => tab.goto(`${app}/settings`)));
  await Promise.all(tabs.map((tab) => heading(tab, "Profile").waitFor()));
  const acts = [
    (tab) => tab.reload(),
    (tab) => tab.goto(`${app}/settings`),
    async (tab) => {
      await tab.getByRole("link", { name: "Example" }).click();
      await heading(tab, "Hello, Kim").waitFor();
      await tab.getByRole("link", { name: "Your account" }).first().click();
    },
    async (tab) => {
      await button(tab, "Save").click();
      await tab.getByText("Your name is saved.").waitFor();
    },
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    await expire(page);
    await Promise.all(tabs.map((tab, number) => acts[(round + number) % acts.length](tab)));
    for (const tab of tabs) {
      await heading(tab, "Profile").waitFor();
      assert.equal(new URL(tab.url()).pathname, "/settings", `round ${round} signs nobody out`);
    }
  }
  await Promise.all(tabs.map((tab) => tab.close()));
}

/** Signing out in one tab signs out the others: at once where the page shows it, and at the latest when they go on. */
async function endsEverywhere(page, app) {
  const other = await page.context().newPage();
  await other.goto(app);
  await heading(other, "Hello, Kim").waitFor();
  await page.goto(app);
  await button(page, "Sign out").click();
  await heading(page, "Accounts for your Next.js app").waitFor();
  await other.goto(`${app}/settings`);
  await other.waitForURL(/\/sign-in\?returnTo=/);
  await other.close();
}

/** A device that was ended on another one is out when it goes on, although its access token has not expired. */
async function endsFromElsewhere({ person, app }, kim) {
  const [lost, hand] = [await person(["401 /settings", "401 /api/v1/auth/refresh"]), await person([])];
  await signIn(lost, app, kim);
  await signIn(hand, app, kim);
  await hand.goto(`${app}/settings`);
  const devices = hand.getByRole("region", { name: "Devices" }).getByRole("listitem");
  await devices.nth(1).waitFor();
  const before = await devices.count();
  await hand.getByRole("button", { name: /^Sign out Chrom/ }).first().click();
  while ((await devices.count()) === before) await hand.waitForTimeout(20);
  await lost.goto(app);
  await heading(lost, "Accounts for your Next.js app").waitFor();
  await lost.getByRole("navigation").getByRole("link", { name: "Sign in" }).waitFor();
  await lost.goto(`${app}/settings`);
  await lost.waitForURL(/\/sign-in\?returnTo=/);

  await signIn(lost, app, kim);
  await hand.reload();
  await button(hand, "Sign out everywhere").click();
  await hand.waitForURL(/\/sign-in/);
  await lost.getByRole("link", { name: "Your account" }).first().click();
  await lost.waitForURL(/\/sign-in\?returnTo=/);
}
