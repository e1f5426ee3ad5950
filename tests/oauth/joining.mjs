// What becomes of an account at a provider: it makes a user of its own, or it joins one that is there.
import assert from "node:assert/strict";
import { gets, hasAccount, mailed, me, posts, registers, removes, signsInByPassword } from "./palisade.mjs";
import { Person } from "./person.mjs";
import { answer, find, outcome, refused, RETURN_TO, signsIn } from "./trips.mjs";

const CONFIRM = "/auth/confirm-identity";

/** A person comes from the provider and is sent to the mailbox. Returns the token of the link there. */
async function waits(provider, person) {
  const link = await mailed(provider.origin, person.email, async () => {
    await refused(person, await answer(provider, person), "EMAIL_CONFIRMATION_REQUIRED");
  });
  return link.split("#token=")[1];
}

/** A user with a password links what this person has at the provider. Returns where it ends. */
async function links({ origin, ...provider }, user, person) {
  assert.equal((await signsInByPassword(person, origin, user)).status, 200);
  const { status, data, code } = await posts(person, origin, `/auth/oauth/${provider.name}/link`, { returnTo: RETURN_TO });
  assert.equal(status, 200, code);
  return outcome(person, await person.goesThrough(data.location, provider));
}

export const joining = {
  async "a mailed link makes the account, in the browser that came from the provider"(provider) {
    const who = find(provider, "uma");
    if (!who) return;
    const person = new Person(who);
    const token = await waits(provider, person);
    const elsewhere = await posts(new Person(), provider.origin, CONFIRM, { token });
    assert.equal(elsewhere.code, "OTHER_BROWSER");
    // Nor in one that came from there as somebody else.
    const [other] = provider.people.filter(({ login }) => ["eve", "mel"].includes(login));
    const stranger = new Person(other);
    await waits(provider, stranger);
    assert.equal((await posts(stranger, provider.origin, CONFIRM, { token })).code, "OTHER_BROWSER");
    assert.equal((await posts(person, provider.origin, CONFIRM, { token })).status, 200);
    const { id, email } = await me(person, provider.origin);
    assert.equal(email, who.email);
    assert.equal((await posts(new Person(), provider.origin, CONFIRM, { token })).code, "TOKEN_INVALID");
    assert.equal((await signsIn(provider, who)).user.id, id);
  },

  async "an account of that address is joined where the provider gives out the mailbox, else by a mailed link"(provider) {
    const kim = find(provider, "kim");
    const { id } = await hasAccount(new Person(), provider.origin, kim);
    if (!provider.isAuthoritative) {
      const person = new Person(kim);
      const token = await waits(provider, person);
      assert.equal((await posts(person, provider.origin, CONFIRM, { token })).status, 200);
      assert.equal((await me(person, provider.origin)).id, id);
    }
    assert.equal((await signsIn(provider, kim)).user.id, id);
    assert.equal((await signsInByPassword(new Person(), provider.origin, kim)).status, 200);
  },

  async "who only asked for an account of that address has no part in it"(provider) {
    const lea = find(provider, "lea");
    await registers(new Person(), provider.origin, lea);
    await signsIn(provider, lea);
    assert.equal((await signsInByPassword(new Person(), provider.origin, lea)).code, "INVALID_CREDENTIALS");
  },

  async "a user links an account at a provider, but nobody else's, and keeps the last way in"(provider) {
    const [ada, kim, pia] = ["ada", "kim", "pia"].map((login) => find(provider, login));
    const person = new Person(pia);
    const { location, error } = await links(provider, kim, person);
    assert.equal(error, null);
    assert.equal(location.pathname, RETURN_TO);
    const { id } = await me(person, provider.origin);
    const other = new Person(pia);
    assert.equal((await outcome(other, await answer(provider, other))).error, null);
    assert.equal((await me(other, provider.origin)).id, id, "pia's account there leads to kim's here");

    assert.equal((await links(provider, kim, new Person(ada))).error, "IDENTITY_TAKEN");

    const { person: only } = await signsIn(provider, ada);
    const { items } = await gets(only, provider.origin, "/auth/identities");
    assert.deepEqual(items.map((identity) => identity.provider), [provider.name]);
    assert.equal((await removes(only, provider.origin, `/auth/identities/${items[0].id}`)).code, "LAST_SIGN_IN_METHOD");
  },
};
