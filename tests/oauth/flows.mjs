// Signing in through Palisade, as browsers do: what becomes of each answer of a provider.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { joining } from "./joining.mjs";
import { me } from "./palisade.mjs";
import { Person } from "./person.mjs";
import { answer, changed, find, isRedirect, outcome, refused, RETURN_TO, signsIn } from "./trips.mjs";

/** Keys may change at any time, even under their old names. */
export async function changesItsKeys(provider) {
  await provider.beginsAnew();
  // Palisade asks for the keys of a provider once in five seconds at most.
  await pause(Math.max(0, provider.doneAt + 5_100 - Date.now()));
  await signsIn(provider, find(provider, "ada"));
}

/** A provider that has ended costs its own sign-ins only. */
export async function endsMeanwhile(provider, another) {
  const person = new Person(find(provider, "ada"));
  const request = await answer(provider, person);
  await provider.end();
  await refused(person, request, "PROVIDER_UNAVAILABLE");
  await signsIn(another, find(another, "ada"));
}

/** One that never answered is known as unavailable before anyone is sent to it. */
export async function wasNeverThere({ name, origin }) {
  const person = new Person();
  const url = `${origin}/api/v1/auth/oauth/${name}?returnTo=${encodeURIComponent(RETURN_TO)}`;
  await refused(person, { method: "GET", url }, "PROVIDER_UNAVAILABLE");
}

const flows = {
  async "a first sign-in makes an account, and the next one leads to it"(provider) {
    const ada = find(provider, "ada");
    const [first, second] = [await signsIn(provider, ada), await signsIn(provider, ada)];
    assert.equal(second.user.id, first.user.id);
  },

  async "who is signed in at the provider needs no form, and gets a session of the same account"(provider) {
    const { person, user } = await signsIn(provider, find(provider, "ada"));
    person.forget("localhost");
    const { error } = await outcome(person, await answer(provider, person));
    assert.equal(error, null);
    assert.equal((await me(person, provider.origin)).id, user.id);
  },

  async "an address that the provider does not vouch for goes through the mail first"(provider) {
    for (const who of provider.people.filter(({ login }) => ["eve", "mel", "tom"].includes(login))) {
      const person = new Person(who);
      await refused(person, await answer(provider, person), "EMAIL_CONFIRMATION_REQUIRED", `verified: ${who.verified}`);
    }
  },

  async "a person who says no is told so"(provider) {
    const person = new Person(find(provider, "ned"));
    const request = await answer(provider, person, { denies: true });
    // Without the state, the answer belongs to no attempt.
    await refused(person, request, provider.isDenialLost ? "OAUTH_STATE_INVALID" : "OAUTH_DENIED");
  },

  async "an answer counts once, also with the cookie of the attempt"(provider) {
    const person = new Person(find(provider, "bob"));
    const request = await answer(provider, person);
    const copy = person.copy();
    assert.equal((await outcome(person, request)).error, null);
    await refused(copy, request, "OAUTH_STATE_INVALID");
    assert.equal((await outcome(person, request)).error, "OAUTH_STATE_INVALID");
  },

  async "an answer counts in the browser that asked, and a stranger cannot spoil it"(provider) {
    const person = new Person(find(provider, "bob"));
    const request = await answer(provider, person);
    await refused(new Person(), request, "OAUTH_STATE_INVALID");
    const stranger = new Person(find(provider, "ada"));
    await answer(provider, stranger);
    await refused(stranger, request, "OAUTH_STATE_INVALID");
    assert.equal((await outcome(person, request)).error, null);
  },

  async "an answer counts at the provider that was asked"(provider) {
    const person = new Person(find(provider, "ada"));
    const request = await answer(provider, person);
    const url = request.url.replace(`/${provider.name}/`, `/${provider.other}/`);
    await refused(person, { ...request, url }, "OAUTH_STATE_INVALID");
  },

  async "an answer with another state, or without one, belongs to no attempt"(provider) {
    for (const state of ["another", undefined, ""]) {
      const person = new Person(find(provider, "ada"));
      await refused(person, changed(await answer(provider, person), { state }), "OAUTH_STATE_INVALID", `state: ${state}`);
    }
  },

  async "a code that the provider did not give out fails"(provider) {
    for (const code of ["another", undefined]) {
      const person = new Person(find(provider, "ada"));
      const expected = code ? (provider.wrongCode ?? "OAUTH_FAILED") : "OAUTH_FAILED";
      await refused(person, changed(await answer(provider, person), { code }), expected, `code: ${code}`);
    }
  },

  async "a code of another attempt fails, for its verifier is another"(provider) {
    if (!provider.isPkceChecked) return;
    const [ada, bob] = ["ada", "bob"].map((login) => new Person(find(provider, login)));
    const { code } = Object.fromEntries(new URL((await answer(provider, bob)).url).searchParams);
    await refused(ada, changed(await answer(provider, ada), { code }), provider.wrongCode ?? "OAUTH_FAILED");
  },

  async "an answer that names another issuer, or none where the provider names itself, fails"(provider) {
    const others = provider.namesItself ? ["http://issuer.example", undefined, ""] : ["http://issuer.example"];
    for (const iss of others) {
      const person = new Person(find(provider, "ada"));
      await refused(person, changed(await answer(provider, person), { iss }), "OAUTH_FAILED", `iss: ${iss}`);
    }
  },

  async "a browser is sent to no other site"(provider) {
    for (const returnTo of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
      const person = new Person(find(provider, "ada"));
      const url = `${provider.origin}/api/v1/auth/oauth/${provider.name}?returnTo=${encodeURIComponent(returnTo)}`;
      const started = await person.send({ url });
      assert.ok(started.status === 400 || isRedirect(started), `${returnTo}: ${started.status}`);
      if (started.status === 400) continue;
      const request = await person.goesThrough(started.headers.get("location"), provider);
      assert.equal((await outcome(person, request)).location.origin, provider.origin, returnTo);
    }
  },

  async "first sign-ins at the same time make one account"(provider) {
    const people = Array.from({ length: 5 }, () => new Person(find(provider, "zoe")));
    const requests = [];
    for (const person of people) requests.push(await answer(provider, person));
    const outcomes = await Promise.all(people.map((person, at) => outcome(person, requests[at])));
    assert.deepEqual(outcomes.map(({ error }) => error), people.map(() => null));
    const users = await Promise.all(people.map((person) => me(person, provider.origin)));
    assert.equal(new Set(users.map(({ id }) => id)).size, 1);
  },
};

/** Those that need nobody with a verified address, whom some providers do not have. */
const FOR_ALL = [
  "an address that the provider does not vouch for goes through the mail first",
  "a person who says no is told so",
  "a mailed link makes the account, in the browser that came from the provider",
];

export async function throughPalisade(provider) {
  // Clients of one provider share its people, who join once.
  const all = provider.isFirst ? { ...flows, ...joining } : flows;
  for (const [title, flow] of Object.entries(all)) {
    if (!find(provider, "ada") && !FOR_ALL.includes(title)) continue;
    await flow(provider).catch((error) => {
      throw new Error(title, { cause: error });
    });
  }
}
