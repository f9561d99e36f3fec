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
    mark(link);
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

  // A new question goes to the top of the window, and its answer grows below it without a jump.
  function follow() {
    const log = document.querySelector("#log [role=log]");
    if (!log) return false;
    let count = log.querySelectorAll(".turn").length;
    new MutationObserver(() => {
      const now = log.querySelectorAll(".turn").length;
      if (now > count) show(log, count === 0 || still.matches);
      count = now;
    }).observe(log, { childList: true });
    document.addEventListener("footnote:opened-conversation", () => {
      close();
      requestAnimationFrame(() => show(log, true));
    });
    return true;
  }

  function show(log, at_once) {
    const last = log.querySelector(".turn:last-of-type");
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
