"use strict";
(() => {
  const form = document.querySelector("form");
  const notice = document.querySelector(".notice[role=status]");
  const lead = document.querySelector(".lead");
  const send = form.querySelector("button:not([type])");
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

  // The token leaves the address bar at once: nobody copies, bookmarks or photographs it by accident.
  const read = () => {
    const found = new URLSearchParams(location.hash.slice(1)).get("token");
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    if (!found && token) return;
    token = found ?? "";
    show(Boolean(token));
    if (token) say("", false);
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

  const askForPassword = () => {
    const field = form.querySelector("[data-on-demand]");
    if (!field) return false;
    field.hidden = false;
    const input = field.querySelector("input");
    input.disabled = false;
    input.focus();
    return true;
  };

  const wait = (seconds) => {
    if (!(seconds > 0)) return "in a while";
    if (seconds < 120) return `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
    return seconds < 7200 ? `in ${Math.ceil(seconds / 60)} minutes` : `in ${Math.ceil(seconds / 3600)} hours`;
  };

  const explain = (error, retryAfter) => {
    switch (error.code) {
      case "PASSWORD_REQUIRED":
        if (askForPassword()) return say("You are not in the browser that registered, so please choose the password here.", false);
        break;
      case "VALIDATION_FAILED": {
        const homeless = place(error.details ?? []);
        if (homeless.some((text) => text.startsWith("token "))) break;
        return say(homeless.length ? `This was not accepted: ${homeless.join("; ")}.` : "Please look at the marked field.", true);
      }
      case "RATE_LIMITED":
        return say(`Too many attempts. Please try again ${wait(retryAfter)}.`, true);
      case "SERVICE_UNAVAILABLE":
        return say(`The service is not available right now. Please try again ${wait(retryAfter)}.`, true);
      case "NOT_FOUND":
        show(false);
        return say("This has been done already, or was never offered here.", true);
      case "EMAIL_TAKEN":
        return say("This address belongs to an account already.", true);
      case "TOKEN_INVALID":
        break;
      default:
        return say(`${error.message ?? "Something went wrong"}. Please try again.`, true);
    }
    show(false);
    say("This link does not work any more. It may be too old, or it was used before. Please ask for a new one.", true);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    forget();
    say("", false);
    send.disabled = true;
    const body = { token };
    for (const input of form.querySelectorAll("input:enabled")) {
      if (input.value !== "") body[input.name] = input.value;
    }
    try {
      const response = await fetch(form.dataset.endpoint, {
        method: "POST",
        credentials: "same-origin",
        cache: "no-store",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (answer.success) {
        form.remove();
        lead.remove();
        say(form.dataset.done, false);
        document.querySelector("h1").focus();
      } else {
        explain(answer.error, Number(response.headers.get("Retry-After")));
      }
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
