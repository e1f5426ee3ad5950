// What went wrong, in sentences for the person at the form.

import type { CallError } from "palisade-client";

/** A general error, and one for each field by its name. */
export interface Problem {
  general?: string;
  fields: Record<string, string>;
}

/** `names` are the fields that the form shows. */
export function explain(error: CallError, names: Iterable<string>): Problem {
  const fields: Record<string, string> = {};
  const elsewhere: string[] = [];
  const shown = new Set(names);
  if (error.code === "VALIDATION_FAILED") {
    for (const { field, message } of error.details) {
      if (shown.has(field)) fields[field] ??= `This ${message}.`;
      else elsewhere.push(`${field} ${message}.`);
    }
  }
  // A form without an address asks signed-in users for the password that they have.
  const secret = ["currentPassword", "password"].find((name) => shown.has(name));
  if (error.code === "INVALID_CREDENTIALS" && secret && !shown.has("email")) fields[secret] = "This is not your password.";
  if (Object.keys(fields).length > 0 && elsewhere.length === 0) return { fields };
  return { fields, general: [sentence(error), ...elsewhere].join(" ") };
}

/** One sentence for any error. */
export function sentence(error: CallError): string {
  switch (error.code) {
    case "RATE_LIMITED":
      return `Too many attempts. Please try again ${wait(error.retryAfter)}.`;
    case "SERVICE_UNAVAILABLE":
      return `The service is not available. Please try again ${wait(error.retryAfter)}.`;
    case "REAUTHENTICATION_REQUIRED":
      return "You signed in some time ago. Please confirm with your password.";
    case "AUTH_401":
      return "Your session has ended, or your rights have just changed. Please load the page again.";
    case "REVISION_MISMATCH":
      return "Somebody changed this user meanwhile: look again.";
    default:
      return `${error.message}.`;
  }
}

function wait(seconds: number): string {
  if (seconds === 1) return "in a second";
  if (seconds < 120) return `in ${seconds} seconds`;
  return seconds < 7200 ? `in ${Math.ceil(seconds / 60)} minutes` : `in ${Math.ceil(seconds / 3600)} hours`;
}

/** Why a sign-in through a provider ended without one: the codes of `?error=`. */
const PROVIDER_ERRORS: Record<string, string> = {
  OAUTH_DENIED: "You did not agree at the provider, so nothing has changed.",
  OAUTH_STATE_INVALID: "This attempt has expired, or another browser began it. Please try again.",
  OAUTH_FAILED: "The provider’s answer could not be used. Please try again, or sign in another way.",
  PROVIDER_UNAVAILABLE: "The provider does not answer at the moment. Please try again later, or sign in another way.",
  EMAIL_CONFIRMATION_REQUIRED: "Please look into your mail: a link there confirms that the address is yours. Open it in this browser.",
  IDENTITY_TAKEN: "This account at the provider already belongs to another user.",
  ACCOUNT_SUSPENDED: "This account is suspended.",
};

/** A sentence for `?error=`; anybody can write anything there, so unknown codes are not shown. */
export function providerSentence(code: string): string {
  return (Object.hasOwn(PROVIDER_ERRORS, code) && PROVIDER_ERRORS[code]) || "The sign-in through the provider did not work.";
}
