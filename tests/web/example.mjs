// The Next.js example in Chromium, from the first visit to the administrator's area.
import { administrates } from "./example/administrator.mjs";
import { looksRight } from "./example/looks.mjs";
import { refusesReadably } from "./example/refusals.mjs";
import { goesOn } from "./example/sessions.mjs";
import { settles } from "./example/settings.mjs";
import { registers } from "./example/sign-up.mjs";
import { isLimited, signsIn } from "./example/sign-in.mjs";
import { followsOtherTabs } from "./example/tabs.mjs";

/** `app` is the origin of the app, `palisade` where the mailbox is, `root` the address and password of a super-admin. */
export async function usesTheExample({ person, app, palisade, root }) {
  const drive = { person, app, palisade, root };
  const eve = await registers(drive);
  // Each has people of its own.
  await Promise.all([signsIn(drive), goesOn(drive), followsOtherTabs(drive), refusesReadably(drive), livesOn(drive, eve)]);
  await isLimited(drive);
}

/** An administrator finds the user, who looks at everything and leaves for good. */
async function livesOn(drive, eve) {
  await administrates(drive, eve);
  await looksRight(drive, eve);
  await settles(drive, eve);
}
