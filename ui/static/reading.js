// Reading an answer: a look at a quote before it is opened, from one footnote to the next, and how an answer came up.
(() => {
  "use strict";

  const find = (selector, within = document) => within.querySelector(selector);
  const SOON = 120;

  // A look: on hovering over a number, or on coming to it by key. Escape hides it, and it can be hovered over itself.

  const peek = document.createElement("div");
  peek.id = "peek";
  peek.hidden = true;
  peek.setAttribute("role", "tooltip");
  let looked = null;
  let waiting = 0;

  function quoted(number) {
    const turn = number.closest(".turn");
    const card = find(`[data-card="${number.textContent.trim()}"]`, turn);
    if (!card) return [];
    const parts = [find(".card-head", card), find("blockquote", card)].map((part) => part.cloneNode(true));
    const textContent = find(".agreeing", number.closest(".sentence") ?? number)?.textContent ?? "1 article says this";
    return [...parts, Object.assign(document.createElement("p"), { className: "quiet", textContent })];
  }

  function look(at) {
    clearTimeout(waiting);
    if (looked === at) return;
    const parts = at.dataset.peek ? [at.dataset.peek] : quoted(at);
    if (!parts.length) return;
    peek.replaceChildren(...parts);
    for (const link of peek.querySelectorAll("a")) link.replaceWith(...link.childNodes);
    (at.closest("main") ?? document.body).append(peek);
    peek.hidden = false;
    looked?.removeAttribute("aria-describedby");
    looked = at;
    at.setAttribute("aria-describedby", "peek");
    follow();
  }

  function follow() {
    const place = looked.getBoundingClientRect();
    if (place.bottom < 0 || place.top > innerHeight) return unlook();
    const below = place.bottom + 8 + peek.offsetHeight <= innerHeight || place.top < peek.offsetHeight + 8;
    peek.style.left = `${Math.max(8, Math.min(place.left - 16, document.documentElement.clientWidth - peek.offsetWidth - 8))}px`;
    peek.style.top = `${below ? place.bottom + 8 : place.top - peek.offsetHeight - 8}px`;
  }

  function unlook() {
    clearTimeout(waiting);
    peek.hidden = true;
    looked?.removeAttribute("aria-describedby");
    looked = null;
  }

  const seen = (target) => target instanceof Element && target.closest("#log .number, #earlier .number, [data-peek]");

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const at = seen(event.target);
    clearTimeout(waiting);
    if (at) waiting = setTimeout(look, SOON, at);
    else if (!event.target.closest?.("#peek") && !looked?.matches(":focus-visible")) waiting = setTimeout(unlook, SOON);
  });
  document.addEventListener("focusin", (event) => {
    const at = seen(event.target);
    if (at && at.matches(":focus-visible")) look(at);
    else unlook();
  });
  document.addEventListener("scroll", () => looked && follow(), { passive: true, capture: true });

  // From one footnote to the next: by arrow while a number has the focus, or in the open article.

  function sequence(link) {
    const turn = link?.closest(".turn");
    if (!turn) return [];
    const seen = new Set();
    const links = turn.querySelectorAll("a.number");
    return [...(links.length ? links : turn.querySelectorAll(".nearest .place"))].filter(
      (one) => !seen.has(one.href) && seen.add(one.href),
    );
  }

  const opened = () => find(".turn [data-reader][aria-current]");

  function step(from, by) {
    const links = sequence(from);
    const next = links[links.findIndex((one) => one.href === from?.href) + by];
    if (!next || by === 0) return;
    if (find("#reader").hidden) next.focus();
    else next.click();
  }

  function count() {
    const links = sequence(opened());
    const at = links.findIndex((one) => one.href === opened().href);
    const steps = find("#reader-steps");
    steps.hidden = links.length < 2;
    if (steps.hidden) return;
    find("span", steps).textContent = `${at + 1} of ${links.length}`;
    const [back, on] = steps.querySelectorAll("button");
    back.disabled = at <= 0;
    on.disabled = at >= links.length - 1;
  }

  document.addEventListener("footnote:read", () => {
    unlook();
    count();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#reader-steps button");
    if (button) step(opened(), Number(button.value));
    const tip = event.target.closest?.("[data-peek]");
    if (tip) look(tip);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && looked) {
      unlook();
      event.stopImmediatePropagation();
      return;
    }
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !find("#reader") || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const { target } = event;
    const reading = !find("#reader").hidden && target.closest("#reader") && !target.closest(".table, input, textarea");
    if (!reading && !target.matches(".turn .number")) return;
    event.preventDefault();
    step(reading ? opened() : target, by);
  }, { capture: true });

  // How an answer came up: brought when it is unfolded. The log is rendered anew with each question, which would fold it.

  const unfolded = new Map();

  async function unfold(details) {
    const { turn } = details.closest(".turn").dataset;
    if (!details.open) return void unfolded.delete(turn);
    if (unfolded.has(turn)) return;
    unfolded.set(turn, "");
    const reply = await fetch(`${turn}/how`).catch(() => null);
    unfolded.set(turn, reply?.ok ? await reply.text() : "<p>This cannot be shown: the conversation was deleted.</p>");
    refold();
  }

  function refold() {
    for (const details of document.querySelectorAll("details[data-how]")) {
      const html = unfolded.get(details.closest(".turn").dataset.turn);
      if (html === undefined) continue;
      details.open = true;
      if (!find(".how-text", details).firstChild) find(".how-text", details).innerHTML = html;
    }
  }

  document.addEventListener("toggle", (event) => event.target.matches("details[data-how]") && unfold(event.target), true);
  document.addEventListener("footnote:said", refold);
})();
