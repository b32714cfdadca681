// Short messages in the corner: from the page itself, from answers to htmx, from our own scripts.
const LASTS = 5000;
const LASTS_WITH_UNDO = 10000;

export function toast({ message, kind = "success", undo_url: undo = null }) {
  const card = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  const icons = document.getElementById("toast-icons").content;
  const icon = icons.querySelector(`.toast-${kind}`) || icons.querySelector(".toast-info");
  card.classList.add(`toast-card-${kind}`);
  card.querySelector(".toast-icon").append(icon.cloneNode(true));
  card.querySelector(".toast-text").textContent = message;
  if (undo) {
    const button = card.querySelector(".toast-undo");
    button.hidden = false;
    button.addEventListener("click", () => {
      card.remove();
      window.htmx.ajax("POST", undo, { source: document.body, target: document.body, swap: "none" });
    });
  }
  const area = openDialog()?.appendChild(document.getElementById("toasts")) || document.getElementById("toasts");
  area.append(card);
  let timer;
  const start = () => {
    timer = setTimeout(() => card.remove(), undo ? LASTS_WITH_UNDO : LASTS);
  };
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", start);
  card.addEventListener("focusin", () => clearTimeout(timer));
  // A failure stays until somebody has read it.
  if (kind !== "danger") start();
}

// What lies outside an open dialog is inert, so the messages move into it and out again.
const openDialog = () => document.querySelector("dialog[open]");
document.addEventListener("close", () => document.body.append(document.getElementById("toasts")), true);

document.addEventListener("toasts", (event) => event.detail.items.forEach(toast));
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".toast-card").remove());

const broken = (message) => toast({ message, kind: "danger" });
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) broken("网络不通或服务没有应答，请稍后重试。");
});
document.addEventListener("htmx:response:error", (event) => {
  const { status, headers } = event.detail.ctx.response;
  if (status >= 500 && !headers.get("HX-Trigger")) broken("服务暂时出错，请稍后重试。");
});

JSON.parse(document.getElementById("pending-toasts").textContent).forEach(toast);
