"use strict";
/** What the scripts of all pages with forms share. `texts` is in the language of the page. */
const formTools = (texts) => {
  const locale = document.documentElement.lang;

  const send = async (method, url, body) => {
    const response = await fetch(url, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    return { answer: await response.json(), retryAfter: Number(response.headers.get("Retry-After")) };
  };

  /** Sends, and once more after a refresh where the access token has expired. */
  const sendSignedIn = async (method, url, body) => {
    const first = await send(method, url, body);
    if (first.answer.error?.code !== "AUTH_401") return first;
    const refreshed = await send("POST", "/api/v1/auth/refresh");
    return refreshed.answer.success ? send(method, url, body) : first;
  };

  const say = (notice, text, bad) => {
    notice.textContent = text;
    notice.classList.toggle("bad", bad);
    if (text) notice.scrollIntoView({ block: "nearest" });
  };

  /** The values of a form that are sent: no empty ones, and none that only the password manager needs. */
  const values = (form) => {
    const body = {};
    for (const input of form.querySelectorAll("input:enabled:not([data-unsent])")) {
      if (input.value !== "") body[input.name] = input.value;
    }
    return body;
  };

  const forget = (form) => {
    for (const mistake of form.querySelectorAll(".mistake")) mistake.textContent = "";
    for (const input of form.querySelectorAll("input")) input.removeAttribute("aria-invalid");
  };

  /** What a mistake is called for this kind of field, else in general. The server's own message is English. */
  const mistakeOf = (kind, code) => {
    const name = code.replaceAll("_", "-");
    return texts[`mistake-${kind}-${name}`] ?? texts[`mistake-${name}`] ?? texts.mistake;
  };

  /** Puts each mistake next to its field. The fields that are not there are returned. */
  const place = (form, details) => {
    const missing = [];
    for (const { field, code } of details) {
      const input = form.querySelector(`input[name="${CSS.escape(field)}"]:enabled`);
      if (!input) {
        missing.push(field);
        continue;
      }
      input.setAttribute("aria-invalid", "true");
      input.closest(".field").querySelector(".mistake").textContent = mistakeOf(input.dataset.kind, code);
    }
    form.querySelector("[aria-invalid]")?.focus();
    return missing;
  };

  /** Shows or hides the fields that are only needed now and then. A hidden field must not hold the form back. */
  const onDemand = (form, wanted) => {
    const field = form.querySelector("[data-on-demand]");
    if (!field) return null;
    field.hidden = !wanted;
    const input = field.querySelector("input");
    input.disabled = !wanted;
    return input;
  };

  /** “in 5 minutes”, as the language of the page says it. */
  const wait = (seconds) => {
    if (!(seconds > 0)) return texts.later;
    const inTime = new Intl.RelativeTimeFormat(locale);
    if (seconds < 120) return inTime.format(seconds, "second");
    return seconds < 7200 ? inTime.format(Math.ceil(seconds / 60), "minute") : inTime.format(Math.ceil(seconds / 3600), "hour");
  };

  /** What an error means, where that does not depend on the page. */
  const meaning = (error, retryAfter) => {
    switch (error.code) {
      case "RATE_LIMITED":
        return texts["rate-limited"].replace("{when}", wait(retryAfter));
      case "SERVICE_UNAVAILABLE":
        return texts.unavailable.replace("{when}", wait(retryAfter));
      case "EMAIL_TAKEN":
      case "INVALID_CREDENTIALS":
      case "EMAIL_NOT_VERIFIED":
      case "ACCOUNT_SUSPENDED":
      case "LAST_SUPER_ADMIN":
      case "LAST_SIGN_IN_METHOD":
      case "OAUTH_DENIED":
      case "OAUTH_STATE_INVALID":
      case "OAUTH_FAILED":
      case "PROVIDER_UNAVAILABLE":
      case "EMAIL_CONFIRMATION_REQUIRED":
      case "IDENTITY_TAKEN":
        return texts[error.code.toLowerCase().replaceAll("_", "-")];
      default:
        return texts.failed;
    }
  };

  for (const button of document.querySelectorAll("[data-shows]")) {
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.shows);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.textContent = shown ? texts["show-password"] : texts["hide-password"];
    });
  }

  return { locale, send, sendSignedIn, say, values, forget, place, onDemand, meaning };
};
