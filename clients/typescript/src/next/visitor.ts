// What a request to Palisade says of the visitor for whom it is made.

import { base64url } from "jose";
import type { Settings } from "./settings.js";

/** A header's worth of an IPv4 or IPv6 address. Palisade parses it. */
const ADDRESS = /^[\da-f.:]{2,45}$/i;

/**
 * The headers of a request that is made for a visitor: the cookies of Palisade, the device, the language, the address if
 * the app knows it, and the origin of the app, without which Palisade refuses changes.
 *
 * An `X-Forwarded-For` of the visitor is not passed on: anybody can write one.
 */
export async function visitorHeaders(incoming: Headers, settings: Settings): Promise<Headers> {
  const headers = new Headers({ Origin: settings.appUrl });
  for (const name of ["user-agent", "accept-language"]) {
    const value = incoming.get(name);
    if (value) headers.set(name, value);
  }
  const cookies = (incoming.get("cookie") ?? "").split(/; */).filter((pair) => /^(__Host-)?palisade-/.test(pair));
  if (cookies.length) headers.set("cookie", cookies.join("; "));
  const address = clientAddress(incoming, settings);
  if (address && settings.proxySecret) headers.set("Palisade-Client", await sealed(address, settings.proxySecret));
  else if (address) headers.set("X-Forwarded-For", address);
  return headers;
}

function clientAddress(headers: Headers, { clientAddress: from }: Settings): string | undefined {
  const found =
    typeof from === "function"
      ? from(headers)
      : from === "vercel"
        ? headers.get("x-vercel-forwarded-for")
        : from && headers.get("x-forwarded-for")?.split(",").pop();
  return ADDRESS.exec(found?.trim() ?? "")?.[0];
}

/** The address with the time and a code that only holders of `PROXY_SECRET` can compute. Valid for 30 seconds. */
async function sealed(address: string, secret: string): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const bytes = (text: string) => new TextEncoder().encode(text);
  const hash = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), hash, false, ["sign"]);
  const code = await crypto.subtle.sign("HMAC", key, bytes(`palisade-client\n${seconds}\n${address}`));
  return `t=${seconds},a=${address},s=${base64url.encode(new Uint8Array(code))}`;
}
