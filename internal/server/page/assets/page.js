// The page asks this server alone: /model, /drift, /explain and /report. Nothing is stored but the language, in the address.
"use strict";

class Refused extends Error {
  constructor(reply, problem) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title || `HTTP ${reply.status}`);
    this.status = reply.status;
    // Seconds to wait before asking again.
    this.after = Number(reply.headers.get("Retry-After")) || 1;
  }
}

// request asks this server, with the key if there is one.
async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (state.key) headers.Authorization = `Bearer ${state.key}`;
  const reply = await fetch(path, { ...options, headers, cache: "no-store" });
  if (!reply.ok) throw new Refused(reply, await reply.json().catch(() => ({})));
  return reply;
}

// ask gives the JSON of this server's reply.
async function ask(path, body, signal) {
  const post = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await request(path, { ...post, signal })).json();
}

function trouble(text) {
  if ($("trouble").textContent !== text) $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

// failed tells of an error, and asks for a key where one is missing.
function failed(error) {
  if (!(error instanceof Refused)) {
    console.warn(error);
    trouble(t("offline"));
  } else if (error.status === 401 || error.status === 403) {
    trouble(error.status === 403 ? t("keyForbidden") : state.key ? t("keyWrong") : "");
    const asks = $("key-form").hidden;
    $("key-form").hidden = false;
    if (asks) $("key").focus();
  } else {
    trouble(error.message);
  }
}

function showModel() {
  const m = state.model, learnt = m.training;
  const auc = m.metrics?.model?.auc, base = m.metrics?.visit_days?.auc;
  const facts = [
    [t("version"), m.version],
    [t("family"), t(`family_${m.family}`) || m.family],
    [t("trained"), t("trainedText", { day: m.created.slice(0, 10), n: count(learnt.rows), p: percent(learnt.positives / learnt.rows) })],
    [t("cohort"), t("span", { from: learnt.first_day0, to: learnt.last_day0 })],
    [t("rule"), labelInWords(m)],
  ];
  if (auc) {
    const [n, low, high] = [count(learnt.test_rows), three(auc.low), three(auc.high)];
    const values = { n, low, high, auc: three(auc.value), base: three(base?.value) };
    facts.push([t("auc", values), t("aucText", values)]);
  }
  facts.push([t("threshold"), thresholdInWords(m)]);
  facts.push([t("interval"), m.replicas ? t("replicas", { n: m.replicas }) : t("noReplicas")]);
  if (m.shadow) facts.push([t("shadow"), m.shadow.version]);
  $("facts").replaceChildren(...facts.map(([name, value]) =>
    element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))));
  $("model-name").textContent = `${m.name} · ${m.version}`;
  $("simulated").hidden = !m.simulated;
  $("model").hidden = false;
}

// showSummary tells in a line what the model is worth and whether its users are still those it knows.
function showSummary() {
  const m = state.model, auc = m.metrics?.model?.auc;
  const drift = t("summaryDrift", { status: t(`status_${state.drift.status}`) });
  const parts = [t("summaryUsers", { n: count(m.training.rows) }), auc ? `AUC ${three(auc.value)}` : "", drift];
  $("summary").textContent = parts.filter(Boolean).join(" · ");
}

// shape draws the shares of a column's bins, in training and now; the table has the same in numbers.
function shape(column) {
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

const ranks = { alarm: 3, warn: 2, ok: 1, few: 0 };
const worst = (a, b) => ranks[b.status] - ranks[a.status] || b.psi - a.psi;

function driftRow(c) {
  // A long name of an event may break after an underscore.
  const words = (c.feature ? title(c.feature) : t("score")).split(/(?<=_)/).flatMap((part) => [part, element("wbr")]);
  const name = element("th", { scope: "row" }, ...words);
  const status = element("td", { textContent: t(`status_${c.status}`), className: `is-${c.status}` });
  const number = (textContent) => element("td", { className: "number", textContent });
  const missing = t("missingText", { now: percent(c.missing), then: percent(c.missing_reference) });
  return element("tr", {}, name, number(c.psi.toFixed(2)), status, element("td", {}, c.now ? shape(c) : "–"), number(missing));
}

function showDrift() {
  const d = state.drift, most = 6;
  const since = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(d.since));
  const values = { n: count(d.rows), since, d: d.drifted, score: d.score.psi.toFixed(2) };
  const moved = ranks[d.score.status] > 1;
  $("drift-status").textContent = t(`drift_${d.status}`, values);
  $("drift-status").className = `is-${d.status}`;
  const sentences = [t("since", values), d.drifted ? t("moved", values) : "", moved ? t("scoreMoved", values) : ""];
  $("drift-text").textContent = sentences.filter(Boolean).join(" ");
  $("drift-area").hidden = d.status === "few";
  if (d.status !== "few") {
    const columns = [{ ...d.score, feature: "" }, ...[...d.features].sort(worst).slice(0, most)];
    $("drift-table").tBodies[0].replaceChildren(...columns.map(driftRow));
  }
  $("drift-more").textContent = d.drifted > most ? t("more", { n: d.drifted - most }) : "";
  $("truth").textContent = truthInWords(d.truth);
  $("truth-title").hidden = !d.truth;
  $("drift").hidden = false;
  showSummary();
}

