// Shows "status" on the page of the admin endpoint. Texts of peers are only ever set as text.
"use strict";

const REFRESH_MS = 2000;
const PATIENCE_MS = 5000;
const SOON_MS = 30 * 24 * 3600 * 1000;
const MOST_CONNECTIONS = 500;
const MOST_ENDINGS = 100; // the status has no more
const SOURCES = ["pin_set", "identity", "next_identity", "server_roots", "client_roots", "authorization_policy",
  "shadow_policy", "shadow_pin_set", "config"];

const place = (id) => document.getElementById(id);
const number = (text) => Number(text || 0);
const sideOf = (one) => ({ CALLS: "server", SERVES: "client" })[one.side] || "peer"; // what the other side is
const given = (name) => (name && !name.endsWith("_UNSPECIFIED") ? name : ""); // of an enum
const isDrained = (one) => one.reason !== "ACCEPTED";

function element(tag, text, attributes) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  return made;
}

function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

// "in 12 days", "3 hours ago".
function distance(time, now) {
  if (Number.isNaN(time)) return "at an unknown time";
  const milliseconds = Math.abs(time - now);
  const [unit, size] = [["day", 86400000], ["hour", 3600000], ["minute", 60000], ["second", 1000]]
    .find(([, length]) => milliseconds >= 2 * length) || ["second", 1000];
  const words = plural(Math.floor(milliseconds / size), unit, `${unit}s`);
  return time >= now ? `in ${words}` : `${words} ago`;
}

function timeText(text, now) {
  return text ? `${distance(Date.parse(text), now)}, ${text}` : "";
}

// Changes what differs and leaves the rest, so that a reader's focus, selection and place in a table stay.
function update(old, made) {
  if (old.nodeName !== made.nodeName) return old.replaceWith(made);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== made.data) old.data = made.data;
    return undefined;
  }
  for (const name of old.getAttributeNames()) {
    if (name !== "open" && !made.hasAttribute(name)) old.removeAttribute(name); // the reader opens <details>
  }
  for (const name of made.getAttributeNames()) {
    if (old.getAttribute(name) !== made.getAttribute(name)) old.setAttribute(name, made.getAttribute(name));
  }
  return updateChildren(old, made);
}

function updateChildren(old, made) {
  const before = [...old.childNodes];
  const after = [...made.childNodes];
  before.slice(after.length).forEach((one) => one.remove());
  after.forEach((one, i) => (i < before.length ? update(before[i], one) : old.append(one)));
}

// columns: [title, class]. Each row: {attributes, cells: [{text, field, kind}]}.
function table(label, columns, rows) {
  const made = element("table");
  const head = made.appendChild(element("thead")).appendChild(element("tr"));
  for (const [title] of columns) head.append(element("th", title, { scope: "col" }));
  const body = made.appendChild(element("tbody"));
  for (const row of rows) {
    const line = body.appendChild(element("tr", undefined, row.attributes));
    row.cells.forEach((cell, i) => {
      const kind = [columns[i][1], cell.kind].filter(Boolean).join(" ");
      const made = element("td", cell.text, kind ? { class: kind } : {});
      if (cell.field) made.dataset.field = cell.field;
      made.dataset.label = columns[i][0];
      line.append(made);
    });
  }
  const box = element("div", undefined, { class: "box", tabindex: "0", role: "group", "aria-label": label });
  box.append(made);
  return box;
}

function fill(id, parts) {
  const made = element("div");
  made.append(...parts);
  updateChildren(place(id), made);
}

function showRefusals(status, now) {
  const refusals = status.refusals || [];
  if (refusals.length === 0) return fill("refusals", [element("p", "Nobody, since the process was started.")]);
  fill("refusals", [table("Refusals",
    [["Last seen"], ["Who"], ["Reason", "name"], ["Times", "number"], ["Explanation and next step", "wide"]],
    refusals.map((one) => ({
      attributes: { "data-reason": one.reason || "" },
      cells: [
        { text: timeText(one.last_seen, now) },
        { text: [`${sideOf(one)} ${one.peer || "that is not listed"}`, one.host, one.address, one.subject]
          .filter(Boolean).join(", ") },
        { text: given(one.reason), kind: "bad" },
        { text: String(number(one.count)) },
        { text: one.text },
      ],
    })))]);
}

