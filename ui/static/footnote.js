// The reader: an article beside the conversation, or over it on a narrow screen, at the very words.
// The server sends the article as finished, escaped HTML; the links are real and work without this file.
(() => {
  "use strict";

  const narrow = window.matchMedia("(max-width: 760px)");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let opener = null;
  let latest = 0;

  const reader = document.createElement("div");
  reader.id = "reader";
  reader.hidden = true;
  reader.setAttribute("role", "dialog");
  reader.setAttribute("aria-labelledby", "article-title");
  reader.innerHTML =
    '<div id="reader-bar"><span><a target="_blank" rel="noopener">Open as a page</a>' +
    '<button type="button" id="reader-link">Copy link</button></span>' +
    '<span id="reader-steps" role="group" aria-label="Footnotes of this answer" hidden>' +
    '<button type="button" value="-1" aria-label="Previous footnote (left arrow)">←</button><span></span>' +
    '<button type="button" value="1" aria-label="Next footnote (right arrow)">→</button></span>' +
    '<button type="button" id="reader-close" aria-label="Close the article">Close</button></div>' +
    '<div id="reader-text" tabindex="-1"></div>';
  const bar = reader.firstElementChild;
  const text = reader.lastElementChild;

  async function open(link) {
    const turn = ++latest;
    mark(link); // at once: whoever goes on before it has come goes on from here
    const address = new URL(link.href);
    address.searchParams.set("view", "panel");
    let html;
    try {
      html = await (await fetch(address)).text();
    } catch {
      html = '<p id="article-title" tabindex="-1">Footnote cannot be reached. Is it still running?</p>';
    }
    if (turn !== latest) return;
    opener = link;
    text.innerHTML = html;
    bar.querySelector("a").href = link.href;
    reader.hidden = false;
    document.body.classList.add("reading");
    cover();
    const words = document.getElementById("quoted");
    if (words) {
      words.scrollIntoView({ block: "center" });
      // What lies around it takes its true height only once it is near.
      requestAnimationFrame(() => requestAnimationFrame(() => words.scrollIntoView({ block: "center" })));
    } else text.scrollTop = 0;
    (words || document.getElementById("article-title") || text).focus({ preventScroll: true });
    document.dispatchEvent(new Event("footnote:read"));
  }

  function close() {
    if (reader.hidden) return;
    latest++;
    reader.hidden = true;
    document.body.classList.remove("reading");
    cover();
    mark(null);
    if (opener && opener.isConnected) opener.focus();
  }

  // On a narrow screen the reader covers the window, so nothing behind it can be reached.
  function cover() {
    const app = document.querySelector("gradio-app");
    if (app) app.inert = narrow.matches && !reader.hidden;
  }

  function mark(link) {
    for (const old of document.querySelectorAll("[data-reader][aria-current]")) old.removeAttribute("aria-current");
    for (const one of link ? document.querySelectorAll("a[data-reader]") : []) {
      if (one.href === link.href && one.closest(".turn") === link.closest(".turn")) one.setAttribute("aria-current", "true");
    }
  }

  // The log is sent the turn under way, and which turns before it stay: these are taken out of its hands, and stand
  // before it. Called by the log's own template, before the log is made to look like what it was sent.
  const said = document.createElement("div");
  said.id = "said";
  window.footnote = {
    keep({ conversation, first, keeps }) {
      const log = document.querySelector("#log [role=log]");
      if (!log) return;
      if (!said.isConnected) document.querySelector("#log").prepend(said);
      const of = `/conversation/${conversation}/turn/`;
      const stays = ({ dataset }) => dataset.turn.startsWith(of) && dataset.ordinal >= first && dataset.ordinal < keeps;
      for (const turn of [...said.children]) if (!stays(turn)) turn.remove();
      said.append(...[...log.children].filter(stays));
    },
  };

  // A new question goes to the top of the window, and its answer grows below it without a jump.
  function follow() {
    const log = document.querySelector("#log");
    if (!log || !log.querySelector("[role=log]")) return false;
    const last = () => log.querySelector("[role=log] > .turn:last-child")?.dataset.turn;
    let before = last();
    let empty = !before;
    new MutationObserver(() => {
      const now = last();
      if (now && now !== before) show(log, empty || still.matches);
      before = now;
      empty = !now;
    }).observe(log.querySelector("[role=log]"), { childList: true, subtree: true, attributes: true });
    document.addEventListener("footnote:opened-conversation", () => {
      close();
      requestAnimationFrame(() => show(log, true));
    });
    return true;
  }

  function show(log, at_once) {
    const last = [...log.querySelectorAll(".turn")].at(-1);
    if (last) last.scrollIntoView({ block: "start", behavior: at_once ? "auto" : "smooth" });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-reader]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      open(link);
    } else if (event.target.closest("#reader-close")) {
      close();
    } else if (event.target.closest("#ask, #stop, #new, [data-as-written], [data-asks-again]") && event.detail === 0) {
      // Pressed by key: the button goes or is left behind, so the focus moves on to where the next question is typed.
      document.querySelector("#question textarea").focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  narrow.addEventListener("change", cover);

  document.body.append(reader);
  const waiting = setInterval(() => {
    if (follow()) clearInterval(waiting);
  }, 50);
})();
