// A round trip: from Palisade to a provider and back, as a browser makes it.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { me } from "./palisade.mjs";
import { Person } from "./person.mjs";

export const RETURN_TO = "/account";
export const isSignedIn = (person) => person.cookies("localhost").includes("palisade-access");
export const find = ({ people }, login) => people.find((who) => who.login === login);
export const isRedirect = ({ status }) => status === 302 || status === 303;

/** The request that a person's browser makes to Palisade after the provider has answered; it is not sent yet. */
export async function answer({ origin, ...provider }, person, { denies, returnTo = RETURN_TO } = {}) {
  const url = `${origin}/api/v1/auth/oauth/${provider.name}?returnTo=${encodeURIComponent(returnTo)}`;
  await pause(provider.pause ?? 0);
  const started = await person.send({ url });
  assert.ok(isRedirect(started), `${started.status} ${await started.text()}`);
  const location = started.headers.get("location");
  const asked = new URL(location).searchParams;
  assert.equal(asked.get("redirect_uri"), provider.redirectUri);
  assert.equal(asked.get("client_id"), provider.id);
  assert.equal(asked.get("code_challenge_method"), "S256");
  assert.equal(asked.get("response_type"), "code");
  assert.ok(asked.get("state").length >= 22 && asked.get("code_challenge").length === 43);
  return person.goesThrough(location, { ...provider, denies });
}

/** Sends it. Returns where Palisade sends the browser in the end, with the error if there is one. */
export async function outcome(person, request) {
  let response = await person.send(request, request);
  if (request.method === "POST") {
    assert.equal(response.status, 303, "a form is answered with the same as GET");
    const url = new URL(response.headers.get("location"), request.url).href;
    assert.equal(url.split("?")[0], request.url);
    response = await person.send({ url });
  }
  assert.ok(isRedirect(response), `${response.status} ${await response.text()}`);
  const location = new URL(response.headers.get("location"), request.url);
  return { location, error: location.searchParams.get("error") };
}

export async function signsIn(provider, who) {
  const person = new Person(who);
  const { location, error } = await outcome(person, await answer(provider, person));
  assert.equal(error, null);
  assert.equal(location.href, provider.origin + RETURN_TO);
  const user = await me(person, provider.origin);
  assert.equal(user.email, who.email);
  return { person, user };
}

/** Nobody is signed in, and the page says why. */
export async function refused(person, request, expected, why) {
  const { location, error } = await outcome(person, request);
  assert.equal(error, expected, why);
  assert.equal(location.origin, new URL(request.url).origin);
  assert.ok(!isSignedIn(person), "nobody is signed in");
}

/** The answer with other parameters; `undefined` takes one out. */
export function changed({ form, ...request }, parameters) {
  const url = new URL(request.url);
  const all = { ...(form ?? Object.fromEntries(url.searchParams)), ...parameters };
  for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name];
  if (form) return { ...request, form: all };
  url.search = new URLSearchParams(all);
  return { ...request, url: url.href };
}
