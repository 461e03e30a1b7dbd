"use strict";
(() => {
const ROW = 26;
const HEAD = 30;
const SPARE_ROWS = 12;
const PRINTED_ROWS = 2000;

const byId = (id) => document.getElementById(id);
const report = JSON.parse(byId("report").textContent);
const processes = report.processes;
const shards = report.shards || [];

/* Words */

// What controls a screen or turns the direction of writing is shown as an escape.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const printable = (text) => text.replace(UNSAFE, (unsafe) => {
  const code = unsafe.charCodeAt(0);
  return code < 256 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u" + code.toString(16);
});

const quoted = (word) => /^[\w\-./=:,+@%^]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'";
const commandLine = (argv) => printable(argv.map(quoted).join(" "));
const cut = (text, most) => text.length > most ? text.slice(0, most) + "\u2026" : text;

const nameOf = (process) => {
  if (process.worker) return printable(process.worker) + " (pytest-xdist)";
  const line = process.argv.length ? commandLine(process.argv) : process.program ? printable(process.program)
    : process.parent ? "(fork)" : "(unknown program)";
  return process.argv_cut ? line + " \u2026" : line;
};

// Without the program's folder: of a column of interpreters in virtual environments one would see nothing else.
const shortName = (process) => {
  const name = nameOf(process);
  const folder = /^\/[\w\-./+@]*\//.exec(name);
  return folder ? name.slice(folder[0].length) : name;
};

const duration = (ns) => {
  if (ns === 0) return "0 s";
  if (ns < 999.5e3) return (ns / 1e3).toFixed(0) + " \u00b5s";
  if (ns < 9.95e6) return (ns / 1e6).toFixed(1) + " ms";
  if (ns < 999.5e6) return (ns / 1e6).toFixed(0) + " ms";
  if (ns < 59.95e9) return (ns / 1e9).toFixed(1) + " s";
  const seconds = Math.round(ns / 1e9);
  return Math.floor(seconds / 60) + " min " + (seconds % 60) + " s";
};

const SIGNALS = {1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
  11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 26: "VTALRM", 27: "PROF", 31: "SYS"};
const signalName = (number) => SIGNALS[number] ? "SIG" + SIGNALS[number] : "signal " + number;

const endText = (end) => {
  if (!end) return "running";
  if (end.how === "exit") return "exit " + end.code;
  return end.how === "signal" ? signalName(end.signal) : "unknown";
};
const endClass = (end) => !end ? "" : end.how === "signal" ? "signal" : end.how === "exit" && end.code !== 0 ? "bad" : "";

const isSaved = (process) => process.saves.some((save) => save.ok);
const stateOf = (process) => process.loss ? "lost" : isSaved(process) ? "saved" : process.measured ? "measured"
  : process.restored.length ? "restored" : "none";
const STARTS = {
  "light": "by coverage's tracer alone",
  "whole-settings": "by whole coverage, because of its settings, tracer or version",
  "whole-user": "by whole coverage, because the configuration is not covenv's",
  "whole-choice": "by whole coverage, because COVENV_JOURNAL is 0",
  "whole-coverage": "by whole coverage, because covenv does not know this version of it",
  "whole-interpreter": "by whole coverage, because the interpreter is another one, or a journal has no room",
  "whole-program": "by whole coverage, because the program imports it, or runs what it alone can judge",
};
const STATES = {lost: "lost", saved: "saved", measured: "measured", restored: "restored", none: "not measured"};
const spaced = (reason) => printable(reason).replaceAll("-", " ");
const counted = (number, one, several) => number.toLocaleString("en") + " " + (number === 1 ? one : several);

/* Tests. pytest says behind a test's name which part of the test runs. The file is what stands before the first "::". */

const testOf = (process) => process.test || "";
const idOf = (process) => testOf(process).replace(/ \((setup|call|teardown)\)$/, "");
const fileOf = (process) => testOf(process).split("::")[0];
const linesOf = (process) => process.brought ? process.brought.lines : process.note === "no-source" ? 0 : -1;
const hasLines = processes.some((process) => process.brought);
const WITHOUT_LINE = "Brought no line";
const byLines = (process) => linesOf(process) > 0 ? "Brought lines" : linesOf(process) === 0 ? WITHOUT_LINE : "";
const GROUPINGS = {tree: null, test: idOf, file: fileOf, lines: byLines};
const REST = {test: "Outside of any test", file: "Outside of any test", lines: "Not counted"};
const hasTests = processes.some(testOf);

/* The tree: order, depth and parent of each process, by its index. A parent that is not there counts as unknown. */

