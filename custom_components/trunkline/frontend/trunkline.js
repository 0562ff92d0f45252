/*
 * Trunkline for Home Assistant: the cards and the dashboard "Phone lines".
 *
 * One module without a build step, which asks no other host for anything. Texts of strangers (names, numbers) become
 * text nodes, never markup. The texts of the cards are the backend's translations, below `common`.
 */

const DOMAIN = "trunkline";
const PAGE_SIZE = 20;
// The most calls that are given out at a time.
const MOST_CALLS = 100;
const SHORT_LIST = 8;
// How many pages without a match are read before the user is asked whether to go on.
const MOST_EMPTY_PAGES = 5;
const SEARCH_DELAY = 350;
const CHANGES_DELAY = 500;
const RETRY_DELAY = 5000;
const MINUTE = 60000;

// ---------------------------------------------------------------------------------------------------------------------
// Texts, numbers, times and amounts in the user's language

/** The texts of a language by key, names of entities and messages of errors, as Home Assistant translates them. */
class Texts {
  constructor(localize) {
    this.localize = localize;
  }

  /** Return a text, "" before it is loaded. */
  text(key, values) {
    return this.localize(`component.${DOMAIN}.common.${key}`, values) || "";
  }

  /** Return what an error of a command says. */
  error(error) {
    const key = error && error.translation_key;
    const domain = (error && error.translation_domain) || DOMAIN;
    const own = key && this.localize(`component.${domain}.exceptions.${key}.message`, error.translation_placeholders || {});
    return own || (error && error.message) || this.text("card_failed");
  }
}

const loadedTexts = new Map();
let anyTexts = new Texts(() => "");

function loadTexts(hass) {
  const language = hass.language;
  if (!loadedTexts.has(language)) {
    const loading = (async () => {
      // The list of cards in the card picker needs no others.
      anyTexts = new Texts(await hass.loadBackendTranslation("common", DOMAIN));
      await hass.loadBackendTranslation("exceptions", DOMAIN);
      anyTexts = new Texts(await hass.loadBackendTranslation("entity", DOMAIN));
      return anyTexts;
    })();
    loading.catch(() => loadedTexts.delete(language));
    loadedTexts.set(language, loading);
  }
  return loadedTexts.get(language);
}

const NUMBER_LOCALES = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  none: ["en"],
  system: undefined,
};
// The first day of the week: 1 is Monday. Where the browser doesn't know it, these do.
const WEEKDAYS = { monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6, sunday: 7 };
const FIRST_WEEKDAYS = { fa: 6, en: 7 };

/** Writes numbers, times and amounts as the user's profile says; dates are Jalali in Persian. */
class Format {
  constructor(hass, texts) {
    const locale = hass.locale || {};
    this.texts = texts;
    this.language = locale.language || hass.language || "en";
    this.dates = this.language === "fa" ? "fa-IR-u-ca-persian" : this.language;
    const format = locale.number_format || "language";
    this.numbers = format in NUMBER_LOCALES ? NUMBER_LOCALES[format] : this.language;
    this.useGrouping = format !== "none";
    this.zone = locale.time_zone === "server" ? hass.config.time_zone : undefined;
    this.serverZone = hass.config.time_zone;
    const time = locale.time_format;
    this.clock = time === "24" ? { hourCycle: "h23" } : time === "12" ? { hour12: true } : {};
    const first = locale.first_weekday;
    this.firstWeekday = WEEKDAYS[first] || this.weekStart();
    this.made = new Map();
  }

  weekStart() {
    const language = new Intl.Locale(this.dates);
    const info = language.getWeekInfo ? language.getWeekInfo() : language.weekInfo;
    return (info && info.firstDay) || FIRST_WEEKDAYS[this.language] || 1;
  }

  formatter(kind, locale, options) {
    const key = JSON.stringify([kind.name, locale, options]);
    if (!this.made.has(key)) this.made.set(key, new kind(locale, options));
    return this.made.get(key);
  }

  number(value, options = {}) {
    return this.formatter(Intl.NumberFormat, this.numbers, { useGrouping: this.useGrouping, ...options }).format(value);
  }

  /** Write a date with as much as `options` of Intl.DateTimeFormat asks for. */
  date(moment, options, zone = this.zone) {
    return this.formatter(Intl.DateTimeFormat, this.dates, { timeZone: zone, ...options }).format(moment);
  }

  /** Write when something was or will be: the day if it isn't today, and the time. */
  moment(moment, { time = true } = {}) {
    const clock = time ? { hour: "numeric", minute: "2-digit", ...this.clock } : {};
    const days = this.daysFromToday(moment);
    if (Math.abs(days) <= 1) {
      // Vietnamese writes it with a capital letter, as if it stood alone.
      const day = this.formatter(Intl.RelativeTimeFormat, this.language, { numeric: "auto" }).format(days, "day").toLocaleLowerCase(this.language);
      return time ? `${day} ${this.date(moment, clock)}` : day;
    }
    const year = Math.abs(days) > 300 ? { year: "numeric" } : {};
    return this.date(moment, { day: "numeric", month: "short", ...year, ...clock });
  }

  daysFromToday(moment) {
    const day = (date) => {
      const parts = new Intl.DateTimeFormat("en-CA", { timeZone: this.zone }).format(date).split("-");
      return Date.UTC(parts[0], parts[1] - 1, parts[2]);
    };
    return Math.round((day(moment) - day(new Date())) / 86400000);
  }

  /** Write seconds as minutes and seconds, with hours if there are any. */
  duration(seconds) {
    const two = (value) => this.number(value, { minimumIntegerDigits: 2 });
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const start = hours ? `${this.number(hours)}:${two(minutes)}` : this.number(minutes);
    return `${start}:${two(Math.floor(seconds % 60))}`;
  }

  amount(value, unit, digits) {
    const places = digits === null || digits === undefined ? { maximumFractionDigits: 4 } : { minimumFractionDigits: digits, maximumFractionDigits: digits };
    // Toman has no code of ISO 4217.
    if (unit === "IRT") return this.texts.text("card_toman", { amount: this.number(value, places) });
    // Persian writes it as words: the amount first.
    if (unit === "IRR" && this.language === "fa") return `${this.number(value, places)} ریال`;
    try {
      return this.number(value, { style: "currency", currency: unit, ...places });
    } catch {
      return `${this.number(value, places)} ${unit}`;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// What all cards of a page share: the accounts, and one subscription to what changes in them

class Hub {
  constructor(hass) {
    this.connection = hass.connection;
    this.listeners = new Set();
    this.states = new Map();
    this.stopping = undefined;
    this.asked = undefined;
  }

  /** Return the accounts, asked for once until they change. */
  accounts() {
    if (!this.asked) {
      this.asked = this.connection.sendMessagePromise({ type: `${DOMAIN}/accounts` }).then((answer) => answer.accounts);
      this.asked.catch(() => {
        this.asked = undefined;
      });
    }
    return this.asked;
  }

  /** Call `listener(event)` for each change until the returned function is called. */
  listen(listener) {
    this.listeners.add(listener);
    if (!this.stopping) this.start();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) this.stop();
    };
  }

  start() {
    const ready = () => {
      this.asked = undefined;
      this.tell({ type: "accounts" });
    };
    this.connection.addEventListener("ready", ready);
    const subscribing = this.subscribe();
    this.stopping = () => {
      this.connection.removeEventListener("ready", ready);
      subscribing.stopped = true;
      subscribing.promise.then((unsubscribe) => unsubscribe && unsubscribe()).catch(() => {});
    };
  }

  stop() {
    if (this.stopping) this.stopping();
    this.stopping = undefined;
    this.states.clear();
    this.asked = undefined;
  }

  /** Subscribe, again and again until the integration is there: Home Assistant may still be starting. */
  subscribe() {
    const subscribing = { stopped: false };
    const attempt = async () => {
      while (!subscribing.stopped) {
        try {
          return await this.connection.subscribeMessage((event) => this.changed(event), { type: `${DOMAIN}/subscribe` });
        } catch {
          await new Promise((done) => setTimeout(done, RETRY_DELAY));
        }
      }
      return undefined;
    };
    subscribing.promise = attempt();
    return subscribing;
  }

  changed(event) {
    if (event.type === "accounts") this.asked = undefined;
    if (event.type === "state") this.states.set(event.entry_id, event);
    this.tell(event);
  }

  tell(event) {
    for (const listener of [...this.listeners]) listener(event);
  }
}

const hubs = new WeakMap();

function hubOf(hass) {
  if (!hubs.has(hass.connection)) hubs.set(hass.connection, new Hub(hass));
  return hubs.get(hass.connection);
}

// ---------------------------------------------------------------------------------------------------------------------
// Elements

/** Make an element; children that are strings become text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const icon = (name, style) => make("ha-icon", { icon: name, class: style, "aria-hidden": "true" });
const isolated = (text) => make("bdi", {}, text);
const number = (text) => make("bdi", { dir: "ltr", class: "number" }, text);

/** Let a list have these elements in this order; those that are where they belong keep the focus. */
function arrange(list, elements) {
  const wanted = new Set(elements);
  for (const element of [...list.children]) if (!wanted.has(element)) element.remove();
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] || null);
  });
}

