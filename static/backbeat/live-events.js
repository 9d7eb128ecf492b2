// The page of live events: one row for each event of the stream, the newest first.
"use strict";
(() => {
  const MOST = 200;
  const RETRY_MS = 5000;
  const page = document.getElementById("live-events");
  const rows = document.getElementById("live-rows");
  const state = document.getElementById("live-state");
  const pause = document.getElementById("live-pause");
  const type = document.getElementById("live-type");
  const seen = new Set();
  let source = null;
  let paused = false;

  const say = (words) => { if (state.textContent !== words) state.textContent = words; };

  function cell(row, text, tag) {
    const place = row.insertCell();
    const target = tag ? place.appendChild(document.createElement(tag)) : place;
    target.textContent = text;
  }

  function show(id, event) {
    if (paused || seen.has(id)) return;
    seen.add(id);
    const row = rows.insertRow(0);
    const at = new Date(event.timestamp);
    const { event_id: _id, task_id: task, task_name: name, ...rest } = event.payload;
    cell(row, Number.isNaN(at.getTime()) ? event.timestamp : at.toLocaleTimeString());
    cell(row, event.event_type);
    cell(row, event.source_agent || "–");
    cell(row, name || task || "–");
    cell(row, JSON.stringify(rest), "code");
    while (rows.rows.length > MOST) rows.deleteRow(-1);
    if (seen.size > 5 * MOST) seen.clear();
  }

  function open() {
    source?.close();
    const wanted = type.value.trim();
    const query = wanted ? `?type=${encodeURIComponent(wanted)}` : "";
    const stream = source = new EventSource(page.dataset.stream + query);
    stream.onopen = () => say(paused ? page.dataset.paused : page.dataset.listening);
    stream.onmessage = (message) => show(message.lastEventId, JSON.parse(message.data));
    stream.onerror = () => {
      // A stream that has ended is opened again by the browser; one that was refused is not.
      if (stream.readyState !== EventSource.CLOSED) return;
      say(page.dataset.away);
      setTimeout(() => { if (stream === source) open(); }, RETRY_MS);
    };
  }

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    say(paused ? page.dataset.paused : page.dataset.listening);
  });
  type.form.addEventListener("submit", (event) => {
    event.preventDefault();
    rows.replaceChildren();
    open();
  });
  open();
})();
