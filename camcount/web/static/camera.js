// The browser's camera: the newest picture goes to the server when the last one is answered; the answer is drawn over it.

import { Refused, model, openStream } from "/static/api.js";
import { minConfidence, notice } from "/static/show.js";

const byId = (name) => document.getElementById(name);
const video = byId("video");
const view = byId("view");
const sent = document.createElement("canvas");
sent.width = 0;
const LARGEST = 1280;
const AGAIN = [500, 1000, 2000, 4000, 8000];
const WHY = {
  NotAllowedError: "The camera was denied. Allow it in the address bar of the browser, then start again.",
  NotFoundError: "No camera was found. Plug one in, then start again.",
  OverconstrainedError: "That camera is gone. Choose another one.",
  NotReadableError: "The camera is busy: another program uses it. Close that, then start again.",
};

let stream = null;
let socket = null;
let reading = null;
let waiting = false;
let tries = 0;
let answers = [];
let turn = 0;
let recorder = null;
let refused = null;
let listener = {};

export function startCamera(told) {
  listener = told;
  byId("insecure").hidden = window.isSecureContext;
  byId("start").addEventListener("click", start);
  byId("stop").addEventListener("click", () => {
    stop();
    listener.onStop();
  });
  byId("record").addEventListener("click", record);
  byId("device").addEventListener("change", () => stream && start());
  navigator.mediaDevices?.addEventListener?.("devicechange", listDevices);
}

export function askConfidence() {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ min_confidence: minConfidence() }));
}

// After a server that asked for a token, or the like, has let the page in.
export function reconnect() {
  if (stream && refused === turn) connect();
}

// The last one sent, also once the camera is stopped.
export function cameraPicture() {
  if (!sent.width) return Promise.resolve(null);
  return new Promise((resolve) => sent.toBlob(resolve, "image/jpeg", 0.9));
}

async function start() {
  if (!navigator.mediaDevices?.getUserMedia) {
    notice("A browser gives its camera only to pages over https, or on localhost. Open this page there.");
    return;
  }
  stop();
  const own = turn;
  byId("start").disabled = true;
  const chosen = byId("device").value;
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const wanted = chosen ? { deviceId: { exact: chosen } } : { facingMode: "environment" };
  let opened;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...wanted } });
  } catch (error) {
    if (own !== turn) return;
    buttons(false);
    notice(WHY[error.name] || `The camera cannot be opened: ${error.message}`);
    return;
  }
  // While the browser asked, the page may have been told to stop, or to start another one.
  if (own !== turn) {
    for (const track of opened.getTracks()) track.stop();
    return;
  }
  stream = opened;
  notice("");
  stream.getVideoTracks()[0].addEventListener("ended", () => {
    if (own !== turn) return;
    notice("The camera is gone. Plug it in again, then start.");
    stop();
    listener.onStop();
  });
  video.srcObject = stream;
  buttons(true);
  await video.play().catch(() => {});
  await listDevices();
  if (own !== turn) return;
  connect();
  requestAnimationFrame(draw);
}

export function stop() {
  turn++;
  if (recorder?.state === "recording") recorder.stop();
  for (const track of stream?.getTracks() || []) track.stop();
  stream = null;
  reading = null;
  const old = socket;
  socket = null;
  old?.close();
  buttons(false);
  forgetRate();
}

function forgetRate() {
  answers = [];
  byId("rate").textContent = "";
}

// A button that is disabled loses the keyboard's focus: its counterpart takes it.
function buttons(running) {
  const focused = document.activeElement;
  byId("start").disabled = running;
  byId("stop").disabled = byId("record").disabled = !running;
  if (focused === document.body || focused?.disabled) byId(running ? "stop" : "start").focus({ preventScroll: true });
}

async function listDevices() {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
  const now = stream?.getVideoTracks()[0]?.getSettings().deviceId || byId("device").value;
  byId("device").replaceChildren(
    ...found.map((device, i) => new Option(device.label || `camera ${i + 1}`, device.deviceId, false, device.deviceId === now)),
  );
}

function connect() {
  const own = openStream();
  let opened = false;
  refused = null;
  socket = own;
  own.addEventListener("open", () => {
    opened = true;
    waiting = false;
    askConfidence();
    send();
  });
  own.addEventListener("message", (event) => {
    if (own !== socket) return;
    waiting = false;
    const told = JSON.parse(event.data);
    if (told.error) {
      notice(told.error);
      setTimeout(send, 500);
      return;
    }
    tries = 0;
    notice("");
    reading = told;
    count();
    listener.onReading(told);
    send();
  });
  own.addEventListener("close", async (event) => {
    if (own !== socket) return;
    reading = null;
    forgetRate();
    listener.onLost();
    const why = opened ? null : await askWhy();
    if (own !== socket) return;
    if (why?.status === 401) {
      refused = turn;
      listener.onRefused(why);
      return;
    }
    if (!document.hidden) notice(event.reason || why?.message || "The server is gone; trying again.");
    tryAgain(own);
  });
}

