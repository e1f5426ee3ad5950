// npm `@hellocoop/mockin`: it gives a code to whoever `login_hint` names, and lists a way of authentication that is not enough
// for it. Here is the page on which a person names themselves.
import fastify from "fastify";
import { listening, people, ready } from "./serving.mjs";

const server = await listening();
const issuer = `http://127.0.0.1:${server.address().port}`;
// It reads the environment when it is loaded, and writes to the output.
Object.assign(process.env, { ISSUER: issuer });
const { log } = console;
console.log = console.error;
const { loginHints } = await import("@hellocoop/mockin/src/users.js");
const { default: mockin } = await import("@hellocoop/mockin/src/api.js");
console.log = log;

for (const { login, email, name } of people) loginHints[email] = { sub: login, email, name };
const app = fastify();
mockin(app);
await app.ready();
server.handler = (request, response) => {
  if (/^\/authorize\?(?!.*login_hint=)/.test(request.url)) response.end("Who are you?");
  else app.routing(request, response);
};
ready({ issuer });
