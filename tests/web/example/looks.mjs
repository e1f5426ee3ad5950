// Every page of the example as people see it, in light and dark, wide and narrow.
import { axe, judge } from "../accessible.mjs";
import { PASSWORD } from "../people.mjs";
import { button, field, heading, signIn } from "./steps.mjs";

const GUEST = [
  ["start", "/", "Accounts for your Next.js app"],
  ["sign-in", "/sign-in", "Sign in"],
  ["sign-in-error", "/sign-in?error=OAUTH_DENIED", "Sign in"],
  ["sign-up", "/sign-up", "Create an account"],
  ["forgot", "/forgot-password", "Forgot your password?"],
  ["nowhere", "/nowhere", "Not found"],
];

const ADMIN = [
  ["greeting", "/", /^Hello, /],
  ["people", "/admin/people", "People"],
  ["people-found", "/admin/people?q=crowd-0", "People"],
  ["people-none", "/admin/people?q=nobody", "People"],
  ["invitations", "/admin/invitations", "Invitations"],
];

export async function looksRight({ person, app, root }, eve) {
  const seen = async (refusals) => {
    const page = await person(refusals);
    await page.addInitScript(axe);
    return page;
  };
  const guest = await seen(["404 /nowhere", "400 /api/v1/auth/register"]);
  await visit(guest, app, GUEST);
  await guest.goto(`${app}/sign-up`);
  await field(guest, "Email").fill("ida@example.org");
  await field(guest, "Password").fill("aaaaaaaaaaaa");
  await button(guest, "Create the account").click();
  await guest.locator(".mistake").waitFor();
  await look(guest, "sign-up-mistake");
  await field(guest, "Password").fill(PASSWORD);
  await button(guest, "Create the account").click();
  await heading(guest, "Look into your mail").waitFor();
  await look(guest, "look-into-your-mail");
  await guest.context().close();

  const page = await seen([]);
  await signIn(page, app, eve);
  await visit(page, app, [["settings", "/settings", "Delete your account"], ["provider-error", "/settings?error=IDENTITY_TAKEN", "Providers"], ["not-allowed", "/admin/people", "Not allowed"]]);
  await page.context().close();

  const admin = await seen([]);
  await signIn(admin, app, root);
  await visit(admin, app, ADMIN);
  await admin.context().close();
}

async function visit(page, app, pages) {
  for (const [name, path, title] of pages) {
    await page.goto(app + path);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    await page.locator(".waiting", { hasText: "Loading" }).waitFor({ state: "detached" });
    await look(page, name);
  }
}

/**
 * Judged in both color schemes and at both widths, and `everywhere` in each of the four views. With SHOTS set to a folder,
 * all four are kept there.
 */
export async function look(page, name, { everywhere = false } = {}) {
  const { SHOTS } = process.env;
  for (const [colorScheme, width, height] of [["light", 360, 740], ["dark", 1280, 900], ["dark", 360, 740], ["light", 1280, 900]]) {
    const judged = everywhere || (colorScheme === "light") === (width === 360);
    if (!judged && !SHOTS) continue;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    const where = `${name}-${colorScheme}-${width}`;
    if (judged) await judge(page, where);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/example-${where}.png`, fullPage: true });
  }
}