/** Return who a party is: the name, else the number, else that it is withheld. */
function partyName(party, texts) {
  if (party.name) return isolated(party.name);
  if (party.number) return number(party.number);
  return isolated(texts.text("card_withheld"));
}

const dialable = (party) => {
  const digits = party.e164 || party.number || "";
  return /\d{2}/.test(digits) && /^[+\d\s().-]+$/.test(digits) ? digits : null;
};

const STYLE = `
:host { display: block; }
* { box-sizing: border-box; }
ha-card { height: 100%; color: var(--primary-text-color); }
.card { container-type: inline-size; padding: 16px; display: flex; flex-direction: column; gap: 12px; }
h2 { margin: 0; font-size: 1.25rem; font-weight: 500; line-height: 1.4; overflow-wrap: anywhere; }
h3 { margin: 0; font-size: 1rem; font-weight: 500; overflow-wrap: anywhere; }
p { margin: 0; }
ul { list-style: none; margin: 0; padding: 0; }
.head { display: flex; align-items: baseline; justify-content: space-between; gap: 8px; flex-wrap: wrap; }
.soft { color: var(--secondary-text-color); }
.number { font-variant-numeric: tabular-nums; unicode-bidi: isolate; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.filters { display: flex; flex-wrap: wrap; gap: 8px; }
.filters > label { flex: 1 1 auto; max-width: 100%; }
.filters .search { flex-basis: 100%; }
label > span { display: block; font-size: 0.8rem; color: var(--secondary-text-color); }
input, select { width: 100%; min-height: 44px; padding: 8px; font: inherit; color: var(--primary-text-color);
  background: var(--card-background-color, var(--ha-card-background)); border: 1px solid var(--secondary-text-color);
  border-radius: 8px; }
option { color: var(--primary-text-color); background: var(--card-background-color); }
button { min-height: 44px; min-width: 44px; padding: 8px; font: inherit; color: inherit; background: none;
  border: 1px solid transparent; border-radius: 22px; cursor: pointer; display: inline-flex; align-items: center;
  justify-content: center; gap: 8px; }
button.wide { border-color: var(--secondary-text-color); padding-inline: 16px; border-radius: 8px; }
button.main { background: var(--primary-text-color); color: var(--card-background-color, #fff);
  padding-inline: 16px; border-radius: 8px; }
button:disabled { opacity: 0.6; cursor: default; }
button:hover:not(:disabled):not(.main) { background: color-mix(in srgb, var(--primary-text-color) 8%, transparent); }
button[aria-pressed="true"] { border-color: var(--primary-text-color); font-weight: 500; }
:focus-visible { outline: 2px solid var(--primary-text-color); outline-offset: 2px; }
.row { display: grid; grid-template-columns: 24px minmax(0, 1fr) auto; column-gap: 12px; align-items: center;
  padding-block: 6px; border-top: 1px solid var(--divider-color); }
li:first-child > .row { border-top: none; }
.who { font-weight: 500; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; column-gap: 12px; font-size: 0.875rem; color: var(--secondary-text-color); }
.facts > * { overflow-wrap: anywhere; }
.buttons { display: flex; }
.first { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; column-gap: 12px; }
.inner { padding: 0; }
.change { font-size: 1rem; margin-inline-start: 12px; }
.price { font-size: 0.875rem; text-align: end; }
.good { color: var(--success-color, #43a047); }
.bad { color: var(--error-color, #db4437); }
.fair { color: var(--warning-color, #ffa600); }
audio { width: 100%; height: 40px; margin-bottom: 6px; }
.unplayable { padding-bottom: 12px; font-size: 0.875rem; overflow-wrap: anywhere; }
a { color: inherit; font-weight: 500; }
.message { padding: 8px 12px; border-inline-start: 4px solid var(--error-color, #db4437); overflow-wrap: anywhere; }
.message:empty, .status:empty, [hidden] { display: none !important; }
dialog { width: min(420px, calc(100vw - 32px)); padding: 20px; line-height: 1.6; border: none; border-radius: 16px;
  color: var(--primary-text-color); background: var(--card-background-color, #fff);
  box-shadow: 0 8px 40px rgb(0 0 0 / 40%); }
dialog::backdrop { background: rgb(0 0 0 / 50%); }
dialog form { display: flex; flex-direction: column; gap: 14px; }
dialog .big { font-size: 1.5rem; }
dialog .choices { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; }
.line { padding-block: 8px; border-top: 1px solid var(--divider-color); display: grid; gap: 4px; }
.line:first-of-type { border-top: none; }
.credit { font-size: 1.75rem; line-height: 1.3; overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 0; }
dt { font-size: 0.8rem; color: var(--secondary-text-color); }
dd { margin: 0; }
.late { font-weight: 500; }
.agents { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 136px), 1fr)); gap: 8px 16px; margin-block: 8px; }
.agents > li { display: grid; grid-template-columns: 24px minmax(0, 1fr); column-gap: 8px; align-items: center; align-content: start; }
.agents > li > .soft:last-child { grid-column: 2; font-size: 0.875rem; }
.badge { display: inline-flex; align-items: center; gap: 4px; padding: 2px 10px; border-radius: 12px;
  border: 1px solid var(--error-color, #db4437); font-size: 0.875rem; }
.badge ha-icon { --mdc-icon-size: 18px; }
.periods { display: flex; flex-wrap: wrap; gap: 4px; }
.figures { display: flex; flex-wrap: wrap; gap: 12px 32px; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 4px 0; text-align: end; font-weight: inherit; font-variant-numeric: tabular-nums; }
th:first-child { text-align: start; }
th + td, td + td, td + th { padding-inline-start: 10px; }
thead th { font-size: 0.8rem; color: var(--secondary-text-color); }
.track { width: 40%; }
.bar { display: block; height: 12px; border-radius: 6px; background: var(--secondary-text-color); }
.now { font-weight: 500; }
.now .bar { background: var(--primary-text-color); }
@container (max-width: 320px) { .track { width: 20%; } }
@container (min-width: 560px) {
  .filters .search { flex: 2 1 0; min-width: 12em; }
}
@media (forced-colors: active) { .bar { background: CanvasText; } }
`;

// The cards that are in the page.
const shownCards = new Set();

// What was chosen on cards that left the page, by what they are: Home Assistant makes the cards of a dashboard anew when
// the dashboard is generated or loaded again, also while somebody types into one of them.
const left = new Map();

const kindOf = (card) => JSON.stringify([card.localName, card.config]);

/** Keep what was chosen on a card that leaves the page, and where the keyboard was. */
function leaveChoices(card) {
  takeChoices(card, { own: true });
  const choices = card.choices();
  card.leftChoices = choices && { ...choices, keyboard: placeOf(card) };
  if (card.leftChoices) left.set(kindOf(card), [...(left.get(kindOf(card)) || []), card.leftChoices]);
}

/** Return what was chosen on a card that comes back or that this one replaces; undefined if there was none. */
function takeChoices(card, { own = false } = {}) {
  const waiting = left.get(kindOf(card)) || [];
  const found = waiting.find((each) => each === card.leftChoices) || (own ? undefined : waiting[0]);
  left.set(kindOf(card), waiting.filter((each) => each !== found));
  return found;
}

// For how long the keyboard can go on at a card that takes the place of another one, and how often that is tried: a card
// is not shown at once, and what is in its lists comes later still.
const KEYBOARD_WAITS = 5000;
const KEYBOARD_TRIES = 50;

const looksLike = (element) => JSON.stringify([element.localName, element.className, element.value === undefined || element.matches("input, select") ? "" : element.value, element.getAttribute("aria-label")]);
const alike = (card, tag, look) => [...card.shadowRoot.querySelectorAll(tag)].filter((element) => looksLike(element) === look);

/** Return where the keyboard is on a card, so that it is found on one that is built anew; undefined if it is elsewhere. */
function placeOf(card) {
  const element = card.keyboard;
  if (!element || !card.shadowRoot.contains(element)) return undefined;
  const look = looksLike(element);
  const at = alike(card, element.localName, look).indexOf(element);
  return { tag: element.localName, look, at, selection: card.selection || selectionOf(element), since: Date.now() };
}

const selectionOf = (element) => (element.matches("input") ? [element.selectionStart, element.selectionEnd, element.selectionDirection] : undefined);

/** Let the keyboard go on at the place where it was, unless something else has it by then. */
async function goOn(card, place) {
  const { run } = card;
  while (card.run === run && Date.now() - place.since < KEYBOARD_WAITS) {
    if (document.activeElement && document.activeElement !== document.body) return;
    const element = alike(card, place.tag, place.look)[place.at];
    if (element) element.focus({ preventScroll: true });
    if (element && card.shadowRoot.activeElement === element) {
      if (place.selection) element.setSelectionRange(...place.selection);
      return;
    }
    await new Promise((done) => setTimeout(done, KEYBOARD_TRIES));
  }
}

