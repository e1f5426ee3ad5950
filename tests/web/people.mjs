// For both drives: waiting for a server, and the mails of a user.
import { setTimeout as pause } from "node:timers/promises";

export const PASSWORD = "correct horse battery";

/** Repeats `found` until it returns a value, for a minute. */
export async function until(what, found) {
  for (let tries = 0; tries < 1200; tries += 1) {
    const value = await found();
    if (value) return value;
    await pause(50);
  }
  throw new Error(`${what} did not come`);
}

export const ready = (address) =>
  until(`an answer of ${address}`, () => fetch(address).then((response) => response.ok, () => false));

/** The link of the newest mail to this address. */
export const linkTo = (palisade, email) =>
  until(`a mail to ${email}`, async () => {
    const response = await fetch(`${palisade}/dev/mailbox`, { headers: { Accept: "application/json" } });
    const { data } = await response.json();
    return data.items.find((mail) => mail.to === email)?.links[0];
  });
