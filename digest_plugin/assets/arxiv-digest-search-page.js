// The search page: asks the search worker for what the form says, and shows what comes. What it
// shows goes in as text, never as HTML.
(() => {
  "use strict";
  const PATIENCE = 250; // milliseconds in which a reader types the next letter
  const FAILED = "没有取到索引。请通过网址打开本站，或稍后再试。";
  const { src } = document.currentScript;
  const here = location.pathname;
  const given = new URLSearchParams(location.search);
  let scrolled = history.state?.dgScrolled ?? 0; // how far, when the reader left for a paper
  const isEarly = document.readyState === "loading";

  const setAddress = (parameters, isStep) => {
    const address = `${location.pathname}?${parameters}`.replace(/\?$/, "");
    if (isStep) history.pushState(null, "", address);
    else history.replaceState(history.state, "", address);
  };

  // On an address with `q` themes open their own search box: until they have looked, there is none.
  if (isEarly) setAddress("");

  const made = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const marked = (tag, [text, spans], properties) => {
    const element = made(tag, properties);
    let at = 0;
    for (const [start, end] of spans) {
      element.append(text.slice(at, start), made("mark", {}, text.slice(start, end)));
      at = end;
    }
    element.append(text.slice(at));
    return element;
  };

  const hitOf = ({ address, anchor, texts: [title, english, sentence], page, categories }) => {
    const facts = categories ? [`arXiv:${anchor}`, ...categories.split(" "), page] : [page];
    const card = made("article", { className: "dg-card" },
      made("h2", {}, marked("a", title, { href: address })),
      marked("p", english, { className: "dg-english", lang: "en" }),
      marked("p", sentence),
      made("p", { className: "dg-muted" }, facts.join(" · ")));
    return made("li", {}, card);
  };

  const begin = () => {
    if (isEarly) setAddress(given);
    const [form, said, list, pager] = ["form", "said", "hits", "pager"].map((part) =>
      document.querySelector(`.dg-search__${part}`));
    const fields = [...form.elements].filter((field) => field.name);
    const words = form.elements.q;
    let page, timer;

    const fill = (parameters) => {
      page = Math.max(1, parameters.get("page") | 0);
      for (const field of fields) {
        field.value = parameters.get(field.name) ?? "";
        // A tag may be too rare to be on offer.
        if (field.selectedIndex < 0) field.add(new Option(parameters.get(field.name), undefined, true, true));
      }
    };
    fill(given);
    form.hidden = false;

    const fail = () => (said.textContent = FAILED);
    let worker;
    try {
      worker = new Worker(new URL("arxiv-digest-search.js", src));
    } catch {
      return fail();
    }
    worker.onerror = fail;

    const parametersOf = (number) => {
      const filled = fields.map(({ name, value }) => [name, value.trim()]).filter((pair) => pair[1]);
      return new URLSearchParams(number > 1 ? [...filled, ["page", number]] : filled);
    };

    const ask = (isStep) => {
      const parameters = parametersOf(page);
      setAddress(parameters, isStep);
      const filters = Object.fromEntries(parameters);
      worker.postMessage({ type: "search", query: words.value, filters, page });
    };

    const askAnew = (delay, isStep) => {
      clearTimeout(timer);
      page = 1;
      timer = setTimeout(ask, delay, isStep);
    };

    // With a target Material loads the page, which it else thinks it has.
    const linkTo = (number, label) =>
      number > 0 && number <= pager.pages
        ? made("a", { href: `?${parametersOf(number)}`, target: "_self" }, label)
        : made("span");

    worker.addEventListener("message", ({ data: { type, total, isCut, page: shown, pages, hits = [] } }) => {
      if (type !== "found") return;
      page = shown;
      const position = pages > 1 ? `，第 ${page} 页，共 ${pages} 页` : "";
      said.textContent =
        total > 0 ? `${isCut ? "至少" : "共"} ${total.toLocaleString()} 个结果${position}`
        : total === undefined ? FAILED
        : `${parametersOf()}` ? "没有找到。可以少写几个词，或去掉筛选。" : "";
      list.start = page * 10 - 9;
      list.replaceChildren(...hits.map(hitOf));
      pager.hidden = !(pages > 1);
      pager.pages = pages;
      pager.replaceChildren(linkTo(page - 1, "‹ 上一页"), linkTo(page + 1, "下一页 ›"));
      // Browsers try it before there are any results.
      if (scrolled) scrollTo({ top: scrolled, behavior: "instant" });
      scrolled = 0;
    });
    addEventListener("pagehide", () =>
      history.replaceState({ ...history.state, dgScrolled: scrollY }, ""));
    // Back undoes a filter.
    addEventListener("popstate", () => {
      // A theme may be about to put another page in the place of this one, or have done so.
      if (location.pathname !== here || !form.isConnected) return;
      clearTimeout(timer);
      fill(new URLSearchParams(location.search));
      ask();
    });

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      askAnew();
    });
    form.addEventListener("change", ({ target }) => target === words || askAnew(0, true));
    // The letters from which Chinese is being composed are no words yet.
    form.addEventListener("input", (event) => event.isComposing || askAnew(PATIENCE));
    form.addEventListener("compositionend", () => askAnew(PATIENCE));

    if (`${given}`) ask();
    else words.focus();
  };

  if (isEarly) addEventListener("DOMContentLoaded", () => setTimeout(begin));
  else begin();
})();
