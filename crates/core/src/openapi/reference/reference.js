"use strict";
(() => {
  const operations = [...document.querySelectorAll("details.operation")];
  const links = [...document.querySelectorAll(".side nav a")];
  const filter = document.getElementById("filter");
  const matches = document.getElementById("matches");

  // A link to an operation opens it, and clears the filter if it hides the target.
  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (target && target.closest("[hidden]")) {
      filter.value = "";
      filter.dispatchEvent(new Event("input"));
      target.scrollIntoView();
    }
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
    for (const link of links) {
      if (id && link.hash === location.hash) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("hashchange", follow);
  follow();

  filter.hidden = false;
  filter.addEventListener("input", () => {
    const typed = filter.value.trim();
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
    const shown = new Set();
    for (const operation of operations) {
      const fit = fits(operation.dataset.words);
      operation.hidden = !fit;
      if (fit) shown.add(operation.id);
    }
    for (const link of links) {
      if (!link.classList.contains("plain")) link.parentElement.hidden = !shown.has(link.hash.slice(1));
    }
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = words.length > 0 && !group.querySelector("details.operation:not([hidden]), li:not([hidden]) > a:not(.plain)");
    }
    // A search hides the other sections: on a small screen they would come before the results.
    for (const section of document.querySelectorAll("main > .about")) section.hidden = words.length > 0;
    matches.textContent = words.length > 0 && shown.size === 0 ? `Nothing matches “${typed}”.` : "";
  });

  // A copy button only where the clipboard is available.
  if (!navigator.clipboard) return;
  for (const block of document.querySelectorAll(".curl")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not copied";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    block.append(button);
  }
})();
