// Signing in through the origin of the Next.js app, with fetch and a cookie jar.
import assert from "node:assert/strict";
import { linkTo, PASSWORD } from "./people.mjs";

/** Like a browser: stores cookies and sends its origin. */
class Browser {
  cookies = new Map();

  constructor(origin) {
    this.origin = origin;
  }

  async send(method, path, body) {
    const headers = { Origin: this.origin };
    if (this.cookies.size) headers.Cookie = [...this.cookies].map((pair) => pair.join("=")).join("; ");
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body) });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value === "" || cookie.includes("Max-Age=0")) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.status, ...(await response.json()) };
  }
}

export async function byFetch({ next, palisade }) {
  const [email, password] = ["ada@example.org", PASSWORD];
  const ada = new Browser(next);
  assert.equal((await ada.send("POST", "/api/v1/auth/register", { email, password, name: "Ada" })).status, 202);
  const token = (await linkTo(palisade, email)).split("#token=")[1];
  assert.equal((await ada.send("POST", "/api/v1/auth/verify-email", { token })).status, 200);

  const signedIn = await ada.send("POST", "/api/v1/auth/login", { email, password });
  assert.equal(signedIn.status, 200, JSON.stringify(signedIn));
  assert.ok(ada.cookies.has("palisade-access") && ada.cookies.has("palisade-refresh"), "cookies of Next's origin");
  assert.equal((await ada.send("GET", "/api/v1/users/me")).data.name, "Ada");

  // The access token has expired, and the session continues.
  ada.cookies.delete("palisade-access");
  assert.equal((await ada.send("GET", "/api/v1/users/me")).error.code, "AUTH_401");
  assert.equal((await ada.send("POST", "/api/v1/auth/refresh")).status, 200);
  assert.equal((await ada.send("GET", "/api/v1/users/me")).status, 200);

  // A page of another site cannot use it.
  const forged = await fetch(`${next}/api/v1/auth/logout`, {
    method: "POST",
    headers: { Origin: "https://evil.example", Cookie: [...ada.cookies].map((pair) => pair.join("=")).join("; ") },
  });
  assert.equal((await forged.json()).error.code, "CSRF_REJECTED");

  const kept = new Map(ada.cookies);
  assert.equal((await ada.send("POST", "/api/v1/auth/logout")).status, 200);
  assert.ok(!ada.cookies.has("palisade-access") && !ada.cookies.has("palisade-refresh"));
  ada.cookies = kept;
  assert.equal((await ada.send("GET", "/api/v1/users/me")).status, 401, "a copy of the token is dead too");
}
