// Training: check in by the code on the wall, see one's own seat, answer the questionnaire.

import { card, h, picker, rows, when } from "./dom.js";

const MARK = "SJPX.";
const WAYS = { scanned: "扫码", typed: "签到码", by_hand: "手工登记" };
const SCORES = { "": "不作答", 5: "5 分", 4: "4 分", 3: "3 分", 2: "2 分", 1: "1 分" };

export const isTrainingCode = (text) => text.startsWith(MARK);

// ``app`` is what the page lends: call, get, show, tell, doing.
export function trainingPages({ call, get, show, tell, doing }) {
  function checkIn(begun) {
    const code = h("input", { required: true, maxlength: "120", value: begun?.code ?? "", inputmode: "text",
      placeholder: "扫描屏幕上的二维码，或输入 6 位签到码" });
    const name = h("input", { required: true, maxlength: "64", autocomplete: "name" });
    const unit = h("input", { required: true, maxlength: "100", placeholder: "科室或单位" });
    const phone = h("input", { type: "tel", maxlength: "11", placeholder: "可不填，只保存掩码" });
    show(card("培训签到", h("form", { class: "stack", onsubmit: doing(async () => {
      const body = { code: code.value.trim(), name: name.value, unit: unit.value };
      if (phone.value.trim()) body.phone = phone.value.trim();
      const made = await call("POST", "trainings/check-in", body);
      await seat(made.training_id);
      tell(made.repeated ? "您此前已签到" : made.attendance.late ? "签到成功（迟到）" : "签到成功");
    }) },
    h("label", {}, "签到码", code), h("label", {}, "姓名", name), h("label", {}, "单位", unit), h("label", {}, "手机号", phone),
    h("div", {}, h("button", { class: "main", type: "submit" }, "签到")))));
  }

  async function seat(id) {
    const training = await get(`trainings/${id}`);
    const facts = { 时间: when(training.starts_at), 地点: training.place, 培训人: training.trainer, 姓名: training.attendance.name,
      单位: training.attendance.unit, 签到: `${when(training.attendance.checked_in_at)}（${WAYS[training.attendance.way]}）` };
    show(
      card(training.topic, h("p", { class: "quiet" }, training.number),
        h("dl", {}, Object.entries(facts).map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])),
        training.answered && h("p", {}, "已提交反馈，感谢参与。")),
      training.answerable && questionnaire(training),
    );
  }

  function questionnaire(training) {
    const asked = rows(training.questions).map((question) => {
      if (question.kind === "text") return { question, field: h("textarea", { maxlength: "500" }) };
      if (question.kind === "score") return { question, field: picker(SCORES) };
      return { question, field: h("select", {}, h("option", { value: "" }, "不作答"),
        question.options.map((option, at) => h("option", { value: at }, option))) };
    });
    const told = ({ question, field }) => {
      const text = field.value.trim();
      if (text === "") return null;
      return question.kind === "text" ? text : Number(text);
    };
    return card("培训反馈", h("form", { class: "stack", onsubmit: doing(async () => {
      await call("POST", `trainings/${training.id}/feedback`, { answers: asked.map(told) });
      await seat(training.id);
      tell("反馈已提交");
    }) },
    asked.map(({ question, field }, at) => h("label", {}, `${at + 1}. ${question.text}`, field)),
    h("div", {}, h("button", { class: "main", type: "submit" }, "提交反馈"))));
  }

  return { checkIn };
}
