(() => {
  const main = document.querySelector("main");
  const texts = JSON.parse(main.dataset.texts);
  const tools = formTools(texts);
  const notice = document.querySelector(".card > .notice");
  const content = document.querySelector("[data-content]");
  const devices = document.querySelector("[data-devices]");
  const time = new Intl.DateTimeFormat(tools.locale, { dateStyle: "medium", timeStyle: "short" });

  const leave = () => location.replace(main.dataset.signIn);
  const failed = (error, retryAfter) => tools.say(notice, tools.meaning(error, retryAfter), true);

  /** Calls as the user, who signs in again where the session has ended. `null` then. */
  const call = async (method, url, body) => {
    const { answer, retryAfter } = await tools.sendSignedIn(method, url, body);
    if (answer.error?.code === "AUTH_401") leave();
    return answer.error?.code === "AUTH_401" ? null : { answer, retryAfter };
  };

  const showUser = (user) => {
    document.querySelector("[data-name]").textContent = user.name ?? "";
    const email = document.querySelector("[data-email]");
    email.textContent = user.email;
    // For the password manager, beside the new password.
    for (const input of document.querySelectorAll("input[autocomplete=username]")) input.value = user.email;
  };

  const row = (session) => {
    const item = document.querySelector("template:not([data-identity])").content.cloneNode(true).firstElementChild;
    const device = session.device ?? texts["unknown-device"];
    item.querySelector("[data-device]").textContent = device;
    item.querySelector("[data-ip]").textContent = session.ip;
    const used = time.format(new Date(session.lastUsedAt));
    item.querySelector("[data-used]").textContent = texts["last-used"].replace("{when}", used);
    const [badge, end] = [item.querySelector("[data-current]"), item.querySelector("button")];
    badge.hidden = !session.current;
    end.hidden = session.current;
    end.setAttribute("aria-label", texts["end-device"].replace("{device}", device));
    end.addEventListener("click", async () => {
      end.disabled = true;
      const ended = await call("DELETE", `/api/v1/auth/sessions/${session.id}`).catch(() => undefined);
      if (ended === null) return;
      if (ended?.answer.success || ended?.answer.error.code === "NOT_FOUND") {
        tools.say(notice, texts["device-ended"], false);
        return listDevices();
      }
      end.disabled = false;
      if (ended) failed(ended.answer.error, ended.retryAfter);
      else tools.say(notice, texts.unreachable, true);
    });
    return item;
  };

  const listDevices = async () => {
    const listed = await call("GET", "/api/v1/auth/sessions?limit=50");
    if (!listed) return;
    if (!listed.answer.success) return failed(listed.answer.error, listed.retryAfter);
    devices.replaceChildren(...listed.answer.data.items.map(row));
  };

  const identities = document.querySelector("[data-identities]");
  const asking = document.querySelector("[data-identity-form]");

  /** Does what needs a recent sign-in, and once more with the password where the sign-in is too old. */
  const surely = async (method, url, body, done) => {
    const [said, go] = [asking.querySelector(".notice"), asking.querySelector("button:not([type])")];
    const once = async () => {
      tools.forget(asking);
      const password = tools.values(asking);
      const called = await call(method, url, { ...body, ...password }).catch(() => undefined);
      if (called === null) return;
      if (!called) return tools.say(said, texts.unreachable, true);
      go.hidden = called.answer.error?.code !== "REAUTHENTICATION_REQUIRED";
      if (!called.answer.success) return explain(asking, password, called.answer.error, called.retryAfter);
      tools.onDemand(asking, false).value = "";
      tools.say(said, "", false);
      await done(called.answer.data, said);
    };
    asking.onsubmit = (event) => {
      event.preventDefault();
      once();
    };
    await once();
  };

  const identityRow = (identity) => {
    const item = document.querySelector("template[data-identity]").content.cloneNode(true).firstElementChild;
    item.querySelector("[data-label]").textContent = identity.label;
    item.querySelector("[data-address]").textContent = identity.address ?? "";
    const remove = item.querySelector("button");
    remove.setAttribute("aria-label", texts["remove-identity"].replace("{provider}", identity.label));
    remove.addEventListener("click", () =>
      surely("DELETE", `/api/v1/auth/identities/${identity.id}`, {}, async (_, said) => {
        await listIdentities();
        tools.say(said, texts["identity-removed"], false);
      }),
    );
    return item;
  };

  const listIdentities = async () => {
    if (!identities) return;
    const listed = await call("GET", "/api/v1/auth/identities?limit=100");
    if (!listed) return;
    if (!listed.answer.success) return failed(listed.answer.error, listed.retryAfter);
    identities.replaceChildren(...listed.answer.data.items.map(identityRow));
  };

  for (const button of document.querySelectorAll("[data-links]")) {
    button.addEventListener("click", () =>
      surely("POST", `/api/v1/auth/oauth/${button.dataset.links}/link`, { returnTo: "/account" }, ({ location: to }) =>
        location.assign(to),
      ),
    );
  }

  const begin = async () => {
    const me = await call("GET", "/api/v1/users/me");
    if (!me) return;
    if (!me.answer.success) return failed(me.answer.error, me.retryAfter);
    showUser(me.answer.data);
    content.hidden = false;
    tools.say(notice, "", false);
    await Promise.all([listDevices(), listIdentities()]);
    // A provider that could not be linked leads here.
    const failure = new URLSearchParams(location.search).get("error");
    if (failure) {
      history.replaceState(null, "", location.pathname);
      tools.say(notice, tools.meaning({ code: failure }), true);
    }
  };
  tools.say(notice, texts.wait, false);
  begin().catch(() => tools.say(notice, texts.unreachable, true));

  const explain = (form, body, error, retryAfter) => {
    const said = form.querySelector(".notice");
    switch (error.code) {
      case "VALIDATION_FAILED": {
        const missing = tools.place(form, error.details ?? []);
        return tools.say(said, missing.length ? texts.failed : texts["check-fields"], true);
      }
      case "REAUTHENTICATION_REQUIRED": {
        const password = tools.onDemand(form, true);
        tools.say(said, body.password ? texts["password-wrong"] : texts["password-needed"], Boolean(body.password));
        return password.focus();
      }
      case "INVALID_CREDENTIALS":
        return tools.say(said, texts["password-wrong"], true);
      default:
        return tools.say(said, tools.meaning(error, retryAfter), true);
    }
  };

  for (const form of document.querySelectorAll("form[data-endpoint]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      tools.forget(form);
      const [said, send] = [form.querySelector(".notice"), form.querySelector("button:not([type])")];
      tools.say(said, "", false);
      send.disabled = true;
      const body = tools.values(form);
      try {
        const called = await call(form.dataset.method, form.dataset.endpoint, body);
        if (!called) return;
        const { answer, retryAfter } = called;
        if (!answer.success) return explain(form, body, answer.error, retryAfter);
        if ("leaves" in form.dataset) {
          content.hidden = true;
          tools.say(notice, form.dataset.done, false);
          if (!form.dataset.done) leave();
          return;
        }
        for (const input of form.querySelectorAll("input:not([data-unsent])")) input.value = "";
        tools.onDemand(form, false);
        tools.say(said, form.dataset.done, false);
        await listDevices();
      } catch {
        tools.say(said, texts.unreachable, true);
      } finally {
        send.disabled = false;
      }
    });
  }
})();
