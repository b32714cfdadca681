// The mini program as a page: each tab asks the service through the simulator's phone.

import { answered, card, fetchJson, h, post, rows, sample, say, send, when } from "./dom.js";
import { helpPages } from "./help.js";
import { isTrainingCode, trainingPages } from "./training.js";

const view = document.getElementById("view");
const tabs = document.getElementById("tabs");
const flash = document.getElementById("flash");
let user = "";

const call = async (method, path, body, key) => answered(await post("/_play/call", { user, method, path, body, key }));
const get = (path) => call("GET", path);

function tell(text, bad = false) {
  flash.textContent = text;
  flash.classList.toggle("bad", bad);
  flash.hidden = !text;
}

// Runs a step with its button locked; a refusal is shown, never thrown away.
function doing(step) {
  return async (event) => {
    event?.preventDefault?.();
    const button = event?.submitter ?? event?.currentTarget;
    if (button) button.disabled = true;
    tell("");
    try {
      await step(event);
    } catch (error) {
      if (error.code === "consent_required") await consent();
      else tell(error.message, true);
    } finally {
      if (button) button.disabled = false;
    }
  };
}

const { help, consult } = helpPages({ call, get, show, tell, doing, open, ticketPage });
const { checkIn } = trainingPages({ call, get, show, tell, doing });
const pages = { 首页: home, 帮助: help, 咨询: consult, 报问题: report, 我的问题: tickets, 消息: inbox, 扫码: scanner,
  培训签到: checkIn, 我: me };
const KINDS = { bug: "问题", consultation: "咨询", suggestion: "建议" };

function show(...children) {
  view.replaceChildren(...children.filter(Boolean));
}

