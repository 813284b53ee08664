// What the page knows, and how it puts names, numbers and rules into words.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { language: "en", key: "", model: null, drift: null, user: {}, typical: {}, answer: null };

// t is the text of that name in the page's language, with {x} replaced; "" where there is none.
function t(name, values = {}) {
  return (WORDS[state.language][name] ?? "").replace(/\{(\w+)\}/g, (_, x) => (x in values ? values[x] : ""));
}

const locale = () => (state.language === "ko" ? "ko-KR" : "en-GB");
const decimal = (v, digits, least = 0) =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: least, maximumFractionDigits: digits }).format(v);
const percent = (p, digits = 1) =>
  new Intl.NumberFormat(locale(), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(p);
const points = (p) => decimal(100 * p, 1, 1);
const count = (n) => decimal(n, 0);
const three = (v) => (v === null || v === undefined ? "–" : v.toFixed(3));

function element(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

const featureOf = (name) => state.model?.features.find((f) => f.name === name);

// title names a feature: by the page's own words where it has some, in Korean by what is counted where it is about an action, else as
// the model does.
function title(name) {
  const feature = featureOf(name);
  const own = t(`title_${name}`);
  if (!feature || own) return own || name;
  if (state.language === "en") return feature.label || name;
  if (name.startsWith("screen_")) return t("titleScreen", { screen: name.slice("screen_".length) });
  const kinds = { times: "titleTimes", days: "titleDays", hours: "titleHours" };
  return feature.action && feature.unit in kinds ? t(kinds[feature.unit], { action: feature.action }) : feature.label || name;
}

// withUnit is a number before its unit: Korean units follow without a space, English ones are singular after 1.
function withUnit(v, unit, digits) {
  if (state.language === "ko") return decimal(v, digits) + unit;
  return `${decimal(v, digits)} ${v === 1 ? unit.replace(/s$/, "") : unit}`.trim();
}

// amount is a feature's number with its unit, in the way people say it.
function amount(feature, v) {
  switch (feature.unit) {
    case "ms":
      return withUnit(v / 60_000, t("minutes"), 1);
    case "hours":
      return v < 1 ? withUnit(60 * v, t("minutes"), 1) : withUnit(v, t("unit_hours"), 1);
    case "share":
      return percent(v, 0);
    case "hour":
      return t("oclock", { h: v });
    case "weekday":
      // 1 January 2024 was a Monday, which is 0.
      return new Intl.DateTimeFormat(locale(), { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + v));
    case "times":
      // A feature that counts no action is named by what it counts.
      return withUnit(v, feature.action ? t("unit_times") : "", 0);
    default:
      return withUnit(v, t(`unit_${feature.unit}`) || (state.language === "en" && feature.unit !== "score" && feature.unit) || "", 2);
  }
}

// valueInWords is a feature's value, or that there is none: what an action's first hour lacks is the action.
function valueInWords(feature, v) {
  if (v === null || v === undefined) return t(feature.unit === "hours" && feature.action ? "never" : "unknown");
  return typeof v === "number" ? amount(feature, v) : v;
}

// labelInWords is the model's rule of who revisits.
function labelInWords(m) {
  const { visits, gap, horizon, unit } = m.label;
  const name = { days: "ruleDays", sessions: "ruleSessions" }[unit];
  return name ? t(name, { visits, from: gap, to: gap + horizon - 1 }) : m.rule;
}

// thresholdInWords is the threshold with the rule that chose it; older models do not tell theirs.
function thresholdInWords(m) {
  if (!m.threshold_rule) return percent(m.threshold);
  const [kind, value] = m.threshold_rule.split(":");
  const rule = t(`by_${kind}`, { v: value }) || t("by_hand");
  return t("thresholdText", { t: percent(m.threshold), rule });
}

// spanOf is the range of a feature's slider: what its unit allows, or from the least usual value to well above the 90th percentile.
function spanOf(feature, column) {
  const week = state.model.label.gap;
  const natural = { share: [0, 1, 0.01], hour: [0, 23, 1], weekday: [0, 6, 1], score: [-1, 1, 0.05] }[feature.unit];
  if (natural) return { low: natural[0], high: natural[1], step: natural[2] };
  const edges = column.edges || [];
  if (!edges.length) return { low: 0, high: 10, step: 1 };
  const top = edges[edges.length - 1];
  const most = { days: week, hours: 24 * week }[feature.unit] ?? Infinity;
  const low = Math.min(0, edges[0]);
  if (edges.every(Number.isInteger) && feature.unit !== "ms") {
    return { low, high: Math.min(most, Math.max(3, Math.ceil(1.5 * top))), step: 1 };
  }
  const high = Math.min(most, 1.5 * top) || 1;
  return { low, high, step: Number(((high - low) / 100).toPrecision(1)) };
}

// typicalOf is the median of a number, as well as its bins tell, and the commonest level of a category, among the training users; null is
// no value.
function typicalOf(feature, column) {
  const known = column.reference.slice(0, -1);
  if (column.missing_reference > 0.5 || !known.length) return null;
  if (feature.kind === "category") return (column.levels || [])[known.indexOf(Math.max(...known))] ?? null;
  const edges = column.edges || [];
  const half = known.reduce((a, b) => a + b, 0) / 2;
  let sum = 0;
  const bin = known.findIndex((share) => (sum += share) >= half);
  return edges[Math.min(bin, edges.length - 1)] ?? null;
}
