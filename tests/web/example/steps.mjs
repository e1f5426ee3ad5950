// What several drives of the example do.
import assert from "node:assert/strict";
import { linkTo, PASSWORD, until } from "../people.mjs";

export const button = (page, name) => page.getByRole("button", { name, exact: true });

/** A field of the page. Next.js keeps pages that were left, hidden, with fields of the same names. */
export const field = (page, label) => page.getByLabel(label).filter({ visible: true });

export const heading = (page, name) => page.getByRole("heading", { name, exact: true });

/** Delays the answers to this path until it is released. */
export async function holding(page, path) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await page.route(`**${path}`, async (route) => {
    await released;
    await route.continue();
  });
  return async () => {
    release();
    await page.unroute(`**${path}`, { behavior: "wait" });
  };
}

/** Signs in on the page for that, and waits for the page behind it. */
export async function signIn(page, app, { email, password }) {
  await page.goto(`${app}/sign-in`);
  await field(page, "Email").fill(email);
  await field(page, "Password").fill(password);
  await button(page, "Sign in").click();
  await button(page, "Sign out").first().waitFor();
}

/**
 * An account, made without the pages. Each drive signs in to its own, because five sign-ins to an account use up its limit
 * for some minutes.
 */
export async function account(palisade, id, name) {
  const email = `${id}@example.org`;
  const post = async (path, body, cookie = "") => {
    const headers = { "Content-Type": "application/json", Origin: palisade, Cookie: cookie };
    const response = await fetch(`${palisade}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, cookie: response.headers.getSetCookie().map((set) => set.split(";")[0]).join("; ") };
  };
  const registered = await post("/auth/register", { email, password: PASSWORD, name });
  assert.equal(registered.status, 202);
  const token = (await linkTo(palisade, email)).split("#token=")[1];
  assert.equal((await post("/auth/verify-email", { token }, registered.cookie)).status, 200);
  return { email, password: PASSWORD };
}

/** The link of the next mail to this address. */
export const newest = (palisade, email, before) =>
  until(`another mail to ${email}`, async () => {
    const link = await linkTo(palisade, email);
    return link !== before && link;
  });

/** The element that an input names as its description says this. */
export async function describes(input, text) {
  const ids = ((await input.getAttribute("aria-describedby")) ?? "").split(" ");
  const said = await Promise.all(ids.filter(Boolean).map((id) => input.page().locator(`[id="${id}"]`).textContent()));
  assert.ok(said.join(" ").includes(text), `${said.join(" ")} describes the field`);
}
