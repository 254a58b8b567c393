// A sheet to draw on: each stroke is read at once.

const paper = document.getElementById("paper");
const pen = document.getElementById("pen");
const strokes = [];
const RESIZED = 200;
let current = null;
let factor = 1; // Of a small sheet to what was drawn on a larger one.
let resized = 0;
let sheet = 0;

function scale() {
  return Math.min(window.devicePixelRatio || 1, 2);
}

// Where the ink ends at the right and below, as far as it was on the sheet.
function ends(side) {
  const far = (stroke) => Math.min(stroke.sheet[side], Math.max(...stroke.points.map((point) => point[side])) + stroke.width / 2);
  return Math.max(1, ...strokes.map(far));
}

function fit(onResize) {
  const { clientWidth: width, clientHeight: height } = paper;
  if (!width) return;
  const [wide, high] = [width, height].map((side) => Math.round(side * scale()));
  if (paper.width === wide && paper.height === high) return;
  paper.width = wide;
  paper.height = high;
  factor = Math.min(1, width / ends(0), height / ends(1));
  redraw();
  clearTimeout(resized);
  if (strokes.length) resized = setTimeout(onResize, RESIZED);
}

function redraw() {
  const ink = paper.getContext("2d");
  const size = scale() * factor;
  ink.setTransform(1, 0, 0, 1, 0, 0);
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, paper.width, paper.height);
  ink.setTransform(size, 0, 0, size, 0, 0);
  ink.lineCap = ink.lineJoin = "round";
  ink.strokeStyle = "#1a1a2e";
  for (const stroke of strokes) {
    ink.lineWidth = stroke.width;
    ink.beginPath();
    for (const [x, y] of stroke.points) ink.lineTo(x, y);
    if (stroke.points.length === 1) ink.lineTo(stroke.points[0][0] + 0.1, stroke.points[0][1]);
    ink.stroke();
  }
}

function begin(event, point) {
  if (strokes.length === 0) sheet++;
  const size = [paper.clientWidth / factor, paper.clientHeight / factor];
  current = { id: event.pointerId, width: Number(pen.value) / factor, sheet: size, points: [point] };
  strokes.push(current);
  redraw();
}

export function startDrawing({ onBegin, onStroke, onClear }) {
  const at = (event) => {
    const box = paper.getBoundingClientRect();
    return [(event.clientX - box.left - paper.clientLeft) / factor, (event.clientY - box.top - paper.clientTop) / factor];
  };
  paper.addEventListener("pointerdown", (event) => {
    if (event.button || current) return;
    paper.setPointerCapture(event.pointerId);
    if (!strokes.length) factor = 1;
    begin(event, at(event));
    onBegin();
  });
  paper.addEventListener("pointermove", (event) => {
    if (current?.id !== event.pointerId) return;
    const moves = event.getCoalescedEvents?.() || [];
    current.points.push(...(moves.length ? moves : [event]).map(at));
    redraw();
  });
  const end = (event) => {
    if (current?.id !== event.pointerId) return;
    current = null;
    onStroke();
  };
  paper.addEventListener("pointerup", end);
  paper.addEventListener("pointercancel", end);
  const undo = () => {
    if (current || !strokes.length) return;
    strokes.pop();
    redraw();
    onStroke();
  };
  document.getElementById("undo").addEventListener("click", undo);
  document.addEventListener("keydown", (event) => {
    const asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z";
    if (!asked || !paper.clientWidth || event.target.matches?.("input[type=password]")) return;
    event.preventDefault();
    undo();
  });
  document.getElementById("clear").addEventListener("click", () => {
    onClear();
    current = null;
    strokes.length = 0;
    redraw();
    onStroke();
  });
  const measure = () => fit(onStroke);
  new ResizeObserver(measure).observe(paper);
  measure();
}

// What was drawn since the sheet was last empty has one number.
export function sheetNumber() {
  return sheet;
}

// At once: Chromium puts `toBlob` off by up to a second after a pointer moved.
export function drawing() {
  if (!strokes.length) return null;
  const packed = atob(paper.toDataURL("image/png").split(",")[1]);
  return new Blob([Uint8Array.from(packed, (letter) => letter.charCodeAt(0))], { type: "image/png" });
}
