/*
 * What the pages do beyond HTML. Each behaviour is asked for by attributes, and every page works without this file.
 *
 * Preview   <form data-preview="URL" data-preview-into="ID" [data-preview-method="get"]>
 *           180 ms after the last key the fields go to URL; the element ID of the answer takes the place of ours. It is
 *           read out (its [data-announce], or all of it) after a second of rest.
 * Swap      <form id data-swap="ID ID" [data-focus-after="ID"]>
 *           Sent by fetch; title, #meldung and these elements come from the page that the answer leads to. A refusal brings
 *           the form back (or <main>, if it is not found) and the focus to #problems. Without an answer #meldung says
 *           what <html data-offline="TEXT"> has.
 * Busy      Any form is sent once, but for <form data-download>, after which the page stays; <button data-busy="TEXT"> says
 *           TEXT when it takes longer than 400 ms.
 * Poll      <div id data-poll="SECONDS" [data-poll-for="WORD"] [data-poll-then="ID ID"]>
 *           Taken anew from this page's address until it comes without data-poll. Then, and when it comes waiting for
 *           something else than before, the others are taken, too.
 * Timer     <time data-timer="ISO INSTANT">, counted by the server's clock: <html data-now="ISO INSTANT">.
 * Keys      data-key="n" or data-key="g z": a link is followed, all else only gets the focus; J and K else go through
 *           [data-row]. <html data-keys="off"> turns them off. "?" opens <dialog id="keys">, as [data-dialog="keys"] does.
 * Theme     <button data-theme-to="dark">: the cookie `theme`, and html[data-theme].
 * Drag      <svg data-drag="FORM ID" data-date="TEXT" data-minutes="1440" [data-shift="MINUTE:BY"]>: one local day over
 *           its full width. Fills `date`, `from`, `to`; from MINUTE on the wall clock differs BY minutes.
 * Print     <button data-print> prints the page.
 * Outline   <tr data-outlines="ID">: pointing at it, or having the focus in it, gives the element ID the class `is-outlined`.
 */

const html = document.documentElement;
const serverAhead = Date.parse(html.dataset.now) - Date.now() || 0;
const byId = (id) => (id ? document.getElementById(id) : null);
const words = (text) => (text ?? "").split(/\s+/).filter(Boolean);

// --- Saying things to those who cannot see them -----------------------------------------------------------------------

let resting;

function announce(text, rest = 0) {
  clearTimeout(resting);
  resting = setTimeout(() => {
    const live = byId("ansage");
    if (live) live.textContent = text.replace(/\s+/g, " ").trim();
  }, rest);
}

// --- Taking parts out of an answer ------------------------------------------------------------------------------------

async function pageOf(response) {
  const isPage = (response.headers.get("content-type") ?? "").startsWith("text/html");
  return isPage ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
}

/** Put the answer's element in the place of ours; who was typing in it goes on where the same field is. */
function swap(ours, theirs) {
  if (!ours || !theirs) return false;
  const active = ours.contains(document.activeElement) ? document.activeElement.id : "";
  ours.replaceWith(document.importNode(theirs, true));
  byId(active)?.focus({ preventScroll: true });
  startPolls();
  return true;
}

const swapId = (id, page) => swap(byId(id), page.getElementById(id));

// --- Preview ----------------------------------------------------------------------------------------------------------

const previews = new WeakMap(); // form -> what stops its preview under way

function fieldsOf(form, submitter) {
  const fields = new FormData(form, submitter);
  if (form.enctype === "multipart/form-data") return fields;
  return new URLSearchParams([...fields].filter(([, value]) => typeof value === "string"));
}

function schedulePreview(form) {
  previews.get(form)?.abort();
  const stop = new AbortController();
  previews.set(form, stop);
  const timer = setTimeout(() => preview(form, stop.signal), 180);
  stop.signal.addEventListener("abort", () => clearTimeout(timer));
}

async function preview(form, signal) {
  if (!form.isConnected) return; // its last change came from being taken off the page
  const { preview: url, previewInto, previewMethod } = form.dataset;
  const fields = fieldsOf(form);
  const asked = previewMethod === "get" ? fetch(`${url}?${new URLSearchParams(fields)}`, { signal })
    : fetch(url, { method: "POST", body: fields, signal });
  const page = await asked.then(pageOf).catch(() => null); // aborted, or away: the next key asks again
  if (!page || signal.aborted || !swapId(previewInto, page)) return;
  const shown = byId(previewInto);
  announce((shown.querySelector("[data-announce]") ?? shown).textContent, 1000);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target.form?.dataset.preview) schedulePreview(target.form);
  });
}

