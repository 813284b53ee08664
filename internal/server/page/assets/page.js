// The page asks this server alone: /model, /drift and /explain. Nothing is stored but the language, in the address.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { language: "en", key: "", model: null, drift: null, user: {}, typical: {}, shown: [], answer: null, waiting: null, running: null };

// t is the text of that name in the page's language, with {x} replaced.
function t(name, values = {}) {
  return (WORDS[state.language][name] ?? "").replace(/\{(\w+)\}/g, (_, x) => (x in values ? values[x] : ""));
}

const locale = () => (state.language === "ko" ? "ko-KR" : "en-GB");
const percent = (p) => new Intl.NumberFormat(locale(), { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(p);
const points = (p) => new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(100 * p);
const count = (n) => new Intl.NumberFormat(locale()).format(n);
const short = (v) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(v);
const three = (v) => (v === null || v === undefined ? "–" : v.toFixed(3));

// title names a feature: in English as the model does, in Korean by what it counts where it is about an action.
function title(name) {
  const feature = state.model?.features.find((f) => f.name === name);
  if (!feature) return name;
  if (state.language === "en") return t(`title_${name}`) || feature.label || name;
  if (name.startsWith("screen_")) return t("titleScreen", { screen: name.slice("screen_".length) });
  const own = t(`title_${name}`);
  if (own) return own;
  const kinds = { times: "titleTimes", days: "titleDays", hours: "titleHours" };
  return feature.action && feature.unit in kinds ? t(kinds[feature.unit], { action: feature.action }) : feature.label || name;
}

// neverDone says that having no value means that the action was never done: of the hours until it.
const neverDone = (feature) => Boolean(feature.action) && feature.unit === "hours";

// amount is a number of a feature with its unit. Milliseconds are told in minutes.
function amount(feature, v) {
  const ms = feature.unit === "ms";
  const unit = ms ? t("minutes") : t(`unit_${feature.unit}`) || (state.language === "en" ? feature.unit : "");
  // Korean units follow their number without a space.
  return `${short(ms ? v / 60_000 : v)}${state.language === "ko" ? "" : " "}${unit ?? ""}`.trim();
}

function element(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ? `${problem.title}. ${problem.detail}` : problem.title || `HTTP ${status}`);
    this.status = status;
  }
}

// ask fetches JSON from this server.
async function ask(path, body, signal) {
  const headers = {};
  if (state.key) headers.Authorization = `Bearer ${state.key}`;
  if (body) headers["Content-Type"] = "application/json";
  const reply = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
  if (!reply.ok) throw new Refused(reply.status, await reply.json().catch(() => ({})));
  return reply.json();
}

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

// failed tells of an error, and asks for a key where one is missing.
function failed(error) {
  if (error.name === "AbortError") return;
  if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
    trouble(error.status === 403 ? t("keyForbidden") : state.key ? t("keyWrong") : "");
    $("key-form").hidden = false;
    return;
  }
  if (!(error instanceof Refused)) console.warn(error);
  trouble(error instanceof Refused ? error.message : t("offline"));
}

// ---- the user's form

// typicalOf is the middle bin's edge of a number, and the commonest level of a category, among the training users; null is no value.
function typicalOf(feature, column) {
  const known = column.reference.slice(0, -1);
  if (column.missing_reference > 0.5 || !known.length) return null;
  if (feature.kind === "category") return (column.levels || [])[known.indexOf(Math.max(...known))] ?? null;
  const edges = column.edges || [];
  let sum = 0;
  const half = known.reduce((a, b) => a + b, 0) / 2;
  for (let i = 0; i < known.length; i++) {
    sum += known[i];
    if (sum >= half) return edges.length ? edges[Math.min(i, edges.length - 1)] : null;
  }
  return null;
}