function showEndings(status, now) {
  fill("identity", [
    element("p", `This process is ${(status.own_names || []).join(", ") || "without a name"}.`),
    element("p", `Its certificate ends ${timeText(status.certificate_expires, now) || "at an unknown time"}. ` +
      "Its key has the pin"),
    element("p").appendChild(element("code", status.own_pin || "")).parentNode,
  ]);
  const endings = status.endings || [];
  if (endings.length === 0) return fill("endings", [element("p", "No ending is known.")]);
  const rows = endings.map((one) => {
    const left = Date.parse(one.ends) - now;
    const mark = left <= 0 ? "ended " : left <= SOON_MS ? "soon, " : "";
    return {
      attributes: { "data-what": one.what || "" },
      cells: [
        { text: one.what },
        { text: mark + distance(Date.parse(one.ends), now), kind: left <= 0 ? "bad" : left <= SOON_MS ? "warn" : "" },
        { text: one.ends },
      ],
    };
  });
  const parts = [table("Endings", [["What", "wide"], ["When"], ["Time"]], rows)];
  if (rows.length >= MOST_ENDINGS) parts.push(element("p", `These are the first ${rows.length}. There may be more.`));
  fill("endings", parts);
}

function showSources(status, now) {
  const rows = SOURCES.filter((name) => status[name]).map((name) => {
    const source = status[name];
    const since = timeText(source.failing_since, now) || "an unknown time";
    const failing = source.error ? `${source.error} — since ${since}` : "in force";
    return {
      attributes: { "data-source": name },
      cells: [
        { text: name === "pin_set" ? `pin_set, version ${number(status.pin_set_version)}` : name },
        { text: String(number(source.generation)), field: "generation" },
        { text: failing, field: "state", kind: source.error ? "bad" : "" },
        { text: timeText(source.adopted, now), field: "adopted" },
        { text: [source.provenance, source.revision].filter(Boolean).join(", "), field: "provenance" },
      ],
    };
  });
  const signing = status.pin_set_signing === "SIGNED"
    ? `The pin set is signed: fleet ${status.fleet || "without a name"}, epoch ${number(status.fleet_epoch)}, version ` +
      `${number(status.fleet_trust_version)} of the trust file, version ${number(status.revocations_version)} of the revocations.`
    : "The pin set is not signed.";
  const parts = [
    element("p", `Snapshot ${number(status.generation)} is in force. ${signing}`),
    table("Sources", [["Source", "name"], ["Generation", "number"], ["State", "wide"], ["Adopted"], ["From", "wide"]], rows),
  ];
  if (status.state_error) {
    parts.push(element("p", `The pin set is not recorded in state_dir: ${status.state_error}`, { class: "bad" }));
  }
  fill("sources", parts);
}

function showAdoption(status, now) {
  const adoption = status.adoption;
  if (!adoption) return fill("adoption", [element("p", "There is none.")]);
  const blocking = number(adoption.blocking);
  const steps = [["Asked", adoption.offered], ["Accepted by all", adoption.accepted], ["Switched", adoption.switched]]
    .filter(([, time]) => time).map(([step, time]) => `${step} ${timeText(time, now)}.`);
  fill("adoption", [
    element("p", `${given(adoption.gate) || "Gate unknown"}: ` + (blocking > 0
      ? `it waits for ${plural(blocking, "process", "processes")}.`
      : adoption.held || "no process blocks it."), { class: blocking > 0 ? "warn" : "" }),
    element("p", steps.join(" ")),
    element("p").appendChild(element("code", adoption.candidate || "")).parentNode,
    table("Who would accept the next key",
      [["Peer"], ["State"], ["Number", "number"], ["Reason"], ["Pin set", "number"], ["Last seen"]],
      (adoption.identities || []).map((one) => ({
        attributes: { "data-identity": one.name || "", "data-state": one.state || "" },
        cells: [
          { text: one.name },
          { text: (given(one.state) || "unknown") + (one.excluded ? ", not waited for" : "") },
          { text: String(number(one.count)), field: "count" },
          { text: given(one.reason) },
          { text: number(one.pin_set_version) ? String(one.pin_set_version) : "" },
          { text: timeText(one.last_seen, now) },
        ],
      }))),
  ]);
}

