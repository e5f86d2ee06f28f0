// Remembers in the browser which language a reader chose; without this script the choice still
// works, page by page.
(() => {
  "use strict";
  const KEY = "arxiv-digest.language";
  const CHOICES = 'input[name="dg-language"]';

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

  // Material replaces pages without loading them when navigation.instant is on.
  if (globalThis.document$) globalThis.document$.subscribe(restore);
  else restore();
})();
