// npm `oauth2-mock-server`: it knows nobody, so who a code is for is written into its tokens and answers by its hooks. It checks
// a verifier, if one comes, and nothing else of who asks.
import { OAuth2Server } from "oauth2-mock-server";
import { listening, people, ready } from "./serving.mjs";

const server = await listening();
const { issuer, service } = new OAuth2Server();
// As it names itself when it serves on this machine.
issuer.url = `http://localhost:${server.address().port}`;
await issuer.keys.generate("RS256");

const find = (wanted) => people.find(({ email }) => email === wanted);
const [byCode, byToken] = [new Map(), new Map()];
service.on("beforeAuthorizeRedirect", ({ url }, { query }) => byCode.set(url.searchParams.get("code"), find(query.login_hint)));
service.on("beforeTokenSigning", ({ payload }, { body }) => {
  payload.sub = byCode.get(body.code)?.login;
});
service.on("beforeResponse", (response, { body }) => {
  const person = byCode.get(body.code);
  byCode.delete(body.code);
  // It gives tokens for any code.
  if (person) byToken.set(response.body.access_token, person);
  else Object.assign(response, { statusCode: 400, body: { error: "invalid_grant" } });
});
service.on("beforeUserinfo", (response, { headers }) => {
  const person = byToken.get(headers.authorization?.replace("Bearer ", ""));
  if (!person) Object.assign(response, { statusCode: 401, body: { error: "invalid_token" } });
  else response.body = { sub: person.login, email: person.email, email_verified: person.verified, name: person.name };
});
server.handler = (request, response) => {
  if (/^\/authorize\?(?!.*login_hint=)/.test(request.url)) response.end("Who are you?");
  else service.requestHandler(request, response);
};
ready({ issuer: issuer.url });
