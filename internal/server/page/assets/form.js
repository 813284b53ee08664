// The user to score: its sliders, and what the server makes of it while they move.
"use strict";

// The page asks at most every pace milliseconds, with at most crowd questions on their way.
const pace = 60, crowd = 4;
const asking = { timer: null, number: 0, shown: 0, running: new Map() };

// choose finds the features that move the probability most when one alone goes from one end of its slider to the other.
async function choose() {
  const pairs = state.model.features.map((f, j) => ({ f, column: state.drift.features[j] }));
  const asked = pairs.flatMap(({ f, column }) => {
    if (f.kind === "category") return (f.levels || []).slice(0, 4).map((level) => [f.name, level]);
    const { low, high } = spanOf(f, column);
    return [[f.name, low], [f.name, high]];
  });
  const moves = {};
  const batch = async (part) => {
    const instances = part.map(([name, value]) => ({ features: { ...state.typical, [name]: value } }));
    const reply = await ask("/explain?lift=0&sure=0", { instances });
    reply.explanations.forEach((e, k) => (moves[part[k][0]] ||= []).push(e.probability));
  };
  // The server explains at most 100 users at a time.
  for (let i = 0; i < asked.length; i += 100) await batch(asked.slice(i, i + 100));
  const move = ({ f }) => (moves[f.name] ? Math.max(...moves[f.name]) - Math.min(...moves[f.name]) : 0);
  return pairs.filter((x) => move(x) > 0.001).sort((a, b) => move(b) - move(a)).slice(0, 10);
}

// selectOf makes the field of a category.
function selectOf(f) {
  const select = element("select", { id: `f-${f.name}` }, element("option", { value: "" }));
  select.append(...(f.levels || []).map((level) => element("option", { value: level, textContent: level })));
  const label = element("label", { htmlFor: select.id, title: f.doc });
  const row = element("div", { className: "row" }, label, select);
  select.addEventListener("change", () => set(f.name, select.value || null));
  row.reset = () => (select.value = state.user[f.name] ?? "");
  row.reword = () => {
    label.textContent = title(f.name);
    select.options[0].textContent = t("unknown");
  };
  return row;
}

// sliderOf makes the field of a number: a slider, its value in words, and a box for no value where training users lacked it too.
function sliderOf(f, column) {
  const { low, high, step } = spanOf(f, column);
  const range = element("input", { type: "range", id: `f-${f.name}`, min: low, max: high, step });
  const label = element("label", { htmlFor: range.id, title: f.doc });
  const output = element("output");
  output.setAttribute("for", range.id);
  const box = element("input", { type: "checkbox" });
  const aside = element("label", { className: "aside", hidden: column.missing_reference === 0 }, box, element("span"));
  const row = element("div", { className: "row" }, label, output, range, aside);
  const value = () => (box.checked ? null : Number(range.value));
  const show = () => {
    output.textContent = valueInWords(f, value());
    range.setAttribute("aria-valuetext", output.textContent);
  };
  const change = () => {
    show();
    set(f.name, value());
  };
  range.addEventListener("input", () => {
    box.checked = false;
    change();
  });
  box.addEventListener("change", change);
  row.reset = () => {
    const v = state.user[f.name] ?? null;
    box.checked = v === null;
    range.value = v ?? low;
    // The slider stands at a step: what is scored is what it shows.
    state.user[f.name] = value();
  };
  row.reword = () => {
    label.textContent = title(f.name);
    aside.lastChild.textContent = valueInWords(f, null);
    box.setAttribute("aria-label", `${title(f.name)}: ${valueInWords(f, null)}`);
    show();
  };
  return row;
}

// showForm makes the form of those features, and puts it to the typical user.
function showForm(chosen) {
  $("user").replaceChildren(...chosen.map(({ f, column }) => (f.kind === "category" ? selectOf(f) : sliderOf(f, column))));
  resetUser();
  $("scoring").hidden = false;
}

function resetUser() {
  state.user = { ...state.typical };
  for (const row of $("user").children) {
    row.reset();
    row.reword();
  }
}

function set(name, value) {
  state.user[name] = value;
  soon();
}

// soon scores the user after a moment, once for all that changes until then.
function soon(after = pace) {
  asking.timer ??= setTimeout(() => {
    asking.timer = null;
    score();
  }, after);
}

// score asks for the user as the form has it. An answer ends the questions before it, and never replaces that of a later one; so the page
// follows a slider even where answers take longer than the hand.
async function score() {
  if (asking.running.size >= crowd) return soon();
  const number = ++asking.number;
  const stop = new AbortController();
  asking.running.set(number, stop);
  try {
    const reply = await ask("/explain", { features: state.user }, stop.signal);
    if (number < asking.shown) return;
    asking.shown = number;
    for (const [n, older] of asking.running) if (n < number) older.abort();
    trouble("");
    state.answer = reply.explanations[0];
    showAnswer();
  } catch (error) {
    if (number < asking.shown || error.name === "AbortError") return;
    failed(error);
    if (error.status === 429) soon(1000 * error.after);
  } finally {
    asking.running.delete(number);
  }
}

function reason(c, strongest) {
  const feature = featureOf(c.feature);
  const words = state.language === "ko" && feature ? `${title(c.feature)}: ${valueInWords(feature, state.user[c.feature])}` : c.sentence;
  const arrow = element("span", { textContent: c.raises ? "▲ " : "▼ ", className: c.raises ? "up" : "down" });
  arrow.setAttribute("aria-hidden", "true");
  const aloud = element("span", { className: "aloud", textContent: `${t(c.raises ? "raises" : "lowers")}: ` });
  const bar = element("span", { className: `bar ${c.raises ? "raises" : "lowers"}` });
  bar.style.width = `${(100 * Math.abs(c.effect)) / strongest}%`;
  return element("li", {}, arrow, aloud, words, bar);
}

function showAnswer() {
  const a = state.answer;
  if (!a) return;
  $("probability").textContent = percent(a.probability);
  $("probability").dataset.value = a.probability;
  $("verdict").textContent = t(a.revisit ? "yes" : "no", { t: percent(a.threshold) });
  $("sure").textContent = a.sure ? t("sure", { low: percent(a.sure.low), high: percent(a.sure.high) }) : "";
  const strongest = Math.max(...a.contributions.map((c) => Math.abs(c.effect)), 1e-9);
  $("reasons").replaceChildren(...a.contributions.slice(0, 6).map((c) => reason(c, strongest)));
  const lines = a.lift.map((l) => t("liftLine", {
    sentence: l.sentence, feature: l.action, to: decimal(l.to, 2), p: percent(l.probability), gain: points(l.gain),
  }));
  if (!lines.length) lines.push(t(state.model.possible?.length ? "liftNone" : "liftUnset"));
  $("lift").replaceChildren(...lines.map((textContent) => element("li", { textContent })));
}
