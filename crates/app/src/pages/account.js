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
    say(`This link does not work any more: it was used already, or it is too old. ${form.dataset.over}`, true);
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
      say("You are not in the browser that registered, so please choose the password here.", false);
    } else {
      say("", false);
    }
    show(true);
  };

  const look = async () => {
    const asked = token;
    say("One moment …", false);
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
    else say("This link is not complete. Please open the link you were given again.", true);
  };
  addEventListener("hashchange", read);
  read();

  const forget = () => {
    for (const mistake of form.querySelectorAll(".mistake")) mistake.textContent = "";
    for (const input of form.querySelectorAll("input")) input.removeAttribute("aria-invalid");
  };

  /** Puts each mistake next to its field. What belongs to no field is returned. */
  const place = (details) => {
    const homeless = [];
    for (const { field, message } of details) {
      const input = form.querySelector(`input[name="${CSS.escape(field)}"]:enabled`);
      if (!input) {
        homeless.push(`${field} ${message}`);
        continue;
      }
      input.setAttribute("aria-invalid", "true");
      const mistake = document.getElementById(`${field}-mistake`);
      mistake.textContent = `${mistake.textContent} This ${message}.`.trim();
    }
    form.querySelector("[aria-invalid]")?.focus();
    return homeless;
  };

  const wait = (seconds) => {
    if (!(seconds > 0)) return "in a while";
    if (seconds < 120) return `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
    return seconds < 7200 ? `in ${Math.ceil(seconds / 60)} minutes` : `in ${Math.ceil(seconds / 3600)} hours`;
  };

  const explain = (error, retryAfter) => {
    switch (error.code) {
      case "PASSWORD_REQUIRED":
        if (!askForPassword(true)) break;
        say("You are not in the browser that registered, so please choose the password here.", false);
        return form.querySelector("#password").focus();
      case "VALIDATION_FAILED": {
        const homeless = place(error.details ?? []);
        if (homeless.some((text) => text.startsWith("token "))) break;
        return say(homeless.length ? `This was not accepted: ${homeless.join("; ")}.` : "Please look at the marked field.", true);
      }
      case "RATE_LIMITED":
        return say(`Too many attempts. Please try again ${wait(retryAfter)}.`, true);
      case "SERVICE_UNAVAILABLE":
        return say(`The service is temporarily unavailable. Please try again ${wait(retryAfter)}.`, true);
      case "AUTH_401":
        way.hidden = false;
        return say("Please sign in to the account in this browser first. Then open the link again.", true);
      case "EMAIL_TAKEN":
        return say("This address belongs to an account already.", true);
      case "NOT_FOUND":
      case "TOKEN_INVALID":
        break;
      default:
        return say(`${error.message ?? "Something went wrong"}. Please try again.`, true);
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
      say("The server could not be reached. Check your connection and try again.", true);
    } finally {
      send.disabled = false;
    }
  });

  for (const button of form.querySelectorAll("[data-shows]")) {
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.shows);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.textContent = shown ? "Show the password" : "Hide the password";
    });
  }
})();
