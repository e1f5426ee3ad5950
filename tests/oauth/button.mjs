// From the button on the sign-in page to the account, in Chromium: through the pages of a real provider, and with the mailed link
// where the provider does not vouch for the address.
import assert from "node:assert/strict";
import { chromium as engine } from "playwright-core";
import { mailed } from "./palisade.mjs";
import { PASSWORD } from "./people.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];

/** Signs in and agrees, on the pages of oidc-provider. */
async function agrees(page, login) {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.locator("input[name=prompt][value=consent]").waitFor({ state: "attached" });
  await page.locator("button[type=submit]").click();
}

export async function fromTheButton({ chromium, origin, domain }) {
  const browser = await engine.launch({ executablePath: chromium, args: FLAGS });
  const begins = async (login) => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${origin}/account/sign-in`);
    await page.getByRole("link", { name: "Continue with Certified" }).click();
    await agrees(page, login);
    return page;
  };
  const isSignedIn = async (page, login) => {
    await page.waitForURL(`${origin}/account`);
    await page.getByText(`${login}@${domain}`).first().waitFor();
    const me = await page.evaluate(async () => (await fetch("/api/v1/users/me")).json());
    assert.equal(me.data.email, `${login}@${domain}`);
    await page.locator("[data-identities] [data-label]").getByText("Certified").waitFor();
  };
  try {
    await isSignedIn(await begins("kit"), "kit");

    let page;
    const link = await mailed(origin, `kay@${domain}`, async () => {
      page = await begins("kay");
      await page.waitForURL(`${origin}/account/sign-in`);
      await page.getByText("please open the link in the email that we sent you").waitFor();
    });
    // Whoever else opens the link learns where it belongs, and joins nothing.
    const elsewhere = await (await browser.newContext()).newPage();
    await elsewhere.goto(link);
    await elsewhere.getByRole("button", { name: "Confirm and sign in" }).click();
    await elsewhere.getByText("in which you came from the provider").waitFor();
    await page.goto(link);
    await page.getByRole("heading", { name: "Connect Certified" }).waitFor();
    await page.getByRole("button", { name: "Confirm and sign in" }).click();
    await isSignedIn(page, "kay");
  } finally {
    await browser.close();
  }
}
