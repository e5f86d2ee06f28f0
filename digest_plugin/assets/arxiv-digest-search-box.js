// On every page: `/` and Ctrl+K lead to the search box, or to the search page where there is none;
// a page that search has led to marks the words; Material's box says how many results there are.
(() => {
  "use strict";
  const { src } = document.currentScript;
  const PAGE = new URL("../search/", src).href;
  const box = document.querySelector(".md-search__input");

  // Bubbling, so that a script can hold keys back from here as from the theme.
  document.addEventListener("keydown", (event) => {
    const { key, altKey, shiftKey, target } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    if (altKey || (isCommand ? shiftKey || key.toLowerCase() !== "k" : key !== "/")) return;
    if (!isCommand && target.closest?.("input, select, textarea, [contenteditable]")) return;
    const field = document.querySelector(".dg-search__form [name=q]") ?? box;
    event.preventDefault();
    event.stopPropagation();
    if (!field) return location.assign(PAGE);
    field.focus();
    field.select();
  });

  if (box) {
    // Material waits for keys, and misses what is pasted or composed without them.
    let wanted;
    box.addEventListener("input", () => {
      wanted = undefined;
      box.dispatchEvent(new Event("keyup"));
    });
    const list = document.querySelector(".md-search-result__list");
    const best = () => list.querySelector(".md-search-result__link");
    const isBestOf = (words) => best() && new URL(best().href).searchParams.get("h") === words;

    // Enter opens the best hit for what stands in the box, and waits for it: Material would open one
    // of the query before, or send the form where it thinks its box closed. Its own search is left
    // alone.
    document.addEventListener("keydown", (event) => {
      const words = box.value.trim();
      if (event.target !== box || event.key !== "Enter" || event.isComposing || !words) return;
      if (box.form.name === "search") return;
      event.preventDefault();
      event.stopPropagation();
      if (isBestOf(words)) best().click();
      else wanted = words;
    }, true);
    const count = list.previousElementSibling;
    count.ariaLive = "polite";
    new MutationObserver(() => {
      if (wanted && isBestOf(wanted)) {
        wanted = undefined;
        best().click();
      }
      const all = list.querySelector(`[href^="${PAGE}?q="]`);
      if (!all) return;
      all.target = "_self"; // so that Material loads it although the search page may be shown
      count.textContent = all.querySelector("h1").textContent;
    }).observe(list, { childList: true });
  }

  // Where the reader was led to: a paper, or a page.
  const place = () => {
    let anchor = null;
    try {
      anchor = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      // then it names nothing
    }
    return anchor?.closest("article") ?? document.querySelector("article, main, [role=main]");
  };

  const mark = () => {
    const query = new URLSearchParams(location.search).get("h");
    // Material's own search marks by itself.
    if (!query || document.querySelector(".md-search__form[name=search]")) return;
    const walker = document.createTreeWalker(place() ?? document.body, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.closest("math, script, style, textarea, mark")) nodes.push(node);
    }
    const worker = new Worker(new URL("arxiv-digest-search.js", src));
    worker.addEventListener("message", ({ data: { type, spans } }) => {
      if (type !== "marks") return;
      worker.terminate();
      for (const [i, node] of nodes.entries()) {
        // From behind, so that what is still to come stays where it is.
        for (const [start, end] of spans[i].reverse()) {
          const range = new Range();
          range.setStart(node, start);
          range.setEnd(node, end);
          range.surroundContents(document.createElement("mark"));
        }
      }
    });
    worker.postMessage({ type: "mark", query, texts: nodes.map((node) => node.data) });
  };

  // Material replaces pages without loading them when navigation.instant is on.
  if (globalThis.document$) globalThis.document$.subscribe(mark);
  else mark();
})();
