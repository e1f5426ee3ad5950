"use strict";
(() => {
  const form = document.querySelector("form");
  const notice = document.querySelector(".notice[role=status]");
  const heading = document.querySelector("h1");
  const lead = document.querySelector(".lead");
  const way = document.querySelector(".way");
  const send = form.querySelector("button:not([type])");
  // A page without a link to look at asks for nothing but its fields.
  const isOpen = form.dataset.link === "";
  const page = { heading: heading.textContent, lead: lead.textContent, title: document.title };
  const texts = JSON.parse(form.dataset.texts);
  const locale = document.documentElement.lang;
  let token = "";

  const say = (text, bad) => {
    notice.textContent = text;
    notice.classList.toggle("bad", bad);
    if (text) notice.scrollIntoView({ block: "nearest" });
  };

  const show = (visible) => {
    form.hidden = !visible;
    lead.hidden = !visible;
  };

  /** Says that there is nothing left to do, and shows the way on. */
  const done = () => {
    form.reset();
    show(false);
    way.hidden = false;
    say(form.dataset.done, false);
    heading.focus();
  };

  const over = () => {
    show(false);
    way.hidden = false;
    say(`${texts.over} ${form.dataset.over}`, true);
  };

  const post = async (url, body) => {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { answer: await response.json(), retryAfter: Number(response.headers.get("Retry-After")) };
  };

  /** Posts, and once more after a refresh where the access token has expired. */
  const postSignedIn = async (url, body) => {
    const first = await post(url, body);
    if (first.answer.error?.code !== "AUTH_401") return first;
    const refreshed = await post("/api/v1/auth/refresh", {});
    return refreshed.answer.success ? post(url, body) : first;
  };

  const askForPassword = (asked) => {
    const field = form.querySelector("[data-on-demand]");
    if (!field) return false;
    field.hidden = !asked;
    field.querySelector("input").disabled = !asked;
    return true;
  };

  /** Fills in what the link says. Without an answer the form is shown as it is: sending it will say more. */
  const prepare = (link) => {
    const email = form.querySelector("#email");
    const named = Boolean(link?.email);
    const known = form.querySelector("[data-known]");
    if (known) known.hidden = !named;
    email.value = link?.email ?? "";
    email.readOnly = named || email.hasAttribute("data-unsent");
    heading.textContent = named ? heading.dataset.named : page.heading;
    lead.textContent = named ? lead.dataset.named : page.lead;
    document.title = page.title.replace(page.heading, heading.textContent);
    const asked = Boolean(link?.passwordRequired);
    if (askForPassword(asked) && asked) {
      say(texts["other-browser"], false);
    } else {
      say("", false);
    }
    show(true);
  };

  const look = async () => {
    const asked = token;
    say(texts.wait, false);
    const { answer } = await post(form.dataset.link, { token }).catch(() => ({ answer: {} }));
    if (token !== asked) return;
    if (answer.success) {
      const link = answer.data;
      if (link.purpose !== form.dataset.purpose) return over();
      return link.used ? done() : prepare(link);
    }
    if (["TOKEN_INVALID", "VALIDATION_FAILED"].includes(answer.error?.code)) return over();
    prepare();
  };

  // The token leaves the address bar at once: nobody copies, bookmarks or photographs it by accident.
  const read = () => {
    if (isOpen) return show(true);
    const found = new URLSearchParams(location.hash.slice(1)).get("token");
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    if (!found && token) return;
    token = found ?? "";
    show(false);
    way.hidden = token !== "";
    if (token) look();
    else say(texts.incomplete, true);
  };
  addEventListener("hashchange", read);
  read();

  const forget = () => {
    for (const mistake of form.querySelectorAll(".mistake")) mistake.textContent = "";
    for (const input of form.querySelectorAll("input")) input.removeAttribute("aria-invalid");
  };

  /** What a mistake is called for this kind of field, else in general. The server's own message is English. */
  const mistakeOf = (kind, code) => {
    const name = code.replaceAll("_", "-");
    return texts[`mistake-${kind}-${name}`] ?? texts[`mistake-${name}`] ?? texts.mistake;
  };

  /** Puts each mistake next to its field. The fields that are not there are returned. */
  const place = (details) => {
    const missing = [];
    for (const { field, code } of details) {
      const input = form.querySelector(`input[name="${CSS.escape(field)}"]:enabled`);
      if (!input) {
        missing.push(field);
        continue;
      }
      input.setAttribute("aria-invalid", "true");
      document.getElementById(`${field}-mistake`).textContent = mistakeOf(input.dataset.kind, code);
    }
    form.querySelector("[aria-invalid]")?.focus();
    return missing;
  };

  /** “in 5 minutes”, as the language of the page says it. */
  const wait = (seconds) => {
    if (!(seconds > 0)) return texts.later;
    const inTime = new Intl.RelativeTimeFormat(locale);
    if (seconds < 120) return inTime.format(seconds, "second");
    return seconds < 7200 ? inTime.format(Math.ceil(seconds / 60), "minute") : inTime.format(Math.ceil(seconds / 3600), "hour");
  };

  const explain = (error, retryAfter) => {
    switch (error.code) {
      case "PASSWORD_REQUIRED":
        if (!askForPassword(true)) break;
        say(texts["other-browser"], false);
        return form.querySelector("#password").focus();
      case "VALIDATION_FAILED": {
        const missing = place(error.details ?? []);
        if (missing.includes("token")) break;
        return say(missing.length ? texts.failed : texts["check-fields"], true);
      }
      case "RATE_LIMITED":
        return say(texts["rate-limited"].replace("{when}", wait(retryAfter)), true);
      case "SERVICE_UNAVAILABLE":
        return say(texts.unavailable.replace("{when}", wait(retryAfter)), true);
      case "AUTH_401":
        way.hidden = false;
        return say(texts["sign-in-first"], true);
      case "EMAIL_TAKEN":
        return say(texts["email-taken"], true);
      case "NOT_FOUND":
      case "TOKEN_INVALID":
        break;
      default:
        return say(texts.failed, true);
    }
    over();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    forget();
    say("", false);
    send.disabled = true;
    const body = isOpen ? {} : { token };
    for (const input of form.querySelectorAll("input:enabled:not([data-unsent])")) {
      if (input.value !== "") body[input.name] = input.value;
    }
    try {
      const { answer, retryAfter } = await postSignedIn(form.dataset.endpoint, body);
      if (answer.success) done();
      else explain(answer.error, retryAfter);
    } catch {
      say(texts.unreachable, true);
    } finally {
      send.disabled = false;
    }
  });

  for (const button of form.querySelectorAll("[data-shows]")) {
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.shows);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.textContent = shown ? texts["show-password"] : texts["hide-password"];
    });
  }
})();
