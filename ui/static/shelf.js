// The library page: what is shown comes from the server as finished, escaped HTML; this asks for it and puts it in place.
// The form above the list holds all that is wanted, so that every view is the same question put otherwise.
(() => {
  "use strict";

  const at = (selector, within = document) => within.querySelector(selector);
  const form = () => at("#shelf-form");
  let latest = 0;
  let seen = false;

  // Asking and telling

  const query = () => new URLSearchParams([...new FormData(form())].filter(([, value]) => value));

  async function send(address, fields) {
    const reply = await fetch(address, { method: "POST", body: fields ?? new URLSearchParams() });
    return reply.headers.get("content-type").includes("json") ? await reply.json() : { html: await reply.text() };
  }

  function tell(html) {
    const notice = at("#shelf-notice");
    notice.innerHTML = html;
    return notice;
  }

  function complain(words) {
    const line = document.createElement("p");
    line.className = "problem";
    line.textContent = words;
    tell("").append(line);
  }

  const reaching = (work) => work.catch(() => complain("Footnote cannot be reached. Is it still running?"));

  // Showing

  async function show({ first = false, focus = "" } = {}) {
    const turn = ++latest;
    if (first) at("[name=page]", form()).value = "1";
    const view = at("[name=view]:checked", form()).value;
    const html = await (await fetch(`/library/${view}?${query()}`)).text();
    if (turn !== latest) return;
    at("#shelf-results").innerHTML = html;
    if (focus) (at(focus) || at("#shelf-results")).focus();
    if (at("[data-waits]")) setTimeout(() => turn === latest && reaching(show()), 700);
    const field = at("[data-points]");
    if (field) await window.footnoteMap(field, `/library/points?${query()}`);
  }

  async function load(details) {
    const name = details.dataset.loads;
    at("[data-loaded]", details).innerHTML = await (await fetch(`/library/${name}?${query()}`)).text();
  }

  async function changed() {
    document.dispatchEvent(new Event("footnote:changed"));
    await show();
    for (const details of document.querySelectorAll("#shelf details[open][data-loads]")) await load(details);
  }

  // Jobs: each has a box in the report, which says how far it is until it is over.

  async function follow(job) {
    const report = at("#report");
    for (const over of report.querySelectorAll(":scope > :has([data-job=over])")) over.remove();
    const box = document.createElement("div");
    report.append(box);
    remember(job, true);
    for (let wait = 120; ; wait = Math.min(wait * 1.5, 800)) {
      const reply = await fetch(`/library/jobs/${job}`).catch(() => null);
      if (reply && reply.status < 500) {
        const html = reply.ok ? await reply.text() : "";
        if (html !== box.dataset.shown) box.innerHTML = box.dataset.shown = html;
        if (!at("[data-job=running]", box)) break;
      } else {
        box.dataset.shown = box.textContent = "Footnote cannot be reached just now. This goes on when it is back.";
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    box.removeAttribute("data-shown");
    remember(job, false);
    const failed = at("[data-failed]", box)?.dataset.failed;
    if (failed && !at("#url").value.trim()) at("#url").value = failed;
    await changed();
  }

  // A page that is loaded again goes on telling of what is under way.
  function remember(job, running) {
    const known = new Set(JSON.parse(sessionStorage.getItem("footnote-jobs") || "[]"));
    known[running ? "add" : "delete"](job);
    sessionStorage.setItem("footnote-jobs", JSON.stringify([...known]));
  }

  async function begin(address, fields) {
    const reply = await send(address, fields);
    if (reply.problem) return complain(reply.problem);
    if (reply.job) {
      tell("");
      follow(reply.job).catch(() => complain("Footnote cannot be reached. Is it still running?"));
    }
    return reply.job;
  }

  function upload(files) {
    const fields = new FormData();
    for (const file of files) fields.append("files", file, file.name);
    if (files.length) reaching(begin("/library/add/files", fields));
  }

  // What is pressed, typed and dropped

  const ids = (name, values) => new URLSearchParams(values.map((value) => [name, value]));

  async function act(address, fields) {
    const reply = await send(address, fields);
    tell(reply.html || "");
    await changed();
    at("#shelf-notice button")?.focus();
  }

  const pressed = {
    order(button) {
      at("[name=order]", form()).value = button.dataset.order;
      at("[name=ascending]", form()).value = button.dataset.ascending;
      return show({ first: true, focus: `[data-order=${button.dataset.order}]` });
    },
    page(button) {
      at("[name=page]", form()).value = button.dataset.page;
      return show({ focus: "#shelf-results" }).then(() => at("#list").scrollIntoView({ block: "start" }));
    },
    removes(button) {
      const { removes, value } = button.dataset;
      for (const input of document.querySelectorAll(".filter input, #shelf-form [data-kept]")) {
        if (removes && (input.name !== removes || (input.type !== "date" && input.value !== value))) continue;
        if (input.dataset.kept !== undefined) input.remove();
        else if (input.type === "checkbox") input.checked = false;
        else input.value = "";
      }
      return show({ first: true, focus: "#shelf-form [type=search]" });
    },
    since: (button) => choose({ since: button.dataset.since, until: button.dataset.until }),
    remove: () => act("/library/remove", ids("ids", picked())),
    putBack: (button) => act("/library/put-back", ids("ids", button.dataset.putBack.split(" "))),
    forget: () => act("/library/forget-removed"),
    unfollow: (button) => act("/library/unfollow", ids("place", [button.dataset.unfollow])),
    replace: (button) => act(`/library/jobs/${button.dataset.replace}/replace`).then(() => button.parentElement.remove()),
    sync: (button) => begin("/library/sync", ids("place", [button.dataset.sync])),
    repair: () => begin("/library/repair"),
    retry: (button) => begin(`/library/jobs/${button.dataset.retry}/retry`),
    stop: (button) => send(`/library/jobs/${button.dataset.stop}/stop`),
    dismiss: async (button) => button.closest("#report > div").remove(),
  };

  // Days of a bar: filters whose fields may not be there, since the panel in which they are was never opened.
  function choose(days) {
    for (const [name, value] of Object.entries(days)) {
      let input = at(`[name=${name}]`, form());
      if (!input) {
        input = Object.assign(document.createElement("input"), { type: "hidden", name });
        input.dataset.kept = "";
        form().append(input);
      }
      input.value = value;
    }
    at("[name=view][value=articles]", form()).checked = true;
    return show({ first: true, focus: "#shelf-results" });
  }

  // The panel has fields of its own for them now.
  function forgetKept() {
    for (const kept of form().querySelectorAll("[data-kept]")) kept.remove();
  }

  const boxes = () => [...document.querySelectorAll("#shelf-results tbody [type=checkbox], #shelf-results .group [type=checkbox]")];
  const picked = () => boxes().filter((box) => box.checked).map((box) => box.value);

  function count() {
    const button = at("#shelf-results [data-remove]");
    if (!button) return;
    const number = picked().length;
    button.disabled = !number;
    button.textContent = number ? `Remove ${number} selected` : "Remove";
    const all = at("#shelf-results [data-all]");
    if (all) all.checked = number > 0 && number === boxes().length;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#shelf button");
    if (!button) return;
    const name = Object.keys(button.dataset).find((known) => pressed[known]);
    if (name) reaching(Promise.resolve(pressed[name](button)));
  });

  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (sent.dataset.add) {
      event.preventDefault();
      const fields = new URLSearchParams([...new FormData(sent)]);
      if (sent.dataset.add === "pages" && !fields.get("urls").trim()) return;
      reaching(begin(`/library/add/${sent.dataset.add}`, fields).then((job) => job && sent.reset()));
    } else if (sent.id === "shelf-form") {
      event.preventDefault();
      reaching(show({ first: true }));
    } else if (sent.dataset.article !== undefined && sent.closest("#reader-text")) {
      event.preventDefault();
      reaching(inPanel(sent));
    }
  });

  // An article that is changed beside the list stays there, as it is then.
  async function inPanel(sent) {
    const text = sent.closest("#reader-text");
    for (const button of sent.querySelectorAll("button")) button.disabled = true;
    const reply = await send(sent.action, new URLSearchParams([...new FormData(sent)]));
    text.innerHTML = reply.html;
    text.scrollTop = 0;
    at("#article-title", text)?.focus();
    if (seen) await changed();
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("#shelf-form [type=search]")) {
      clearTimeout(count.waiting);
      count.waiting = setTimeout(() => reaching(show({ first: true })), 150);
    }
  });

  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("#drop input")) {
      upload(target.files);
      target.value = "";
    } else if (target.matches("[data-all]")) {
      for (const box of boxes()) box.checked = target.checked;
      count();
    } else if (boxes().includes(target)) count();
    else if (target.name === "colours") {
      at("[name=by]", form()).value = target.value;
      reaching(show({ focus: `[name=colours][value=${target.value}]` }));
    } else if (target.closest("#shelf-form") && target.type !== "search") {
      const typing = target.type === "date" && target.value && target.value < "1000";
      if (!typing) reaching(show({ first: true }));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "url" && event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target;
      if (!details.open || !details.matches?.("#shelf details[data-loads]")) return;
      reaching(load(details).then(() => details.matches(".filter") && forgetKept()));
    },
    true,
  );

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const drop = event.target.closest?.("#drop");
      if (!drop) return;
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") upload(event.dataTransfer.files);
    });
  }

  // Nothing is asked for before the page is looked at.
  const waiting = setInterval(() => {
    const shelf = at("#shelf-form");
    if (!shelf) return;
    clearInterval(waiting);
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      seen = true;
      reaching(show());
      for (const job of JSON.parse(sessionStorage.getItem("footnote-jobs") || "[]")) reaching(follow(job));
    }).observe(shelf);
  }, 50);
})();