// --- Sending once, and swapping ---------------------------------------------------------------------------------------

const sending = new Map(); // form -> what sets it free again

/** Mark a form as being sent; false when it is already. */
function hold(form, submitter) {
  if (sending.has(form)) return false;
  previews.get(form)?.abort();
  const label = submitter?.textContent;
  const timer = setTimeout(() => {
    if (!submitter?.dataset.busy) return;
    submitter.textContent = submitter.dataset.busy;
    announce(submitter.dataset.busy);
  }, 400);
  submitter?.setAttribute("aria-disabled", "true");
  sending.set(form, () => {
    clearTimeout(timer);
    submitter?.removeAttribute("aria-disabled");
    if (submitter?.dataset.busy) submitter.textContent = label;
    sending.delete(form);
  });
  return true;
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method === "dialog" || "download" in form.dataset) return;
  if (!hold(form, submitter)) return event.preventDefault();
  if (!form.dataset.swap) return;
  event.preventDefault();
  send(form, submitter).finally(() => sending.get(form)?.());
});

// A page that comes back out of the browser's memory has nothing under way.
addEventListener("pageshow", ({ persisted }) => persisted && [...sending.values()].forEach((free) => free()));

async function send(form, submitter) {
  const url = new URL(submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", location.href);
  const fields = fieldsOf(form, submitter);
  const looks = form.method === "get";
  if (looks) url.search = fields;
  const response = await fetch(url, looks ? {} : { method: "POST", body: fields }).catch(() => null);
  if (!response) return tell(html.dataset.offline ?? ""); // the form is as it was, and may be sent again
  const page = await pageOf(response);
  if (!page) return location.assign(response.url);
  const { swap: ids, focusAfter } = form.dataset;
  const isRefused = response.status === 422;
  const found = isRefused ? form.id && swapId(form.id, page) : words(ids).filter((id) => swapId(id, page)).length;
  if (!found) {
    // Not the page we thought of, such as the log-in: show that one.
    if (response.ok) return location.assign(response.url);
    swap(document.querySelector("main"), page.querySelector("main"));
  }
  if (response.ok && (looks || response.redirected)) history.replaceState(null, "", response.url);
  takeHead(page);
  renameSending(form, page);
  if (response.ok) byId(focusAfter)?.focus();
  else focusErrors();
}

/** A form that stays gets the name of its next sending, so that the same again is no repetition. */
function renameSending(form, page) {
  const theirs = page.querySelector("input[name=_key]");
  if (form.elements._key && theirs) form.elements._key.value = theirs.value;
}

/** Say something where the page says what a deed did; that place is there only while it says something. */
function tell(text, said = document.createElement("p")) {
  if (text) said.textContent = text;
  byId("meldung")?.remove();
  Object.assign(said, { id: "meldung", className: said.className || "message warn" });
  document.querySelector("main").prepend(said);
  announce(said.textContent);
}

/** Take over what a page says of itself: its title and what the deed did. */
function takeHead(page) {
  document.title = page.title;
  const said = page.getElementById("meldung");
  if (said) tell("", document.importNode(said, true));
  else byId("meldung")?.remove();
}

function focusErrors() {
  byId("problems")?.focus();
}

// --- Poll -------------------------------------------------------------------------------------------------------------

const polled = new WeakSet();

function startPolls() {
  for (const part of document.querySelectorAll("[data-poll]")) {
    if (polled.has(part)) continue;
    polled.add(part);
    wait(part, 1);
  }
}

/** Ask later; a server that is away is asked less and less often, at least once in half a minute. */
function wait(part, times) {
  setTimeout(() => poll(part, times), Math.min(Number(part.dataset.poll) * times, 30) * 1000);
}

async function poll(part, times) {
  if (!part.isConnected) return;
  if (document.hidden) return document.addEventListener("visibilitychange", () => poll(part, 1), { once: true });
  const response = await fetch(location.href).catch(() => null);
  const page = response?.ok ? await pageOf(response) : null;
  if (!page) return wait(part, times * 2);
  const { id, dataset: { pollFor, pollThen } } = part;
  if (!swapId(id, page)) return location.reload();
  const now = byId(id);
  if (now.hasAttribute("data-poll") && now.dataset.pollFor === pollFor) return;
  words(pollThen).forEach((other) => swapId(other, page));
  announce((now.querySelector("[data-announce]") ?? now).textContent);
}

// --- Timer ------------------------------------------------------------------------------------------------------------

function tick() {
  for (const clock of document.querySelectorAll("[data-timer]")) {
    const seconds = Math.max(0, Math.floor((Date.now() + serverAhead - Date.parse(clock.dataset.timer)) / 1000));
    const [minutes, rest] = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
    clock.textContent = `${Math.floor(seconds / 3600)}:${minutes}:${rest}`;
  }
}

setInterval(tick, 1000);

// --- Keys -------------------------------------------------------------------------------------------------------------

const isField = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
let waiting = ""; // the first key of two, for a second

function stepRow(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const next = rows[rows.indexOf(document.activeElement) + by] ?? rows[by < 0 ? 0 : rows.length - 1];
  next?.focus();
}

/** No key ever does a deed: it follows a link, or brings the focus to where the deed is done. */
function useKey(keys) {
  if (keys === "?") return byId("keys")?.showModal();
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === keys);
  if (!target) return { j: () => stepRow(1), k: () => stepRow(-1) }[keys]?.();
  if (target.matches("a[href]")) return target.click();
  target.focus();
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && isField(target)) return target.form?.requestSubmit();
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || key.length > 1) return;
  if (html.dataset.keys === "off" || isField(target) || document.querySelector("dialog[open]")) return;
  const keys = `${waiting}${key.toLowerCase()}`;
  waiting = keys === "g" ? "g " : "";
  if (waiting) return setTimeout(() => { waiting = ""; }, 1000);
  event.preventDefault();
  useKey(keys);
});