const indexOf = new Map(processes.map((process, index) => [process.id, index]));
const depth = new Uint32Array(processes.length);
const parent = new Int32Array(processes.length).fill(-1);
const children = processes.map(() => 0);
const order = (() => {
  const lists = new Map();
  const byStart = [...processes.keys()].sort((a, b) =>
    processes[b].shard - processes[a].shard || processes[b].start_ns - processes[a].start_ns || b - a);
  const pending = [];
  for (const index of byStart) {
    const above = indexOf.get(processes[index].parent);
    if (above === undefined) pending.push(index);
    else if (lists.has(above)) lists.get(above).push(index);
    else lists.set(above, [index]);
  }
  const seen = new Uint8Array(processes.length);
  const result = [];
  const walk = () => {
    while (pending.length) {
      const index = pending.pop();
      if (seen[index]) continue;
      seen[index] = 1;
      result.push(index);
      for (const child of lists.get(index) || []) {
        if (seen[child]) continue;
        parent[child] = index;
        depth[child] = depth[index] + 1;
        children[index] += 1;
        pending.push(child);
      }
    }
  };
  walk();
  for (let index = 0; index < processes.length; index++) {
    if (!seen[index]) { pending.push(index); walk(); }
  }
  return result;
})();

/* What is shown */

const whole = {from: 0, to: processes.reduce((most, process) =>
  Math.max(most, process.end_ns === null ? process.start_ns : process.end_ns), Math.max(1, report.session.wall_ns))};
const endOf = (process) => process.end_ns === null ? whole.to : process.end_ns;

const FILTERS = {
  all: {label: "All", keeps: () => true},
  measured: {label: "Measured", keeps: (process) => process.measured},
  saved: {label: "Saved", keeps: isSaved},
  lost: {label: "Lost", keeps: (process) => process.loss !== null},
  killed: {label: "Killed", keeps: (process) => process.kill !== null},
};

const state = {filter: "all", grouping: "tree", query: "", group: null, heads: [], foldedHeads: new Set([WITHOUT_LINE]), folded: new Set(), chosen: -1, range: whole, rows: [], matches: null};

const haystacks = [];
const haystack = (index) => {
  if (haystacks[index] === undefined) {
    const process = processes[index];
    haystacks[index] = [nameOf(process), process.pid, process.program || "", process.image, process.restored.join(" "),
      endText(process.end), process.loss ? spaced(process.loss.reason) : "", testOf(process),
      shards.length ? shards[process.shard].name : ""].join("\n").toLowerCase();
  }
  return haystacks[index];
};

/* A group, of losses or of a test: `keeps` tells its processes. */

const groupKey = (process) => process.loss && process.loss.reason + "\n" + (process.program || process.argv[0] || "");

// Matches, and their ancestors as what they stand in.
const choose = () => {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const {keeps} = FILTERS[state.filter];
  if (state.filter === "all" && !words.length && !state.group) return null;
  const matches = new Uint8Array(processes.length);
  processes.forEach((process, index) => {
    if (!keeps(process) || (state.group && !state.group.keeps(process))) return;
    if (!words.every((word) => haystack(index).includes(word))) return;
    matches[index] = 2;
    for (let above = parent[index]; above >= 0 && !matches[above]; above = parent[above]) matches[above] = 1;
  });
  return matches;
};

// A row is the index of a process, or -2 - the place of a head in state.heads. -1 is none.
const headOf = (row) => state.heads[-2 - row];
const layOutGroups = (keyOf) => {
  const heads = new Map();
  for (const index of order) {
    if (state.matches && state.matches[index] !== 2) continue;
    const key = keyOf(processes[index]);
    if (!heads.has(key)) heads.set(key, {key, members: []});
    heads.get(key).members.push(index);
  }
  state.heads = [...heads.values()].sort((a, b) => (a.key === "") - (b.key === ""));
  if (keyOf === byLines) {
    for (const head of state.heads) head.members.sort((a, b) => linesOf(processes[b]) - linesOf(processes[a]));
    state.heads.sort((a, b) => linesOf(processes[b.members[0]]) - linesOf(processes[a.members[0]]));
  }
  state.rows = [];
  state.heads.forEach((head, at) => {
    state.rows.push(-2 - at);
    if (!state.foldedHeads.has(head.key)) for (const index of head.members) state.rows.push(index);
  });
};

const layOut = () => {
  const {matches, folded} = state;
  if (state.grouping !== "tree") { layOutGroups(GROUPINGS[state.grouping]); return; }
  const rows = [];
  let hiddenBelow = Infinity;
  for (const index of order) {
    if (depth[index] > hiddenBelow) continue;
    hiddenBelow = Infinity;
    if (matches && !matches[index]) continue;
    rows.push(index);
    if (folded.has(index)) hiddenBelow = depth[index];
  }
  state.rows = rows;
};

/* The rows: as many elements as fit on the screen, each of which stands for whichever row is there. */

const grid = byId("grid");
const rowsBox = byId("rows");
const pool = [];
let isPrinting = false;

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

/* In a narrow window the middle of a name is left out, because its end tells most: a file, a test. */
const TOLD_END = 18;
const fillName = (name, text) => {
  const letters = Array.from(text);
  const at = letters.length - Math.min(TOLD_END, Math.floor(letters.length / 2));
  name.replaceChildren(element("span", "start", letters.slice(0, at).join("")),
    element("span", "", letters.slice(at).join("")));
};

