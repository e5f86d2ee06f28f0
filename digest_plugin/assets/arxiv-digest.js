// Remembers in the browser which language a reader chose; without this script the choice still
// works, page by page.
(() => {
  "use strict";
  const KEY = "arxiv-digest.language";
  const choices = [...document.querySelectorAll('input[name="dg-language"]')];
  if (!choices.length) return;
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be forbidden
    }
  };
  const remember = (value) => {
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // then it is not remembered
    }
  };
  const wanted = choices.find((choice) => choice.value === stored());
  if (wanted) wanted.checked = true;
  for (const choice of choices) {
    choice.addEventListener("change", () => remember(choice.value));
  }
})();
