// What WeChat's people and the owner do: decide an audit, click in the console, give or take back the authorisation.

import { fetchJson, h, post, when } from "./dom.js";

const panel = document.getElementById("versions");
const body = document.getElementById("versions-body");
const STATUS = ["审核通过", "审核未通过", "审核中", "已撤回", "审核延后"];
const PLAN = ["没有计划", "执行中", "已暂停", "已完成", "已取消"];
const reason = h("input", { maxlength: "200", placeholder: "驳回或延后时填写" });
const share = h("input", { type: "number", min: "1", max: "100", value: "10" });
const upload = h("input", { maxlength: "64", placeholder: "1.5.0" });
const told = h("p", { role: "status", "aria-live": "polite", class: "quiet" });

const named = (version) => version ? `${version.user_version}${version.app_version ? `（编号 ${version.app_version}）` : ""}` : "–";

function button(text, path, args, main = false) {
  return h("button", { type: "button", class: main && "main", onclick: async (event) => {
    event.currentTarget.disabled = true;
    told.textContent = "";
    try {
      await post(`/_sim/${path}`, args());
    } catch (error) {
      told.textContent = `微信不接受：${error.message}`;
    }
    await draw();
  } }, text);
}

const decide = (verdict) => () => ({ verdict, reason: verdict === "approved" ? "" : reason.value || "需要补充说明" });
const click = (what, more = {}) => () => ({ click: what, ...more });

async function draw() {
  const [code, platform] = await Promise.all([fetchJson("/_sim/code"), fetchJson("/_sim/platform")]);
  const { audit, plan } = code;
  const waits = audit && [2, 4].includes(audit.status);
  const facts = {
    线上版本: named(code.live), 灰度版本: code.gray ? `${named(code.gray)} · ${plan.gray_percentage}%` : "–",
    灰度计划: PLAN[plan.status], 体验版: named(code.experience),
    最近送审: audit ? `${named(audit.version)} · ${STATUS[audit.status]} · ${when(audit.at)}` : "–",
    第三方平台: platform.authorised ? "已授权" : "未授权",
  };
  body.replaceChildren(
    h("dl", {}, Object.entries(facts).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("h3", {}, "扮演微信审核"),
    h("label", {}, "理由", reason),
    h("div", { class: "row" },
      waits ? [button("审核通过", "audits/decide", decide("approved"), true), button("驳回", "audits/decide", decide("rejected")),
        button("延后", "audits/decide", decide("delayed"))] : h("p", { class: "quiet" }, "没有等待审核的版本")),
    h("h3", {}, "扮演小程序管理员（微信公众平台）"),
    h("div", { class: "row" }, h("label", { class: "grow" }, "版本号", upload),
      button("上传为体验版", "console", () => ({ click: "upload", user_version: upload.value || "1.5.0" })),
      button("上传到平台草稿箱", "drafts", () => ({ user_version: upload.value || "1.5.0" })),
      button("提交审核", "console", click("submit"))),
    h("div", { class: "row" }, h("label", { class: "grow" }, "灰度比例（%）", share),
      button("灰度", "console", () => ({ click: "gray", percentage: Number(share.value) })),
      button("暂停或继续", "console", click("pause")), button("取消灰度", "console", click("end_gray")),
      button("全量发布", "console", click("release"))),
    h("div", { class: "row" }, button("版本回退", "console", click("roll_back")), platform.authorised
      ? button("取消第三方平台授权", "unauthorise", () => ({}))
      : button("授权第三方平台", "authorise", () => ({}))),
    told,
  );
}

panel.addEventListener("toggle", () => { if (panel.open) draw().catch((error) => { told.textContent = error.message; }); });