/* A group's row holds the bars of all its processes. Those that ran at the same time are in lanes below each other, as
   far as there is room. Each kind of bar is one path, so a row has few elements, whatever its group holds. */
const LANES = 4;
const LANE_KINDS = ["", "measured", "lost", "span", "failed"];
const SVG = "http://www.w3.org/2000/svg";

const makeLanes = () => {
  const box = document.createElementNS(SVG, "svg");
  box.setAttribute("class", "lanes");
  box.setAttribute("preserveAspectRatio", "none");
  box.setAttribute("aria-hidden", "true");
  const paths = LANE_KINDS.map((kind) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    box.append(path);
    return path;
  });
  return {box, paths};
};

// The processes of a group by their starts, each with its lane; and how many lanes there are.
const packed = (head) => {
  if (head.packed) return head.packed;
  const members = head.members.map((index) => processes[index]).sort((a, b) => a.start_ns - b.start_ns);
  const ends = [];
  const lanes = members.map((process) => {
    let lane = ends.findIndex((end) => end <= process.start_ns);
    if (lane < 0) lane = ends.length < LANES ? ends.length : LANES - 1;
    ends[lane] = Math.max(ends[lane] || 0, endOf(process));
    return lane;
  });
  head.packed = {members, lanes, count: ends.length};
  return head.packed;
};

// In pixels, because a bar is at least two wide; bars of the same pixels are one.
const drawLanes = ({box, paths}, head) => {
  const width = Math.max(1, byId("axis").clientWidth);
  const height = ROW - 6;
  const {from, to} = state.range;
  const {members, lanes, count} = packed(head);
  const room = Math.min(10, height / count);
  const high = Math.max(2, room - 1);
  const parts = LANE_KINDS.map(() => []);
  const last = new Map();
  const add = (kind, lane, start, end) => {
    if (end < from || start > to) return;
    const left = Math.max(-2, Math.round((start - from) / (to - from) * width));
    const right = Math.max(left + 2, Math.min(width + 2, Math.round((end - from) / (to - from) * width)));
    // Bars come by their starts, kills do not.
    const key = kind * LANES + lane + (kind < 3 ? "" : " " + left);
    if (last.get(key) >= right) return;
    last.set(key, right);
    const top = 3 + (height - room * count) / 2 + lane * room;
    parts[kind].push(`M${left} ${top}h${right - left}v${high}h${left - right}z`);
  };
  members.forEach((process, at) => {
    const end = endOf(process);
    add(process.loss ? 2 : process.measured ? 1 : 0, lanes[at], process.start_ns, end);
    if (process.kill) add(isSaved(process) ? 3 : 4, lanes[at], Math.max(process.start_ns, end - process.kill.took_ns), end);
  });
  box.setAttribute("viewBox", `0 0 ${width} ${ROW}`);
  paths.forEach((path, kind) => path.setAttribute("d", parts[kind].join("")));
};

const makeRow = () => {
  const row = element("div", "row");
  row.setAttribute("role", "row");
  const cells = {};
  for (const name of ["process", "state", "end", "saved number", "ran number", "lines number", "time"]) {
    const cell = element("div", name);
    cell.setAttribute("role", "gridcell");
    cells[name.split(" ")[0]] = cell;
    row.append(cell);
  }
  const fold = element("span", "fold");
  const shard = element("span", "shard");
  const name = element("span", "name");
  const bar = element("div", "bar");
  const span = element("div", "span");
  const lanes = makeLanes();
  cells.process.append(fold, shard, name);
  cells.time.append(bar, span, lanes.box);
  rowsBox.append(row);
  return {row, cells, fold, shard, name, bar, span, lanes, shown: null};
};

const place = (box, from, to) => {
  const {range} = state;
  const length = range.to - range.from;
  const left = Math.max(-1, (from - range.from) / length);
  const right = Math.min(2, (to - range.from) / length);
  box.style.left = (left * 100).toFixed(3) + "%";
  box.style.width = (Math.max(0, right - left) * 100).toFixed(3) + "%";
};

const fillHead = (item, at) => {
  const head = headOf(state.rows[at]);
  const {row, cells, fold, shard, name, bar, span, lanes} = item;
  const members = head.members.map((index) => processes[index]);
  const lost = members.filter((process) => process.loss).length;
  row.id = "row-" + state.rows[at];
  row.className = lost ? "row test lost" : "row test";
  row.style.transform = `translateY(${at * ROW}px)`;
  row.setAttribute("aria-rowindex", at + 2);
  row.setAttribute("aria-level", 1);
  row.setAttribute("aria-selected", state.rows[at] === state.chosen);
  row.setAttribute("aria-expanded", !state.foldedHeads.has(head.key));
  cells.process.style.setProperty("--indent", 0);
  fold.className = "fold some";
  shard.hidden = true;
  name.title = head.key ? printable(head.key) : REST[state.grouping];
  fillName(name, name.title);
  cells.state.className = lost ? "state lost" : "state none";
  cells.state.textContent = lost ? lost.toLocaleString("en") + " lost" : counted(members.length, "process", "processes");
  cells.end.className = "end";
  cells.end.textContent = cells.saved.textContent = cells.ran.textContent = cells.lines.textContent = "";
  bar.hidden = span.hidden = true;
  lanes.box.removeAttribute("hidden");
  drawLanes(lanes, head);
  item.shown = at;
};

