// The search worker. It fetches of the index, which search_index.py describes, what a query needs,
// and answers Material's search box (0 SETUP, 1 READY, 2 QUERY, 3 RESULT), the search page
// ("search") and pages that mark what was searched ("mark").
"use strict";

// --- words, found as in search_text.py, which says why ---

const WIDE = "\\u3005-\\u3007\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u7683\\u7685-\\u9fff\\u{20000}-\\u{3ffff}";
const NARROW = "a-z0-9\\u0370-\\u03ff\\u0400-\\u052f";
const WORD = new RegExp(
  `[${WIDE}]+的?|[${NARROW}]+(?:[-.][${NARROW}]+)*(?:[+#]{1,2}(?![+#${NARROW}]))?`, "gu");
const LETTERS = {
  ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", ħ: "h", ς: "σ",
  "‐": "-", "‒": "-", "–": "-", "−": "-",
};
const UNFOLDED = new RegExp(`[\\u0300-\\u036f\\u3099\\u309a${Object.keys(LETTERS).join("")}]`, "g");

const folded = (text) =>
  text.normalize("NFKD").toLowerCase().replace(UNFOLDED, (letter) => LETTERS[letter] ?? "");
const wordsOf = (text) => folded(text).match(WORD) ?? [];
const isWide = (word) => word > "\u2fff";
const pairsOf = (word) => Array.from(word).map((one, i, all) => one + all[i + 1]).slice(0, -1);

// A query's words, each with whether the reader may still be typing it.
const typedWords = (query) => {
  const words = wordsOf(query);
  return words.map((word, i) => [word, i === words.length - 1 && !/\s$/.test(query)]);
};

// --- marks ---

// What shows in a text that it holds a word: the word, or what the index has of it.
const patternOf = ([word, isBegun], plain) => {
  if (!isWide(word)) {
    return `(?<![${NARROW}])${word.replace(/[.+]/g, "\\$&")}${isBegun ? "" : `(?![${NARROW}])`}`;
  }
  const whole = word.replace(/(?<=..)的$/, "");
  return plain.includes(whole) ? whole : pairsOf(word).join("|") || word;
};

// Where a text holds words of the query: starts and ends.
const spansIn = (text, query) => {
  let plain = "";
  const origin = [];
  let at = 0;
  for (const character of text) {
    const piece = folded(character);
    plain += piece;
    for (const _ of piece) origin.push(at);
    at += character.length;
  }
  origin.push(at);
  const marks = new Uint8Array(at);
  for (const word of typedWords(query)) {
    const pattern = new RegExp(`(?=(${patternOf(word, plain)}))`, "g");
    for (const { index, 1: found } of plain.matchAll(pattern)) {
      marks.fill(1, origin[index], origin[index + found.length]);
    }
  }
  return Array.from(marks.join("").matchAll(/1+/g), ({ index, 0: run }) => [index, index + run.length]);
};

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const markedHtml = (text, query) => {
  let html = "";
  let at = 0;
  for (const [start, end] of spansIn(text, query)) {
    html += `${escaped(text.slice(at, start))}<mark>${escaped(text.slice(start, end))}</mark>`;
    at = end;
  }
  return html + escaped(text.slice(at));
};

// --- the index ---

const SITE = self.location.href.replace(/assets\/(?!.*assets\/).*/, "");
const utf8 = new TextDecoder();
const cache = new Map();

const once = (name, read) => {
  if (!cache.has(name)) cache.set(name, read());
  return cache.get(name);
};