/** Return whether two states of Home Assistant are shown in the same language and formats. */
const readsAs = (before, hass) =>
  before.language === hass.language && (before.locale === hass.locale || JSON.stringify(before.locale) === JSON.stringify(hass.locale));

/** What the cards have in common: texts, accounts and changes, from being shown to being removed. */
class TrunklineCard extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.config = {};
    this.shadowRoot.addEventListener("focusin", (event) => {
      this.keyboard = event.target;
      this.selection = undefined;
    });
    // A browser may tell of an element that leaves the page as of one that the user has left: then the card is no longer
    // there at the end of the task. While another window is in front, the element stays the active one.
    this.shadowRoot.addEventListener("focusout", ({ target }) => {
      // What is selected is forgotten with the card.
      this.selection = selectionOf(target);
      queueMicrotask(() => {
        if (this.isConnected && this.keyboard === target && this.shadowRoot.activeElement !== target) this.keyboard = undefined;
      });
    });
  }

  setConfig(config) {
    if (config.account !== undefined && typeof config.account !== "string") throw new Error("account is the id of a config entry");
    this.config = config;
    if (this.texts) this.restart();
  }

  set hass(hass) {
    const before = this.hassNow;
    this.hassNow = hass;
    if (!this.isConnected) return;
    if (!before || !readsAs(before, hass) || before.connection !== hass.connection) this.restart();
    else if (this.texts) this.statesChanged(before, hass);
  }

  get hass() {
    return this.hassNow;
  }

  connectedCallback() {
    shownCards.add(this);
    if (this.hassNow) this.restart();
  }

  disconnectedCallback() {
    shownCards.delete(this);
    leaveChoices(this);
    this.end();
  }

  async restart() {
    this.end();
    const run = (this.run = {});
    const hass = this.hassNow;
    this.texts = undefined;
    let texts;
    try {
      texts = await loadTexts(hass);
    } catch {
      return;
    }
    if (this.run !== run) return;
    this.texts = texts;
    this.format = new Format(hass, texts);
    this.hub = hubOf(hass);
    this.unlisten = this.hub.listen((event) => this.run === run && this.happened(event));
    const taken = takeChoices(this, { own: Boolean(this.choices()) });
    const place = placeOf(this) || (taken && taken.keyboard);
    this.build(this.choices() || taken || {});
    if (place) goOn(this, place);
    await this.load();
  }

  end() {
    this.run = undefined;
    clearTimeout(this.loading);
    this.loading = undefined;
    if (this.unlisten) this.unlisten();
    this.unlisten = undefined;
  }

  text(key, values) {
    return this.texts.text(key, values);
  }

  /** Return whether the card still shows what it did when it asked for something. */
  async asking(promise) {
    const run = this.run;
    const answer = await promise;
    if (this.run !== run || !run) throw new Outdated();
    return answer;
  }

  command(type, data = {}) {
    return this.asking(this.hassNow.connection.sendMessagePromise({ type: `${DOMAIN}/${type}`, ...data }));
  }

  /** Return what the user chose on the card, for `build` to begin with; undefined before there is something to choose. */
  choices() {
    return undefined;
  }

  get chosen() {
    return this.config.account ? { entry_ids: [this.config.account] } : {};
  }

  /** Return the accounts that the card is about. */
  async accounts() {
    const accounts = await this.asking(this.hub.accounts());
    return accounts.filter((account) => !this.config.account || account.entry_id === this.config.account);
  }

  async load() {
    try {
      await this.refresh();
      // What else the user was told stays: changes are read at any moment.
      if (this.unread) this.problem("");
      this.unread = false;
    } catch (error) {
      if (error instanceof Outdated) return;
      this.unread = true;
      this.problem(error && error.code === "unknown_command" ? this.text("card_starting") : this.texts.error(error));
    }
  }

  problem(text) {
    if (this.message) this.message.textContent = text;
  }

  /** Read again, once for several changes at a time. */
  loadSoon(delay = CHANGES_DELAY) {
    if (this.loading) return;
    this.loading = setTimeout(() => {
      this.loading = undefined;
      if (this.run) this.load();
    }, delay);
  }

  happened(event) {
    if (event.type !== "call") this.loadSoon();
  }

  statesChanged() {}

  /** Show the frame of a card: its heading, a place for problems, and what is in it. */
  frame(heading, ...content) {
    this.message = make("p", { class: "message", role: "alert" });
    const title = make("h2", {}, this.config.title || heading);
    this.shadowRoot.replaceChildren(
      make("style", {}, STYLE),
      make("ha-card", {}, make("div", { class: "card" }, make("div", { class: "head" }, title), this.message, ...content)),
    );
  }

  getCardSize() {
    return 6;
  }

  getGridOptions() {
    return { columns: 12, rows: "auto", min_columns: 6 };
  }

  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return {
      schema: [
        { name: "account", selector: { config_entry: { integration: DOMAIN } } },
        { name: "title", selector: { text: {} } },
      ],
      computeLabel: (field) => (field.name === "account" ? anyTexts.text("card_account") : anyTexts.text("card_title")),
    };
  }
}

/** Return the form of all cards with one more field. */
function formWith(field, key) {
  const { schema, computeLabel } = TrunklineCard.getConfigForm();
  return { schema: [...schema, field], computeLabel: (other) => (other.name === field.name ? anyTexts.text(key) : computeLabel(other)) };
}

class Outdated extends Error {}

// ---------------------------------------------------------------------------------------------------------------------
// Calling back

// What Home Assistant and the browser fire when another page is shown.
const PAGE_CHANGES = ["location-changed", "popstate"];

/** Keep something in the browser, where that is allowed. */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it is chosen again the next time.
  }
}

function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * Asks before a call is placed: which number, which phone rings first, and how many calls are left of the limit.
 *
 * It belongs to the page and not to its card, which Home Assistant may make anew meanwhile: otherwise it would vanish
 * under the finger, perhaps between the request and its answer.
 */
class CallDialog {
  constructor(card, account, party, button) {
    this.card = card;
    this.account = account;
    this.party = party;
    this.button = button;
    this.to = dialable(party);
  }

  async open() {
    const { card } = this;
    const from = this.phoneField();
    this.limit = make("p", { role: "status" });
    this.message = make("p", { class: "message", role: "alert" });
    this.confirm = make("button", { class: "main", type: "submit", disabled: true }, icon("mdi:phone"), card.text("card_call"));
    this.cancel = make("button", { class: "wide", type: "button", onclick: () => this.dialog.close() }, card.text("card_cancel"));
    const title = make("h2", { id: "question" }, card.text("card_call_question"));
    this.form = make(
      "form",
      { method: "dialog", onsubmit: (event) => this.place(event) },
      title,
      this.party.name ? make("p", { class: "who" }, isolated(this.party.name)) : null,
      make("p", { class: "big" }, number(this.party.number || this.to)),
      make("p", { class: "soft" }, isolated(this.account.title)),
      from,
      this.limit,
      this.message,
      make("div", { class: "choices" }, this.cancel, this.confirm),
    );
    this.dialog = make("dialog", { "aria-labelledby": "question", onclose: () => this.closed() }, this.form);
    // Home Assistant gives the direction of the language to its own elements alone.
    this.host = make("div", { class: `${DOMAIN}-dialog`, dir: getComputedStyle(card).direction });
    this.host.attachShadow({ mode: "open" }).append(make("style", {}, STYLE), this.dialog);
    this.page = location.pathname;
    this.left = () => location.pathname !== this.page && this.dialog.close();
    for (const event of PAGE_CHANGES) window.addEventListener(event, this.left);
    document.body.append(this.host);
    this.dialog.showModal();
    try {
      this.showLimit(await this.command("call_limit"));
    } catch (error) {
      this.message.textContent = card.texts.error(error);
    }
  }

  command(type, data = {}) {
    return this.card.hassNow.connection.sendMessagePromise({ type: `${DOMAIN}/${type}`, entry_id: this.account.entry_id, ...data });
  }

  /** Remove the dialog; the keyboard goes on at the button that opened it, or the one that took its place. */
  closed() {
    for (const event of PAGE_CHANGES) window.removeEventListener(event, this.left);
    this.host.remove();
    const cards = this.card.isConnected ? [this.card] : [...shownCards].filter((card) => kindOf(card) === kindOf(this.card));
    const buttons = cards.flatMap((card) => [...card.shadowRoot.querySelectorAll("button.call")]);
    const target = this.button.isConnected ? this.button : buttons.find((button) => button.value === this.button.value) || buttons[0];
    if (target) target.focus();
  }

  phoneField() {
    const { card, account } = this;
    const before = remembered(this.storageKey);
    if (account.phones.length) {
      this.phone = make(
        "select",
        {},
        ...account.phones.map((phone) => {
          // An option holds text only, so that characters isolate a name of another direction.
          const words = phone.name ? `\u2068${phone.name}\u2069 (${phone.number})` : phone.number;
          return make("option", { value: phone.number, selected: phone.number === before }, words);
        }),
      );
    } else {
      this.phone = make("input", { type: "tel", required: true, dir: "ltr", autocomplete: "off", value: before || "" });
    }
    return make("label", {}, make("span", {}, card.text("card_rings_first")), this.phone);
  }

