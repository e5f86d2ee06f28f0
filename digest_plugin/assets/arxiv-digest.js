// Remembers in the browser which language a reader chose, and says on the status page if the site
// has not been updated for days; without this script the choice still works, page by page, and the
// status page shows the date.
(() => {
  "use strict";
  const KEY = "arxiv-digest.language";
  const CHOICES = 'input[name="dg-language"]';

  const DAY = 24 * 60 * 60 * 1000;
  const QUIET_DAYS = 3;

  const restore = () => {
    let stored = null;
    try {
      stored = localStorage.getItem(KEY);
    } catch {
      return; // storage may be forbidden
    }
    for (const choice of document.querySelectorAll(CHOICES)) {
      if (choice.value === stored) choice.checked = true;
    }
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches(CHOICES)) return;
    try {
      localStorage.setItem(KEY, event.target.value);
    } catch {
      // then it is not remembered
    }
  });

  const warnOfSilence = () => {
    for (const notice of document.querySelectorAll("[data-dg-last-run]")) {
      const days = (Date.now() - Date.parse(notice.dataset.dgLastRun)) / DAY;
      if (!(days > QUIET_DAYS)) continue;
      notice.querySelector("b").textContent = Math.floor(days);
      notice.hidden = false;
    }
  };

  const prepare = () => {
    restore();
    warnOfSilence();
  };

  // Material replaces pages without loading them when navigation.instant is on.
  if (globalThis.document$) globalThis.document$.subscribe(prepare);
  else prepare();
})();
