// What a browser adds to pages that can be read without it: a language that is remembered, filters,
// BibTeX to copy, corrections filled in, bookmarks, single keys, and a warning on the status page if
// the site has gone quiet. It asks nobody for anything.
(() => {
  "use strict";
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const buttonOf = (action, within) => find(`[data-dg-action="${action}"]`, within);
  const copyOf = (template) => find(template).content.firstElementChild.cloneNode(true);

  // --- what the browser remembers; undefined if it may not

  const recall = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return undefined;
    }
  };

  const FORBIDDEN = "浏览器不允许本站保存数据";

  // Why it could not, for readers; empty if it did.
  const remember = (key, value) => {
    try {
      localStorage.setItem(key, value);
      return "";
    } catch (error) {
      return error.name === "QuotaExceededError"
        ? "浏览器的存储空间已满，没有保存"
        : FORBIDDEN;
    }
  };

  // --- what it says and copies

  const SILENCE = 5000;
  let silence;

  const say = (text) => {
    const place = find(".dg-said");
    if (!place) return;
    // Emptied first: else words that are said twice in a row are heard once.
    place.textContent = "";
    clearTimeout(silence);
    silence = setTimeout(() => {
      place.textContent = text;
      silence = setTimeout(() => (place.textContent = ""), SILENCE);
    }, 50);
  };

  const copiedBySelection = (text) => {
    const area = document.createElement("textarea");
    area.className = "dg-offscreen";
    area.readOnly = true;
    area.value = text;
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    let copied = false;
    try {
      copied = document.execCommand("copy");
    } catch {
      // then it did not
    }
    area.remove();
    focused.focus({ preventScroll: true });
    return copied;
  };

  const copy = async (text, done) => {
    let copied = false;
    try {
      // Undefined on pages that did not come over https.
      await navigator.clipboard.writeText(text);
      copied = true;
    } catch {
      copied = copiedBySelection(text);
    }
    say(copied ? done : "没能复制，请选中文字后自行复制");
  };

  // --- papers

  const papers = () => all(".dg-paper");
  const visiblePapers = () => papers().filter((paper) => !paper.hidden);
  const bibtexOf = (paper) => find(".dg-cite code", paper)?.textContent ?? "";

  // The text of an element on one line, formulas as the authors wrote them.
  const sourceOf = (element) => {
    const copied = element.cloneNode(true);
    for (const formula of all("[data-tex]", copied)) formula.replaceWith(formula.dataset.tex);
    return copied.textContent.replace(/\s+/g, " ").trim();
  };

  const idOf = (hash) => {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return ""; // anybody may write a link
    }
  };

  // The theme's table of contents, as far as it leads to a paper.
  const contentsOf = (paper) =>
    all('li a[href*="#"]').filter(
      (link) => idOf(link.hash) === find("h2", paper).id && !link.closest(".dg-digest"),
    );

  // --- 中 / 对照 / 英

  const LANGUAGE = "arxiv-digest.language";
  const CHOICES = 'input[name="dg-language"]';
  const chineseTitles = new WeakMap();

  // Style sheets choose among the titles of a page, but cannot reach the table of contents.
  const nameContents = () => {
    const isEnglish = find("#dg-en")?.checked;
    for (const [place, paper] of papers().entries()) {
      const english = find(".dg-title-en", paper);
      for (const link of english ? contentsOf(paper) : []) {
        const label = find(".md-ellipsis", link) ?? link;
        if (!chineseTitles.has(label)) chineseTitles.set(label, label.textContent);
        label.textContent = isEnglish
          ? `${place + 1}. ${english.textContent}`
          : chineseTitles.get(label);
      }
    }
  };

  // Another language has another length: what is being read is to stay where it is.
  let held = null;

  const hold = (event) => {
    if (!event.target.closest?.(".dg-languages")) return;
    const paper = currentPaper();
    held = paper && { paper, top: paper.getBoundingClientRect().top };
  };

  const letGo = () => {
    if (held) scrollBy(0, held.paper.getBoundingClientRect().top - held.top);
    held = null;
  };

  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, hold);

  const restoreLanguage = () => {
    const stored = recall(LANGUAGE);
    for (const choice of all(CHOICES)) if (choice.value === stored) choice.checked = true;
    if (find("#dg-en")?.checked) nameContents();
  };

  // --- filters

  const KINDS = ["category", "tag"];
  const SHOWN_TOPICS = 10;
  // Categories and tags of the page by `kind:name` in small letters: tags that differ in case alone
  // are the same. Then the keys of those that are chosen.
  const topics = new Map();
  const chosen = new Set();

  const keyOf = (kind, name) => `${kind}:${name.toLowerCase()}`;

  const topicsOf = (paper) =>
    all(".dg-chip", paper).map((chip) => {
      const kind = chip.classList.contains("dg-chip--tag") ? "tag" : "category";
      const name = (find("b", chip) ?? chip).textContent;
      return { kind, name, key: keyOf(kind, name) };
    });

  const countTopics = () => {
    topics.clear();
    for (const topic of papers().flatMap(topicsOf)) {
      const counted = topics.get(topic.key) ?? { ...topic, papers: 0 };
      counted.papers += 1;
      topics.set(topic.key, counted);
    }
  };

  const filterButton = ({ key, name, papers: count }) => {
    const button = copyOf(".dg-filter-button");
    button.dataset.dgTopic = key;
    button.append(`${name} ${count}`);
    return button;
  };

  const fillGroup = (group, own) => {
    const more = find("details", group);
    const rest = own.slice(SHOWN_TOPICS);
    more.before(...own.slice(0, SHOWN_TOPICS).map(filterButton));
    more.append(...rest.map(filterButton));
    more.hidden = !rest.length;
    more.open = rest.some(({ key }) => chosen.has(key));
    group.hidden = !own.length;
  };

  const chosenOf = (kind) =>
    [...chosen].map((key) => topics.get(key)).filter((topic) => topic.kind === kind);

  // Any of the chosen categories, and any of the chosen tags.
  const matches = (paper) => {
    const keys = topicsOf(paper).map(({ key }) => key);
    return KINDS.every((kind) => {
      const wanted = chosenOf(kind);
      return !wanted.length || wanted.some(({ key }) => keys.includes(key));
    });
  };

  const showMatches = () => {
    const rows = all(".dg-table tbody tr");
    for (const [place, paper] of papers().entries()) {
      const lines = contentsOf(paper).map((link) => link.closest("li"));
      for (const each of [paper, rows[place], ...lines]) each.hidden = !matches(paper);
    }
    for (const button of all("[data-dg-topic]")) {
      button.setAttribute("aria-pressed", String(chosen.has(button.dataset.dgTopic)));
    }
    const count = `显示 ${visiblePapers().length} / ${papers().length} 篇`;
    find(".dg-shown").textContent = chosen.size ? count : "";
    buttonOf("show-all").hidden = !chosen.size;
    buttonOf("copy-all").textContent = `复制${chosen.size ? "所示" : "全部"} BibTeX`;
  };

  // In the address, so that what is shown can be shared.
  const writeAddress = () => {
    const url = new URL(location.href);
    for (const kind of KINDS) {
      url.searchParams.delete(kind);
      for (const { name } of chosenOf(kind)) url.searchParams.append(kind, name);
    }
    try {
      history.replaceState(history.state, "", url);
    } catch {
      // pages that were opened from a disk keep their address
    }
  };

  const readAddress = () => {
    chosen.clear();
    for (const [kind, name] of new URL(location.href).searchParams) {
      if (topics.has(keyOf(kind, name))) chosen.add(keyOf(kind, name));
    }
  };

  const applyFilters = () => {
    showMatches();
    writeAddress();
  };

  const showAll = () => {
    chosen.clear();
    applyFilters();
  };

  const toggleTopic = ({ dataset: { dgTopic: key } }) => {
    if (!chosen.delete(key)) chosen.add(key);
    applyFilters();
  };

  // A link to a paper shows it, whatever is filtered.
  const revealTarget = () => {
    const target = document.getElementById(idOf(location.hash))?.closest(".dg-paper");
    if (!target?.hidden) return;
    showAll();
    target.scrollIntoView({ behavior: "instant" });
  };

  const prepareFilters = () => {
    const place = find(".dg-filters");
    if (!place) return;
    countTopics();
    readAddress();
    const byCount = [...topics.values()].sort((one, other) => other.papers - one.papers);
    for (const group of all("[data-dg-kind]", place)) {
      fillGroup(group, byCount.filter(({ kind }) => kind === group.dataset.dgKind));
    }
    place.hidden = papers().length < 2 || topics.size < 2;
    if (chosen.size) showMatches();
    revealTarget();
  };

  // --- corrections

  const MOST = 6000; // characters of an address that GitHub still takes, with room for the rest

  const correctionOf = (paper, draft, names) => {
    const texts = {
      title: sourceOf(find(".dg-title", paper)),
      summary: sourceOf(find(".dg-summary span", paper)),
      abstract: sourceOf(find(".dg-chinese p", paper)),
    };
    return names.reduce(
      (text, name) =>
        text.replace(new RegExp(`^${name}: $`, "m"), () => `${name}: >-\n  ${texts[name]}`),
      draft,
    );
  };

  // The link opens an empty correction; as soon as somebody goes for it, one with the texts in it.
  const fillIn = (link) => {
    const paper = link.closest(".dg-paper");
    const url = new URL(link.href);
    const draft = url.searchParams.get("value");
    if (!draft || draft.includes(">-") || !find(".dg-chinese", paper)) return;
    let value = correctionOf(paper, draft, ["title", "summary", "abstract"]);
    if (encodeURIComponent(value).length > MOST) {
      value = correctionOf(paper, draft, ["title", "summary"]);
    }
    const name = encodeURIComponent(url.searchParams.get("filename"));
    url.search = `?filename=${name}&value=${encodeURIComponent(value)}`;
    link.href = url.href;
  };

  for (const kind of ["pointerdown", "focusin", "click"]) {
    document.addEventListener(kind, (event) => {
      const link = event.target.closest?.(".dg-correct");
      if (link) fillIn(link);
    });
  }

  // --- bookmarks and read marks: they are in this browser and nowhere else. Whatever lies in the
  // storage or in a file is somebody else's until it has been checked, and is only shown as text.

  const VERSION = 1;
  const NEWER = "收藏是用新版网页保存的，请刷新页面";
  const FORMAT = "arxiv-digest-bookmarks";
  const MOST_BYTES = 5_000_000; // what browsers keep of a site

  const ID = /^(?:\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*\/\d{7})$/;
  const DATE = /^\d{4}-\d{2}-\d{2}$/;
  const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

  // Where the site begins: several sites may share a host, and a site may move.
  const root = () => new URL(find("[data-dg-root]").dataset.dgRoot, location.href);

  // The address of a page of this site, without query and fragment; null for any other.
  const addressOf = (page) => {
    const start = root();
    try {
      const url = new URL(page, start);
      url.search = url.hash = "";
      const isHere = url.origin === start.origin && url.protocol === start.protocol;
      return isHere && url.pathname.startsWith(start.pathname) ? url : null;
    } catch {
      return null;
    }
  };

  // The same below the root. A colon would make a scheme of what stands before it.
  const pageOf = (url) => url.pathname.slice(root().pathname.length).replaceAll(":", "%3A");

  const isText = (value, most) =>
    typeof value === "string" && value.length <= most && !CONTROLS.test(value);
  const isId = (value) => isText(value, 30) && ID.test(value);
  const isObject = (value) => Object.prototype.toString.call(value) === "[object Object]";
  const hasOnly = (value, keys) => Object.keys(value).every((key) => keys.includes(key));

  const FIELDS = {
    id: isId,
    title: (title) => isText(title, 2000) && title.trim() !== "",
    page: (page) => isText(page, 1000) && addressOf(page) !== null,
    added: (added) => isText(added, 10) && DATE.test(added),
    bibtex: (bibtex, { id }) =>
      isText(bibtex, 200_000) && (bibtex === "" || bibtex.startsWith(`@misc{arXiv:${id},`)),
  };

  // What is wrong with a bookmark, in a word; empty if nothing is.
  const faultOf = (value) => {
    if (!isObject(value)) return "格式";
    for (const [key, isRight] of Object.entries(FIELDS)) {
      if (!isRight(value[key], value)) return ` ${key} `;
    }
    return hasOnly(value, Object.keys(FIELDS)) ? "" : "内容";
  };

  const normal = (bookmark) => ({ ...bookmark, page: pageOf(addressOf(bookmark.page)) });

  // Each paper once; what comes first stays.
  const merged = (...lists) => {
    const papersById = new Map();
    for (const bookmark of lists.flat()) {
      if (!papersById.has(bookmark.id)) papersById.set(bookmark.id, bookmark);
    }
    return [...papersById.values()];
  };

  // --- the storage

  const keyOfStorage = () => `arxiv-digest.kept ${root().pathname}`;

  const parsed = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };

  // What the storage holds, as far as it makes sense: another tab, another site of the same host
  // or a person may have written it.
  const kept = () => {
    const nothing = { bookmarks: [], read: new Set() };
    const text = recall(keyOfStorage());
    if (text === undefined) return { ...nothing, isForbidden: true };
    const data = parsed(text);
    if (!isObject(data)) return nothing;
    if (data.version > VERSION) return { ...nothing, isNewer: true };
    const listOf = (list) => (Array.isArray(list) ? list : []);
    const bookmarks = listOf(data.bookmarks).filter((one) => !faultOf(one));
    return {
      bookmarks: merged(bookmarks.map(normal)),
      read: new Set(listOf(data.read).filter(isId)),
    };
  };

  // Keeps what `change` makes of what is kept now, which another tab may have changed.
  const update = (change, done) => {
    const { bookmarks, read, isNewer } = change(kept());
    const text = JSON.stringify({ version: VERSION, bookmarks, read: [...read] });
    const fault = isNewer ? NEWER : remember(keyOfStorage(), text);
    paint();
    say(fault || done());
  };

  // --- on the pages of digests

  // As `2024-03-20`, where the reader is.
  const today = () => new Date().toLocaleDateString("sv");

  const bookmarkOf = (paper) => ({
    id: paper.id,
    title: sourceOf(find(".dg-title", paper)).slice(0, 2000),
    page: pageOf(new URL(location.href)),
    added: today(),
    bibtex: bibtexOf(paper),
  });

  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";

  const toggleBookmark = (button) => {
    const bookmark = bookmarkOf(button.closest(".dg-paper"));
    const fault = faultOf(bookmark);
    const isOn = isPressed(button);
    if (fault && !isOn) return say(`这一篇的${fault}无法保存`);
    update((now) => {
      const others = now.bookmarks.filter(({ id }) => id !== bookmark.id);
      return { ...now, bookmarks: isOn ? others : [bookmark, ...others] };
    }, () => (isOn ? "已取消收藏" : "已收藏"));
  };

  const toggleRead = (button) => {
    const { id } = button.closest(".dg-paper");
    const isOn = isPressed(button);
    update((now) => {
      const others = [...now.read].filter((one) => one !== id);
      return { ...now, read: new Set(isOn ? others : [...others, id]) };
    }, () => (isOn ? "已标为未读" : "已标为已读"));
  };

  const paintDigest = ({ bookmarks, read }) => {
    const marked = new Set(bookmarks.map((bookmark) => bookmark.id));
    const rows = all(".dg-table tbody tr");
    for (const [place, paper] of papers().entries()) {
      for (const [action, ids] of [["bookmark", marked], ["read", read]]) {
        buttonOf(action, paper).setAttribute("aria-pressed", String(ids.has(paper.id)));
      }
      paper.classList.toggle("dg-read", read.has(paper.id));
      rows[place]?.classList.toggle("dg-read", read.has(paper.id));
    }
    const done = papers().filter((paper) => read.has(paper.id)).length;
    find(".dg-progress").textContent = ` · 已读 ${done}/${papers().length}`;
  };

  // --- on the page 收藏

  const setLink = (link, href, text) => {
    link.href = href;
    link.textContent = text;
  };

  const bookmarkItem = ({ id, title, page, added }) => {
    const item = copyOf(".dg-bookmark");
    const [own, arxiv] = all("a", item);
    setLink(own, `${addressOf(page)}#${id}`, title);
    setLink(arxiv, `https://arxiv.org/abs/${id}`, `arXiv ${id}`);
    find("time", item).textContent = added;
    const button = buttonOf("remove", item);
    button.dataset.dgId = id;
    button.setAttribute("aria-label", `移除：${title}`);
    return item;
  };

  const countOf = ({ bookmarks, read, isForbidden, isNewer }) => {
    if (isForbidden) return FORBIDDEN;
    if (isNewer) return NEWER;
    return `收藏 ${bookmarks.length} 篇 · 已读标记 ${read.size} 个`;
  };

  const paintLibrary = (now) => {
    const sizes = { bookmarks: now.bookmarks.length, read: now.read.size };
    for (const button of all("[data-dg-needs]")) {
      button.disabled = button.dataset.dgNeeds.split(" ").every((kind) => !sizes[kind]);
    }
    find(".dg-kept").hidden = false;
    find(".dg-count").textContent = countOf(now);
    find(".dg-empty").hidden = sizes.bookmarks > 0;
    find(".dg-bookmarks").replaceChildren(...now.bookmarks.map(bookmarkItem));
  };

  // The next bookmark gets the focus, not the top of the page.
  const remove = (button) => {
    const place = all(".dg-bookmarks button").indexOf(button);
    const isOther = ({ id }) => id !== button.dataset.dgId;
    update(
      (now) => ({ ...now, bookmarks: now.bookmarks.filter(isOther) }),
      () => "已移除",
    );
    const rest = all(".dg-bookmarks button");
    (rest[Math.min(place, rest.length - 1)] ?? find(".dg-count")).focus();
  };

  const forget = (what, nothing) => {
    if (!confirm(`清除全部${what}？清除后无法恢复。`)) return;
    update((now) => ({ ...now, ...nothing }), () => `已清除${what}`);
  };

  const libraryBibtex = () =>
    kept()
      .bookmarks.map(({ id, bibtex }) => `${bibtex || `% arXiv:${id} 待译`}\n`)
      .join("\n");

  const download = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const exportAll = () => {
    const { bookmarks, read } = kept();
    const label = sourceOf(find(".dg-library .dg-muted"));
    const head = { format: FORMAT, version: VERSION, label, exported: today() };
    const text = JSON.stringify({ ...head, bookmarks, read: [...read] }, null, 1);
    download(`${FORMAT}-${today()}.json`, "application/json", `${text}\n`);
  };

  // --- importing

  // What is wrong with the text of a file that is to be imported, in a sentence; or what it holds.
  const imported = (text) => {
    const refused = (fault) => ({ fault: `${fault}，没有导入任何内容。` });
    const data = parsed(text);
    if (!isObject(data) || data.format !== FORMAT) return refused("这不是从收藏页导出的文件");
    if (data.version !== VERSION) return refused("这个文件是用另一个版本的网页导出的");
    const keys = ["format", "version", "label", "exported", "bookmarks", "read"];
    const { bookmarks, read } = data;
    const areLists = Array.isArray(bookmarks) && Array.isArray(read);
    if (!areLists || !hasOnly(data, keys)) return refused("这个文件缺少内容或有多余");
    for (const [place, bookmark] of bookmarks.entries()) {
      const fault = faultOf(bookmark);
      if (fault) return refused(`第 ${place + 1} 条收藏的${fault}不对`);
    }
    const wrong = read.findIndex((id) => !isId(id));
    if (wrong >= 0) return refused(`第 ${wrong + 1} 个已读标记的编号不对`);
    return { bookmarks: bookmarks.map(normal), read };
  };

  const importFile = async (input) => {
    const [file] = input.files;
    if (!file) return;
    const text = file.size > MOST_BYTES ? null : await file.text().catch(() => null);
    input.value = ""; // so that the same file can be chosen again
    if (text === null) return say("这个文件太大或无法读取，没有导入任何内容。");
    const { fault, bookmarks, read } = imported(text);
    if (fault) return say(fault);
    let fresh = 0;
    update((now) => {
      const both = merged(now.bookmarks, bookmarks);
      fresh = both.length - now.bookmarks.length;
      return { ...now, bookmarks: both, read: new Set([...now.read, ...read]) };
    }, () => `导入了 ${fresh} 篇新的收藏`);
  };

  // --- single keys

  const KEYS = "arxiv-digest.keys";
  const TYPING =
    "input:not([type=radio], [type=checkbox]), textarea, select, [role=textbox], [role=combobox]";
  // Themes' own, which they have no switch for.
  const THEME_KEYS = [..."pn,.fs/?"];

  // The paper that has the focus, unless its reader has scrolled on; else the one at the top.
  const currentPlace = (shown) => {
    const line = innerHeight / 3;
    const focused = shown.indexOf(document.activeElement?.closest(".dg-paper"));
    if (focused >= 0) {
      const { top, bottom } = shown[focused].getBoundingClientRect();
      if (bottom > line && top < innerHeight) return focused;
    }
    return shown.findLastIndex((paper) => paper.getBoundingClientRect().top < line);
  };

  const currentPaper = () => {
    const shown = visiblePapers();
    return shown[currentPlace(shown)];
  };

  const move = (step) => {
    const shown = visiblePapers();
    const place = currentPlace(shown) + step;
    if (!shown[place]) return say(step > 0 ? "已是最后一篇" : "已是第一篇");
    shown[place].tabIndex = -1;
    shown[place].focus({ preventScroll: true });
    shown[place].scrollIntoView({ behavior: "instant" }); // or the next key would find it on its way
  };

  const CHOOSE = "请先按 j 选一篇";

  const press = (action) => {
    const paper = currentPaper();
    if (paper) buttonOf(action, paper).click();
    else say(CHOOSE);
  };

  const openOnArxiv = () => {
    const paper = currentPaper();
    if (!paper) say(CHOOSE);
    else open(find(".dg-button--main", paper).href, "_blank", "noopener,noreferrer");
  };

  const showKeys = () => {
    const dialog = find("dialog.dg-keys");
    find(".dg-keys-on", dialog).checked = recall(KEYS) !== "off";
    dialog.showModal();
  };

  const SHORTCUTS = new Map([
    ["j", () => move(1)],
    ["k", () => move(-1)],
    ["o", openOnArxiv],
    ["b", () => press("bookmark")],
    ["m", () => press("read")],
    ["?", showKeys],
  ]);

  const isOurs = (event) => {
    if (event.isComposing || event.repeat || !event.key) return false;
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    if (event.shiftKey && event.key !== "?") return false;
    const target = event.composedPath()[0];
    if (target.isContentEditable || target.closest?.(TYPING)) return false;
    return !find("dialog[open]") && papers().length > 0;
  };

  const obey = (event) => {
    if (!isOurs(event)) return;
    const key = event.key.toLowerCase();
    const isOff = recall(KEYS) === "off";
    if (isOff ? !THEME_KEYS.includes(key) : !SHORTCUTS.has(key)) return;
    event.stopPropagation(); // themes have keys of their own
    if (isOff) return;
    event.preventDefault();
    SHORTCUTS.get(key)();
  };

  document.addEventListener("keydown", obey, true);

  // --- the status page

  const DAY = 24 * 60 * 60 * 1000;
  const QUIET_DAYS = 3;

  const warnOfSilence = () => {
    for (const notice of all("[data-dg-last-run]")) {
      const days = (Date.now() - Date.parse(notice.dataset.dgLastRun)) / DAY;
      if (!(days > QUIET_DAYS)) continue;
      find("b", notice).textContent = Math.floor(days);
      notice.hidden = false;
    }
  };

  // --- what is pressed

  const ACTIONS = {
    "show-all": showAll,
    "copy-all": () => {
      const shown = visiblePapers().map(bibtexOf).filter(Boolean);
      if (shown.length) copy(shown.join("\n\n"), `已复制 ${shown.length} 篇的 BibTeX`);
      else say("没有可以复制的 BibTeX");
    },
    copy: (button) => copy(bibtexOf(button.closest(".dg-paper")), "已复制"),
    keys: showKeys,
    bookmark: toggleBookmark,
    read: toggleRead,
    remove,
    "copy-bookmarks": () => copy(libraryBibtex(), "已复制"),
    "download-bookmarks": () => download("arxiv-digest.bib", "text/x-bibtex", libraryBibtex()),
    export: exportAll,
    "forget-bookmarks": () => forget("收藏", { bookmarks: [] }),
    "forget-read": () => forget("已读标记", { read: new Set() }),
  };

  document.addEventListener("click", (event) => {
    const term = event.target.closest?.(".dg-term");
    if (term) say(`${term.textContent}：${term.title}`);
    const button = event.target.closest?.("[data-dg-action], [data-dg-topic]");
    if (!button) return;
    if (button.dataset.dgTopic) toggleTopic(button);
    else ACTIONS[button.dataset.dgAction]?.(button);
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches(CHOICES)) {
      letGo();
      remember(LANGUAGE, target.value);
      nameContents();
    }
    if (target.matches(".dg-keys-on")) remember(KEYS, target.checked ? "on" : "off");
    if (target.matches(".dg-import input")) importFile(target);
  });

  addEventListener("hashchange", revealTarget);

  // Another tab changed something, or this page comes back from the browser's memory.
  addEventListener("storage", () => paint());
  addEventListener("pageshow", (event) => event.persisted && paint());

  // --- each page

  const paint = () => {
    if (find(".dg-library")) paintLibrary(kept());
    else if (find(".dg-digest")) paintDigest(kept());
  };

  const prepareButtons = () => {
    for (const tools of all(".dg-tools")) tools.hidden = false;
    for (const paper of papers()) {
      find(".dg-cite", paper)?.after(copyOf(".dg-copy-button"));
      find(".dg-links", paper).append(copyOf(".dg-mark-buttons"));
    }
  };

  const prepare = () => {
    restoreLanguage();
    prepareButtons();
    prepareFilters();
    paint();
    warnOfSilence();
  };

  // Material replaces pages without loading them when navigation.instant is on.
  if (globalThis.document$) globalThis.document$.subscribe(prepare);
  else prepare();
})();
