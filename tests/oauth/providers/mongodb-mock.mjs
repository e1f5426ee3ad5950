// npm `@mongodb-js/oidc-mock-provider`: every error of its token endpoint is a 500, and its document lacks a member that every one
// has. It knows nobody, so who a code is for is written into its tokens.
import { OIDCMockProvider } from "@mongodb-js/oidc-mock-provider";
import { people, ready } from "./serving.mjs";

const byNonce = new Map();
const { issuer } = await OIDCMockProvider.create({
  hostname: "127.0.0.1",
  // Without it nobody can use the document (OpenID Connect Discovery 1.0, section 3).
  additionalIssuerMetadata: () => ({ response_types_supported: ["code"] }),
  overrideRequestHandler(url, _, response) {
    const { pathname, searchParams } = new URL(url);
    if (pathname !== "/authorize") return;
    const hint = searchParams.get("login_hint");
    if (!hint) response.setHeader("Content-Type", "text/plain").end("Who are you?");
    byNonce.set(
      searchParams.get("nonce"),
      people.find(({ email }) => email === hint),
    );
  },
  getTokenPayload({ nonce }) {
    const { login, email, verified, name } = byNonce.get(nonce);
    return { expires_in: 3600, payload: { sub: login }, customIdTokenPayload: { email, email_verified: verified, name } };
  },
});
ready({ issuer });