  get storageKey() {
    return `${DOMAIN}-phone-${this.account.entry_id}`;
  }

  showLimit({ limit, left }) {
    const { card } = this;
    this.limit.textContent = card.text("card_limit", { left: card.format.number(left), limit: card.format.number(limit) });
    this.confirm.disabled = left < 1;
  }

  async place(event) {
    event.preventDefault();
    const { card } = this;
    // A call is requested once for each press, so that another press needs an answer first.
    this.confirm.disabled = true;
    this.message.textContent = "";
    const from = this.phone.value;
    try {
      const placed = await this.command("call", { from, to: this.to });
      remember(this.storageKey, from);
      this.showLimit(placed);
      this.confirm.remove();
      this.limit.textContent = card.text("card_phone_rings");
      this.cancel.textContent = card.text("card_close");
      this.cancel.focus();
    } catch (error) {
      this.message.textContent = card.texts.error(error);
      this.confirm.disabled = false;
      this.confirm.focus();
    }
  }
}

function callButton(card, account, party) {
  if (!account || !account.may_control || !account.capabilities.includes("click_to_call") || !dialable(party)) return null;
  const label = card.text("card_call_back", { who: party.name || party.number });
  return make(
    "button",
    {
      type: "button",
      class: "call",
      value: dialable(party),
      "aria-label": label,
      title: label,
      onclick: (event) => new CallDialog(card, account, party, event.currentTarget).open(),
    },
    icon("mdi:phone"),
  );
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls

const DIRECTIONS = {
  incoming: { icon: "mdi:phone-incoming", text: "card_incoming" },
  outgoing: { icon: "mdi:phone-outgoing", text: "card_outgoing" },
  internal: { icon: "mdi:phone-sync", text: "card_internal" },
};
const OUTCOMES = {
  answered: { style: "good", text: "card_answered" },
  missed: { style: "bad", text: "card_missed_call" },
  no_answer: { style: "fair", text: "card_no_answer" },
  busy: { style: "fair", text: "card_busy" },
  congestion: { style: "fair", text: "card_congestion" },
  failed: { style: "fair", text: "card_failed_call" },
  unknown: { style: "soft", text: "card_unknown" },
};
const RECORDED = "recorded";

class CallsCard extends TrunklineCard {
  build({ direction = "", outcome = "", search = "", enough, shownFor }) {
    this.direction = this.choice("card_direction", DIRECTIONS, direction);
    this.outcome = this.choice("card_outcome", OUTCOMES, outcome);
    this.search = make("input", {
      type: "search",
      autocomplete: "off",
      placeholder: this.text("card_search_hint"),
      value: search,
      oninput: () => this.searchSoon(),
    });
    this.enough = enough;
    this.shownFor = shownFor;
    this.list = make("ul", { class: "calls" });
    this.status = make("p", { class: "status soft", role: "status" });
    this.more = make("button", { class: "wide", type: "button", onclick: () => this.older() }, this.text("card_older"));
    this.frame(
      this.text("card_calls"),
      make(
        "form",
        { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        make("label", { class: "search" }, make("span", {}, this.text("card_search")), this.search),
        make("label", {}, make("span", {}, this.text("card_direction")), this.direction),
        make("label", {}, make("span", {}, this.text("card_outcome")), this.outcome),
      ),
      this.list,
      this.status,
      this.more,
    );
    this.rows = new Map();
    this.more.hidden = true;
  }

  choices() {
    const { direction, outcome, search, enough, shownFor } = this;
    return search && { direction: direction.value, outcome: outcome.value, search: search.value, enough, shownFor };
  }

  choice(key, options, chosen) {
    const recorded = key === "card_outcome" ? [make("option", { value: RECORDED }, this.text("card_recorded"))] : [];
    const select = make(
      "select",
      { onchange: () => this.load() },
      make("option", { value: "" }, this.text("card_all")),
      ...Object.entries(options).map(([value, option]) => make("option", { value }, this.text(option.text))),
      ...recorded,
    );
    select.value = chosen;
    return select;
  }

  /** Offer what can be the case for the accounts: not all state outcomes, and not all have recordings. */
  offer(accounts) {
    const isPossible = (value) => accounts.some((account) => (value === RECORDED ? account.recordings : account.outcomes));
    const options = [...this.outcome.options].filter((option) => option.value);
    for (const option of options) option.hidden = option.disabled = !option.selected && !isPossible(option.value);
    this.outcome.closest("label").hidden = options.every((option) => option.hidden);
  }

  searchSoon() {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => this.run && this.load(), SEARCH_DELAY);
  }

  get page() {
    return this.config.limit || PAGE_SIZE;
  }

  get wanted() {
    const outcome = this.outcome.value;
    return {
      ...this.chosen,
      limit: this.page,
      directions: this.direction.value ? [this.direction.value] : [],
      outcomes: outcome && outcome !== RECORDED ? [outcome] : [],
      recorded: outcome === RECORDED,
      search: this.search.value.slice(0, 100),
    };
  }

  /** Read from the newest call on, as far as was shown. */
  async refresh() {
    const asked = (this.question = {});
    const accounts = await this.accounts();
    this.byEntry = new Map(accounts.map((account) => [account.entry_id, account]));
    this.several = accounts.length > 1;
    this.offer(accounts);
    const wanted = JSON.stringify(this.wanted);
    if (wanted !== this.shownFor) {
      this.enough = this.page;
      this.problem("");
    }
    this.shownFor = wanted;
    const { calls, cursor } = await this.read(this.enough, undefined);
    if (this.question !== asked) return;
    this.show(calls, cursor);
  }

  /** Read calls until there are enough, and not too many pages were in vain. */
  async read(enough, start) {
    const calls = [];
    let cursor = start;
    for (let empty = 0; empty < MOST_EMPTY_PAGES && calls.length < enough; ) {
      const limit = Math.min(enough - calls.length, MOST_CALLS);
      const page = await this.command("calls", { ...this.wanted, limit, ...(cursor ? { cursor } : {}) });
      calls.push(...page.calls);
      cursor = page.cursor;
      if (!cursor) break;
      empty += page.calls.length ? 0 : 1;
    }
    return { calls, cursor };
  }

  async older() {
    // A button that is disabled would lose the keyboard.
    if (this.readingOlder) return;
    this.readingOlder = true;
    const asked = this.question;
    try {
      const { calls, cursor } = await this.read(this.page, this.cursor);
      if (this.question !== asked) return;
      this.enough += this.page;
      const first = calls.find((call) => !this.rows.has(keyOf(call)));
      this.show([...[...this.rows.values()].map((row) => row.call), ...calls], cursor);
      // The keyboard goes on where the list did.
      const target = first && this.rows.get(keyOf(first)).element.querySelector("button");
      if (target && this.more.hidden) target.focus();
    } catch (error) {
      if (!(error instanceof Outdated)) this.problem(this.texts.error(error));
    } finally {
      this.readingOlder = false;
    }
  }

  /** Show these calls; a row that stays the same is left alone, since it may be playing or have the focus. */
  show(calls, cursor) {
    const rows = new Map();
    for (const call of calls) {
      const key = keyOf(call);
      const content = JSON.stringify([call, this.several]);
      const known = this.rows.get(key);
      rows.set(key, known && known.content === content ? known : { call, content, element: this.row(call) });
    }
    this.rows = rows;
    arrange(this.list, [...rows.values()].map((row) => row.element));
    this.cursor = cursor;
    this.more.hidden = !cursor;
    this.say();
  }

  say() {
    const reading = [...this.hub.states.values()].find((state) => (!this.byEntry || this.byEntry.has(state.entry_id)) && !state.history_complete);
    const nothing = this.rows.size ? "" : this.text(this.cursor ? "card_none_yet" : "card_no_calls");
    const percent = reading && reading.history_percent !== null ? this.format.number(reading.history_percent / 100, { style: "percent", maximumFractionDigits: 0 }) : "";
    this.status.textContent = reading ? `${this.text("card_reading")} ${percent}`.trim() : nothing;
  }

  row(call) {
    const account = this.byEntry.get(call.entry_id);
    const direction = DIRECTIONS[call.direction];
    const outcome = OUTCOMES[call.outcome] || OUTCOMES.unknown;
    const other = call.direction === "outgoing" ? call.destination : call.source;
    const isNeverKnown = outcome === OUTCOMES.unknown && account && !account.outcomes;
    const facts = [
      isNeverKnown ? "" : this.text(outcome.text),
      call.at ? this.format.moment(new Date(call.at)) : "",
      call.wait ? this.text("card_waited", { time: this.format.duration(call.wait) }) : "",
      call.talk ? this.text("card_talked", { time: this.format.duration(call.talk) }) : "",
      call.confirmed ? "" : this.text("card_unconfirmed"),
      this.several && account ? account.title : "",
    ];
    const element = make("li");
    element.append(
      make(
        "div",
        { class: "row" },
        make(
          "span",
          { title: direction ? this.text(direction.text) : null },
          icon(call.outcome === "missed" ? "mdi:phone-missed" : direction ? direction.icon : "mdi:phone", outcome.style),
          make("span", { class: "unseen" }, direction ? this.text(direction.text) : ""),
        ),
        make(
          "div",
          {},
          make(
            "div",
            { class: "first" },
            make("span", { class: "who" }, partyName(other, this.texts), ...(call.direction === "incoming" || call.direction === "outgoing" ? [] : [" → ", partyName(call.destination, this.texts)])),
            call.price ? make("span", { class: "price" }, isolated(this.format.amount(call.price.amount, call.price.unit, call.price.digits))) : null,
          ),
          make("div", { class: "facts" }, other.name && other.number ? number(other.number) : null, ...facts.filter(Boolean).map(isolated)),
        ),
        make("div", { class: "buttons" }, this.playButton(call, other, element), callButton(this, account, other)),
      ),
    );
    return element;
  }

  playButton(call, other, element) {
    if (!call.recording) return null;
    const label = this.text("card_play", { who: other.name || other.number || this.text("card_withheld") });
    const button = make("button", { type: "button", class: "play", "aria-label": label, title: label, "aria-expanded": "false" }, icon("mdi:play"));
    button.addEventListener("click", () => this.play(call, element, button));
    return button;
  }

  /** Play a recording below its row; its address is asked for at each press, since it doesn't last. */
  async play(call, element, button) {
    const playing = this.player && this.player.button === button;
    this.stopPlaying();
    if (playing || this.starting) return;
    this.starting = true;
    try {
      const media = await this.asking(
        this.hassNow.connection.sendMessagePromise({ type: "media_source/resolve_media", media_content_id: call.recording }),
      );
      const src = this.hassNow.hassUrl ? this.hassNow.hassUrl(media.url) : media.url;
      const audio = make("audio", { controls: true, src, "aria-label": button.title });
      element.append(audio);
      const player = (this.player = { audio, button, shown: audio, path: media.url });
      audio.addEventListener("error", () => this.unplayable(player));
      button.setAttribute("aria-expanded", "true");
      button.firstChild.setAttribute("icon", "mdi:stop");
      this.problem("");
      await audio.play();
    } catch (error) {
      if (!(error instanceof Outdated) && !(error instanceof DOMException)) this.problem(this.texts.error(error));
    } finally {
      this.starting = false;
    }
  }

  /** Say why a recording doesn't play: it can't be read, or the browser doesn't know its format and can only save it. */
  async unplayable(player) {
    const { src } = player.audio;
    try {
      // Of Home Assistant, whatever the address is.
      const answer = await this.asking(this.hassNow.fetchWithAuth(player.path, { headers: { Range: "bytes=0-0" } }));
      const reason = answer.ok ? "" : await this.asking(answer.text());
      if (this.player !== player) return;
      if (!answer.ok) {
        this.stopPlaying();
        this.problem(reason || this.text("card_failed"));
        return;
      }
      const link = make("a", { href: src, download: true }, this.text("card_save"));
      player.shown = make("p", { class: "unplayable", role: "alert" }, isolated(this.text("card_unplayable")), " ", link);
      player.audio.replaceWith(player.shown);
    } catch (error) {
      if (error instanceof Outdated || this.player !== player) return;
      this.stopPlaying();
      this.problem(this.text("card_failed"));
    }
  }

  stopPlaying() {
    if (!this.player) return;
    this.player.audio.pause();
    this.player.shown.remove();
    this.player.button.setAttribute("aria-expanded", "false");
    this.player.button.firstChild.setAttribute("icon", "mdi:play");
    this.player = undefined;
  }

  end() {
    super.end();
    clearTimeout(this.searching);
    this.stopPlaying();
  }

  happened(event) {
    if (event.entry_id === undefined || !this.byEntry || this.byEntry.has(event.entry_id)) this.loadSoon();
  }

  static getConfigForm() {
    return formWith({ name: "limit", selector: { number: { min: 1, max: 100, mode: "box" } } }, "card_rows");
  }
}

const keyOf = (call) => `${call.entry_id} ${call.call_id}`;

// ---------------------------------------------------------------------------------------------------------------------
// Missed callers

class MissedCard extends TrunklineCard {
  build({ everybody = false }) {
    this.list = make("ul");
    this.status = make("p", { class: "status soft", role: "status" });
    this.all = make("button", { class: "wide", type: "button", onclick: () => this.showAll() }, this.text("card_show_all"));
    this.all.hidden = true;
    this.done = make("p", { class: "status soft", role: "status" });
    this.frame(this.text("card_missed"), this.list, this.all, this.done, this.status);
    this.shown = new Map();
    this.limit = everybody ? Infinity : this.config.limit || SHORT_LIST;
  }

  choices() {
    return this.limit && { everybody: this.limit === Infinity };
  }

  async refresh() {
    const accounts = await this.accounts();
    const byEntry = new Map(accounts.map((account) => [account.entry_id, account]));
    const { callers, total, withheld } = await this.command("missed", this.chosen);
    const rows = new Map();
    for (const caller of callers.slice(0, this.limit)) {
      const account = byEntry.get(caller.entry_id);
      if (!account) continue;
      const key = keyOfCaller(caller);
      const content = JSON.stringify(caller);
      const known = this.shown.get(key);
      rows.set(key, known && known.content === content ? known : { content, element: this.row(account, caller, accounts.length > 1) });
    }
    this.shown = rows;
    arrange(this.list, [...rows.values()].map((row) => row.element));
    this.all.hidden = callers.length <= this.limit;
    const format = (count) => this.format.number(count);
    this.status.textContent = [
      total ? "" : this.text("card_nobody"),
      total > callers.length ? this.text("card_more_callers", { count: format(total - callers.length) }) : "",
      withheld ? this.text("card_withheld_missed", { count: format(withheld) }) : "",
    ]
      .filter(Boolean)
      .join(" ");
  }

  async showAll() {
    const next = this.list.children.length;
    this.limit = Infinity;
    await this.load();
    const target = this.list.children[next] && this.list.children[next].querySelector("button");
    if (target) target.focus();
  }

  static getConfigForm() {
    return formWith({ name: "limit", selector: { number: { min: 1, max: 200, mode: "box" } } }, "card_rows");
  }

  row(account, caller, several) {
    const attempts = caller.calls > 1 ? this.text("card_attempts", { count: this.format.number(caller.calls) }) : this.text("card_attempt");
    const facts = [
      attempts,
      caller.last ? this.text("card_last_at", { time: this.format.moment(new Date(caller.last)) }) : "",
      several ? account.title : "",
    ];
    return make(
      "li",
      {},
      make(
        "div",
        { class: "row" },
        icon("mdi:phone-missed", "bad"),
        make(
          "div",
          {},
          make("div", { class: "first" }, make("span", { class: "who" }, partyName(caller, this.texts))),
          make("div", { class: "facts" }, caller.name && caller.number ? number(caller.number) : null, ...facts.filter(Boolean).map(isolated)),
        ),
        make("div", { class: "buttons" }, account.may_control ? this.doneButton(caller) : null, callButton(this, account, caller)),
      ),
    );
  }

  doneButton(caller) {
    const label = this.text("card_done", { who: caller.name || caller.number });
    return make(
      "button",
      {
        type: "button",
        class: "done",
        "aria-label": label,
        title: label,
        onclick: (event) => this.tickOff(caller, event.currentTarget),
      },
      icon("mdi:check"),
    );
  }

  async tickOff(caller, button) {
    const at = [...this.list.children].findIndex((row) => row.contains(button));
    button.disabled = true;
    let said = this.text("card_ticked", { who: caller.name || caller.number });
    try {
      await this.command("tick_off", { entry_id: caller.entry_id, uid: caller.uid });
    } catch (error) {
      if (error instanceof Outdated) return;
      said = this.texts.error(error);
    }
    await this.load();
    // A caller whose calls could not be marked at the provider is ticked off nevertheless.
    const stays = this.shown.has(keyOfCaller(caller));
    button.disabled = false;
    this.say(said, stays ? null : this.undoButton(caller));
    // The keyboard goes on with the row that took the place of the one that was ticked off.
    const next = this.list.children[Math.min(at, this.list.children.length - 1)];
    const target = (next && next.querySelector("button")) || this.done.querySelector("button");
    if (target) target.focus();
  }

  async undo(caller, button) {
    button.disabled = true;
    try {
      await this.command("untick", { entry_id: caller.entry_id, uid: caller.uid });
      this.say("");
    } catch (error) {
      if (error instanceof Outdated) return;
      this.say(this.texts.error(error));
    }
    await this.load();
    const row = this.shown.get(keyOfCaller(caller));
    if (row) row.element.querySelector("button").focus();
  }

  undoButton(caller) {
    return make("button", { type: "button", class: "wide", onclick: (event) => this.undo(caller, event.currentTarget) }, this.text("card_undo"));
  }

  say(text, button = null) {
    // In the page's direction, also where the sentence begins with a name of the other one.
    this.done.replaceChildren(...[text && `${text} `, button].filter(Boolean));
  }
}

const keyOfCaller = (caller) => `${caller.entry_id} ${caller.uid}`;

// ---------------------------------------------------------------------------------------------------------------------
// Credit

class CreditCard extends TrunklineCard {
  build() {
    this.lines = make("div");
    this.frame(this.text("card_credit"), this.lines);
    this.shownAccounts = [];
  }

  async refresh() {
    this.shownAccounts = await this.accounts();
    this.show();
  }

  get watched() {
    return this.shownAccounts.flatMap((account) => [...account.plans, ...account.trunks.flatMap((trunk) => Object.values(trunk.entities))]);
  }

  statesChanged(before, hass) {
    if (this.watched.some((entity) => before.states[entity] !== hass.states[entity])) this.show();
  }

  show() {
    const several = this.shownAccounts.length > 1;
    const lines = this.shownAccounts.flatMap((account) => [
      ...account.trunks.filter((trunk) => trunk.entities.credit).map((trunk) => this.line(account, trunk, several)),
      ...account.plans.map((entity) => this.plan(account, entity, several)),
    ]);
    this.lines.replaceChildren(...(lines.length ? lines : [make("p", { class: "soft" }, this.text("card_no_credit"))]));
  }

  /** Return the state of an entity, undefined if it has none to show. */
  state(entity) {
    const state = entity && this.hassNow.states[entity];
    return state && !["unknown", "unavailable"].includes(state.state) ? state : undefined;
  }

  line(account, trunk, several) {
    const { entities } = trunk;
    const credit = this.state(entities.credit);
    const low = this.state(entities.low_credit);
    const amount = credit
      ? isolated(this.format.amount(credit.state, credit.attributes.unit_of_measurement, account.unit.digits))
      : this.text("card_unavailable");
    const days = this.state(entities.days_left);
    const facts = [
      [this.text("card_runs_out"), this.day(entities.credit_runs_out)],
      [this.text("card_days_left"), days && this.format.number(days.state, { maximumFractionDigits: 0 })],
      [this.text("card_expires"), this.day(entities.credit_expires)],
    ].filter(([, value]) => value);
    return make(
      "section",
      { class: "line" },
      make(
        "div",
        { class: "head" },
        make("h3", {}, trunk.number ? number(trunk.number) : this.text("card_balance"), several ? make("span", { class: "soft" }, " · ", isolated(account.title)) : null),
        low && low.state === "on" ? make("span", { class: "badge" }, icon("mdi:alert", "bad"), this.text("card_low_credit")) : null,
      ),
      make("div", { class: "credit" }, amount),
      facts.length ? make("dl", {}, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, isolated(value))))) : null,
    );
  }

  plan(account, entity, several) {
    const state = this.state(entity);
    const named = (this.hassNow.states[entity]?.attributes.friendly_name || entity).trim();
    // The name of the device, which is the account's, comes first.
    const name = !several && named.startsWith(`${account.title} `) ? named.slice(account.title.length + 1) : named;
    const days = state ? this.text("card_plan_days", { days: this.format.number(state.state) }) : this.text("card_unavailable");
    return make("section", { class: "line" }, make("h3", {}, isolated(name)), make("div", { class: "credit" }, days));
  }

  day(entity) {
    const state = this.state(entity);
    return state && this.format.moment(new Date(state.state), { time: false });
  }

  happened(event) {
    if (event.type === "accounts") this.loadSoon();
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls and costs from the statistics

const DAY = 86400000;
// How many periods are compared, and how many days before today they can begin.
const PERIODS = {
  day: { text: "card_day", now: "card_this_day", before: "card_same_day", count: 7, days: 7 },
  week: { text: "card_week", now: "card_this_week", before: "card_same_week", count: 6, days: 49 },
  month: { text: "card_month", now: "card_this_month", before: "card_same_month", count: 6, days: 218 },
};

/**
 * Days and periods of the server's zone. Months are those of the account's calendar, as its sensors count them. A day is
 * the number of days since 1970 by its date.
 */
class Calendar {
  constructor(format, account) {
    this.format = format;
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    this.clock = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", { timeZone: format.serverZone, ...parts });
    this.calendar = account.calendar === "jalali" ? "persian" : "gregory";
    this.months = new Intl.DateTimeFormat(`en-u-ca-${this.calendar}-nu-latn`, { timeZone: "UTC", year: "numeric", month: "2-digit" });
  }

  /** Return the wall clock of a moment as if it were UTC. */
  local(moment) {
    const parts = Object.fromEntries(this.clock.formatToParts(moment).map((part) => [part.type, Number(part.value)]));
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  }

  dayOf(moment) {
    return Math.floor(this.local(moment) / DAY);
  }

  /** Return when a day begins. */
  start(day) {
    const near = day * DAY - (this.local(day * DAY) - day * DAY);
    return day * DAY - (this.local(near) - near);
  }

  /** Return what the days of the same period have in common. */
  key(period, day) {
    if (period === "day") return day;
    // The first of January 1970 was a Thursday, the fourth day after a Monday that is day -3.
    if (period === "week") return Math.floor((day + 3 - (this.format.firstWeekday - 1)) / 7);
    return this.months.format(day * DAY);
  }

  /** Return the last periods, the oldest first: their key, first day and last day so far. */
  last(period, today) {
    const { count, days } = PERIODS[period];
    const found = [];
    for (let day = today; day > today - days && found.length <= count; day -= 1) {
      const key = this.key(period, day);
      if (found.length && found[0].key === key) found[0].first = day;
      else found.unshift({ key, first: day, last: day });
    }
    return found.slice(-count);
  }

  label(period, { first, last }) {
    const date = (day, options) => this.format.date(day * DAY, options, "UTC");
    if (period === "day") return date(first, { weekday: "short", day: "numeric" });
    if (period === "month") return date(first, { month: "long", calendar: this.calendar });
    return date(first, { day: "numeric", month: "short" });
  }
}

const hasRecorder = (hass) => hass.config.components.includes("recorder");

/** Return what is known of those statistics that exist; without a recorder there are none. */
async function statisticsOf(connection, ids) {
  try {
    return await connection.sendMessagePromise({ type: "recorder/get_statistics_metadata", statistic_ids: ids });
  } catch (error) {
    if (error.code === "unknown_command") return [];
    throw error;
  }
}

class CostsCard extends TrunklineCard {
  build({ picked }) {
    this.picked = picked;
    this.period = picked || (PERIODS[this.config.period] ? this.config.period : "month");
    this.buttons = Object.entries(PERIODS).map(([period, { text }]) =>
      make("button", { type: "button", class: "wide", value: period, onclick: () => this.choose(period) }, this.text(text)),
    );
    this.content = make("div", { class: "card inner" });
    this.frame(
      this.text("card_costs"),
      make("div", { class: "periods", role: "group", "aria-label": this.text("card_period") }, ...this.buttons),
      this.content,
    );
    this.mark();
  }

  choices() {
    return this.period && { picked: this.picked };
  }

  mark() {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.value === this.period));
  }

  choose(period) {
    this.picked = this.period = period;
    this.mark();
    this.load();
  }

  async refresh() {
    const period = this.period;
    const accounts = await this.accounts();
    const statistics = await Promise.all(accounts.map((account) => this.statistics(account, period)));
    if (this.period !== period) return;
    const shown = statistics.filter(Boolean);
    const nothing = this.text(hasRecorder(this.hassNow) ? "card_no_statistics" : "card_no_recorder");
    this.content.replaceChildren(...(shown.length ? shown.map((each) => this.account(each, accounts.length > 1)) : [make("p", { class: "soft" }, nothing)]));
  }

  /** Return an account's calls and costs in the last periods; undefined if it has no statistics. */
  async statistics(account, period) {
    const ids = [account.statistics.calls, account.statistics.cost];
    const { connection } = this.hassNow;
    const known = await this.asking(statisticsOf(connection, ids));
    if (!known.length) return undefined;
    const now = Date.now();
    const calendar = new Calendar(this.format, account);
    const periods = calendar.last(period, calendar.dayOf(now));
    const ask = (start, step) =>
      connection.sendMessagePromise({
        type: "recorder/statistics_during_period",
        start_time: new Date(calendar.start(start)).toISOString(),
        statistic_ids: known.map((each) => each.statistic_id),
        period: step,
        types: ["change"],
      });
    const [current, before] = [periods[periods.length - 1], periods[periods.length - 2]];
    const [days, hours] = await this.asking(Promise.all([ask(periods[0].first, "day"), ask(before.first, "hour")]));
    const series = {};
    for (const { statistic_id: id, statistics_unit_of_measurement: unit } of known) {
      const sums = new Map(periods.map(({ key }) => [key, 0]));
      for (const row of days[id] || []) {
        const key = calendar.key(period, calendar.dayOf(row.start));
        if (sums.has(key)) sums.set(key, sums.get(key) + (row.change || 0));
      }
      // As much of the period before as has passed of this one.
      const [start, from] = [calendar.start(current.first), calendar.start(before.first)];
      const until = Math.min(start, from + (now - start));
      const same = (hours[id] || []).filter((row) => row.start >= from && row.start < until).reduce((sum, row) => sum + (row.change || 0), 0);
      series[id === account.statistics.cost ? "cost" : "calls"] = { unit, sums, same, now: sums.get(current.key) };
    }
    // Calls without a price count too, and the current period is shown at least.
    const first = periods.findIndex((each) => each === current || Object.values(series).some(({ sums }) => sums.get(each.key)));
    return { account, calendar, period, periods: periods.slice(first), series };
  }

  account({ account, calendar, period, periods, series }, several) {
    const money = (value) => {
      const { unit } = series.cost;
      if (unit !== account.unit.currency) return this.format.amount(value, unit, null);
      return this.format.amount(value / account.unit.factor, account.unit.code, account.unit.digits);
    };
    const count = (value) => this.format.number(value, { maximumFractionDigits: 0 });
    const written = { cost: money, calls: count };
    const main = series.cost ? "cost" : "calls";
    const most = Math.max(...series[main].sums.values(), 0);
    // Before the first statistics there is nothing to compare with.
    const compared = periods.length > 2 || Object.values(series).some(({ same }) => same);
    const figure = (name, heading) => this.figure(heading, series[name], written[name], period, compared);
    const current = periods[periods.length - 1].key;
    const names = { cost: this.text("card_cost"), calls: this.text("card_count") };
    const columns = Object.keys(names).filter((name) => series[name]);
    const row = (each) => {
      const value = Math.max(0, series[main].sums.get(each.key));
      return make(
        "tr",
        { class: each.key === current ? "now" : null },
        make("th", { scope: "row" }, isolated(calendar.label(period, each))),
        make("td", { class: "track", "aria-hidden": "true" }, make("span", { class: "bar", style: `inline-size: ${most ? (100 * value) / most : 0}%; min-inline-size: ${value ? 2 : 0}px` })),
        ...columns.map((name) => make("td", {}, isolated(written[name](series[name].sums.get(each.key))))),
      );
    };
    return make(
      "section",
      { class: "card inner" },
      several ? make("h3", {}, isolated(account.title)) : null,
      make("div", { class: "figures" }, ...columns.map((name) => figure(name, names[name]))),
      make(
        "table",
        {},
        make(
          "thead",
          {},
          make("tr", {}, make("th", { scope: "col" }, this.text(PERIODS[period].text)), make("td", {}), ...columns.map((name) => make("th", { scope: "col" }, names[name]))),
        ),
        make("tbody", {}, ...periods.map(row)),
      ),
    );
  }

  figure(heading, { now, same }, write, period, compared) {
    const { now: text, before } = PERIODS[period];
    const change = same > 0 ? this.format.number(now / same - 1, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }) : "";
    return make(
      "div",
      {},
      make("div", { class: "soft" }, isolated(heading), " · ", isolated(this.text(text))),
      make("div", { class: "credit" }, isolated(write(now)), change ? make("span", { class: "change" }, isolated(change)) : null),
      compared ? make("div", { class: "soft" }, this.text(before, { value: write(same) })) : null,
    );
  }

  happened(event) {
    if (event.type !== "call") this.loadSoon(event.type === "accounts" ? 500 : MINUTE);
  }

  static getConfigForm() {
    const options = Object.entries(PERIODS).map(([value, { text }]) => ({ value, label: anyTexts.text(text) || value }));
    return formWith({ name: "period", selector: { select: { options } } }, "card_period");
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Who is ringing

// The states of the sensor of a phone; one that is idle or unknown is not shown.
const PHONE_STATES = {
  ringing: { style: "fair", icon: "mdi:phone-ring" },
  talking: { style: "good", icon: "mdi:phone-in-talk" },
  paused: { style: "soft", icon: "mdi:phone-paused" },
  offline: { style: "soft", icon: "mdi:phone-off" },
};

/** A card that shows what a command sends of each account with live events: at once, and whenever it changes. */
class LiveTrunklineCard extends TrunklineCard {
  async refresh() {
    const { run } = this;
    const accounts = (await this.accounts()).filter((account) => account.live && account.may_see_calls);
    this.leave();
    this.states = new Map();
    if (!accounts.length) this.show();
    for (const account of accounts) {
      const message = { type: `${DOMAIN}/${this.follows}`, entry_id: account.entry_id };
      const subscribed = this.hassNow.connection.subscribeMessage((state) => this.run === run && this.change(account, state), message);
      this.leaving.push(subscribed);
      await this.asking(subscribed);
    }
  }

  leave() {
    for (const subscribed of this.leaving || []) subscribed.then((unsubscribe) => unsubscribe()).catch(() => {});
    this.leaving = [];
  }

  end() {
    super.end();
    this.leave();
  }

  change(account, state) {
    this.states.set(account.entry_id, { account, state });
    this.show();
  }

  happened(event) {
    if (event.type === "accounts") this.loadSoon();
  }

  /** Return what a state of a phone is called, as its sensor says it. */
  phoneState(state) {
    return this.texts.localize(`component.${DOMAIN}.entity.sensor.phone.state.${state}`) || "";
  }
}

class LiveCard extends LiveTrunklineCard {
  get follows() {
    return "live";
  }

  build() {
    this.list = make("ul");
    this.status = make("p", { class: "status soft", role: "status" });
    this.frame(this.text("card_live"), this.list, this.status);
  }

  show() {
    const rows = [...this.states.values()].flatMap(({ account, state }) => [
      ...state.calls.filter((call) => call.state === "ringing" && !call.phones.length).map((call) => this.call(call)),
      ...state.phones.map((phone) => this.phone(account, phone)),
    ]);
    this.list.replaceChildren(...rows);
    this.status.textContent = rows.length ? "" : this.text("card_quiet");
  }

  /** Show a caller for whom no phone rings yet. */
  call(call) {
    return this.row("mdi:phone-incoming", "fair", this.party(call), isolated(this.text("card_calling")), null, call);
  }

  phone(account, phone) {
    const { icon: symbol, style } = PHONE_STATES[phone.state];
    const known = account.phones.find((each) => each.number === phone.extension);
    const name = (known && known.name) || this.text("card_extension", { number: phone.extension });
    return this.row(symbol, style, isolated(name), isolated(this.phoneState(phone.state)), this.party(phone), phone);
  }

  party({ party }) {
    return party && partyName(party, this.texts);
  }

  row(symbol, style, who, state, party, { queue, since }) {
    return make(
      "li",
      {},
      make(
        "div",
        { class: "row" },
        icon(symbol, style),
        make(
          "div",
          {},
          make("div", { class: "who" }, who),
          make(
            "div",
            { class: "facts" },
            state,
            party,
            queue ? isolated(this.text("card_queue", { queue })) : null,
            since ? isolated(this.format.moment(new Date(since))) : null,
          ),
        ),
      ),
    );
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Queues

// What an agent can be doing. Whoever is free is the only one in green.
const AGENT_STATES = {
  idle: { style: "good", icon: "mdi:account-check" },
  ringing: { style: "fair", icon: "mdi:phone-ring" },
  talking: { style: "soft", icon: "mdi:phone-in-talk" },
  paused: { style: "soft", icon: "mdi:pause-circle-outline" },
  offline: { style: "soft", icon: "mdi:account-off-outline" },
};
const AGENT_UNKNOWN = { style: "soft", icon: "mdi:account-question-outline" };

class QueuesCard extends LiveTrunklineCard {
  get follows() {
    return "queues";
  }

  build() {
    this.lines = make("div");
    this.status = make("p", { class: "status soft", role: "status" });
    this.frame(this.text("card_queues"), this.lines, this.status);
    this.durations = [];
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  end() {
    super.end();
    clearInterval(this.ticking);
  }

  change(account, state) {
    // The clock of a wall tablet may be wrong.
    super.change(account, { ...state, ahead: Date.now() - new Date(state.now) });
  }

  show() {
    this.durations = [];
    const several = this.states.size > 1;
    const lines = [...this.states.values()].flatMap(({ account, state }) =>
      state.queues.map((queue) => this.queue(queue, state.ahead, several ? account.title : "")),
    );
    this.lines.replaceChildren(...lines);
    this.status.textContent = lines.length ? "" : this.text("card_no_queues");
    this.tick();
  }

  /** Let durations go on. */
  tick() {
    for (const { element, begin } of this.durations) {
      const text = this.format.duration(Math.max(0, (Date.now() - begin) / 1000));
      if (element.textContent !== text) element.textContent = text;
    }
  }

  /** Return for how long something lasts already. */
  duration(since, ahead) {
    const element = make("bdi", { class: "number" });
    this.durations.push({ element, begin: new Date(since).getTime() + ahead });
    return element;
  }

  queue({ number: digits, name, waiting, since, callers, agents, free }, ahead, title) {
    const unknown = () => isolated(this.text("card_unknown"));
    const count = (value) => (value === null ? unknown() : isolated(this.format.number(value)));
    const shown = agents || [];
    const available = () => isolated(this.text("card_free_of", { free: this.format.number(free), agents: this.format.number(shown.length) }));
    const figure = (key, value, style) => make("div", {}, make("dt", {}, this.text(key)), make("dd", { class: `credit ${style || ""}` }, value));
    return make(
      "section",
      { class: "line" },
      make(
        "h3",
        {},
        isolated(this.text("card_queue", { queue: name || digits })),
        name ? make("span", { class: "soft" }, " · ", number(digits)) : null,
        title ? make("span", { class: "soft" }, " · ", isolated(title)) : null,
      ),
      make(
        "dl",
        {},
        figure("card_waiting", count(waiting), waiting ? "late" : ""),
        since ? figure("card_longest_wait", this.duration(since, ahead), "late") : null,
        agents ? figure("card_free_agents", free === null ? unknown() : available()) : null,
      ),
      callers.length ? make("ul", {}, ...callers.map((caller) => this.caller(caller, ahead))) : null,
      waiting > callers.length ? make("p", { class: "soft" }, this.text("card_more_callers", { count: this.format.number(waiting - callers.length) })) : null,
      shown.length ? make("ul", { class: "agents", "aria-label": this.text("card_agents") }, ...shown.map((agent) => this.agent(agent, ahead))) : null,
    );
  }

  caller({ party, since }, ahead) {
    return make(
      "li",
      {},
      make(
        "div",
        { class: "row" },
        icon("mdi:phone-ring", "fair"),
        make("div", { class: "who" }, partyName(party || {}, this.texts)),
        this.duration(since, ahead),
      ),
    );
  }

  agent({ extension, name, state, since }, ahead) {
    const { icon: symbol, style } = AGENT_STATES[state] || AGENT_UNKNOWN;
    return make(
      "li",
      {},
      icon(symbol, style),
      make("span", { class: "who" }, isolated(name || this.text("card_extension", { number: extension }))),
      make("span", { class: "soft" }, isolated(state ? this.phoneState(state) : this.text("card_unknown")), ...(since ? [" ", this.duration(since, ahead)] : [])),
    );
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The dashboard

// What is shown of an account's entities, with names that are short enough for a telephone.
const TODAY = {
  calls: "card_count",
  answered: "card_answered",
  missed: "card_missed_call",
  talk_time: "card_talk_time",
  cost_today: "card_cost",
  cost_month: "card_cost_month",
  voicemails: "card_voicemails",
};

class DashboardStrategy extends HTMLElement {
  // No registry: Home Assistant would make all cards anew with each entity or device that anything adds or changes.
  static registryDependencies = [];

  static async generate(config, hass) {
    const texts = await loadTexts(hass);
    const hub = hubOf(hass);
    const accounts = await hub.accounts().catch(() => []);
    const shown = accounts.filter((account) => (config.accounts ? config.accounts.includes(account.entry_id) : account.in_dashboard));
    keepCurrent(hub, accounts);
    if (!shown.length) {
      const cards = [{ type: "markdown", content: texts.text("card_no_account") }];
      return { title: texts.text("dashboard_title"), views: [{ title: texts.text("dashboard_title"), cards }] };
    }
    return {
      title: texts.text("dashboard_title"),
      views: shown.map((account, index) => ({
        type: "sections",
        title: account.title,
        path: `account-${index + 1}`,
        max_columns: 3,
        sections: sectionsOf(account, texts),
      })),
    };
  }
}

/**
 * Return the sections of an account's view. The calls are as high as the two other sections, so that no gaps are left
 * with two columns, and each section is a column of its own where there are three.
 */
function sectionsOf(account, texts) {
  const card = (type, more = {}) => ({ type: `custom:${DOMAIN}-${type}-card`, account: account.entry_id, ...more });
  const tile = (entity, more = {}) => ({ type: "tile", entity, grid_options: { columns: 6, rows: 1 }, ...more });
  const today = Object.keys(TODAY)
    .filter((key) => account.entities[key])
    .map((key) => tile(account.entities[key], { name: texts.text(TODAY[key]) || undefined }));
  const dials = account.speed_dials.map((dial) =>
    tile(dial.entity_id, {
      name: dial.name,
      icon: "mdi:phone-forward",
      hide_state: true,
      grid_options: { columns: 12, rows: 1 },
      icon_tap_action: { action: "none" },
      tap_action: {
        action: "perform-action",
        perform_action: "button.press",
        target: { entity_id: dial.entity_id },
        confirmation: { text: texts.text("card_dial_question", { name: dial.name }) },
      },
    }),
  );
  const heading = (text, symbol) => ({ type: "heading", heading: text, icon: symbol, heading_style: "title" });
  const hasCredit = account.plans.length || account.trunks.some((trunk) => trunk.entities.credit);
  const calls = account.may_see_calls;
  return [
    {
      cards: [
        heading(texts.text("card_today"), "mdi:calendar-today"),
        ...today,
        ...(dials.length ? [heading(texts.text("card_speed_dials"), "mdi:phone-dial"), ...dials] : []),
        ...(calls && account.live ? [card("live")] : []),
        ...(calls && account.queues ? [card("queues")] : []),
        ...(calls && account.outcomes ? [card("missed", { limit: 5 })] : []),
      ],
    },
    { cards: calls ? [card("calls", { limit: 10 })] : [], row_span: 2 },
    { cards: [...(hasCredit ? [card("credit")] : []), card("costs")] },
  ]
    .filter(({ cards }) => cards.length)
    .map((section) => ({ type: "grid", ...section }));
}

/** Generate the dashboard again when there is something else to show, such as another account. */
function keepCurrent(hub, accounts) {
  const outline = (list) =>
    JSON.stringify(list.map((account) => [account.entry_id, account.title, account.in_dashboard, account.may_see_calls, account.queues, account.trunks.map((trunk) => trunk.trunk_id), account.speed_dials]));
  hub.outline = outline(accounts);
  if (hub.keeping) return;
  hub.keeping = hub.listen((event) => {
    if (event.type !== "accounts") return;
    clearTimeout(hub.comparing);
    hub.comparing = setTimeout(async () => {
      const now = await hub.accounts().catch(() => []);
      if (outline(now) === hub.outline) return;
      const root = dashboardRoot();
      if (root) root.dispatchEvent(new CustomEvent("config-refresh", { bubbles: true, composed: true }));
    }, 3000);
  });
}

function dashboardRoot() {
  let element = document.querySelector("home-assistant");
  for (const selector of ["home-assistant-main", "ha-panel-lovelace", "hui-root"]) {
    element = element && element.shadowRoot && element.shadowRoot.querySelector(selector);
  }
  return element;
}

// ---------------------------------------------------------------------------------------------------------------------
// Registration

const CARDS = [
  { type: "calls", element: CallsCard, name: "card_calls", description: "card_calls_help" },
  { type: "missed", element: MissedCard, name: "card_missed", description: "card_missed_help" },
  { type: "credit", element: CreditCard, name: "card_credit", description: "card_credit_help" },
  { type: "costs", element: CostsCard, name: "card_costs", description: "card_costs_help" },
  { type: "live", element: LiveCard, name: "card_live", description: "card_live_help" },
  { type: "queues", element: QueuesCard, name: "card_queues", description: "card_queues_help" },
];

/** Define the elements once the frontend is there: while it starts, it replaces the registry of elements. */
async function register() {
  while (!window.customElements.get("home-assistant")) await new Promise((done) => setTimeout(done, 50));
  const define = (tag, element) => {
    if (!window.customElements.get(tag)) window.customElements.define(tag, element);
  };
  for (const card of CARDS) define(`${DOMAIN}-${card.type}-card`, card.element);
  define(`ll-strategy-dashboard-${DOMAIN}`, DashboardStrategy);
  loadTextsEarly();
  // A page that has waited in vain for the strategy shows an error until it is told to try again.
  const root = dashboardRoot();
  if (root && location.pathname.startsWith(`/${DOMAIN}`)) {
    root.dispatchEvent(new CustomEvent("config-refresh", { bubbles: true, composed: true }));
  }
}

/** Load the texts for the list of cards, which doesn't wait for them. */
async function loadTextsEarly() {
  let hass;
  while (!(hass = document.querySelector("home-assistant")?.hass)?.loadBackendTranslation) await new Promise((done) => setTimeout(done, 50));
  loadTexts(hass).catch(() => {});
}

window.customCards = window.customCards || [];
for (const card of CARDS) {
  window.customCards.push({
    type: `${DOMAIN}-${card.type}-card`,
    // With a preview, the list would show no description, and be as high as the longest card.
    preview: false,
    // The texts are there once a card or the dashboard has loaded them.
    get name() {
      return anyTexts.text(card.name) || `Trunkline: ${card.type}`;
    },
    get description() {
      return anyTexts.text(card.description);
    },
  });
}
window.customStrategies = window.customStrategies || [];
window.customStrategies.push({ type: DOMAIN, strategyType: "dashboard", name: "Trunkline" });

register();
