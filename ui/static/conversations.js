// Conversations: the side list and its menu, the address of the one that is shown, and what can be done with a turn.
// What is pressed goes to the server as an event of its own; what comes back is finished, escaped HTML.
(() => {
  "use strict";

  const drawer = window.matchMedia("(max-width: 1099px)");
  const find = (selector, within = document) => within.querySelector(selector);
  const tell = (selector, name, detail) => find(selector)?.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  const list = (detail) => tell("#conversations .side", "footnote:do", detail);
  const open = (id, at) => {
    wanted = at === undefined ? null : { id, at };
    if (wanted && id === current) jump();
    else tell("#conversations .side", "footnote:open", { id });
  };
  const ask = (detail) => tell("#log [role=log]", "footnote:ask", detail);
  const plain = (event) => !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const say = (button, words) => {
    const before = button.dataset.says ?? (button.dataset.says = button.textContent);
    button.textContent = words;
    setTimeout(() => (button.textContent = before), 2000);
  };

  // The address.

  let current = null;
  const address = (id) => new URL(id && `conversation/${id}`, document.baseURI).pathname;
  let wanted = null; // the turn that is gone to once its conversation is shown

  function shown(mark) {
    const { shown: id, title } = mark.dataset;
    document.title = title ? `${title} – Footnote` : "Footnote";
    if (id === current) return;
    const path = address(id);
    const at = location.hash.match(/^#turn-(\d+)$/)?.[1];
    if (current === null && at) wanted = { id, at };
    if (current === null) history.replaceState(null, "", path + location.hash);
    else if (path !== location.pathname) history.pushState(null, "", path);
    current = id;
    document.dispatchEvent(new Event("footnote:opened-conversation"));
  }

  window.addEventListener("popstate", () => {
    const id = location.pathname.match(/\/conversation\/([^/]+)$/)?.[1] ?? "";
    if (current !== null && id !== current) open(id);
  });

  // The side list.

  function slide(out) {
    document.body.classList.toggle("side-out", out); // the panel itself is written anew with the list
    expanded();
    for (const part of document.querySelectorAll("#views .tab-wrapper, #composer, #log, #earlier, #welcome")) {
      part.inert = out;
    }
    (out ? find("input.finds") : find(".opens-side")).focus();
  }

  const isOut = () => document.body.classList.contains("side-out");
  const expanded = () => find(".opens-side").setAttribute("aria-expanded", String(isOut()));

  function menu(button) {
    const box = find("#conversation-menu");
    const id = button.dataset.menu;
    box.dataset.of = id;
    for (const link of box.querySelectorAll("[data-to]")) link.href = `conversation/${id}/export?to=${link.dataset.to}`;
    box.showPopover();
    const at = button.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - box.offsetHeight - 8))}px`;
    box.firstElementChild.focus();
  }

  function rename(id) {
    const link = find(`[data-opens-conversation="${id}"]`);
    const form = document.createElement("form");
    const input = document.createElement("input");
    input.value = find(".title", link).textContent;
    input.setAttribute("aria-label", "Title of the conversation");
    form.className = "renames";
    form.append(input);
    link.hidden = true;
    link.after(form);
    input.select();
    let ended = false; // to remove what has the focus ends it a second time
    const end = (save) => {
      if (ended) return;
      ended = true;
      const title = input.value.trim();
      form.remove();
      link.hidden = false;
      link.focus();
      if (save && title && title !== find(".title", link).textContent) list({ do: "rename", id, title });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      end(true);
    });
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      end(false);
    });
  }

  let back = "";
  let typing = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("#conversations .finds")) return;
    clearTimeout(typing);
    typing = setTimeout(() => list({ do: "search", words: event.target.value }), 150);
  });

  // Turns.

  async function said(turn) {
    return await (await fetch(`${turn.dataset.turn}/copy`)).json();
  }

  // The clipboard is asked before the words are there: browsers let a page use it only right after a click.
  async function copy(button, kinds) {
    const blob = async (type) => new Blob([await kinds[type]], { type });
    try {
      await navigator.clipboard.write([
        new ClipboardItem(Object.fromEntries(Object.keys(kinds).map((type) => [type, blob(type)]))),
      ]);
      say(button, "Copied");
    } catch {
      const text = await Promise.resolve(kinds["text/plain"]).catch(() => "");
      say(button, text && (await copied(text)) ? "Copied" : "Could not copy");
    }
  }

  // Where there is no clipboard to ask, as on a page from another machine without TLS.
  async function copied(text) {
    const box = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }

  async function edit(turn) {
    if (find(".rewording", turn)) return;
    const heading = find(".question", turn);
    const form = document.createElement("form");
    form.className = "rewording";
    form.innerHTML =
      '<textarea aria-label="Your question, to be asked again" dir="auto" enterkeyhint="send"></textarea>' +
      '<button class="primary">Ask</button><button type="button" data-cancels>Cancel</button>';
    const box = form.firstElementChild;
    box.value = (await said(turn)).question;
    const end = () => {
      form.remove();
      heading.classList.remove("unseen");
      find("[data-edits]", turn)?.focus();
    };
    const send = () => {
      if (!box.value.trim()) return;
      end();
      ask({ question: box.value, again: Number(turn.dataset.ordinal) });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    form.addEventListener("click", (event) => {
      if (event.target.closest("[data-cancels]")) end();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        end();
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === box) {
        event.preventDefault();
        send();
      }
    });
    heading.classList.add("unseen");
    heading.after(form);
    box.focus();
  }

  async function earlier(button, backTo) {
    button.disabled = true;
    const html = await (await fetch(button.dataset.earlier + (backTo ? `&back_to=${backTo}` : ""))).text();
    const log = find("#log");
    const before = log.getBoundingClientRect().top;
    const place = button.closest(".earlier");
    place.insertAdjacentHTML("afterend", html);
    place.remove();
    window.scrollBy({ top: log.getBoundingClientRect().top - before, behavior: "instant" });
    (find("[data-earlier]") ?? find("#earlier .number, #earlier button"))?.focus({ preventScroll: true });
  }

  async function jump() {
    const { at } = wanted;
    wanted = null;
    const place = () => find(`.turn[data-ordinal="${at}"] .question`);
    if (!place() && find("[data-earlier]")) await earlier(find("[data-earlier]"), at);
    if (!place()) return;
    place().tabIndex = -1;
    place().scrollIntoView({ block: "start", behavior: "instant" });
    place().focus({ preventScroll: true });
  }

  document.addEventListener("footnote:said", () => {
    if (wanted && wanted.id === current) setTimeout(jump, 50); // after the log has gone to its end
  });
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button, a");
    if (!pressed) return;
    const { dataset } = pressed;
    const turn = pressed.closest(".turn");
    if (dataset.side !== undefined) slide(!isOut());
    else if ((dataset.opensConversation || dataset.begins !== undefined) && plain(event)) {
      event.preventDefault();
      if (drawer.matches) slide(false);
      open(dataset.opensConversation ?? "", dataset.at);
      if (dataset.begins !== undefined) find("#question textarea").focus();
    } else if (dataset.menu) menu(pressed);
    else if (dataset.restores) {
      back = dataset.restores;
      list({ do: "restore", id: back, reopens: dataset.reopens !== undefined });
    } else if (pressed.closest("#conversation-menu")) {
      const id = pressed.closest("[data-of]").dataset.of;
      if (dataset.does === "link") return void copy(pressed, { "text/plain": location.origin + address(id) });
      find("#conversation-menu").hidePopover();
      if (dataset.does === "rename") rename(id);
      else if (dataset.does === "delete") list({ do: "delete", id });
    } else if (pressed.id === "reader-link") copy(pressed, { "text/plain": find("#reader-bar a").href });
    else if (dataset.earlier) earlier(pressed);
    else if (dataset.asWritten) ask({ question: dataset.asWritten, literal: true });
    else if (dataset.asksAgain !== undefined) ask({ again: Number(turn.dataset.ordinal) });
    else if (dataset.edits !== undefined) edit(turn);
    else if (dataset.copies !== undefined) {
      const answer = said(turn);
      copy(pressed, { "text/plain": answer.then(({ text }) => text), "text/html": answer.then(({ html }) => html) });
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOut()) slide(false);
  });
  document.addEventListener("footnote:shown", (event) => shown(find("[data-shown]", event.target)));
  // The focus goes to what can be done next: to undo, or to open the conversation that is back.
  document.addEventListener("footnote:listed", () => {
    expanded();
    (find("#conversations .told button") ?? (back ? find(`[data-opens-conversation="${back}"]`) : null))?.focus();
    back = "";
  });
  drawer.addEventListener("change", () => isOut() && slide(false));
})();
