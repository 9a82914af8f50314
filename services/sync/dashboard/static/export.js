// Fetches an export in frames, so that the page can say how many rows have come, how fast, and what is left. Without
// this script, and for everything that is no list, the browser downloads the file itself.
(() => {
  const FRAMED = "application/vnd.creditsync.counted-frames";
  const EXACT = 1, LEAST = 2;  // what a total is, as the server tells it; 0 is none
  const HEAD = 16, FOLD = 8 << 20, QUICK = 800, READ_BY = 120000;
  const number = (n) => Math.round(n).toLocaleString("en");
  const filled = (text, words) => text.replace(/\{(\w+)\}/g, (_, name) => words[name]);
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;
  let running = 0;

  const boxFor = (told, stop) => {
    const box = document.createElement("div"), bar = document.createElement("progress");
    const words = document.createElement("span"), end = document.createElement("button");
    box.className = "progress panel exporting";
    box.hidden = true;
    bar.setAttribute("aria-label", told.label);
    words.setAttribute("role", "status");
    words.setAttribute("aria-live", "off");
    end.type = "button";
    end.textContent = told.stop;
    end.addEventListener("click", stop);
    box.append(bar, words, end);
    document.getElementById("content").append(box);
    return { box, bar, words, end };
  };

  const show = (at, told, { rows, total, sort }, seconds) => {
    at.box.hidden = seconds * 1000 < QUICK;
    const rate = rows / Math.max(seconds, 0.001), known = sort && total >= rows;
    if (known) { at.bar.max = total; at.bar.value = rows; } else at.bar.removeAttribute("value");
    const said = [filled(told.rows, { rows: number(rows), rate: number(rate) })];
    if (known) said.push(filled({ [EXACT]: told.of, [LEAST]: told.least }[sort], { total: number(total) }));
    if (known && rows && total > rows) {
      said.push(filled(sort === LEAST ? told.leftLeast : told.left, { time: clock((total - rows) / rate) }));
    }
    at.words.textContent = said.join(" · ");
  };

  // Calls `take` with each piece, the rows so far, their total and what that is; true when the last frame came.
  const read = async (stream, take) => {
    let held = new Uint8Array(0);
    for (const reader = stream.getReader();;) {
      const { done, value } = await reader.read();
      if (done) return false;
      const both = new Uint8Array(held.length + value.length);
      both.set(held);
      both.set(value, held.length);
      held = both;
      while (held.length >= HEAD) {
        const view = new DataView(held.buffer, held.byteOffset), length = view.getUint32(0);
        if (held.length < HEAD + length) break;
        take(held.slice(HEAD, HEAD + length), ...[4, 8, 12].map((place) => view.getUint32(place)));
        held = held.subarray(HEAD + length);
        if (!length) return true;
      }
    }
  };

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const fetched = async (link, told) => {
    const stop = new AbortController(), began = performance.now();
    const answer = await fetch(link.href, { headers: { Accept: FRAMED }, signal: stop.signal });
    if (answer.headers.get("Content-Type") !== FRAMED) { location.assign(link.href); return; }
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    const at = boxFor(told, () => { stop.abort(); at.box.remove(); });
    let file = new Blob([]), pieces = [], waiting = 0;
    const far = { rows: 0, total: 0, sort: 0 };
    const seconds = () => (performance.now() - began) / 1000;
    const ticking = setInterval(() => show(at, told, far, seconds()), 250);
    // Blobs are kept by the browser, on disk when they are large; what is in pieces is ours.
    const fold = () => { file = new Blob([file, ...pieces]); pieces = []; waiting = 0; };
    const take = (piece, rows, total, sort) => {
      pieces.push(piece);
      Object.assign(far, sort ? { rows, total, sort } : { rows });
      if ((waiting += piece.length) > FOLD) fold();
    };
    const whole = await read(answer.body, take).catch(() => false).finally(() => clearInterval(ticking));
    if (stop.signal.aborted) return;
    fold();
    save(file, name);
    at.end.remove();
    at.bar.remove();
    at.box.hidden = whole && seconds() * 1000 < QUICK;
    at.box.classList.toggle("bad", !whole);
    at.words.setAttribute("aria-live", "polite");
    if (whole) setTimeout(() => at.box.remove(), READ_BY);
    at.words.textContent = filled(whole ? told.done : told.cut, { rows: number(far.rows), time: clock(seconds()) });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-export]"), told = link?.closest("[data-rows]");
    if (!told || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    running += 1;
    fetched(link, { ...told.dataset })
      .catch(() => location.assign(link.href))
      .finally(() => { running -= 1; });
  });
  window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });
})();
