// A sheet to draw on: each stroke is read at once.

const paper = document.getElementById("paper");
const pen = document.getElementById("pen");
const strokes = [];
let current = null;

function scale() {
  return Math.min(window.devicePixelRatio || 1, 2);
}

function fit() {
  const { width, height } = paper.getBoundingClientRect();
  if (!width) return;
  paper.width = Math.round(width * scale());
  paper.height = Math.round(height * scale());
  redraw();
}

function redraw() {
  const ink = paper.getContext("2d");
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, paper.width, paper.height);
  ink.lineCap = ink.lineJoin = "round";
  ink.strokeStyle = ink.fillStyle = "#1a1a2e";
  for (const stroke of strokes) {
    ink.lineWidth = stroke.width * scale();
    ink.beginPath();
    for (const [x, y] of stroke.points) ink.lineTo(x * scale(), y * scale());
    if (stroke.points.length === 1) ink.lineTo(stroke.points[0][0] * scale() + 0.1, stroke.points[0][1] * scale());
    ink.stroke();
  }
}

export function startDrawing(onStroke) {
  const at = (event) => {
    const box = paper.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  paper.addEventListener("pointerdown", (event) => {
    if (event.button || current) return;
    paper.setPointerCapture(event.pointerId);
    current = { id: event.pointerId, width: Number(pen.value), points: [at(event)] };
    strokes.push(current);
    redraw();
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
  document.getElementById("undo").addEventListener("click", () => {
    strokes.pop();
    redraw();
    onStroke();
  });
  document.getElementById("clear").addEventListener("click", () => {
    strokes.length = 0;
    redraw();
    onStroke();
  });
  new ResizeObserver(fit).observe(paper);
  fit();
}

export function drawing() {
  if (!strokes.length) return Promise.resolve(null);
  return new Promise((resolve) => paper.toBlob(resolve, "image/png"));
}