// spanOf is the range of a slider: from the least usual value, or 0, to somewhat above the 90th percentile.
function spanOf(column) {
  const edges = column.edges || [];
  const top = edges.length ? edges[edges.length - 1] : 1;
  const whole = edges.every((e) => Number.isInteger(e));
  const low = edges.length && edges[0] < 0 ? edges[0] : 0;
  if (top <= 1 && !whole) return { low, high: 1, step: 0.01 };
  const high = whole ? Math.max(1, Math.ceil(top * 1.5)) : top * 1.5 || 1;
  return { low, high, step: whole ? 1 : Number(((high - low) / 100).toPrecision(1)) };
}

// choose finds the features that move the probability most when one alone goes from its lowest to its highest usual value.
async function choose() {
  const numbers = state.model.features.map((f, j) => ({ f, column: state.drift.features[j] }));
  const asked = [];
  for (const { f, column } of numbers) {
    if (f.kind === "category") {
      for (const level of (f.levels || []).slice(0, 4)) asked.push([f.name, level]);
    } else {
      const { low, high } = spanOf(column);
      asked.push([f.name, low], [f.name, high]);
    }
  }
  const said = {};
  for (let i = 0; i < asked.length; i += 100) {
    const part = asked.slice(i, i + 100);
    const instances = part.map(([name, value]) => ({ features: { ...state.typical, [name]: value } }));
    const reply = await ask("/explain?lift=0&sure=0", { instances });
    reply.explanations.forEach((e, k) => (said[part[k][0]] ||= []).push(e.probability));
  }
  const move = (name) => (said[name] ? Math.max(...said[name]) - Math.min(...said[name]) : 0);
  return numbers.filter(({ f }) => move(f.name) > 0.001).sort((a, b) => move(b.f.name) - move(a.f.name)).slice(0, 10);
}

// field makes the row of one feature.
function field({ f, column }) {
  const id = `f-${f.name}`;
  const label = element("label", { htmlFor: id, title: f.doc });
  const output = element("output", { htmlFor: id });
  output.setAttribute("for", id);
  const row = element("div", { className: "row" }, label, output);
  if (f.kind === "category") {
    const select = element("select", { id });
    select.append(element("option", { value: "", className: "no-value" }));
    for (const level of f.levels || []) select.append(element("option", { value: level, textContent: level }));
    select.value = state.user[f.name] ?? "";
    select.addEventListener("change", () => set(f.name, select.value || null));
    row.append(select);
    row.reword = () => (label.textContent = title(f.name));
    row.reword();
    return row;
  }
  const { low, high, step } = spanOf(column);
  const start = state.user[f.name];
  const range = element("input", { type: "range", id, min: low, max: high, step });
  range.value = start ?? low;
  const unknown = element("input", { type: "checkbox", checked: start === null });
  const show = () => {
    output.textContent = unknown.checked ? t(neverDone(f) ? "never" : "noValue") : amount(f, Number(range.value));
    range.setAttribute("aria-valuetext", output.textContent);
  };
  range.addEventListener("input", () => {
    unknown.checked = false;
    show();
    set(f.name, Number(range.value));
  });
  unknown.addEventListener("change", () => {
    show();
    set(f.name, unknown.checked ? null : Number(range.value));
  });
  const aside = element("label", { className: "unknown" }, unknown, element("span"));
  row.append(range, aside);
  row.reword = () => {
    label.textContent = title(f.name);
    const without = t(neverDone(f) ? "never" : "unknown");
    aside.lastChild.textContent = ` ${without}`;
    aside.setAttribute("aria-label", `${title(f.name)}: ${without}`);
    show();
  };
  row.reword();
  return row;
}

function set(name, value) {
  state.user[name] = value;
  clearTimeout(state.waiting);
  state.waiting = setTimeout(score, 40);
}

// score asks for the user as the form has it. Only the latest answer is shown.
async function score() {
  state.running?.abort();
  const running = (state.running = new AbortController());
  try {
    const reply = await ask("/explain", { features: state.user }, running.signal);
    if (running !== state.running) return;
    trouble("");
    state.answer = reply.explanations[0];
    showAnswer();
  } catch (error) {
    failed(error);
  }
}