async function open(name, begun) {
  for (const tab of tabs.children) {
    if (tab.textContent === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  await pages[name](begun);
}

tabs.append(...Object.keys(pages).map((name) => h("button", { type: "button", onclick: doing(() => open(name)) }, name)));

async function home() {
  const [config, notices] = await Promise.all([get("config"), get("notices")]);
  const facts = { 单位: config.bureau, 联系电话: config.phone, 最新版本: config.versions?.latest,
    最低可用版本: config.versions?.minimum, 隐私指引: config.privacy_version && `第 ${config.privacy_version} 版` };
  show(
    card("公告", h("ul", { class: "list" }, rows(notices).map((notice) => h("li", {},
      h("strong", {}, say(notice.title)), h("p", { class: "quiet" }, when(notice.published_at)),
      h("p", {}, say(notice.summary)))),
    rows(notices).length === 0 && h("li", { class: "quiet" }, "暂无公告"))),
    card("应用配置",
      h("dl", {}, Object.entries(facts).map(([name, value]) => [h("dt", {}, name), h("dd", {}, say(value) || "–")])),
      h("details", {}, h("summary", {}, "全部内容"), h("pre", { tabindex: "0" }, JSON.stringify(config, null, 2)))),
  );
}

async function consent() {
  const notice = await get("privacy-notice");
  const items = rows(notice.items).map((item) => ({ item, box: h("input", {
    type: "checkbox", checked: true, disabled: Boolean(item.required),
  }) }));
  show(card(notice.title,
    h("p", { class: "quiet" }, `第 ${notice.version} 版`),
    h("div", { class: "notice", tabindex: "0" }, notice.text),
    h("ul", { class: "list" }, items.map(({ item, box }) => h("li", {}, h("label", { class: "choice" }, box,
      h("span", {}, `${item.name}：${item.purpose}${item.required ? "（必需）" : ""}`))))),
    h("div", { class: "row" }, h("button", { class: "main", type: "button", onclick: doing(async () => {
      const scopes = items.filter(({ box }) => box.checked).map(({ item }) => item.key);
      await call("POST", "me/consents", { version: notice.version, scopes });
      await open("首页");
      tell("已同意");
    }) }, "同意并继续"))));
}

function report() {
  const shots = [];
  const preview = h("div", { class: "shots" });
  const key = crypto.randomUUID();
  const add = (blob, name) => {
    if (shots.length === 6) return tell("最多六张截图", true);
    shots.push({ blob, name });
    preview.append(h("img", { src: URL.createObjectURL(blob), alt: name }));
    return undefined;
  };
  const pick = (label) => h("label", { class: "pick" }, label, h("input", {
    type: "file", accept: "image/*", onchange: (event) => [...event.target.files].forEach((file) => add(file, file.name)),
  }));
  const title = h("input", { maxlength: "60", placeholder: "一句话说明（可不填）" });
  const text = h("textarea", { required: true, maxlength: "2000", placeholder: "发生了什么？在哪个页面？" });
  show(card("报告问题", h("form", { class: "stack", onsubmit: doing(async () => {
    const uploads = [];
    for (const { blob, name } of shots) uploads.push((await send(user, blob, name)).id);
    const body = { kind: "bug", text: text.value, upload_ids: uploads, device: device() };
    if (title.value.trim()) body.title = title.value.trim();
    const ticket = await call("POST", "tickets", body, key);
    await ticketPage(ticket.id);
    tell(`已受理，编号 ${ticket.number}`);
  }) },
  h("label", {}, "标题", title), h("label", {}, "描述", text),
  h("div", { class: "row" }, pick("选择截图一"), pick("选择截图二"),
    h("button", { type: "button", onclick: doing(async () => {
      for (const number of [1, 2]) add(await sample(number), `示例截图${number}.png`);
    }) }, "使用示例截图")),
  preview,
  h("div", {}, h("button", { class: "main", type: "submit" }, "提交")))));
}

function device() {
  return { platform: "devtools", model: "模拟器网页", system: navigator.platform || "web", page: "pages/tickets/new",
    network: navigator.onLine ? "wifi" : "none" };
}

async function tickets() {
  const found = rows(await get("tickets"));
  show(card("我的问题", h("ul", { class: "list" }, found.map((ticket) => h("li", {},
    h("button", { class: "line", type: "button", onclick: doing(() => ticketPage(ticket.id)) },
      h("span", { class: "spread" }, h("strong", {}, ticket.title),
        h("span", { class: "badge" }, ticket.state_label)),
      h("span", { class: "quiet" }, [ticket.number, KINDS[ticket.kind], when(ticket.received_at)].filter(Boolean).join(" · "))))),
  found.length === 0 && h("li", { class: "quiet" }, "还没有提交过问题或咨询"))));
}

async function ticketPage(id) {
  const [ticket, timeline] = await Promise.all([get(`tickets/${id}`), get(`tickets/${id}/timeline`)]);
  const act = (path, body, done) => doing(async () => {
    await call("POST", `tickets/${id}/${path}`, body());
    await ticketPage(id);
    tell(done);
  });
  const reply = h("textarea", { required: true, maxlength: "2000" });
  const remark = h("input", { maxlength: "500" });
  const reason = h("input", { required: true, maxlength: "500" });
  const why = h("input", { required: true, maxlength: "500" });
  const star = (stars) => h("button", { type: "button", "aria-label": `${stars} 星`,
    onclick: act("rating", () => ({ stars, text: remark.value }), "感谢评价") }, "★".repeat(stars));
  show(
    card(`${ticket.number} ${ticket.title}`,
      h("p", { class: "spread" }, h("span", { class: "badge" }, ticket.state_label),
        h("span", { class: "quiet" }, when(ticket.received_at))),
      h("p", {}, ticket.text),
      h("h3", {}, "经过"),
      h("ol", { class: "timeline" }, rows(timeline).map((event) => h("li", {},
        h("strong", {}, event.what),
        h("p", { class: "quiet" }, `${event.who} · ${when(event.at)}`),
        event.text && h("p", {}, event.text),
        rows(event.pictures).length > 0 && h("p", { class: "quiet" }, `图片 ${event.pictures.length} 张`)))),
      ticket.confirmed_at && h("p", { class: "quiet" }, `您已于 ${when(ticket.confirmed_at)} 确认解决`)),
    ticket.may_confirm && card("答复解决了您的问题吗？", h("p", { class: "quiet" }, "确认后仍可评价；没有解决的，请在下面补充或重新打开。"),
      h("div", {}, h("button", { class: "main", type: "button", onclick: act("confirmation", () => ({}), "已确认解决") }, "已解决，确认"))),
    ticket.may_comment && card("补充或回复", h("form", { class: "stack", onsubmit: act("comments", () => ({ text: reply.value, upload_ids: [] }), "已发送") },
      h("label", {}, "内容", reply), h("div", {}, h("button", { class: "main", type: "submit" }, "发送")))),
    ticket.may_rate && card("评价", h("div", { class: "stack" }, h("label", {}, "留言（可不填）", remark),
      h("div", { class: "stars row" }, [1, 2, 3, 4, 5].map(star)))),
    ticket.may_reopen && card("没有解决？", h("form", { class: "row", onsubmit: act("reopen", () => ({ reason: reason.value }), "已重新打开") },
      h("label", { class: "grow" }, "原因", reason), h("button", { type: "submit" }, "重新打开"))),
    ticket.may_cancel && card("不需要处理了？", h("form", { class: "row", onsubmit: act("cancel", () => ({ reason: why.value }), "已撤销") },
      h("label", { class: "grow" }, "撤销原因", why), h("button", { type: "submit" }, "撤销"))),
  );
}

async function inbox() {
  const [messages, templates] = await Promise.all([
    fetchJson(`/_play/messages?user=${encodeURIComponent(user)}`), get("subscriptions/templates"),
  ]);
  const choose = (id, choice) => doing(async () => {
    answered(await post("/_play/subscribe", { user, results: { [id]: choice } }));
    await inbox();
    tell(choice === "accept" ? "已允许一次" : "已拒绝");
  });
  show(
    card("服务通知", h("ul", { class: "list" }, messages.map((message) => h("li", { class: "message" },
      h("p", { class: "spread" }, h("strong", {}, message.title), h("span", { class: "quiet" }, when(message.at))),
      h("dl", {}, Object.entries(message.lines).map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])),
      message.page && h("p", { class: "quiet" }, message.page))),
    messages.length === 0 && h("li", { class: "quiet" }, "还没有收到通知"))),
    card("订阅", h("ul", { class: "list" }, rows(templates).map((template) => {
      const id = template.template_id ?? template.id;
      return h("li", { class: "spread" }, h("span", {}, say(template.title ?? template.name ?? id)),
        h("span", { class: "pair" },
          h("button", { class: "main", type: "button", onclick: choose(id, "accept") }, "允许"),
          h("button", { type: "button", onclick: choose(id, "reject") }, "拒绝")));
    }))),
  );
}

