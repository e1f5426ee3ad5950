// Every built-in page of accounts as people see it: at two widths, in two color schemes, from left to right and from right to
// left. axe-core finds nothing to object, and nothing is wider than the screen. With SHOTS set to a folder, each is kept there.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

/** The script that `judge` needs in a page. */
export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The pages, and what the server says about the link of each. */
const PAGES = [
  { path: "/account/sign-in" },
  { path: "/account/sign-up" },
  { path: "/account/forgot" },
  { path: "/account/verify", purpose: "verification", passwordRequired: true },
  { path: "/account/reset", purpose: "password-reset", passwordRequired: true },
  { path: "/account/setup", purpose: "setup", passwordRequired: true },
  { path: "/account/accept-invitation", purpose: "invitation", passwordRequired: true },
  { path: "/account/confirm-email", purpose: "email-change" },
  { path: "/account/secure", purpose: "secure-account" },
  { path: "/account/connect", purpose: "identity", provider: "Acme" },
  { path: "/account/sign-in?error=EMAIL_CONFIRMATION_REQUIRED", state: "after a provider" },
  { path: "/account/verify", state: "without a link" },
  { path: "/account" },
];

const USER = { id: "usr_1", name: "Kay", email: "kay@example.org" };
const DEVICES = [
  { id: "ses_1", device: "Firefox on Windows", ip: "192.0.2.1", lastUsedAt: "2026-01-02T03:04:05.000Z", current: true },
  { id: "ses_2", device: null, ip: "2001:db8:1234:5678:9abc:def0:1234:5678", lastUsedAt: "2026-01-01T03:04:05.000Z", current: false },
];

const IDENTITIES = [{ id: "idn_1", provider: "acme", label: "Acme", address: "kay@example.com", linkedAt: "2026-01-01T03:04:05.000Z" }];

const answer = (data) => ({ json: { success: true, data, meta: { requestId: "1" } } });

export async function isAccessible({ person, palisade }) {
  for (const locale of ["en-US", "ar-EG"]) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await person([], { locale, colorScheme });
      await page.addInitScript(axe);
      let said = {};
      await page.route("**/api/v1/auth/link", (route) => route.fulfill(answer(said)));
      await page.route("**/api/v1/users/me", (route) => route.fulfill(answer(USER)));
      await page.route("**/api/v1/auth/sessions*", (route) => route.fulfill(answer({ items: DEVICES })));
      await page.route("**/api/v1/auth/identities*", (route) => route.fulfill(answer({ items: IDENTITIES })));
      for (const { path, purpose, passwordRequired, provider, state } of PAGES) {
        said = { purpose, email: "kay@example.org", provider, passwordRequired: Boolean(passwordRequired), used: false };
        await page.goto("about:blank");
        await page.goto(palisade + path + (purpose ? "#token=x" : ""));
        if (path === "/account") {
          await page.locator("[data-devices] li").nth(1).waitFor();
          await page.locator("[data-identities] li").waitFor();
        } else if (state) await page.locator(".notice:not(:empty)").first().waitFor();
        else await page.locator("form:visible").waitFor();
        const where = `${path}${state ? ` ${state}` : ""} in ${locale}, ${colorScheme}`;
        for (const [width, height] of [[390, 844], [1280, 900]]) {
          await page.setViewportSize({ width, height });
          await judge(page, `${where}, ${width} px`);
          if (process.env.SHOTS) {
            const name = `${path.slice(1).replace(/[/?=]/g, "-")}${state ? "-bare" : ""}-${locale}-${colorScheme}-${width}.png`;
            await page.screenshot({ path: `${process.env.SHOTS}/${name}`, fullPage: true });
          }
        }
      }
      await page.context().close();
    }
  }
}

export async function judge(page, where) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  assert.deepEqual(found, [], where);
  const root = await page.evaluate(() => {
    const { scrollWidth, clientWidth, lang } = document.documentElement;
    return { beyond: scrollWidth - clientWidth, lang, dir: getComputedStyle(document.documentElement).direction };
  });
  assert.equal(root.beyond, 0, `${where} is that much wider than the screen`);
  assert.equal(root.dir, root.lang === "ar" ? "rtl" : "ltr", where);
}
