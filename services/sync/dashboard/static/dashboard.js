// Asks for the live part of the page every few seconds while somebody looks, and says when it has not been answered.
(() => {
  const every = Number(document.body.dataset.poll) * 1000;
  const fresh = document.getElementById("fresh");
  const pause = document.getElementById("pause");
  const time = fresh?.querySelector("time");
  const paper = document.getElementById("paper");
  const timeZone = "Asia/Shanghai";  // the hours of the pages, wherever the browser is
  const signedIn = document.getElementById("go-on");
  const said = document.querySelector("#said .toast");
  let missed = 0, paused = false, timer = 0, heardAt = Date.now();

  const wait = () => Math.min(every * 2 ** missed, 30000) * (0.9 + Math.random() / 5);
  const again = () => { clearTimeout(timer); timer = setTimeout(tick, wait()); };
  let asked = false;
  const tick = () => {
    asked = !paused && !document.hidden && Boolean(document.querySelector("#live[hx-trigger^=tick]"));
    if (asked) document.body.dispatchEvent(new Event("tick"));
    again();
  };
  const heard = (ok) => {
    missed = ok ? 0 : missed + 1;
    if (ok) heardAt = Date.now();
    if (ok && time) {
      time.textContent = new Date().toLocaleTimeString("sv-SE", { timeZone });
      paper.textContent = new Date().toLocaleString("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
    }
    judge();
    again();
  };
  // Three answers missed, or none for so long although we asked: whoever hangs is not healthy.
  const judge = () => document.body.classList.toggle("is-stale", missed >= 3 || (asked && Date.now() - heardAt > every * 3 + 15000));
  setInterval(judge, 1000);
  document.addEventListener("htmx:after:request", (event) => heard(event.detail.ctx.response.status < 400));
  document.addEventListener("htmx:error", () => heard(false));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { heardAt = Date.now(); tick(); } });
  document.addEventListener("keydown", (event) => {
    const field = document.getElementById("search");
    if (event.key === "/" && field && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) { event.preventDefault(); field.focus(); }
  });
  if (pause) {
    pause.hidden = !document.querySelector("#live[hx-trigger^=tick]");
    pause.addEventListener("click", () => {
      paused = !paused;
      heardAt = Date.now();
      pause.textContent = paused ? pause.dataset.on : pause.dataset.off;
      document.body.classList.toggle("is-paused", paused);
    });
  }
  // What is there when a page loads is not read aloud; what appears afterwards is.
  if (said) { const words = said.textContent; said.textContent = ""; setTimeout(() => { said.textContent = words; }, 100); }
  if (signedIn) location.replace(signedIn.href);
  again();
})();
