// Help articles and asking: found by any word, judged, and from an article that did not help to a question.

import { card, h, picker, rich, rows, when } from "./dom.js";

const ASKERS = { public: "社会公众", enterprise: "企业" };
const ABOUT = { "": "不清楚", policy: "政策", business: "业务", technical: "技术" };
const REASONS = { unsolved: "没有解决问题", unclear: "看不懂", outdated: "内容过时", other: "其他" };
const SIMILAR = 3;

const marked = (pieces) => pieces.map(({ text, hit }) => hit ? h("mark", {}, text) : text);

// ``app`` is what the page lends: call, get, show, tell, doing, open, ticketPage.
export function helpPages({ call, get, show, tell, doing, open, ticketPage }) {
  let words = "";

  const find = async (text, limit = 20) =>
    rows(await get(`knowledge/search?limit=${limit}&q=${encodeURIComponent(text.slice(0, 100))}`));

  function line(found) {
    return h("li", {}, h("button", { class: "line", type: "button", onclick: doing(() => article(found.id)) },
      h("strong", {}, found.title_pieces ? marked(found.title_pieces) : found.title),
      h("span", { class: "quiet block" }, found.excerpt_pieces ? marked(found.excerpt_pieces) : found.summary)));
  }

  async function help() {
    const box = h("input", { type: "search", required: true, maxlength: "100", value: words, placeholder: "词语或一句话" });
    const out = h("div");
    const list = (title, items, none) => out.replaceChildren(h("h3", {}, title),
      h("ul", { class: "list" }, items.map(line), items.length === 0 && h("li", { class: "quiet" }, none)));
    const look = async () => {
      words = box.value.trim();
      list(`“${words}”的结果`, await find(words), "没有找到相关的帮助，可以直接咨询。");
    };
    show(card("帮助", h("form", { class: "row", onsubmit: doing(look) },
      h("label", { class: "grow" }, "搜索帮助", box), h("button", { class: "main", type: "submit" }, "搜索")), out),
    card("没有找到答案？", h("div", {}, h("button", { type: "button", onclick: doing(() => open("咨询", { text: box.value })) }, "去咨询"))));
    if (words) await look();
    else list("最新", rows(await get("knowledge")), "还没有帮助内容");
  }

  async function article(id) {
    const text = await get(`knowledge/${id}`);
    show(
      card(text.title, h("p", { class: "quiet" }, when(text.published_at)), h("div", { class: "rich" }, rich(text.html)),
        h("div", {}, h("button", { type: "button", onclick: doing(() => open("帮助")) }, "返回帮助"))),
      judgement(id, text.title),
    );
  }

  function judgement(id, title) {
    const place = card("这篇有帮助吗？");
    const put = (...children) => place.replaceChildren(place.firstChild, ...children);
    const judge = (body) => call("POST", `knowledge/${id}/helped`, body);
    const reason = picker(REASONS);
    const comment = h("input", { maxlength: "300", placeholder: "可不填，请勿填写个人信息" });
    const asked = h("form", { class: "stack", onsubmit: doing(async () => {
      await judge({ helped: false, reason: reason.value, comment: comment.value });
      put(h("p", {}, "已记下，我们会改进。"), h("div", {},
        h("button", { class: "main", type: "button", onclick: doing(() => open("咨询", { title, text: words })) }, "去咨询")));
      tell("已记下");
    }) }, h("label", {}, "原因", reason), h("label", {}, "补充说明", comment),
    h("div", {}, h("button", { class: "main", type: "submit" }, "提交意见")));
    put(h("div", { class: "row" },
      h("button", { class: "main", type: "button", onclick: doing(async () => {
        await judge({ helped: true });
        put(h("p", {}, "谢谢，很高兴能帮到您。"));
        tell("感谢反馈");
      }) }, "有帮助"),
      h("button", { type: "button", onclick: () => put(asked) }, "没有帮助")));
    return place;
  }

  function consult({ title = "", text = "" } = {}) {
    const key = crypto.randomUUID();
    const kind = picker({ consultation: "咨询", suggestion: "建议" });
    const asker = picker(ASKERS);
    const about = picker(ABOUT);
    const subject = h("input", { maxlength: "60", value: title.slice(0, 60), placeholder: "一句话说明（可不填）" });
    const question = h("textarea", { required: true, maxlength: "2000", placeholder: "想问什么？请勿填写身份证号等敏感信息" });
    question.value = text;
    const marks = h("div", { class: "row" }, h("label", { class: "grow" }, "我的身份", asker), h("label", { class: "grow" }, "咨询类别", about));
    kind.addEventListener("change", () => { marks.hidden = kind.value !== "consultation"; });
    const near = h("div");
    const similar = async () => {
      const found = question.value.trim() ? await find(question.value.trim(), SIMILAR) : [];
      near.replaceChildren(...found.length ? [card("也许这些能帮到您", h("ul", { class: "list" }, found.map(line)))] : []);
    };
    question.addEventListener("change", () => similar().catch(() => {}));
    show(card("咨询与建议", h("form", { class: "stack", onsubmit: doing(async () => {
      const body = { kind: kind.value, text: question.value };
      if (subject.value.trim()) body.title = subject.value.trim();
      if (kind.value === "consultation") Object.assign(body, { asker_kind: asker.value, consult_kind: about.value || null });
      const ticket = await call("POST", "tickets", body, key);
      await ticketPage(ticket.id);
      tell(`已受理，编号 ${ticket.number}`);
    }) }, h("label", {}, "我要", kind), marks, h("label", {}, "标题", subject), h("label", {}, "内容", question),
    h("div", {}, h("button", { class: "main", type: "submit" }, "提交")))), near);
    return text && similar();
  }

  return { help, consult };
}