function showConnections(status, now) {
  const all = status.connections || [];
  if (all.length === 0) return fill("connections", [element("p", "There are none.")]);
  const groups = new Map();
  for (const one of all) {
    const state = given(one.pin_state) || "no pin";
    const key = JSON.stringify([sideOf(one), one.peer || "", state]);
    const group = groups.get(key) || { side: sideOf(one), peer: one.peer || "", state, count: 0, calls: 0, drained: 0 };
    group.count += 1;
    group.calls += number(one.calls_in_flight);
    group.drained += isDrained(one) ? 1 : 0;
    groups.set(key, group);
  }
  const summary = table("Connections by peer",
    [["Peer"], ["It is a"], ["Pin"], ["Connections", "number"], ["Calls", "number"], ["Being drained", "number"]],
    [...groups.values()].map((one) => ({
      attributes: { "data-peer": one.peer, "data-side": one.side, "data-state": one.state },
      cells: [
        { text: one.peer || "not listed" },
        { text: one.side },
        { text: one.state, kind: one.state === "ACTIVE" || one.state === "no pin" ? "" : "warn" },
        { text: String(one.count), field: "connections" },
        { text: String(one.calls), field: "calls" },
        { text: String(one.drained), field: "drained", kind: one.drained > 0 ? "warn" : "" },
      ],
    })));
  const details = element("details");
  const shown = all.slice(0, MOST_CONNECTIONS);
  const left = all.length - shown.length;
  const title = left > 0 ? `Each of them, without the last ${left}` : "Each of them";
  details.append(element("summary", title), table("Each connection",
    [["Address"], ["Peer"], ["Since"], ["Calls", "number"], ["State"], ["Key", "wide"]],
    shown.map((one) => ({
      cells: [{ text: one.address }, { text: one.peer || "not listed" }, { text: timeText(one.since, now) },
        { text: String(number(one.calls_in_flight)) },
        { text: isDrained(one) ? `being drained: ${given(one.reason) || "reason unknown"}` : "" }, { text: one.pin }],
    }))));
  fill("connections", [summary, details]);
}

function show(status) {
  const now = Date.parse(status.written || "") || Date.now();
  const sources = SOURCES.filter((name) => status[name]);
  const failing = sources.filter((name) => status[name].error).length;
  const refusals = status.refusals || [];
  place("own-name").textContent = (status.own_names || [])[0] || "";
  place("summary").textContent = [
    sources.length === 0 ? "No source is known."
      : failing === 0 ? "All sources are in force." : `${plural(failing, "source fails", "sources fail")}.`,
    `${plural((status.connections || []).length, "connection", "connections")}.`,
    refusals.length === 0 ? "No refusal since the start." : `Last refusal ${distance(Date.parse(refusals[0].last_seen), now)}.`,
    `As of ${status.written || "an unknown time"}.`,
  ].join(" ");
  place("summary").className = failing > 0 ? "warn" : "";
  showRefusals(status, now);
  showEndings(status, now);
  showSources(status, now);
  showAdoption(status, now);
  showConnections(status, now);
  document.body.dataset.written = status.written || "";
}

function setStale(text) {
  if (place("stale").textContent !== text) place("stale").textContent = text; // it is read aloud on each change
  place("stale").hidden = text === "";
}

async function refresh() {
  try {
    const answer = await fetch("status", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
    setStale("");
  } catch (error) {
    const written = document.body.dataset.written;
    setStale(`This process does not answer${written ? `: the values below are those of ${written}` : ""}.`);
  }
  setTimeout(refresh, REFRESH_MS);
}

refresh();