function valueInWords(name) {
  const v = state.user[name];
  const feature = state.model.features.find((f) => f.name === name);
  if (v === null && neverDone(feature)) return t("never");
  return v === null || v === undefined ? t("noValue") : typeof v === "number" ? amount(feature, v) : v;
}

// inKorean is a reason in Korean; the server's sentences are English.
function inKorean({ feature: name }) {
  const feature = state.model.features.find((f) => f.name === name);
  if (neverDone(feature) && state.user[name] === null) return t("neverReason", { action: feature.action });
  return `${title(name)}: ${valueInWords(name)}`;
}

function showAnswer() {
  const a = state.answer;
  if (!a) return;
  $("probability").textContent = percent(a.probability);
  $("probability").dataset.value = a.probability;
  $("verdict").textContent = t(a.revisit ? "yes" : "no", { t: percent(a.threshold) });
  $("sure").textContent = a.sure ? t("sure", { low: percent(a.sure.low), high: percent(a.sure.high) }) : "";
  const strongest = Math.max(...a.contributions.map((c) => Math.abs(c.effect)), 1e-9);
  $("reasons").replaceChildren(...a.contributions.slice(0, 6).map((c) => {
    const words = state.language === "ko" ? inKorean(c) : c.sentence;
    const bar = element("span", { className: `bar ${c.raises ? "raises" : "lowers"}` });
    bar.style.width = `${(100 * Math.abs(c.effect)) / strongest}%`;
    return element("li", {}, `${c.raises ? "▲" : "▼"} ${words}`, bar);
  }));
  const lines = a.lift.map((l) => element("li", {
    textContent: t("liftLine", { sentence: l.sentence, feature: l.action, to: short(l.to), p: percent(l.probability), gain: points(l.gain) }),
  }));
  if (!lines.length) lines.push(element("li", { textContent: t(state.model.possible?.length ? "liftNone" : "liftUnset") }));
  $("lift").replaceChildren(...lines);
}

// ---- the model and its drift

function showModel() {
  const m = state.model;
  const auc = m.metrics?.model?.auc, base = m.metrics?.visit_days?.auc;
  const facts = [
    [t("version"), m.version],
    [t("family"), m.family],
    [t("trained"), `${m.created.slice(0, 10)} · ${t("on", { n: count(m.training.rows), positives: count(m.training.positives) })}`],
    [t("rule"), ruleInWords(m)],
  ];
  if (auc) facts.push([t("auc"), t("aucText", { auc: three(auc.value), low: three(auc.low), high: three(auc.high), base: three(base?.value) })]);
  facts.push([t("threshold"), m.threshold_rule ? t("thresholdText", { t: percent(m.threshold), rule: m.threshold_rule }) : percent(m.threshold)]);
  facts.push([t("interval"), m.replicas ? t("replicas", { n: m.replicas }) : t("noReplicas")]);
  if (m.shadow) facts.push([t("shadow"), m.shadow.version]);
  $("facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]));
  $("model-name").textContent = `${m.name} · ${m.version}`;
  $("simulated").hidden = !m.simulated;
  $("model").hidden = false;
}

function ruleInWords(m) {
  const { visits, gap, horizon, unit } = m.label;
  const name = { days: "ruleDays", sessions: "ruleSessions" }[unit];
  return name ? t(name, { visits, from: gap, to: gap + horizon - 1 }) : m.rule;
}

function shape(column) {
  if (!column.now) return "–";
  const top = Math.max(...column.reference, ...column.now, 1e-9);
  const box = element("div", { className: "shape" });
  box.setAttribute("aria-hidden", "true");
  column.reference.forEach((reference, i) => {
    const then = element("i"), now = element("i");
    then.style.height = `${(100 * reference) / top}%`;
    now.style.height = `${(100 * column.now[i]) / top}%`;
    box.append(element("span", {}, then, now));
  });
  return box;
}

function showDrift() {
  const d = state.drift;
  const since = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(d.since));
  $("drift-status").textContent = t(d.status, { n: count(d.rows), since, d: d.drifted });
  const words = { few: "statusFew", ok: "statusOk", warn: "statusWarn", alarm: "statusAlarm" };
  const columns = [{ ...d.score, feature: "" }, ...[...d.features].sort((a, b) => b.psi - a.psi).slice(0, 6)];
  $("drift-table").hidden = d.status === "few";
  $("drift-table").tBodies[0].replaceChildren(...columns.map((c) => element("tr", {},
    element("td", { textContent: c.feature ? title(c.feature) : t("score") }),
    element("td", { textContent: c.psi.toFixed(3), className: "number" }),
    element("td", { textContent: t(words[c.status]) }),
    element("td", {}, shape(c)),
    element("td", { textContent: `${percent(c.missing)} (${percent(c.missing_reference)})`, className: "number" }))));
  $("truth").textContent = truthInWords(d.truth);
  $("drift").hidden = false;
}