const fill = (item, at) => {
  if (state.rows[at] < 0) { fillHead(item, at); return; }
  const index = state.rows[at];
  const process = processes[index];
  const kind = stateOf(process);
  const {row, cells, fold, shard, name, bar, span, lanes} = item;
  lanes.box.setAttribute("hidden", "");
  bar.hidden = false;
  row.id = "row-" + index;
  row.style.transform = `translateY(${at * ROW}px)`;
  row.className = "row " + kind + (state.matches && state.matches[index] === 1 ? " context" : "");
  row.setAttribute("aria-rowindex", at + 2);
  const isTree = state.grouping === "tree";
  const level = isTree ? depth[index] : 1;
  row.setAttribute("aria-level", level + 1);
  row.setAttribute("aria-selected", index === state.chosen);
  const isFoldable = isTree && children[index];
  if (isFoldable) row.setAttribute("aria-expanded", !state.folded.has(index));
  else row.removeAttribute("aria-expanded");
  cells.process.style.setProperty("--indent", Math.min(level, 16));
  fold.className = isFoldable ? "fold some" : "fold";
  shard.hidden = !(shards.length && parent[index] < 0);
  shard.textContent = shard.hidden ? "" : printable(shards[process.shard].name);
  fillName(name, cut(shortName(process), 300));
  name.title = cut(nameOf(process), 1000);
  cells.state.className = "state " + kind;
  cells.state.textContent = STATES[kind];
  cells.end.className = "end " + endClass(process.end);
  cells.end.textContent = endText(process.end);
  cells.saved.textContent = process.kill && isSaved(process) ? duration(process.kill.took_ns) : "";
  cells.ran.textContent = process.end_ns === null ? "" : duration(process.end_ns - process.start_ns);
  cells.lines.textContent = process.brought ? process.brought.lines.toLocaleString("en") : "";
  bar.className = "bar" + (process.loss ? " lost" : process.measured ? " measured" : "") + (process.end_ns === null ? " running" : "");
  const end = endOf(process);
  place(bar, process.start_ns, end);
  span.hidden = !process.kill;
  if (process.kill) {
    span.className = isSaved(process) ? "span" : "span failed";
    place(span, Math.max(process.start_ns, end - process.kill.took_ns), end);
  }
  item.shown = at;
};

const draw = () => {
  const first = isPrinting ? 0 : Math.max(0, Math.floor(grid.scrollTop / ROW) - SPARE_ROWS);
  const fits = isPrinting ? Math.min(state.rows.length, PRINTED_ROWS) : Math.ceil(grid.clientHeight / ROW) + 2 * SPARE_ROWS;
  const last = Math.min(state.rows.length, first + fits);
  while (pool.length < fits) pool.push(makeRow());
  for (let at = first; at < first + pool.length; at++) {
    const item = pool[at % pool.length];
    item.row.hidden = at >= last;
    if (at < last && item.shown !== at) fill(item, at);
    if (at >= last) { item.shown = null; item.row.removeAttribute("id"); }
  }
  const active = "row-" + state.chosen;
  if (state.chosen !== -1 && byId(active)) grid.setAttribute("aria-activedescendant", active);
  else grid.removeAttribute("aria-activedescendant");
};

/* Paper shows the rows that the filters leave, from the first on, not those in sight. */
const startPrinting = () => {
  isPrinting = true;
  const rest = state.rows.length - PRINTED_ROWS;
  byId("unprinted").hidden = rest <= 0;
  byId("unprinted").textContent = rest > 0 ? `and ${counted(rest, "more row", "more rows")}: a filter or a search prints fewer` : "";
  redraw();
};

const endPrinting = () => {
  isPrinting = false;
  byId("unprinted").hidden = true;
  for (const item of pool.splice(0)) item.row.remove();
  draw();
};

let isDrawing = false;
const drawSoon = () => {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => { isDrawing = false; draw(); });
};

const redraw = () => {
  for (const item of pool) item.shown = null;
  draw();
};

