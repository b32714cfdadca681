// Small tools for building the page: elements without markup strings, and the three ways to ask.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

export function card(title, ...children) {
  return h("section", { class: "card" }, title && h("h2", {}, title), ...children);
}

// A choice of one: values with their words.
export function picker(choices) {
  return h("select", {}, Object.entries(choices).map(([value, words]) => h("option", { value }, words)));
}

const RICH = new Set(["p", "br", "hr", "h2", "h3", "h4", "strong", "em", "del", "ul", "ol", "li", "blockquote", "code", "pre",
  "table", "thead", "tbody", "tr", "th", "td"]);

// What the rich-text component does with a text: known elements without attributes, nothing that can be clicked or run.
export function rich(html) {
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    const inside = [...node.childNodes].map(copy);
    return RICH.has(node.localName) ? h(node.localName, {}, inside) : inside;
  };
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes].map(copy);
}

export function when(value) {
  if (value == null || value === "") return "";
  const moment = typeof value === "number" ? new Date(value * 1000) : new Date(value);
  return moment.toLocaleString("zh-CN", { hour12: false, dateStyle: "medium", timeStyle: "short" });
}

// The service gives a coded value as a word, or as {value, label}.
export function say(value) {
  if (value == null) return "";
  if (typeof value === "object") return value.label ?? value.name ?? value.value ?? JSON.stringify(value);
  return String(value);
}

export function rows(data) {
  return Array.isArray(data) ? data : data?.items ?? [];
}

export class Refused extends Error {
  constructor(status, data) {
    const fields = data?.errors ? `（${JSON.stringify(data.errors)}）` : "";
    super((data?.detail || data?.title || data?.error || `状态 ${status}`) + fields);
    this.status = status;
    this.code = data?.code;
  }
}

async function read(response) {
  const data = await response.json();
  if (!response.ok) throw new Refused(response.status, data);
  return data;
}

export async function fetchJson(path) {
  return read(await fetch(path));
}

export async function post(path, body) {
  return read(await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }));
}

export function answered({ status, data }) {
  if (status === 0 || status >= 400) throw new Refused(status, data);
  return data;
}

export async function send(user, file, name) {
  const form = new FormData();
  form.append("user", user);
  form.append("file", file, name);
  return answered(await read(await fetch("/_play/upload", {
    method: "POST", headers: { "X-Simulator-Page": "1" }, body: form,
  })));
}

// A made-up screenshot, so that a report can be tried without having one.
export function sample(number) {
  const canvas = h("canvas", { width: 360, height: 640 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#eef2f0";
  pen.fillRect(0, 0, 360, 640);
  pen.fillStyle = "#0b7a3e";
  pen.fillRect(0, 44, 360, 52);
  pen.fillStyle = "#ffffff";
  pen.font = "20px sans-serif";
  pen.fillText(number === 1 ? "企业查询" : "出错了", 24, 77);
  pen.fillStyle = number === 1 ? "#ffffff" : "#fbeae9";
  pen.fillRect(24, 128, 312, 200);
  pen.fillStyle = "#18211c";
  pen.font = "16px sans-serif";
  pen.fillText(number === 1 ? "正在查询，请稍候……" : "页面加载失败，请重试", 44, 232);
  pen.fillText(`示例截图 ${number}`, 44, 600);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