function truthInWords(truth) {
  if (!truth) return "";
  const values = {
    n: count(truth.users), from: truth.from || "–", to: truth.to || "–", auc: three(truth.auc), low: three(truth.auc_low),
    high: three(truth.auc_high), training: three(truth.training_auc),
  };
  if (truth.status === "few") return t("truthFew", values);
  return t("truth", values) + (truth.status === "alarm" ? ` ${t("truthAlarm")}` : "");
}

// speak puts the whole page into a language.
function speak(language) {
  state.language = language;
  document.documentElement.lang = language;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
  for (const code of ["en", "ko"]) $(`to-${code}`).setAttribute("aria-pressed", String(code === language));
  for (const row of $("user").children) row.reword();
  if (state.model) showModel();
  if (state.drift) showDrift();
  showAnswer();
}

// wanted is the language of the address, or else of the browser.
function wanted() {
  const asked = new URLSearchParams(location.hash.slice(1)).get("lang");
  return asked === "ko" || asked === "en" ? asked : navigator.language.startsWith("ko") ? "ko" : "en";
}

async function load() {
  if (state.loading) return;
  state.loading = true;
  try {
    const [model, drift] = await Promise.all([ask("/model"), ask("/drift")]);
    Object.assign(state, { model, drift, typical: {} });
    model.features.forEach((f, j) => (state.typical[f.name] = typicalOf(f, drift.features[j])));
    showModel();
    showDrift();
    showForm(await choose());
    $("key-form").hidden = true;
    trouble("");
    await score();
  } catch (error) {
    failed(error);
  } finally {
    state.loading = false;
  }
}

// refresh looks at the drift again, and starts over where nothing could be loaded yet or another model is served.
async function refresh() {
  if (document.hidden || !$("key-form").hidden) return;
  if (!state.model || $("scoring").hidden) return load();
  try {
    const [model, drift] = await Promise.all([ask("/model"), ask("/drift")]);
    if (model.version !== state.model.version) return load();
    Object.assign(state, { model, drift });
    trouble("");
    showModel();
    showDrift();
  } catch (error) {
    failed(error);
  }
}

// openReport opens the report in a tab of its own. A link cannot carry a key, so with one the page fetches the report and writes it there.
// The tab keeps this page's policy, which takes no style from a page's text: the styles are handed over as sheets.
async function openReport(event) {
  event.preventDefault();
  // A browser lets a click open a tab, but not the reply that comes later.
  const tab = window.open("", "_blank");
  try {
    const reply = await request("/report");
    if (!state.key || !tab) {
      await reply.body.cancel();
      return tab?.location.replace("/report");
    }
    const report = new DOMParser().parseFromString(await reply.text(), "text/html");
    const styles = [...report.querySelectorAll("style")].map((e) => e.textContent);
    for (const e of report.querySelectorAll("style, script, meta[http-equiv]")) e.remove();
    tab.opener = null;
    tab.document.open();
    tab.document.write(`<!doctype html>${report.documentElement.outerHTML}`);
    tab.document.close();
    tab.document.adoptedStyleSheets = styles.map((text) => {
      const sheet = new tab.CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
  } catch (error) {
    tab?.close();
    failed(error);
  }
}

for (const code of ["en", "ko"]) {
  $(`to-${code}`).addEventListener("click", () => {
    history.replaceState(null, "", `#lang=${code}`);
    speak(code);
  });
}
window.addEventListener("hashchange", () => speak(wanted()));
document.addEventListener("visibilitychange", refresh);
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  state.key = $("key").value.trim();
  $("key").value = "";
  load();
});
$("user").addEventListener("submit", (event) => event.preventDefault());
$("reset").addEventListener("click", () => {
  resetUser();
  score();
});
$("report").addEventListener("click", openReport);
setInterval(refresh, 30_000);
speak(wanted());
load();