const refresh = () => {
  layOut();
  const {rows, matches} = state;
  rowsBox.style.height = rows.length * ROW + "px";
  grid.setAttribute("aria-rowcount", rows.length + 1);
  const found = matches ? matches.reduce((sum, match) => sum + (match === 2), 0) : processes.length;
  byId("shown").textContent = matches
    ? `${found.toLocaleString("en")} of ${counted(processes.length, "process", "processes")}`
    : counted(processes.length, "process", "processes");
  byId("nothing").hidden = rows.length > 0;
  byId("nothing").firstChild.textContent = processes.length
    ? "No process matches." : "No process was seen in this session.";
  byId("nothing").lastChild.hidden = processes.length === 0;
  for (const button of byId("filters").children) {
    button.setAttribute("aria-pressed", button.dataset.filter === state.filter);
  }
  for (const button of byId("groupings").children) {
    button.setAttribute("aria-pressed", button.dataset.grouping === state.grouping);
  }
  byId("fold-all").hidden = state.heads.length === 0 || state.grouping === "tree";
  byId("fold-all").textContent = isUnfolded() ? "Fold all" : "Unfold all";
  byId("chosen-loss").hidden = !state.group;
  if (state.group) byId("chosen-loss").textContent = "\u00d7 " + state.group.label;
  redraw();
};

const search = () => {
  state.matches = choose();
  refresh();
};

const filterBy = (filter) => {
  state.filter = filter;
  state.group = null;
  grid.scrollTop = 0;
  search();
};

const groupBy = (grouping) => {
  state.grouping = grouping;
  if (state.chosen < -1) state.chosen = -1;
  grid.scrollTop = 0;
  refresh();
};

const showOnly = (group) => {
  state.group = group;
  grid.scrollTop = 0;
  search();
};

const showAll = () => {
  state.query = byId("search").value = "";
  filterBy("all");
};

/* The axis */

const drawAxis = () => {
  const axis = byId("axis");
  const {from, to} = state.range;
  const width = axis.clientWidth;
  const rough = (to - from) / Math.max(1, width / 96);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((times) => times * power >= rough) * power);
  const scale = width / (to - from);
  const percent = (length) => (length / (to - from) * 100).toFixed(4) + "%";
  axis.replaceChildren();
  for (let at = Math.ceil(from / step) * step; (at - from) * scale < width - 40; at += step) {
    const tick = element("span", "", duration(at).replace(".0 ", " "));
    tick.style.left = percent(at - from);
    axis.append(tick);
  }
  // In parts of the width, because paper is not as wide as the screen.
  rowsBox.style.setProperty("--tick", percent(step));
  rowsBox.style.setProperty("--tick-from", percent(Math.ceil(from / step) * step - from));
  byId("zoomed").hidden = state.range === whole;
};

const zoomTo = (range) => {
  state.range = range;
  drawAxis();
  redraw();
};

/* One process */

const link = (index, text) => {
  const button = element("button", "link mono", text);
  button.type = "button";
  button.addEventListener("click", () => reveal(index));
  return button;
};

const other = (id) => {
  if (id === null || id === undefined) return "unknown";
  const index = indexOf.get(id);
  return index === undefined ? "unknown" : link(index, `${cut(shortName(processes[index]), 80)} (${processes[index].pid})`);
};

// A button that shows the processes of one test, or of one test file.
const ofTest = (process, keyOf) => {
  const key = keyOf(process);
  const label = printable(key);
  const button = element("button", "link mono", label);
  button.type = "button";
  button.title = "Show only its processes";
  button.addEventListener("click", () => showOnly({label, keeps: (other) => keyOf(other) === key}));
  return button;
};

const fact = (list, name, ...values) => {
  list.append(element("dt", "", name));
  const value = element("dd");
  value.append(...values);
  list.append(value);
};