// --- Theme and dialogs ------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  const dialog = byId(opener?.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
  const theme = event.target.closest?.("[data-theme-to]")?.dataset.themeTo;
  if (!theme) return;
  event.preventDefault();
  html.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]")?.setAttribute("content", theme);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  document.querySelector(theme === "dark" ? ".to-light" : ".to-dark")?.focus();
});

// --- Drag on a day ----------------------------------------------------------------------------------------------------

const SNAP = 5;
let drag = null;

/** Where in the day a pointer is, in whole steps of elapsed minutes. */
function minuteAt(row, x) {
  const { left, width } = row.getBoundingClientRect();
  const all = Number(row.dataset.minutes);
  return Math.min(all, Math.max(0, Math.round(((x - left) / width) * all / SNAP) * SNAP));
}

function wallClock(row, minute) {
  const [at, by] = row.dataset.shift?.split(":").map(Number) ?? [Infinity, 0];
  const wall = minute >= at ? minute + by : minute;
  return [Math.floor(wall / 60), wall % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest?.("[data-drag]");
  if (!row || event.pointerType !== "mouse" || event.button) return;
  event.preventDefault(); // else the text around would be marked
  const shade = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  shade.setAttribute("class", "drag");
  shade.setAttribute("height", "100%");
  drag = { row, shade, from: minuteAt(row, event.clientX), to: null };
  row.append(shade);
});

document.addEventListener("pointermove", ({ clientX }) => {
  if (!drag) return;
  drag.to = minuteAt(drag.row, clientX);
  const share = (minute) => `${(100 * minute) / Number(drag.row.dataset.minutes)}%`;
  drag.shade.setAttribute("x", share(Math.min(drag.from, drag.to)));
  drag.shade.setAttribute("width", share(Math.abs(drag.to - drag.from)));
});

for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => {
    if (!drag) return;
    const { row, shade, from, to } = drag;
    shade.remove();
    drag = null;
    if (kind === "pointerup" && to !== null && to !== from) fill(row, Math.min(from, to), Math.max(from, to));
  });
}

function fill(row, from, to) {
  const fields = byId(row.dataset.drag)?.elements;
  if (!fields) return;
  const values = { date: row.dataset.date, from: wallClock(row, from), to: wallClock(row, to) };
  for (const [name, value] of Object.entries(values)) fields[name].value = value;
  fields.to.dispatchEvent(new Event("input", { bubbles: true }));
  fields.to.focus();
}

// --- Outlines ---------------------------------------------------------------------------------------------------------

for (const [kind, is] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(kind, ({ target }) => {
    const row = target.closest?.("[data-outlines]");
    words(row?.dataset.outlines).forEach((id) => byId(id)?.classList.toggle("is-outlined", is));
  });
}

// --- Printing, and the place where one is ------------------------------------------------------------------------------

document.addEventListener("click", ({ target }) => target.closest?.("[data-print]") && print());

const place = document.querySelector(".places [aria-current]");
if (place) {
  const { parentElement: places, offsetLeft, offsetWidth } = place;
  places.scrollLeft = offsetLeft - places.offsetLeft - (places.clientWidth - offsetWidth) / 2;
}

tick();
startPolls();
focusErrors();