const fetched = async (path, options) => {
  const response = await fetch(`${SITE}assets/search/${path}`, options);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

// It names the files of the newest build, so no cache may answer.
const root = () =>
  once("root", async () => JSON.parse(utf8.decode(await fetched("index-1.json", { cache: "no-cache" }))));

const file = (name) => once(name, async () => fetched(`${(await root()).folder}/${name}.bin`));

const inflated = async (...pieces) => {
  const stream = new Blob(pieces).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const documentAt = async (number) => {
  const { chunk, skip } = await root();
  const name = `d${Math.floor(number / chunk)}`;
  const rows = await once(`${name} read`, async () => {
    const bytes = await inflated(...(await Promise.all([file("prefix"), file(name)])));
    return JSON.parse(utf8.decode(bytes.subarray(skip)));
  });
  return rows[number % chunk];
};

const shardAt = (number) =>
  once(`w${number} read`, async () => {
    const bytes = await file(`w${number}`);
    const end = 4 + new DataView(bytes.buffer).getUint32(0);
    const terms = [];
    let term = "";
    for (const [, shared, rest] of utf8
      .decode(await inflated(bytes.subarray(4, end)))
      .matchAll(/([\0-\x1f])([^\0-\x1f]*)/g)) {
      terms.push((term = term.slice(0, shared.charCodeAt(0)) + rest));
    }
    return { terms, bits: bytes.subarray(end) };
  });

const bitReader = (bytes) => {
  let at = 0;
  const bit = () => (bytes[at >> 3] >> (7 - (at++ & 7))) & 1;
  const run = (of) => {
    let length = 0;
    while (bit() === of) length++;
    return length;
  };
  const digits = (number, count) => {
    while (count-- > 0) number = number * 2 + bit();
    return number;
  };
  return { gamma: () => digits(1, run(0)), rice: (parameter) => digits(run(1), parameter) };
};

// --- queries ---

const NONE = 255;
const MOST_SLOTS = 16;
const MOST_SHARDS = 6;
const LEAST_BEGINNING = 3;
const PER_PAGE = 10;
const IDENTIFIER =
  /(?:^|[/:.])(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?\/\d{7})(?:v\d+)?(?:\.pdf)?[.,;)]*$/;

// What is looked up for a word: terms, all of which a document must hold.
const slotsOf = ([term, isBegun]) => {
  if (!isWide(term)) return [{ term, isBegun: isBegun && term.length >= LEAST_BEGINNING }];
  const pairs = pairsOf(term);
  if (!pairs.length) return [{ term, isBegun: true }];
  // In a long run every second pair will do.
  const isKept = (_, i) => pairs.length < 8 || i % 2 === 0 || i === pairs.length - 1;
  return pairs.filter(isKept).map((pair) => ({ term: pair }));
};

// The words of a query, each as its slots; the last is the name of an author that they may be.
const planOf = (query) => {
  const identifiers = [];
  const others = folded(query).replace(/\S+/g, (piece) => {
    const identifier = piece.match(IDENTIFIER)?.[1];
    if (!identifier) return piece;
    identifiers.push([{ term: identifier.replace(/\.[a-z]+\//, "/") }]);
    return "";
  });
  const words = typedWords(others);
  let room = MOST_SLOTS;
  const units = words.map((word) => {
    const slots = slotsOf(word).slice(0, room);
    room -= slots.length;
    return slots;
  });
  const isName = words.length > 1 && !others.match(new RegExp(`[${WIDE}]`, "u"));
  const name = { term: words.map(([word]) => word).join(" "), isBegun: words.at(-1)?.[1] };
  return [identifiers.concat(units.filter((slots) => slots.length)), isName ? [[name]] : []];
};

// The best that the slot finds in each document: twice the rank of the text, and one more for
// another term than the slot's. Terms that begin as a half-typed word does are taken if nothing is
// known of the word itself; else it and its plural.
const lookUp = async ({ term: wanted, isBegun }) => {
  const { documents, first } = await root();
  const best = new Uint8Array(documents).fill(NONE);
  const above = (text) => {
    const found = first.findIndex((term) => term > text);
    return found < 0 ? first.length : found;
  };
  const start = Math.max(0, above(wanted) - 1);
  const all = first.map((_, i) => i);
  const plural = `${wanted}s`;
  let shards = all.slice(start, start + 1);
  let isOther = () => false;
  if (isBegun && !isWide(wanted) && (await shardAt(start)).terms.includes(wanted)) {
    shards = all.slice(start, above(plural)).filter((i) => i === start || i === above(plural) - 1);
    isOther = (term) => term === plural;
  } else if (isBegun) {
    shards = all.slice(start, above(`${wanted}\uffff`));
    isOther = (term) => term.startsWith(wanted);
  }
  for (const { terms, bits } of await Promise.all(shards.slice(0, MOST_SHARDS).map(shardAt))) {
    const read = bitReader(bits);
    for (const term of terms) {
      const isExact = term === wanted;
      const isWanted = isExact || isOther(term);
      for (let rank = 0; rank < 3; rank++) {
        const length = read.gamma() - 1;
        const parameter = 31 - Math.clz32(documents / length);
        const value = rank * 2 + !isExact;
        for (let i = 0, number = -1; i < length; i++) {
          number += read.rice(parameter) + 1;
          if (isWanted && value < best[number]) best[number] = value;
        }
      }
    }
  }
  return { best, isCut: shards.length > MOST_SHARDS };
};

// The worst of what several slots find: a document must hold them all.
const lookUpAll = async (slots) => {
  const found = await Promise.all(slots.map(lookUp));
  return {
    best: found.map(({ best }) => best).reduce((a, b) => a.map((value, i) => Math.max(value, b[i]))),
    isCut: found.some(({ isCut }) => isCut),
  };
};

// The numbers of the documents that hold every word. First come those by an author of that name;
// then those whose worst word stands in the best place; those whose words stand better on the whole;
// those that hold them as whole words; the newest.
const hitsOf = async (query, { category, tag, year } = {}) => {
  const [units, names] = planOf(query);
  const filters = [category && `@${folded(category)}`, tag && `#${folded(tag)}`, year && `~${year}`]
    .filter(Boolean)
    .map((term) => ({ term }));
  if (!units.length && !filters.length) return { numbers: [] };
  const { documents } = await root();
  if (!documents) return { numbers: [] };
  const [found, required, [named]] = await Promise.all(
    [units, filters.map((slot) => [slot]), names].map((all) => Promise.all(all.map(lookUpAll))),
  );
  // A character that is in too many words to look them all up is passed over.
  const columns = found.filter(
    ({ isCut }, i) => !isCut || found.length < 2 || !isWide(units[i][0].term),
  );
  const keys = [];
  each: for (let number = documents; number--; ) {
    for (const { best } of required) if (best[number] === NONE) continue each;
    let [worst, sum] = [0, 0];
    for (const { best } of columns) {
      const value = best[number];
      if (value === NONE) continue each;
      worst = Math.max(worst, value >> 1);
      sum += (value >> 1) * 64 + (value & 1);
    }
    const key = named?.best[number] < NONE ? 0 : 1 + worst * 4096 + sum;
    keys.push(key * 2 ** 28 + number);
  }
  const numbers = Float64Array.from(keys).sort().map((key) => key % 2 ** 28);
  return { numbers, isCut: columns.some(({ isCut }) => isCut) };
};

// --- answers ---

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];
const PATIENCE = 120; // milliseconds in which a reader types the next letter

const rowsOf = (numbers) => Promise.all(Array.from(numbers, documentAt));

const addressOf = (url, query, anchor) =>
  `${url}?h=${encodeURIComponent(query)}${anchor ? `#${encodeURI(anchor)}` : ""}`;

// A result as Material wants it. All of it is title, because Material makes a link of its own of
// the page that a place is on, and shows a text only there or below it.
const itemOf = ([url, anchor, title, english = "", sentence = "", page = ""], query, score) => {
  const lines = [spansIn(english, query).length && english, sentence, anchor && page].filter(Boolean);
  const more = lines.map((line) => `<small>${markedHtml(line, query)}</small>`).join("");
  const location = addressOf(url, query, anchor);
  return [{ location, title: markedHtml(title, query) + more, text: "", score, terms: { [query]: true } }];
};

const noteOf = (location, title, text) => [{ location, title, text: `<p>${text}</p>`, score: 0, terms: {} }];

const itemsFor = async (query) => {
  const { numbers, isCut } = await hitsOf(query);
  const isAll = numbers.length <= PER_PAGE;
  const rows = await rowsOf(numbers.slice(0, isAll ? PER_PAGE : PER_PAGE - 1));
  const items = rows.map((row, i) => itemOf(row, query.trim(), PER_PAGE - i));
  if (isAll) return items;
  const address = `${(await root()).page}?q=${encodeURIComponent(query.trim())}`;
  const title = `全部 ${numbers.length} ${isCut ? "多" : ""}个结果`;
  return [...items, noteOf(address, title, "可按分类、标签和年份筛选")];
};

const pageFor = async ({ query, filters, page }) => {
  const { numbers, isCut } = await hitsOf(query, filters);
  const pages = Math.max(1, Math.ceil(numbers.length / PER_PAGE));
  const start = (Math.min(page, pages) - 1) * PER_PAGE;
  const rows = await rowsOf(numbers.slice(start, start + PER_PAGE));
  const hits = rows.map(([url, anchor, title, english = "", sentence = "", page = "", categories = ""]) => ({
    address: SITE + addressOf(url, query.trim(), anchor),
    anchor,
    texts: [title, english, sentence].map((text) => [text, spansIn(text, query)]),
    page,
    categories,
  }));
  return { total: numbers.length, isCut, page: start / PER_PAGE + 1, pages, hits };
};

// `work`, once more with a fresh index if the site has been built anew since this one was read.
const steadily = (work) =>
  work().catch(() => {
    cache.clear();
    return work();
  });

let latest = 0;

const answer = async ({ type, data, ...request }) => {
  const mine = ++latest;
  const isBox = type === QUERY;
  let items;
  let found;
  if (isBox) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  if (mine !== latest) return;
  try {
    if (isBox) items = await steadily(() => itemsFor(data));
    else found = await steadily(() => pageFor(request));
  } catch (error) {
    console.warn(error);
    items = [noteOf("", "没有取到索引", "请通过网址打开本站，或稍后再试。")];
  }
  if (mine === latest) {
    postMessage(isBox ? { type: RESULT, data: { items } } : { type: "found", ...found });
  }
};

addEventListener("message", ({ data }) => {
  if (data.type === SETUP) postMessage({ type: READY });
  else if (data.type === "mark") {
    postMessage({ type: "marks", spans: data.texts.map((text) => spansIn(text, data.query)) });
  } else answer(data);
});

// A search box that waits for no index of its own sends no SETUP.
postMessage({ type: READY });
