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
  const tools = formTools(texts);
  const say = (text, bad) => tools.say(notice, text, bad);
  let token = "";

  const show = (visible) => {
    form.hidden = !visible;
    lead.hidden = !visible;
  };

  /** Goes on, or says that there is nothing left to do and shows the way on. */
  const done = () => {
    if (form.dataset.next) return location.assign(form.dataset.next);
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

  /** Fills in what the link says. Without an answer the form is shown as it is: sending it will say more. */
  const prepare = (link) => {
    const email = form.querySelector("#email");
    const named = Boolean(link?.email);
    // Some texts name the provider, which only its own browser knows.
    const telling = named && (Boolean(link.provider) || !heading.dataset.named.includes("{provider}"));
    const known = form.querySelector("[data-known]");
    if (known) known.hidden = !named;
    email.value = link?.email ?? "";
    email.readOnly = named || email.hasAttribute("data-unsent");
    const about = (text) => text.replaceAll("{provider}", link?.provider ?? "");
    heading.textContent = telling ? about(heading.dataset.named) : page.heading;
    lead.textContent = telling ? about(lead.dataset.named) : page.lead;
    document.title = page.title.replace(page.heading, heading.textContent);
    const asked = Boolean(link?.passwordRequired);
    if (tools.onDemand(form, asked) && asked) {
      say(texts["other-browser"], false);
    } else {
      say("", false);
    }
    show(true);
  };

  const look = async () => {
    const asked = token;
    say(texts.wait, false);
    const { answer } = await tools.send("POST", form.dataset.link, { token }).catch(() => ({ answer: {} }));
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
  // A sign-in through a provider that failed, or needs a mail, leads here.
  const failure = isOpen && new URLSearchParams(location.search).get("error");
  if (failure) {
    history.replaceState(null, "", location.pathname);
    say(tools.meaning({ code: failure }), failure !== "EMAIL_CONFIRMATION_REQUIRED");
  }

  const explain = (error, retryAfter) => {
    switch (error.code) {
      case "PASSWORD_REQUIRED": {
        const password = tools.onDemand(form, true);
        if (!password) break;
        say(texts["other-browser"], false);
        return password.focus();
      }
      case "VALIDATION_FAILED": {
        const missing = tools.place(form, error.details ?? []);
        if (missing.includes("token")) break;
        return say(missing.length ? texts.failed : texts["check-fields"], true);
      }
      case "OTHER_BROWSER":
        way.hidden = false;
        return say(texts["connect-elsewhere"], true);
      case "AUTH_401":
        way.hidden = false;
        return say(texts["sign-in-first"], true);
      case "NOT_FOUND":
      case "TOKEN_INVALID":
        break;
      default:
        return say(tools.meaning(error, retryAfter), true);
    }
    over();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    tools.forget(form);
    say("", false);
    send.disabled = true;
    const body = { ...(isOpen ? {} : { token }), ...tools.values(form) };
    try {
      const { answer, retryAfter } = await tools.sendSignedIn("POST", form.dataset.endpoint, body);
      if (answer.success) done();
      else explain(answer.error, retryAfter);
    } catch {
      say(texts.unreachable, true);
    } finally {
      send.disabled = false;
    }
  });
})();