function scanner() {
  const text = h("input", { required: true, placeholder: "小程序码里的 scene、链接或短链" });
  const out = h("div");
  show(card("扫一扫", h("form", { class: "row", onsubmit: doing(async () => {
    if (isTrainingCode(text.value.trim())) return open("培训签到", { code: text.value.trim() });
    const opened = answered(await post("/_play/scan", { text: text.value }));
    out.replaceChildren(h("dl", {}, h("dt", {}, "页面"), h("dd", {}, opened.page),
      ...Object.entries(opened.query).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
    return undefined;
  }) }, h("label", { class: "grow" }, "内容", text), h("button", { class: "main", type: "submit" }, "打开")), out));
}

async function me() {
  const profile = await get("me");
  show(card("我",
    h("dl", {}, Object.entries({ 昵称: profile.nickname, 手机号: profile.phone_masked || "未提供", 注册时间: when(profile.registered_at) })
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("div", { class: "row" },
      h("button", { type: "button", onclick: doing(async () => {
        answered(await post("/_play/phone", { user }));
        await me();
        tell("已提供手机号");
      }) }, "提供手机号"),
      h("button", { type: "button", onclick: doing(async () => {
        await call("DELETE", "sessions/current");
        tabs.hidden = true;
        show();
        tell("已退出");
      }) }, "退出"))));
}

document.getElementById("who").addEventListener("submit", doing(async () => {
  user = document.getElementById("name").value.trim();
  const session = answered(await post("/_play/sign_in", { user }));
  tabs.hidden = false;
  if (session.consent?.required) await consent();
  else await open("首页");
}));

async function around() {
  const { people, service_url: service, appid } = await fetchJson("/_play/people");
  document.getElementById("people").replaceChildren(...people.map((name) => h("option", { value: name })));
  document.getElementById("where").textContent = `微信模拟器 · ${appid} · ${service || "未配置服务地址"}`;
  const { now } = await fetchJson("/_sim/clock");
  document.getElementById("clock").textContent = when(now);
}

around().catch((error) => tell(error.message, true));
setInterval(() => around().catch(() => {}), 15000);
