// A visitor becomes a user of the example.
import assert from "node:assert/strict";
import { linkTo, PASSWORD } from "../people.mjs";
import { button, describes, field, heading } from "./steps.mjs";

const EMAIL = "eve@example.org";

export async function registers({ person, app, palisade }) {
  const page = await person(["400 /api/v1/auth/register"]);
  await page.goto(app);
  await heading(page, "Accounts for your Next.js app").waitFor();
  await skips(page);
  await page.getByRole("main").getByRole("link", { name: "Create an account" }).click();
  await field(page, "Email").fill(EMAIL);
  await field(page, "Name").fill("Eve");
  const password = field(page, "Password");
  await password.fill("aaaaaaaaaaaa");
  await button(page, "Create the account").click();
  await page.getByText("This is too common").waitFor();
  assert.equal(await password.getAttribute("aria-invalid"), "true");
  await describes(password, "This is too common");
  assert.ok(await password.evaluate((input) => input === document.activeElement), "the wrong field has the focus");
  assert.equal(await field(page, "Email").inputValue(), EMAIL, "what was typed stays");

  await password.fill(PASSWORD);
  await button(page, "Create the account").click();
  const told = heading(page, "Look into your mail");
  await told.waitFor();
  assert.ok(await told.evaluate((element) => element === document.activeElement), "the news has the focus");
  await button(page, "Send it once more").click();
  await page.getByText("another one is on its way").waitFor();

  await page.goto(await linkTo(palisade, EMAIL));
  await button(page, "Confirm").click();
  await page.getByText("Your email address is confirmed").waitFor();
  // SIGN_IN_URL of Palisade: its page leads back to the app.
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL(`${app}/sign-in`);
  return { page, email: EMAIL, password: PASSWORD };
}

/** The first press of the Tab key offers to skip the header. */
async function skips(page) {
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  assert.ok(await skip.evaluate((link) => link === document.activeElement));
  await page.keyboard.press("Enter");
  assert.ok(await page.getByRole("main").evaluate((main) => main === document.activeElement));
}
