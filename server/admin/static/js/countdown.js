// Keeps the clocks of open tickets going, by the server's time; the words are those of countdown.py.
const EVERY = 15000;
const SOON = 30 * 60;

let ahead = Date.parse(document.querySelector('meta[name="server-time"]').content) - Date.now();

const two = (number) => String(number).padStart(2, "0");

export function duration(seconds) {
  const span = Math.floor(Math.abs(seconds));
  if (span < 60) return `${span}秒`;
  if (span < 3600) return `${Math.floor(span / 60)}分`;
  if (span < 86400) return `${Math.floor(span / 3600)}时${two(Math.floor((span % 3600) / 60))}分`;
  return `${Math.floor(span / 86400)}天${Math.floor((span % 86400) / 3600)}时`;
}

function tick() {
  const now = Date.now() + ahead;
  for (const badge of document.querySelectorAll("[data-countdown]")) {
    const left = (Date.parse(badge.dataset.countdown) - now) / 1000;
    badge.querySelector(".clock-text").textContent = left > 0 ? `剩余 ${duration(left)}` : `超时 ${duration(left)}`;
    const tone = left <= 0 ? "red" : left <= SOON ? "amber" : "blue";
    badge.classList.remove("pill-red", "pill-amber", "pill-blue");
    badge.classList.add(`pill-${tone}`);
    const drawing = badge.querySelector("use");
    const sprite = drawing.getAttribute("href").split("#")[0];
    drawing.setAttribute("href", `${sprite}#${left <= 0 ? "alert-triangle" : "clock"}`);
  }
}

document.addEventListener("htmx:after:request", (event) => {
  const told = event.detail.ctx.response.headers.get("X-Server-Time");
  if (told) ahead = Date.parse(told) - Date.now();
});
document.addEventListener("htmx:after:swap", tick);
document.addEventListener("visibilitychange", tick);
setInterval(tick, EVERY);
