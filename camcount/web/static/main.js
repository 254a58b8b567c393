// The page: three ways in, one reading beside them.

import { Refused, explain, model, read, rememberToken, serverLives, token } from "/static/api.js";
import { askConfidence, cameraPicture, reconnect, startCamera, stop } from "/static/camera.js";
import { drawing, sheetNumber, startDrawing } from "/static/draw.js";
import { keep, startHistory } from "/static/history.js";
import { showPhoto, startPhotos } from "/static/photo.js";
import { doubt, minConfidence, notice, showLast, showMarks, showNothing, showReading } from "/static/show.js";

const byId = (name) => document.getElementById(name);
const tabs = [...document.querySelectorAll("[role=tab]")];
const SETTLED = 1000;
const LOOK_AGAIN = 2000;
let photo = null;
let most = Infinity;
let asked = 0;
let settle = 0;
let unsettled = null;
let looking = 0;
let abort = null;

function refused(error) {
  if (error.name === "AbortError") return;
  if (!(error instanceof Refused)) throw error;
  showNothing();
  byId("explain").disabled = true;
  byId("token-form").hidden = error.status !== 401;
  notice(error.status === 401 ? "" : error.message);
  if (!error.status) lookForServer();
}

// Until it is back: then the page begins anew, with what it holds.
function lookForServer() {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    if (await serverLives()) await greet();
    else lookForServer();
  }, LOOK_AGAIN);
}

function options(more = {}) {
  return { min_confidence: minConfidence(), crops: true, ...more };
}

// Nothing that was asked before counts any more.
function begin() {
  abort?.abort();
  abort = new AbortController();
  clearTimeout(settle);
  unsettled = null;
  return ++asked;
}

// Only what stood for a while was meant: a drawing is read while it is still being written.
function keepSettled(told, sheet) {
  unsettled = () => keep("drawing", told, sheet);
  settle = setTimeout(settleNow, SETTLED);
}

function settleNow() {
  clearTimeout(settle);
  unsettled?.();
  unsettled = null;
}

// Only the answer to what was asked last is shown.
async function ask(picture, more, show, judge = (told) => told) {
  const number = begin();
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
    const told = judge(await read(picture, options(more), abort.signal));
    if (number !== asked) return;
    clearTimeout(looking);
    notice("");
    showReading(told);
    showMarks({ marks: [] });
    byId("explain").disabled = false;
    show(told);
  } catch (error) {
    if (number === asked) refused(error);
  }
}

// On a sheet is nothing but what was drawn: unlike on a photo, no surer digit need stand beside a doubtful one.
async function readDrawing() {
  const sheet = sheetNumber();
  await ask(drawing(), { min_confidence: 0 }, (told) => keepSettled(told, sheet), doubt);
}

async function readPhoto(file) {
  select("photo");
  photo = file;
  await ask(file, { annotated: "png" }, (told) => {
    showPhoto(told, file.name || "the photo");
    keep(file.name || "photo", told);
  });
}

function readAgain() {
  if (current() === "draw") readDrawing();
  if (current() === "photo" && photo) readPhoto(photo);
}

function current() {
  return tabs.find((tab) => tab.getAttribute("aria-selected") === "true").getAttribute("aria-controls");
}

function select(name) {
  if (name === current()) return;
  settleNow();
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
  readAgain();
}

for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", () => select(tab.getAttribute("aria-controls")));
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    next.focus();
    next.click();
  });
}

byId("confidence").addEventListener("input", () => {
  byId("confidence-shown").textContent = `${Math.round(100 * minConfidence())} %`;
});
byId("confidence").addEventListener("change", () => {
  if (current() === "camera") askConfidence();
  else readAgain();
});

byId("explain").addEventListener("click", async () => {
  const pictures = { draw: drawing, photo: () => photo, camera: cameraPicture };
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
    if (most === Infinity) {
      byId("confidence").value = told.min_confidence;
      byId("confidence").dispatchEvent(new Event("input"));
    }
    most = told.max_upload;
    byId("token-form").hidden = true;
    notice("");
    reconnect();
    readAgain();
  } catch (error) {
    refused(error);
    if (error.status === 401 && token()) notice("The token is wrong.");
  }
}

function showFilmed(told) {
  if (current() !== "camera") return;
  const stable = told.stable.length > 0 && told.stable.every(Boolean);
  showReading(told, stable);
  byId("explain").disabled = false;
  const lines = told.lines.filter((_, i) => told.stable[i]);
  if (told.changed && lines.length) keep("camera", { lines, text: lines.map((line) => line.text).join("\n") });
}

function showUnfilmed() {
  if (current() !== "camera") return;
  showNothing();
  byId("explain").disabled = true;
}

startDrawing({ onBegin: () => clearTimeout(settle), onStroke: readDrawing, onClear: settleNow });
startPhotos(readPhoto);
startHistory(notice);
startCamera({ onReading: showFilmed, onLost: showUnfilmed, onStop: showLast, onRefused: refused });
greet();
