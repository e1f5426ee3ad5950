// Where Palisade is, and what its cookies are called.

declare const process: { readonly env: Readonly<Record<string, string | undefined>> } | undefined;

/** What the proxy and the helpers of the server have in common. */
export interface ServerOptions {
  /** The address of the site, as Palisade's own `APP_URL` has it. Default: `APP_URL` of the environment. */
  appUrl?: string | undefined;
  /** Where this server reaches Palisade. Default: `PALISADE_URL` of the environment, or else the address of the site. */
  palisadeUrl?: string | undefined;
  /** The path of the page for signing in. Default: `/sign-in`. */
  signIn?: string | undefined;
  /**
   * How this server knows the address of a visitor, so that Palisade can limit each visitor. Default: it does not.
   *
   * - `"vercel"`: from the header that Vercel writes. Only on Vercel.
   * - `"x-forwarded-for-last"`: the last address of `X-Forwarded-For`. Only behind a proxy that appends to it.
   * - a function of the headers of the request.
   */
  clientAddress?: ClientAddress | undefined;
}

/** See {@link ServerOptions.clientAddress}. */
export type ClientAddress = "vercel" | "x-forwarded-for-last" | ((headers: Headers) => string | null | undefined);

/** The options with their defaults. */
export interface Settings {
  /** The issuer and the audience of the tokens, and the `Origin` of requests. */
  readonly appUrl: string;
  readonly palisadeUrl: string;
  readonly signIn: string;
  readonly clientAddress: ClientAddress | undefined;
  readonly proxySecret: string | undefined;
  readonly accessCookie: string;
  readonly refreshCookie: string;
}

/**
 * Reads the environment at the first request, because a build has none.
 *
 * @throws Error if nothing says where the site is
 */
export function settings(options: ServerOptions): () => Settings {
  let read: Settings | undefined;
  return () => (read ??= resolve(options));
}

function resolve({ palisadeUrl, appUrl, signIn = "/sign-in", clientAddress }: ServerOptions): Settings {
  const env = typeof process === "undefined" ? {} : process.env;
  const development = env.NODE_ENV === "development";
  const reached = palisadeUrl || env.PALISADE_URL || (development ? "http://127.0.0.1:8080" : "");
  // In development Palisade calls itself localhost.
  const site = appUrl || env.APP_URL || (development && reached.replace("127.0.0.1", "localhost"));
  if (!site) throw new Error("APP_URL is not set: the address of the site, as Palisade has it");
  const { origin } = new URL(site);
  const cookie = origin.startsWith("https:") ? "__Host-palisade-" : "palisade-";
  return {
    appUrl: origin,
    palisadeUrl: new URL(reached || site).origin,
    signIn,
    clientAddress,
    proxySecret: env.PROXY_SECRET,
    accessCookie: `${cookie}access`,
    refreshCookie: `${cookie}refresh`,
  };
}
