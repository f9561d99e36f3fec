// The settings page: what is typed goes to the server, which checks it and sends the page back.
(() => {
  "use strict";

  const page = () => document.querySelector("#settings .settings");
  const box = () => page().parentElement;

  const post = (to, values) =>
    fetch(`settings${to}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(values),
    });

  function typed() {
    const values = {};
    for (const field of page().querySelectorAll("input[name]:not([name=theme])")) {
      values[field.name] = field.type === "checkbox" ? field.checked : field.value;
    }
    return values;
  }

  async function save() {
    const reply = await post("", typed()).catch(() => null);
    if (!reply) return say(".said", "Footnote cannot be reached. Is it still running?");
    box().innerHTML = await reply.text();
    themes();
    (page().querySelector("[aria-invalid]") ?? page().querySelector("[type=submit]")).focus();
  }

  async function test(button) {
    button.disabled = true;
    say(".tried", "Asking it …");
    const reply = await post("/chat-model", typed()).then((sent) => sent.json()).catch(() => null);
    say(".tried", reply?.said ?? reply?.problem ?? "Footnote cannot be reached. Is it still running?");
    button.disabled = false;
  }

  async function embed() {
    const reply = await post("/embedding-model", typed()).catch(() => null);
    if (reply?.ok) show(await reply.text());
  }

  async function tokens(change) {
    const reply = await post("/tokens", change).catch(() => null);
    if (!reply?.ok) return say(".token-said", "Footnote cannot be reached. Is it still running?");
    const state = document.querySelector("#tokens-state");
    state.innerHTML = await reply.text();
    (state.querySelector("#new-token") ?? state.querySelector("#token-name")).focus();
  }

  async function copy() {
    const shown = document.querySelector("#new-token");
    shown.select();
    const copied = await navigator.clipboard.writeText(shown.value).then(() => true, () => document.execCommand("copy"));
    say(".token-said", copied ? "Copied. It is not shown again." : "Copy it by hand: it is selected.");
  }

  function show(html) {
    const state = document.querySelector("#embedding-state");
    state.innerHTML = html;
    if (state.querySelector("[data-running=yes]")) setTimeout(follow, 500);
  }

  async function follow() {
    const reply = await fetch("settings/embedding-model").catch(() => null);
    if (reply?.ok) show(await reply.text());
  }

  function say(where, words) {
    page().querySelectorAll(where).forEach((place) => (place.textContent = words));
  }

  function themes() {
    for (const radio of document.querySelectorAll("#settings [name=theme]")) {
      radio.checked = radio.value === window.footnoteTheme.chosen();
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".settings")) return;
    event.preventDefault();
    save();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-tries]")) test(event.target.closest("[data-tries]"));
    else if (event.target.closest?.("[data-embeds]")) embed();
    else if (event.target.closest?.("[data-copies-token]")) copy();
    else if (event.target.closest?.("[data-makes-token]")) {
      const write = document.querySelector("#token-write").checked;
      const account = document.querySelector("#token-account")?.value;
      tokens({ name: document.querySelector("#token-name").value, write, account });
    } else if (event.target.closest?.("[data-revokes]")) {
      tokens({ name: event.target.closest("[data-revokes]").dataset.revokes, revoke: true });
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "token-name") return;
    event.preventDefault(); // else what is typed above would be saved
    page().querySelector("[data-makes-token]").click();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#settings [name=theme]")) window.footnoteTheme.choose(event.target.value);
  });
  document.addEventListener("footnote:settings", () => {
    if (!page()) return;
    themes();
    if (page().querySelector("[data-running=yes]")) follow();
  });
})();