function tryAgain(own) {
  const again = () => {
    if (own !== socket || !stream) return;
    if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
    else connect();
  };
  setTimeout(again, AGAIN[Math.min(tries++, AGAIN.length - 1)]);
}

// A browser does not tell a page why a stream was not opened: another request does.
async function askWhy() {
  try {
    await model();
    return new Refused(403, "The server does not open the camera's stream; trying again. Behind a proxy: hand on its host.");
  } catch (error) {
    return error.status ? error : null;
  }
}

function send() {
  if (waiting || !stream || socket?.readyState !== WebSocket.OPEN) return;
  if (!video.videoWidth || document.hidden) {
    setTimeout(send, 100);
    return;
  }
  waiting = true;
  const share = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight));
  sent.width = Math.round(video.videoWidth * share);
  sent.height = Math.round(video.videoHeight * share);
  sent.getContext("2d").drawImage(video, 0, 0, sent.width, sent.height);
  const own = socket;
  sent.toBlob((picture) => {
    if (own !== socket || own.readyState !== WebSocket.OPEN) return;
    if (picture) own.send(picture);
    else {
      waiting = false;
      setTimeout(send, 200);
    }
  }, "image/jpeg", 0.85);
}

function count() {
  const now = performance.now();
  answers = [...answers.filter((time) => now - time < 2000), now];
  byId("rate").textContent = `${(answers.length / 2).toFixed(0)} a second`;
}

function draw() {
  if (!stream) return;
  requestAnimationFrame(draw);
  if (!video.videoWidth) return;
  if (view.width !== video.videoWidth || view.height !== video.videoHeight) {
    view.width = video.videoWidth;
    view.height = video.videoHeight;
  }
  const canvas = view.getContext("2d");
  const mirrored = byId("mirror").checked;
  canvas.save();
  if (mirrored) canvas.setTransform(-1, 0, 0, 1, view.width, 0);
  canvas.drawImage(video, 0, 0);
  canvas.restore();
  if (reading) overlay(canvas, mirrored);
}

function overlay(canvas, mirrored) {
  const share = view.width / reading.size[0];
  const size = Math.max(16, view.height / 26);
  canvas.textBaseline = "bottom";
  reading.lines.forEach((line, i) => {
    const stable = reading.stable[i];
    for (const digit of line.digits) {
      const [x0, y0, x1, y1] = digit.box.map((side) => side * share);
      const x = mirrored ? view.width - x1 : x0;
      const sure = stable && digit.value !== "?";
      canvas.lineWidth = Math.max(2, view.height / 240);
      canvas.setLineDash(sure ? [] : [8, 6]);
      canvas.strokeStyle = sure ? "#0072b2" : "#d55e00";
      canvas.strokeRect(x, y0, x1 - x0, y1 - y0);
      canvas.font = `600 ${size}px system-ui, sans-serif`;
      // Where the confidence would cover what stands beside, it is left to the list of digits.
      const wide = (told) => canvas.measureText(told).width + size * 0.4;
      const told = `${digit.value} ${Math.min(99, Math.floor(100 * digit.confidence))}`;
      const words = wide(told) > 1.2 * (x1 - x0) ? digit.value : told;
      const bottom = y0 < size * 1.2 ? y1 + size * 1.2 : y0;
      canvas.fillStyle = canvas.strokeStyle;
      canvas.fillRect(x, bottom - size * 1.2, wide(words), size * 1.2);
      canvas.fillStyle = "#fff";
      canvas.fillText(words, x + size * 0.2, bottom - size * 0.05);
    }
  });
  canvas.setLineDash([]);
}

function record() {
  if (recorder?.state === "recording") {
    recorder.stop();
    return;
  }
  if (!window.MediaRecorder) {
    notice("This browser cannot record.");
    return;
  }
  const parts = [];
  const kind = ["video/mp4", "video/webm"].find((type) => MediaRecorder.isTypeSupported(type));
  recorder = new MediaRecorder(view.captureStream(30), { mimeType: kind });
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    byId("record").setAttribute("aria-pressed", "false");
    byId("record").textContent = "Record";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type: kind }));
    link.download = `camcount.${kind.split("/")[1]}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  recorder.start();
  byId("record").setAttribute("aria-pressed", "true");
  byId("record").textContent = "Stop recording";
}
