// Asking on: what was meant, in which articles, and what a person thinks of an answer.
(() => {
  "use strict";

  const find = (selector, within = document) => within.querySelector(selector);
  const tell = (selector, name, detail) => find(selector)?.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

  // A scope is chosen where the filters are, and the question asked once they hold.

  function scope(filters, question) {
    tell("#filters .row-of-filters", "footnote:scope", { filters, question });
    if (!question) find("#question textarea").focus();
  }

  document.addEventListener("footnote:scoped", (event) => ask(event.detail.question));

  const ask = (question) => tell("#log [role=log]", "footnote:ask", { question, literal: false });

  // What is thought of an answer is shown at once, and taken back where it could not be kept.

  async function send(turn, to, values, show) {
    let told = null;
    try {
      const reply = await fetch(`${turn.dataset.turn}/${to}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(values),
      });
      told = await reply.json();
      if (reply.ok) return show(told);
    } catch {
      told = null;
    }
    say(turn, told?.problem ?? "This could not be kept. Is Footnote still running?");
  }

  function say(turn, words) {
    let said = find(".judged", turn);
    if (!said) {
      said = Object.assign(document.createElement("span"), { className: "judged quiet" });
      said.setAttribute("role", "status");
      find(".tools", turn).append(said);
    }
    said.textContent = words;
  }

  function rate(button) {
    const turn = button.closest(".turn");
    const verdict = button.getAttribute("aria-pressed") === "true" ? 0 : Number(button.dataset.rates);
    send(turn, "verdict", { verdict }, (kept) => {
      for (const one of turn.querySelectorAll("[data-rates]")) {
        one.setAttribute("aria-pressed", String(Number(one.dataset.rates) === kept.verdict));
      }
      say(turn, kept.verdict ? "Noted on this machine." : "Taken back.");
    });
  }

  function object(button) {
    const turn = button.closest(".turn");
    const number = Number(button.dataset.objects);
    const objects = button.getAttribute("aria-pressed") !== "true";
    send(turn, "objection", { number, objects }, (kept) => {
      button.setAttribute("aria-pressed", String(kept.objections.includes(number)));
      say(turn, objects ? "Noted on this machine." : "Taken back.");
    });
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-scope], [data-asks], [data-rates], [data-objects]");
    if (!pressed) return;
    const { dataset } = pressed;
    if (dataset.scope !== undefined) scope(JSON.parse(dataset.scope), dataset.asks);
    else if (dataset.asks) ask(dataset.asks);
    else if (dataset.rates) rate(pressed);
    else object(pressed);
  });
})();