// Fixes name commands between backticks.
const withCode = (text) => printable(text).split(/`([^`]+)`/).map((part, at) => at % 2 ? element("code", "command", part) : part);

const lossBox = (loss) => {
  const box = element("div", "loss");
  box.append(element("b", "", "Lost: " + spaced(loss.reason)));
  if (loss.text) box.append(element("p", "", printable(loss.text)));
  if (loss.fix) {
    const fix = element("p");
    fix.append(element("b", "", "Fix: "), ...withCode(loss.fix));
    box.append(fix);
  }
  return box;
};

const WHY = {kill: "when killed", exit: "before it left by _exit", exec: "before it became another program",
  journal: "from its journal, when it had ended", counters: "from outside, by its counters in memory"};

const showDetails = () => {
  const box = byId("details");
  const process = processes[state.chosen];
  box.replaceChildren();
  const head = element("header");
  const close = element("button", "quiet", "Close");
  close.type = "button";
  close.addEventListener("click", hideDetails);
  head.append(element("h2", "mono", cut(nameOf(process), 300)), close);
  box.append(head);
  if (process.loss) box.append(lossBox(process.loss));
  box.append(element("h3", "", "Process"));
  const facts = element("dl");
  fact(facts, "pid", String(process.pid));
  if (shards.length) fact(facts, "shard", printable(shards[process.shard].name));
  if (testOf(process)) fact(facts, "test", ofTest(process, idOf), testOf(process).slice(idOf(process).length));
  if (fileOf(process) !== testOf(process)) fact(facts, "test file", ofTest(process, fileOf));
  fact(facts, "program", printable(process.program || "unknown") + ` (${spaced(process.image)})`);
  fact(facts, "started by", other(process.parent));
  fact(facts, "started", "at " + duration(process.start_ns));
  fact(facts, "ended", process.end_ns === null ? (process.end ? "at an unknown time" : "still running")
    : `at ${duration(process.end_ns)}, after ${duration(process.end_ns - process.start_ns)}: ${endText(process.end)}`);
  box.append(facts, element("h3", "", "Coverage"));
  const coverage = element("dl");
  fact(coverage, "state", STATES[stateOf(process)]);
  if (process.start) fact(coverage, "measured", STARTS[process.start] || printable(process.start));
  fact(coverage, "restored", process.restored.length ? process.restored.map(printable).join(", ") : "nothing");
  fact(coverage, "library", process.preloaded ? "libcovenv.so was loaded" : "libcovenv.so was not loaded");
  if (process.brought) {
    const {files, lines, arcs, only, data} = process.brought;
    fact(coverage, "brought", lines ? `${counted(lines, "line", "lines")} of ${counted(files, "file", "files")}` : "no line");
    if (lines) fact(coverage, "alone", counted(only, "line", "lines") + " of no other process");
    if (arcs) fact(coverage, "arcs", arcs.toLocaleString("en"));
    fact(coverage, "data", data ? printable(data) : "from its journal");
  }
  if (process.outside.length) fact(coverage, "ran first, outside of source", process.outside.map(printable).join(", "));
  for (const save of process.saves) {
    const took = save.why === "journal" ? "" : `, in ${duration(save.took_ns)}`;
    fact(coverage, save.ok ? "saved" : "not saved", (WHY[save.why] || printable(save.why)) + took);
  }
  box.append(coverage);
  if (process.kill) {
    const kill = element("dl");
    fact(kill, "signal", signalName(process.kill.signal));
    fact(kill, "sent by", other(process.kill.by));
    if (process.kill.test) fact(kill, "in test", printable(process.kill.test));
    fact(kill, "method", spaced(process.kill.method));
    fact(kill, isSaved(process) && process.kill.method !== "pass" ? "kill to saved" : "took", `${duration(process.kill.took_ns)}, ${spaced(process.kill.outcome)}`);
    box.append(element("h3", "", "Kill"), kill);
  }
  box.append(element("h3", "", process.argv_cut ? "Arguments (cut)" : "Arguments"));
  const list = element("ol", "mono");
  list.start = 0;
  list.tabIndex = 0;
  list.setAttribute("aria-label", "Arguments");
  for (const word of process.argv) list.append(element("li", "", cut(printable(word), 4000) || "''"));
  const zoom = element("button", "quiet", "Zoom the timeline to it");
  zoom.type = "button";
  zoom.style.marginTop = "14px";
  zoom.addEventListener("click", () => {
    const length = Math.max(1000, endOf(process) - process.start_ns);
    zoomTo({from: Math.max(0, process.start_ns - length / 8), to: endOf(process) + length / 8});
  });
  box.append(list, zoom);
  box.hidden = false;
};

const hideDetails = () => {
  byId("details").hidden = true;
  grid.focus();
};

const choosePlace = (at) => {
  if (!state.rows.length) return;
  at = Math.max(0, Math.min(state.rows.length - 1, at));
  state.chosen = state.rows[at];
  const top = at * ROW;
  if (top < grid.scrollTop) grid.scrollTop = top;
  const bottom = top + ROW + HEAD - grid.clientHeight;
  if (bottom > grid.scrollTop) grid.scrollTop = bottom;
  if (state.chosen < 0) byId("details").hidden = true;
  else if (!byId("details").hidden) showDetails();
  redraw();
};

const toggleHead = (row) => {
  const {key} = headOf(row);
  if (!state.foldedHeads.delete(key)) state.foldedHeads.add(key);
  refresh();
};

const isUnfolded = () => state.heads.some((head) => !state.foldedHeads.has(head.key));

const toggleAllHeads = () => {
  if (state.grouping === "tree") return;
  const act = isUnfolded() ? "add" : "delete";
  for (const head of state.heads) state.foldedHeads[act](head.key);
  if (state.chosen >= 0) state.chosen = -1;
  grid.scrollTop = 0;
  refresh();
};

const toggleFold = (index) => {
  if (!state.folded.delete(index)) state.folded.add(index);
  refresh();
};

// Whatever hides it is undone first.
const reveal = (index) => {
  state.foldedHeads.clear();
  for (let above = parent[index]; above >= 0; above = parent[above]) state.folded.delete(above);
  if (state.matches && !state.matches[index]) showAll();
  else refresh();
  choosePlace(state.rows.indexOf(index));
  grid.focus();
};

/* Keyboard and pointer */

const page = () => Math.max(1, Math.floor((grid.clientHeight - HEAD) / ROW) - 1);

const KEYS = {
  ArrowDown: (at) => choosePlace(at + 1),
  ArrowUp: (at) => choosePlace(at < 0 ? 0 : at - 1),
  PageDown: (at) => choosePlace(at + page()),
  PageUp: (at) => choosePlace(at - page()),
  "*": toggleAllHeads,
  Home: () => choosePlace(0),
  End: () => choosePlace(state.rows.length - 1),
  ArrowRight: (at, index) => {
    if (index < -1 && state.foldedHeads.has(headOf(index).key)) toggleHead(index);
    if (state.grouping !== "tree") return;
    if (state.folded.has(index)) toggleFold(index);
    else if (children[index]) choosePlace(at + 1);
  },
  ArrowLeft: (at, index) => {
    if (index < -1 && !state.foldedHeads.has(headOf(index).key)) toggleHead(index);
    else if (index >= 0 && state.grouping !== "tree") choosePlace(state.rows.findLastIndex((row, place) => place < at && row < -1));
    if (state.grouping !== "tree") return;
    if (children[index] && !state.folded.has(index)) toggleFold(index);
    else if (parent[index] >= 0) choosePlace(state.rows.indexOf(parent[index]));
  },
  Enter: (at, index) => {
    if (index < -1) toggleHead(index);
    if (index < 0) return;
    if (byId("details").hidden) showDetails();
    else hideDetails();
    draw();
  },
};

grid.addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act(state.rows.indexOf(state.chosen), state.chosen);
});

rowsBox.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row) return;
  const index = Number(row.id.slice("row-".length));
  if (index < 0) { state.chosen = index; toggleHead(index); return; }
  if (event.target.classList.contains("some")) { toggleFold(index); return; }
  if (!getSelection().isCollapsed) return;
  state.chosen = index;
  showDetails();
  redraw();
});

document.addEventListener("keydown", (event) => {
  const input = byId("search");
  if (event.key === "/" && event.target !== input) {
    event.preventDefault();
    input.focus();
    input.select();
  } else if (event.key === "Escape") {
    if (event.target === input && input.value) {
      state.query = input.value = "";
      search();
    } else if (event.target === input) grid.focus();
    else if (!byId("details").hidden) hideDetails();
    else if (state.range !== whole) zoomTo(whole);
    else showAll();
    event.preventDefault();
  } else if (event.target === input && (event.key === "Enter" || event.key === "ArrowDown")) {
    event.preventDefault();
    grid.focus();
    const first = state.rows.findIndex((index) => index >= 0 && (!state.matches || state.matches[index] === 2));
    choosePlace(first);
  }
});

/* The parts around the rows */

const showSession = () => {
  const {session} = report;
  const line = commandLine(session.command) || (shards.length ? counted(shards.length, "shard", "shards") : "");
  document.title = (report.totals.lost ? `${report.totals.lost} lost: ` : "") + cut(line, 80) + " \u00b7 covenv report";
  byId("command").textContent = cut(line, 300);
  byId("command").title = cut(line, 4000);
  const exit = session.exit;
  const words = exit === null ? "end unknown" : "code" in exit ? "exit " + exit.code : signalName(exit.signal);
  const started = session.started && !isNaN(Date.parse(session.started))
    ? session.started.replace("T", " ").replace(/\.\d+/, "").replace("Z", " UTC") : "";
  const end = element("span", exit && exit.code === 0 ? "" : "bad", words);
  const rest = [duration(session.wall_ns), started, session.host && "on " + printable(session.host),
    shards.length && counted(shards.length, "shard", "shards"), "covenv " + printable(report.covenv)];
  byId("session").append(end, " \u00b7 " + rest.filter(Boolean).join(" \u00b7 "));
  if (session.dropped) {
    byId("dropped").hidden = false;
    byId("dropped").textContent = counted(session.dropped, "event", "events") +
      " had no room: processes and saves may be missing here.";
  }
};

/* As coverage writes it without digits: 0 and 100 are exact, and halves go to the even number. */
const percentText = (percent) => {
  if (percent <= 0 || percent >= 100) return `${percent}`;
  const rounded = percent % 1 === 0.5 ? 2 * Math.round(percent / 2) : Math.round(percent);
  return `${Math.min(Math.max(rounded, 1), 99)}`;
};
const gainText = ({before, after, percents}) => percents
  ? `${percentText(percents.before)} \u2192 ${percentText(percents.after)}\u00a0%`
  : `${before} \u2192 ${counted(after, "line", "lines")}`;

const showGain = () => {
  const {gain} = report;
  const box = byId("gain");
  const gains = shards.filter((shard) => shard.gain).map((shard) => ({shard, lines: shard.gain.after - shard.gain.before}));
  if (gains.length) {
    box.hidden = false;
    gains.sort((a, b) => b.lines - a.lines);
    const texts = gains.slice(0, 8).map(({shard, lines}) => `${printable(shard.name)} ${counted(lines, "line", "lines")}`);
    box.append("covenv gained, in each shard by itself: ", element("span", "", texts.join(", ") + (gains.length > 8 ? ", \u2026" : "")));
  }
  if (!gain) return;
  box.hidden = false;
  box.append(`covenv gained ${counted(gain.after - gain.before, "line", "lines")} of ${counted(gain.files, "file", "files")}. `);
  const files = gain.largest.slice(0, 5).map((gain) => `${printable(gain.file.split("/").pop())} ${gainText(gain)}`);
  box.append(element("span", "", files.join(", ") + (gain.files > 5 ? ", \u2026" : "")));
};

const showLosses = () => {
  const groups = new Map();
  for (const process of processes) {
    if (!process.loss) continue;
    const key = groupKey(process);
    if (groups.has(key)) groups.get(key).count += 1;
    else groups.set(key, {count: 1, tests: new Set(), keeps: (other) => groupKey(other) === key, first: process, program: printable(process.program || process.argv[0] || "")});
    if (testOf(process)) groups.get(key).tests.add(process.test);
  }
  const {totals} = report;
  if (!groups.size) {
    byId("all-kept").hidden = processes.length === 0;
    byId("all-kept").append("Nothing was lost. ", element("span", "",
      `${counted(totals.measured, "process was", "processes were")} measured, ${totals.restored} got their variables back, ` +
      `${totals.saved} saved before they went.`));
    return;
  }
  byId("losses").hidden = false;
  byId("losses-title").textContent = `${counted(totals.lost, "process", "processes")} lost coverage`;
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count);
  for (const group of sorted.slice(0, 200)) {
    group.label = spaced(group.first.loss.reason) + (group.program ? ": " + group.program : "");
    const item = element("li");
    const what = element("div", "what");
    what.append(element("b", "", spaced(group.first.loss.reason)), " ", element("code", "", cut(shortName(group.first), 200)), " ",
      element("span", "text", printable(group.first.loss.text)));
    if (testOf(group.first)) {
      const others = group.tests.size - 1;
      what.append(element("p", "test", `started by ${cut(printable(group.first.test), 300)}` +
        (others ? ` and ${counted(others, "other test", "other tests")}` : "")));
    }
    if (group.first.loss.fix) {
      const fix = element("p", "fix");
      fix.append(element("span", "", "Fix: "), ...withCode(group.first.loss.fix));
      what.append(fix);
    }
    const show = element("button", "quiet", "Show");
    show.type = "button";
    show.setAttribute("aria-label", "Show only " + group.label);
    show.addEventListener("click", () => {
      filterBy("lost");
      showOnly(group);
    });
    item.append(element("span", "count", group.count.toLocaleString("en") + "\u00d7"), what, show);
    byId("loss-list").append(item);
  }
};

const showFilters = () => {
  for (const [name, filter] of Object.entries(FILTERS)) {
    const button = element("button", name === "lost" && report.totals.lost ? "lost" : "", filter.label);
    button.type = "button";
    button.dataset.filter = name;
    const count = processes.reduce((sum, process) => sum + (filter.keeps(process) ? 1 : 0), 0);
    button.append(element("span", "", count.toLocaleString("en")));
    button.addEventListener("click", () => filterBy(name));
    byId("filters").append(button);
  }
};

const showGroupings = () => {
  byId("groupings").hidden = !hasTests && !hasLines;
  const groupings = [["tree", "Tree"], ...(hasTests ? [["test", "By test"], ["file", "By test file"]] : []),
    ...(hasLines ? [["lines", "By lines"]] : [])];
  grid.classList.toggle("with-lines", hasLines);
  for (const [name, label] of groupings) {
    const button = element("button", "", label);
    button.type = "button";
    button.dataset.grouping = name;
    button.addEventListener("click", () => groupBy(name));
    byId("groupings").append(button);
  }
};

const setTheme = (theme) => {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme === "dark" ? "Light" : "Dark";
  byId("theme").setAttribute("aria-label", `Use the ${theme === "dark" ? "light" : "dark"} colours`);
};

const startTheme = () => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  // A file's page may be denied storage.
  const store = (act) => { try { return act(localStorage); } catch { return null; } };
  let own = store((storage) => storage.getItem("covenv-theme"));
  setTheme(own || (system.matches ? "dark" : "light"));
  system.addEventListener("change", () => { if (!own) setTheme(system.matches ? "dark" : "light"); });
  byId("theme").addEventListener("click", () => {
    own = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    store((storage) => storage.setItem("covenv-theme", own));
    setTheme(own);
  });
};

startTheme();
showSession();
showLosses();
showGain();
showFilters();
showGroupings();
byId("search").addEventListener("input", (event) => { state.query = event.target.value; grid.scrollTop = 0; search(); });
byId("chosen-loss").addEventListener("click", () => filterBy("all"));
byId("zoomed").addEventListener("click", () => zoomTo(whole));
byId("nothing").lastChild.addEventListener("click", showAll);
byId("fold-all").addEventListener("click", toggleAllHeads);
grid.addEventListener("scroll", drawSoon, {passive: true});
window.addEventListener("beforeprint", startPrinting);
window.addEventListener("afterprint", endPrinting);
new ResizeObserver(() => { if (!isPrinting) { drawAxis(); redraw(); } }).observe(grid);
refresh();
})();
