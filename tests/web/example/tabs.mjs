// The session in tabs of one browser: each shows it before a script has run, and follows the others without a reload.
import assert from "node:assert/strict";
import { account, button, heading, signIn } from "./steps.mjs";

const GUEST = ["Sign in", "Create an account"];
const USER = ["Your account", "Sign out"];
const [WELCOME, GREETING] = ["Accounts for your Next.js app", "Hello, Max"];

export async function followsOtherTabs(drive) {
  const { app } = drive;
  const max = await account(drive.palisade, "max", "Max");
  const page = await drive.person(["401 /settings"]);
  await isRightAtOnce(page, app, GUEST, WELCOME);

  const [other, guarded] = [await page.context().newPage(), await page.context().newPage()];
  await other.goto(app);
  await shows(other, GUEST, WELCOME);
  await stays(other);
  await signIn(page, app, max);
  await shows(other, USER, GREETING);
  await hasStayed(other, "a sign-in in another tab");
  await isRightAtOnce(page, app, USER, GREETING);

  await guarded.goto(`${app}/settings`);
  await heading(guarded, "Profile").waitFor();
  await stays(page);
  await button(page, "Sign out").click();
  for (const tab of [page, other]) {
    await shows(tab, GUEST, WELCOME);
    await hasStayed(tab, "a sign-out");
  }
  await guarded.waitForURL(/\/sign-in\?returnTo=%2Fsettings$/);
  await page.context().close();
}

const ways = (page) => page.getByRole("navigation", { name: "Account" }).locator("a, button");

async function shows(page, names, title) {
  await page.getByRole("navigation", { name: "Account" }).getByText(names[1], { exact: true }).waitFor();
  await heading(page, title).waitFor();
  assert.deepEqual(await ways(page).allTextContents(), names);
}

/** A document that is loaded again forgets this. */
const stays = (page) => page.evaluate(() => void (globalThis.stayed = true));
const hasStayed = async (page, what) => assert.ok(await page.evaluate(() => globalThis.stayed), `${what} reloads no page`);

/**
 * A new page shows who asks before any script of the app has arrived, and those scripts change nothing. An observer writes
 * down what the header says in the meantime; it is called before the browser paints.
 */
async function isRightAtOnce(opener, app, names, title) {
  const page = await opener.context().newPage();
  await page.addInitScript(() => {
    globalThis.said = [];
    const note = () => {
      const ways = [...document.querySelectorAll("header nav :is(a, button)")].map(({ textContent }) => textContent).join(", ");
      if (ways && ways !== globalThis.said.at(-1)) globalThis.said.push(ways);
    };
    new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
  });
  const held = [];
  let released = false;
  await page.route(/\/_next\/static\/.*\.js/, (route) => (released ? route.continue() : void held.push(route)));
  await page.goto(app, { waitUntil: "commit" });
  await shows(page, names, title);
  assert.ok(held.length > 0, "the scripts are still on their way");
  released = true;
  await Promise.all(held.map((route) => route.continue()));
  await page.waitForLoadState("load");
  // React runs once it has made the elements its own.
  await page.waitForFunction(() => Object.keys(document.querySelector("header a")).some((key) => key.startsWith("__reactProps")));
  assert.deepEqual(await page.evaluate(() => globalThis.said), [names.join(", ")]);
  await page.close();
}
