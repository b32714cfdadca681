// The field for a drawn signature: finger, pen or mouse on a canvas; the picture goes with the form as a data URL.
const WIDTH = 3.2;
const INK = "#14213d";
const MOST = 400000;
const strokes = new WeakMap();

const padOf = (element) => element.closest("[data-sign-pad]");
const canvasOf = (pad) => pad.querySelector("canvas");
const inputOf = (pad) => pad.querySelector("input[type=hidden]");

function fit(canvas) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const box = canvas.getBoundingClientRect();
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (canvas.width === width && canvas.height === height) return canvas.getContext("2d");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  redraw(canvas, pen);
  return pen;
}

function dress(pen) {
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = INK;
  pen.fillStyle = INK;
  pen.lineWidth = WIDTH;
}

function redraw(canvas, pen) {
  dress(pen);
  for (const stroke of strokes.get(canvas) || []) {
    pen.beginPath();
    stroke.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    if (stroke.length === 1) pen.arc(stroke[0][0], stroke[0][1], WIDTH / 2, 0, 7);
    pen.stroke();
  }
}

function place(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function keep(canvas) {
  const pad = padOf(canvas);
  const drawn = (strokes.get(canvas) || []).length > 0;
  const told = drawn ? canvas.toDataURL("image/png") : "";
  inputOf(pad).value = told.length <= MOST ? told : "";
  pad.classList.toggle("sign-pad-drawn", drawn);
}

let drawing = null;

document.addEventListener("pointerdown", (event) => {
  const canvas = event.target.closest?.("[data-sign-pad] canvas");
  if (!canvas || event.button > 0) return;
  event.preventDefault();
  fit(canvas);
  canvas.setPointerCapture(event.pointerId);
  const all = strokes.get(canvas) || [];
  all.push([place(canvas, event)]);
  strokes.set(canvas, all);
  drawing = canvas;
});

document.addEventListener("pointermove", (event) => {
  if (!drawing) return;
  const stroke = strokes.get(drawing).at(-1);
  for (const each of event.getCoalescedEvents?.() || [event]) {
    const pen = drawing.getContext("2d");
    const from = stroke.at(-1);
    const to = place(drawing, each);
    stroke.push(to);
    dress(pen);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  }
});

function end() {
  if (!drawing) return;
  keep(drawing);
  drawing = null;
}
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sign-clear]");
  if (!button) return;
  const canvas = document.querySelector("[data-sign-pad] canvas");
  strokes.set(canvas, []);
  const pen = fit(canvas);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  keep(canvas);
});

window.addEventListener("resize", () => {
  for (const canvas of document.querySelectorAll("[data-sign-pad] canvas")) if (strokes.get(canvas)?.length) fit(canvas);
});

// A form that came back brings the drawing along.
for (const pad of document.querySelectorAll("[data-sign-pad]")) {
  const told = inputOf(pad).value;
  if (!told.startsWith("data:image/png;base64,")) continue;
  const picture = new Image();
  picture.addEventListener("load", () => {
    const canvas = canvasOf(pad);
    const pen = fit(canvas);
    const box = canvas.getBoundingClientRect();
    pen.drawImage(picture, 0, 0, box.width, box.height);
  });
  picture.src = told;
}