function truthInWords(truth) {
  if (!truth) return "";
  const values = {
    n: count(truth.users), from: truth.from || "–", to: truth.to || "–", auc: three(truth.auc), low: three(truth.auc_low), high: three(truth.auc_high),
    training: three(truth.training_auc),
  };
  if (truth.status === "few") return t("truthFew", values);
  return t("truth", values) + (truth.status === "alarm" ? ` ${t("truthAlarm")}` : "");
}

// ---- language, key, start

function speak(language) {
  state.language = language;
  document.documentElement.lang = language;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
  for (const code of ["en", "ko"]) $(`to-${code}`).setAttribute("aria-pressed", String(code === language));
  for (const row of $("user").children) row.reword?.();
  for (const option of document.querySelectorAll(".no-value")) option.textContent = t("noValue");
  if (state.model) showModel();
  if (state.drift) showDrift();
  showAnswer();
}

async function load() {
  try {
    [state.model, state.drift] = await Promise.all([ask("/model"), ask("/drift")]);
    state.version = state.model.version;
    state.model.features.forEach((f, j) => (state.typical[f.name] = typicalOf(f, state.drift.features[j])));
    state.user = { ...state.typical };
    showModel();
    showDrift();
    state.shown = await choose();
    $("user").replaceChildren(...state.shown.map(field));
    $("key-form").hidden = true;
    $("scoring").hidden = false;
    trouble("");
    speak(state.language);
    await score();
  } catch (error) {
    failed(error);
  }
}

// refresh looks at the drift again, and starts over when another model is served.
async function refresh() {
  if (document.hidden || !state.model) return;
  try {
    const model = await ask("/model");
    if (model.version !== state.version) return await load();
    state.model = model;
    state.drift = await ask("/drift");
    trouble("");
    showModel();
    showDrift();
  } catch (error) {
    failed(error);
  }
}

// openReport fetches the report with the key, as a link cannot carry one.
async function openReport(event) {
  if (!state.key) return;
  event.preventDefault();
  try {
    const reply = await fetch("/report", { headers: { Authorization: `Bearer ${state.key}` } });
    if (!reply.ok) throw new Refused(reply.status, await reply.json().catch(() => ({})));
    window.open(URL.createObjectURL(await reply.blob()), "_blank", "noopener");
  } catch (error) {
    failed(error);
  }
}

const wanted = new URLSearchParams(location.hash.slice(1)).get("lang");
speak(wanted === "ko" || wanted === "en" ? wanted : navigator.language.startsWith("ko") ? "ko" : "en");
for (const code of ["en", "ko"]) {
  $(`to-${code}`).addEventListener("click", () => {
    history.replaceState(null, "", `#lang=${code}`);
    speak(code);
  });
}
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  state.key = $("key").value.trim();
  $("key").value = "";
  load();
});
$("user").addEventListener("submit", (event) => event.preventDefault());
$("report").addEventListener("click", openReport);
setInterval(refresh, 30_000);
load();
