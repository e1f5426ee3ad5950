// The cookies of a browser. As in browsers, they do not know ports: two servers on one host share them.

/** What nobody but the two sides of a sign-in may read: codes, states, and the values of cookies. */
export const secrets = new Set();

function parsed(line, { hostname, pathname }) {
  const [[name, value], ...rest] = line.split(";").map((part) => {
    const at = part.indexOf("=");
    return at === -1 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  const options = Object.fromEntries(rest.map(([option, set]) => [option.toLowerCase(), set]));
  const ends = "max-age" in options ? Date.now() + options["max-age"] * 1000 : Date.parse(options.expires);
  return {
    hostname,
    name,
    value,
    path: options.path || pathname.slice(0, pathname.lastIndexOf("/")) || "/",
    sameSite: (options.samesite ?? "lax").toLowerCase(),
    isGone: ends <= Date.now(),
  };
}

export class Cookies {
  #kept = new Map();

  keep(line, url) {
    const cookie = parsed(line, url);
    const key = [cookie.hostname, cookie.path, cookie.name].join(" ");
    this.#kept.delete(key);
    if (cookie.isGone) return;
    this.#kept.set(key, cookie);
    if (cookie.value.length >= 16) secrets.add(cookie.value);
  }

  /** The header of a request. Another site may send people to a page, but not post in their name. */
  header({ hostname, pathname }, { method, isCrossSite }) {
    const sent = this.of(hostname).filter(({ path, sameSite }) => {
      const isBelow = `${pathname}/`.startsWith(path.replace(/\/?$/, "/"));
      const isAllowed = !isCrossSite || sameSite === "none" || (sameSite === "lax" && method === "GET");
      return isBelow && isAllowed;
    });
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  of(hostname) {
    return [...this.#kept.values()].filter((cookie) => cookie.hostname === hostname);
  }

  forget(hostname) {
    for (const [key, cookie] of this.#kept) if (cookie.hostname === hostname) this.#kept.delete(key);
  }

  copy() {
    const copy = new Cookies();
    copy.#kept = new Map(this.#kept);
    return copy;
  }
}
