// The page: three ways in, one reading beside them.

import { Refused, explain, model, read, rememberToken, token } from "/static/api.js";
import { askConfidence, cameraPicture, startCamera, stop } from "/static/camera.js";
import { drawing, startDrawing } from "/static/draw.js";
import { keep, startHistory } from "/static/history.js";
import { showPhoto, startPhotos } from "/static/photo.js";
import { minConfidence, notice, showMarks, showNothing, showReading } from "/static/show.js";

const byId = (name) => document.getElementById(name);
const tabs = [...document.querySelectorAll("[role=tab]")];
const SETTLED = 1500;
let photo = null;
let most = Infinity;
let asked = 0;
let settle = 0;
let abort = null;

function refused(error) {
  if (error.name === "AbortError") return;
  if (!(error instanceof Refused)) throw error;
  showNothing();
  byId("explain").disabled = true;
  byId("token-form").hidden = error.status !== 401;
  notice(error.status === 401 ? "" : error.message);
}

function options(more = {}) {
  return { min_confidence: minConfidence(), crops: true, ...more };
}

// Nothing that was asked before counts any more.
function begin() {
  abort?.abort();
  abort = new AbortController();
  clearTimeout(settle);
  return ++asked;
}

// Only the answer to what was asked last is shown.
async function ask(coming, from, more, show = () => {}) {
  const number = begin();
  const picture = await coming;
  if (number !== asked) return;
  if (!picture) {
    byId("explain").disabled = true;
    showNothing();
    return;
  }
  if (picture.size > most) {
    refused(new Refused(413, `The photo has ${Math.ceil(picture.size / 1e6)} MB, more than this server takes. Scale it down.`));
    return;
  }
  try {
    const told = await read(picture, options(more), abort.signal);
    if (number !== asked) return;
    notice("");
    showReading(told);
    showMarks({ marks: [] });
    show(told);
    byId("explain").disabled = false;
    settle = setTimeout(() => keep(from, told), from === "drawing" ? SETTLED : 0);
  } catch (error) {
    if (number === asked) refused(error);
  }
}

async function readDrawing() {
  await ask(drawing(), "drawing", {});
}

async function readPhoto(file) {
  select("photo");
  photo = file;
  await ask(file, file.name || "photo", { annotated: "png" }, (told) => showPhoto(told, file.name || "the photo"));
}

function current() {
  return tabs.find((tab) => tab.getAttribute("aria-selected") === "true").getAttribute("aria-controls");
}

function select(name) {
  if (name === current()) return;
  for (const tab of tabs) {
    const chosen = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (name !== "camera") stop();
  begin();
  notice("");
  showNothing();
  byId("explain").disabled = true;
  if (name === "draw") readDrawing();
  if (name === "photo" && photo) readPhoto(photo);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab.getAttribute("aria-controls")));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}

byId("confidence").addEventListener("input", () => {
  byId("confidence-shown").textContent = `${Math.round(100 * minConfidence())} %`;
});
byId("confidence").addEventListener("change", () => {
  if (current() === "camera") askConfidence();
  else if (current() === "draw") readDrawing();
  else if (photo) readPhoto(photo);
});

byId("explain").addEventListener("click", async () => {
  const pictures = { draw: drawing, photo: async () => photo, camera: cameraPicture };
  const number = asked;
  const picture = await pictures[current()]();
  if (!picture) return;
  try {
    const told = await explain(picture, { min_confidence: minConfidence() });
    if (number === asked) showMarks(told);
  } catch (error) {
    if (number === asked) refused(error);
  }
});

byId("token-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  rememberToken(byId("token").value);
  await greet();
});

async function greet() {
  try {
    const told = await model();
    most = told.max_upload;
    byId("confidence").value = told.min_confidence;
    byId("confidence").dispatchEvent(new Event("input"));
    byId("token-form").hidden = true;
    notice("");
    if (current() === "draw") readDrawing();
  } catch (error) {
    refused(error);
    if (error.status === 401 && token()) notice("The token is wrong.");
  }
}

startDrawing(readDrawing);
startPhotos(readPhoto);
startHistory(notice);
startCamera((told) => {
  if (current() !== "camera") return;
  if (!told) {
    showNothing();
    return;
  }
  const stable = told.stable.length > 0 && told.stable.every(Boolean);
  showReading(told, stable);
  byId("explain").disabled = false;
  const lines = told.lines.filter((_, i) => told.stable[i]);
  if (told.changed && lines.length) keep("camera", { lines, text: lines.map((line) => line.text).join("\n") });
});
greet();
