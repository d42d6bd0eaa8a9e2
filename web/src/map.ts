// Enlivens a map that the server has drawn: looking closer, moving about, a word
// on what is under the pointer, finding a unit. Loaded only by pages with a map.
//
//   <div data-map>
//     <script type="application/json"> {"unit": …, "names": [[x, y, class, name]…], …} </script>
//     <svg class="map-picture" viewBox="0 0 w h"> … </svg>
//   </div>
//
// Without it the picture, its names and its links are all there.

import { count, language, once, say } from "./page";

interface Data {
  /** units of the picture for a pixel */
  unit: number;
  /** units for 1 of the world's picture at zoom 0, and its upper left corner there */
  scale: number;
  x: number;
  y: number;
  /** address that gives records closer by, "" without */
  points: string;
  /** address of the rows with a key, to which the key is added; "" without */
  rows: string;
  names: [number, number, string, string][];
  /** size of the names in pixels */
  type: number;
}

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

type Span = [number, number, number, number];

const SVG = "http://www.w3.org/2000/svg";

export function enliven(root: ParentNode): void {
  for (const place of once<HTMLElement>(root, "[data-map]")) {
    const svg = place.querySelector<SVGSVGElement>("svg.map-picture");
    const text = place.querySelector('script[type="application/json"]')?.textContent ?? "";
    if (svg !== null && text !== "") {
      new LiveMap(place, svg, JSON.parse(text) as Data);
    }
  }
}

class LiveMap {
  private readonly whole: Box;
  private box: Box;
  private readonly names: SVGGElement;
  private readonly dots: SVGGElement;
  private readonly firstDots: Node[];
  private readonly tip: HTMLElement;
  private readonly nearest: number;
  private readonly buttons: HTMLButtonElement[] = [];
  private readonly held = new Map<number, PointerEvent>();
  private moved = false;
  private asking: AbortController | null = null;
  private askSoon = 0;
  private readonly pen = document.createElement("canvas").getContext("2d");
  private readonly widths = new Map<string, number>();

  constructor(
    private readonly place: HTMLElement,
    private readonly svg: SVGSVGElement,
    private readonly data: Data,
  ) {
    const view = svg.viewBox.baseVal;
    this.whole = { x: 0, y: 0, w: view.width, h: view.height };
    this.box = { ...this.whole };
    this.nearest = data.points === "" ? 12 : 64;
    this.names = document.createElementNS(SVG, "g");
    this.names.setAttribute("class", "map-names");
    this.names.setAttribute("aria-hidden", "true");
    this.names.setAttribute("lang", "vi");
    svg.append(this.names);
    this.dots = svg.querySelector<SVGGElement>(".map-dots") ?? this.names;
    this.firstDots = [...this.dots.childNodes];
    this.tip = document.createElement("div");
    this.tip.className = "map-tip";
    this.tip.hidden = true;
    this.tip.setAttribute("aria-hidden", "true");
    place.append(this.tip);
    place.classList.add("map-live");
    this.nameThings();
    this.addTools();
    this.addSearch();
    this.watchPointer();
    this.watchKeys();
    new ResizeObserver(() => this.draw()).observe(svg);
    void document.fonts.ready.then(() => {
      this.widths.clear();
      this.draw();
    });
  }

  // --- What is drawn -----------------------------------------------------

  /** Pixels for a unit of the picture, as it is now. */
  private pixels(): number {
    const r = this.svg.getBoundingClientRect();
    return Math.min(r.width / this.box.w, r.height / this.box.h) || 1;
  }

  private zoom(): number {
    return this.whole.w / this.box.w;
  }

  private draw(): void {
    const { x, y, w, h } = this.box;
    this.svg.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    this.place.classList.toggle("map-near", this.zoom() > 1.01);
    const px = this.pixels();
    // What is drawn over the map keeps its size, a little smaller on a phone.
    const small = Math.min(1, Math.max(0.6, this.svg.clientWidth / 700));
    for (const c of this.svg.querySelectorAll<SVGCircleElement>(".map-dot")) {
      const r = Number((c.dataset["r"] ??= c.getAttribute("r") ?? "40")) / this.data.unit;
      c.setAttribute("r", String((r * small) / px));
      c.parentElement?.classList.toggle("map-small", r * small < 8);
    }
    for (const t of this.svg.querySelectorAll<SVGTextElement>(".map-count")) {
      t.style.fontSize = `${10 / px}px`;
      t.setAttribute("dy", String(3.5 / px));
      t.setAttribute("y", t.dataset["y"] ?? (t.dataset["y"] = t.parentNode?.querySelector("circle")?.getAttribute("cy") ?? "0"));
    }
    this.drawNames(px);
    const [closer, farther, back] = this.buttons;
    if (closer && farther && back) {
      closer.disabled = this.zoom() >= this.nearest - 0.01;
      farther.disabled = back.disabled = this.zoom() <= 1.01;
    }
  }

  /** Names that fit at this size without touching each other, the more important first. */
  private drawNames(px: number): void {
    const size = this.data.type / px;
    const taken: Span[] = [this.toolsSpan()];
    for (const c of this.dots.querySelectorAll<SVGCircleElement>(".map-dot")) {
      const [cx, cy, r] = ["cx", "cy", "r"].map((n) => Number(c.getAttribute(n)));
      taken.push([cx! - r!, cy! - r!, cx! + r!, cy! + r!]);
    }
    const texts: SVGTextElement[] = [];
    for (const [x, y, kind, name] of this.data.names) {
      const text = this.fit(x, y, kind, name, size, taken);
      if (text !== null) {
        texts.push(text);
      }
    }
    texts.push(...this.recordNames(size, taken));
    this.names.setAttribute("font-size", String(size));
    this.names.replaceChildren(...texts);
  }

  /** Names of records under their places, when these are few enough to be read. */
  private recordNames(size: number, taken: Span[]): SVGTextElement[] {
    const b = this.box;
    const near = [...this.dots.querySelectorAll<SVGAElement>("a.map-at")].filter((a) => {
      const c = a.querySelector("circle");
      const [x, y] = [Number(c?.getAttribute("cx")), Number(c?.getAttribute("cy"))];
      return x > b.x && x < b.x + b.w && y > b.y && y < b.y + b.h;
    });
    if (near.length > 120) {
      return [];
    }
    return near.flatMap((a) => {
      const c = a.querySelector("circle");
      const [x, y, r] = ["cx", "cy", "r"].map((n) => Number(c?.getAttribute(n)));
      return this.fit(x!, y! + r! + size * 0.75, "map-record", a.dataset["text"] ?? "", size * 0.92, taken, true) ?? [];
    });
  }

  /** The part of the picture that the tools cover. */
  private toolsSpan(): Span {
    const r = this.place.querySelector(".map-tools")?.getBoundingClientRect();
    if (r === undefined) {
      return [0, 0, 0, 0];
    }
    const a = this.at({ clientX: r.left - 4, clientY: r.top - 4 });
    const b = this.at({ clientX: r.right + 4, clientY: r.bottom + 4 });
    return [a.x, a.y, b.x, b.y];
  }

  private fit(x: number, y: number, kind: string, name: string, size: number, taken: Span[], fixed = false): SVGTextElement | null {
    const b = this.box;
    if (x < b.x || x > b.x + b.w || y < b.y || y > b.y + b.h) {
      return null;
    }
    const ways = broken(name, (s) => this.width(s));
    if (kind === "map-sea" && this.width(name) * size > b.w / 3) {
      ways.reverse();
    }
    for (const lines of ways) {
      const w = Math.max(...lines.map((l) => this.width(l))) * size + size * 0.4;
      const h = size * 1.15 * lines.length;
      for (const [sx, sy] of fixed ? shifts.slice(0, 1) : shifts) {
        const cx = x + sx * w;
        const cy = y + sy * h;
        const span: Span = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2];
        const inside = span[0] >= b.x && span[1] >= b.y && span[2] <= b.x + b.w && span[3] <= b.y + b.h;
        if (inside && !taken.some((t) => t[0] < span[2] && t[2] > span[0] && t[1] < span[3] && t[3] > span[1])) {
          taken.push(span);
          return written(cx, cy, kind, lines, size);
        }
      }
    }
    return null;
  }

  /** How wide a text is in the type of the page, for a size of 1. */
  private width(text: string): number {
    let w = this.widths.get(text);
    if (w === undefined) {
      if (this.pen !== null) {
        this.pen.font = `500 100px ${getComputedStyle(this.svg).fontFamily}`;
      }
      w = (this.pen?.measureText(text).width ?? text.length * 58) / 100;
      this.widths.set(text, w);
    }
    return w;
  }

  // --- Looking closer ----------------------------------------------------

  /** Shows a part of the picture, no closer and no farther than there is something to see. */
  private show(box: Box): void {
    const w = Math.min(this.whole.w, Math.max(this.whole.w / this.nearest, box.w));
    const h = (w * this.whole.h) / this.whole.w;
    const cx = box.x + box.w / 2;
    const cy = box.y + box.h / 2;
    const within = (at: number, size: number, all: number): number => Math.min(Math.max(at, 0), all - size);
    this.box = { x: within(cx - w / 2, w, this.whole.w), y: within(cy - h / 2, h, this.whole.h), w, h };
    this.tip.hidden = true;
    this.draw();
    this.askCloser();
  }

  /** Grows or shrinks what is shown around a point of the picture. */
  private scaleBy(factor: number, at?: { x: number; y: number }): void {
    const b = this.box;
    const p = at ?? { x: b.x + b.w / 2, y: b.y + b.h / 2 };
    const w = Math.min(this.whole.w, Math.max(this.whole.w / this.nearest, b.w / factor));
    const k = w / b.w;
    this.show({ x: p.x - (p.x - b.x) * k, y: p.y - (p.y - b.y) * k, w, h: b.h * k });
  }

  private at(e: { clientX: number; clientY: number }): { x: number; y: number } {
    const m = this.svg.getScreenCTM()?.inverse();
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(m);
    return { x: p.x, y: p.y };
  }

  // --- Tools ---------------------------------------------------------------

  private addTools(): void {
    const tools = document.createElement("div");
    tools.className = "map-tools";
    const add = (sign: string, name: string, act: () => void): void => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = sign;
      b.setAttribute("aria-label", name);
      b.title = name;
      b.addEventListener("click", act);
      tools.append(b);
      this.buttons.push(b);
    };
    add("+", say("Phóng to", "Closer"), () => this.scaleBy(1.8));
    add("−", say("Thu nhỏ", "Farther"), () => this.scaleBy(1 / 1.8));
    add("⤢", say("Xem toàn bộ", "Show all"), () => this.show(this.whole));
    this.place.append(tools);
  }

  private addSearch(): void {
    const units = new Map<string, SVGGraphicsElement>();
    for (const u of this.svg.querySelectorAll<SVGGraphicsElement>(".map-units .map-unit")) {
      units.set((u.dataset["text"] ?? "").split(": ")[0] ?? "", u);
    }
    if (units.size < 8) {
      return;
    }
    const box = document.createElement("div");
    box.className = "map-find";
    const input = document.createElement("input");
    input.type = "search";
    input.className = "form-control";
    input.placeholder = say("Tìm đơn vị", "Find a unit");
    input.setAttribute("aria-label", input.placeholder);
    const list = document.createElement("datalist");
    list.id = "map-find-list";
    for (const name of units.keys()) {
      list.append(new Option(name));
    }
    input.setAttribute("list", list.id);
    const find = (near: boolean): void => {
      const wanted = fold(input.value);
      const name = wanted === "" ? undefined : [...units.keys()].find((n) => (near ? fold(n).includes(wanted) : fold(n) === wanted));
      const unit = name === undefined ? undefined : units.get(name);
      if (unit !== undefined) {
        this.goTo(unit);
      }
    };
    input.addEventListener("input", () => find(false));
    input.addEventListener("keydown", (e) => {
      if (e.key === "Enter") {
        e.preventDefault();
        find(true);
      }
    });
    box.append(input, list);
    (this.place.parentElement?.querySelector("[data-map-head]") ?? this.place).append(box);
  }

  private goTo(unit: SVGGraphicsElement): void {
    const b = unit.getBBox();
    const w = Math.max(b.width * 4, (b.height * 4 * this.whole.w) / this.whole.h, this.whole.w / this.nearest);
    this.show({ x: b.x + b.width / 2 - w / 2, y: b.y + b.height / 2 - w / 2, w, h: w });
    this.svg.querySelectorAll(".map-on").forEach((u) => u.classList.remove("map-on"));
    unit.classList.add("map-on");
    unit.parentNode?.append(unit); // its outline lies above its neighbours'
    this.tellOf(unit);
  }

  // --- What is under the pointer or has the focus ---------------------------

  /** The browser's own word on a thing would stand beside ours: it becomes the thing's name. */
  private nameThings(): void {
    for (const thing of this.svg.querySelectorAll<SVGGraphicsElement>(".map-unit, .map-at")) {
      const title = thing.querySelector("title");
      const text = title?.textContent ?? thing.dataset["text"] ?? "";
      title?.remove();
      thing.dataset["text"] = text;
      thing.setAttribute("aria-label", text);
    }
    // One stop for the tab key, arrows inside: 104 stops would be none.
    const links = this.links();
    links.forEach((a, i) => a.setAttribute("tabindex", i === 0 ? "0" : "-1"));
  }

  private links(): SVGAElement[] {
    return [...this.svg.querySelectorAll<SVGAElement>("a")];
  }

  private tellOf(thing: SVGGraphicsElement, e?: PointerEvent): void {
    const text = thing.dataset["text"] ?? "";
    const cut = text.lastIndexOf(": ");
    this.tip.replaceChildren();
    if (thing.classList.contains("map-unit") && cut > 0) {
      const name = document.createElement("strong");
      name.textContent = text.slice(0, cut);
      this.tip.append(name, text.slice(cut + 2));
    } else {
      this.tip.append(text);
    }
    this.tip.hidden = false;
    const frame = this.place.getBoundingClientRect();
    const r = thing.getBoundingClientRect();
    const x = (e?.clientX ?? r.x + r.width / 2) - frame.x;
    const y = (e?.clientY ?? r.y + r.height / 2) - frame.y;
    const left = Math.min(Math.max(8, x + 14), frame.width - this.tip.offsetWidth - 8);
    const below = y + 18 + this.tip.offsetHeight < frame.height;
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${below ? y + 18 : Math.max(8, y - this.tip.offsetHeight - 12)}px`;
  }

  private watchKeys(): void {
    this.svg.addEventListener("focusin", (e) => {
      if (e.target instanceof SVGGraphicsElement && e.target !== this.svg && e.target.matches(":focus-visible")) {
        this.tellOf(e.target);
      }
    });
    this.svg.addEventListener("focusout", () => (this.tip.hidden = true));
    this.svg.addEventListener("keydown", (e) => {
      const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[e.key];
      if (way !== undefined && e.target instanceof SVGAElement) {
        e.preventDefault();
        this.step(e.target, way);
      } else if (e.key === "+" || e.key === "-") {
        this.scaleBy(e.key === "+" ? 1.8 : 1 / 1.8);
      } else if (e.key === "Escape") {
        this.tip.hidden = true;
      }
    });
  }

  /** Goes to the nearest neighbour in a direction. */
  private step(from: SVGAElement, [dx, dy]: [number, number]): void {
    const here = middle(from);
    let best: SVGAElement | null = null;
    let least = Infinity;
    for (const a of this.links()) {
      const there = middle(a);
      const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
      const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      if (a !== from && along > 0 && along + 2 * aside < least) {
        best = a;
        least = along + 2 * aside;
      }
    }
    if (best !== null) {
      from.setAttribute("tabindex", "-1");
      best.setAttribute("tabindex", "0");
      best.focus();
      this.tellOf(best);
    }
  }

  private watchPointer(): void {
    const svg = this.svg;
    svg.addEventListener("pointerdown", (e) => {
      this.held.set(e.pointerId, e);
      this.moved = false;
    });
    svg.addEventListener("pointermove", (e) => this.drag(e));
    const let_go = (e: PointerEvent): void => {
      this.held.delete(e.pointerId);
      this.place.classList.remove("map-held");
    };
    addEventListener("pointerup", let_go);
    addEventListener("pointercancel", let_go);
    svg.addEventListener("pointerleave", () => (this.tip.hidden = true));
    svg.addEventListener("dragstart", (e) => e.preventDefault());
    // Moving the map is no wish to follow the link below.
    svg.addEventListener("click", (e) => this.moved && e.preventDefault(), true);
    svg.addEventListener(
      "wheel",
      (e) => {
        // The wheel alone scrolls the page, as everywhere on it.
        if (e.ctrlKey || e.metaKey) {
          e.preventDefault();
          this.scaleBy(Math.exp(-e.deltaY / 300), this.at(e));
        }
      },
      { passive: false },
    );
  }

  private drag(e: PointerEvent): void {
    const before = this.held.get(e.pointerId);
    if (before === undefined) {
      const thing = e.pointerType === "mouse" && e.target instanceof Element ? e.target.closest<SVGGraphicsElement>(".map-unit, .map-at") : null;
      if (thing !== null) {
        this.tellOf(thing, e);
      } else {
        this.tip.hidden = true;
      }
      return;
    }
    const others = [...this.held.values()].filter((p) => p.pointerId !== e.pointerId);
    const other = others[0];
    if (other !== undefined) {
      const far = (p: PointerEvent): number => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY) || 1;
      this.moved = true;
      this.scaleBy(far(e) / far(before), this.at({ clientX: (e.clientX + other.clientX) / 2, clientY: (e.clientY + other.clientY) / 2 }));
    } else if (this.zoom() > 1.01) {
      const dx = e.clientX - before.clientX;
      const dy = e.clientY - before.clientY;
      if (!this.moved && Math.hypot(dx, dy) < 4) {
        return;
      }
      this.moved = true;
      this.place.classList.add("map-held");
      const px = this.pixels();
      this.show({ ...this.box, x: this.box.x - dx / px, y: this.box.y - dy / px });
    }
    this.held.set(e.pointerId, e);
  }

  // --- Records closer by ----------------------------------------------------

  private askCloser(): void {
    if (this.data.points === "") {
      return;
    }
    clearTimeout(this.askSoon);
    this.asking?.abort();
    if (this.zoom() <= 1.01) {
      this.dots.replaceChildren(...this.firstDots);
      this.draw();
      return;
    }
    this.askSoon = window.setTimeout(() => void this.ask(), 180);
  }

  private async ask(): Promise<void> {
    const b = this.box;
    const [west, north] = this.degrees(b.x, b.y);
    const [east, south] = this.degrees(b.x + b.w, b.y + b.h);
    const asking = (this.asking = new AbortController());
    try {
      const address = `${this.data.points}?bbox=${[west, south, east, north].map((v) => v.toFixed(6)).join(",")}&cells=${Math.round((b.w * this.pixels()) / 30)}`;
      const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "application/geo+json" } });
      if (answer.ok) {
        this.putDots((await answer.json()) as Points);
      }
    } catch (err) {
      if (!asking.signal.aborted) {
        console.warn("map:", err); // what was drawn stays
      }
    }
  }

  private putDots(points: Points): void {
    const most = Math.max(2, ...points.features.map((f) => f.properties.count ?? 1));
    this.dots.replaceChildren(
      ...points.features.map(({ geometry, properties }) => {
        const [x, y] = this.project(geometry.coordinates[0], geometry.coordinates[1]);
        const n = properties.count ?? 1;
        const link = properties.id === undefined || this.data.rows === "" ? "" : this.data.rows + quoted(properties.id);
        const text = properties.title ?? say(`${count(n)} bản ghi`, language() === "en" && n === 1 ? "1 record" : `${count(n)} records`);
        return dot(x, y, n, most, text, link, this.data.unit);
      }),
    );
    this.nameThings();
    this.draw();
  }

  private project(lon: number, lat: number): [number, number] {
    const r = (lat * Math.PI) / 180;
    const wx = ((lon + 180) / 360) * 256;
    const wy = ((1 - Math.log(Math.tan(Math.PI / 4 + r / 2)) / Math.PI) / 2) * 256;
    return [(wx - this.data.x) * this.data.scale, (wy - this.data.y) * this.data.scale];
  }

  private degrees(x: number, y: number): [number, number] {
    const wx = x / this.data.scale + this.data.x;
    const wy = y / this.data.scale + this.data.y;
    return [(wx / 256) * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - (2 * wy) / 256))) * 180) / Math.PI];
  }
}

interface Points {
  features: { geometry: { coordinates: [number, number] }; properties: { count?: number; title?: string; id?: string } }[];
}

/** Places beside the middle, as internal/core/atlas has them. */
const shifts = [
  [0, 0],
  [0, -0.6],
  [0, 0.6],
  [-0.25, 0],
  [0.25, 0],
  [-0.25, -0.6],
  [0.25, -0.6],
  [-0.25, 0.6],
  [0.25, 0.6],
  [0, -1],
  [0, 1],
  [-0.45, 0],
  [0.45, 0],
  [-0.45, -0.6],
  [0.45, -0.6],
  [-0.45, 0.6],
  [0.45, 0.6],
  [-0.3, -1],
  [0.3, -1],
  [-0.3, 1],
  [0.3, 1],
] as const;

/** A name in one line, then in two of about one length. */
function broken(name: string, width: (s: string) => number): string[][] {
  const words = name.split(" ");
  const ways = [[name]];
  if (words.length >= 3) {
    const halves = words.slice(1).map((_, i) => [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")]);
    halves.sort((a, b) => Math.abs(width(a[0]!) - width(a[1]!)) - Math.abs(width(b[0]!) - width(b[1]!)));
    ways.push(halves[0]!);
  }
  return ways;
}

function written(x: number, y: number, kind: string, lines: string[], size: number): SVGTextElement {
  const text = document.createElementNS(SVG, "text");
  text.setAttribute("class", kind);
  lines.forEach((line, i) => {
    const t = document.createElementNS(SVG, "tspan");
    t.setAttribute("x", String(x));
    t.setAttribute("y", String(y + (i - (lines.length - 1) / 2) * size * 1.15 + size * 0.35));
    t.textContent = line;
    text.append(t);
  });
  return text;
}

function dot(x: number, y: number, n: number, most: number, text: string, link: string, unit: number): SVGElement {
  const at = document.createElementNS(SVG, link === "" ? "g" : "a");
  at.setAttribute("class", "map-at");
  if (link === "") {
    at.setAttribute("role", "img");
  } else {
    at.setAttribute("href", link);
  }
  at.dataset["text"] = text;
  const c = document.createElementNS(SVG, "circle");
  c.setAttribute("class", "map-dot");
  c.setAttribute("cx", String(x));
  c.setAttribute("cy", String(y));
  const r = n === 1 ? 4.5 : 6 + 11 * Math.sqrt((n - 1) / (most - 1));
  c.setAttribute("r", String(r * unit));
  at.append(c);
  if (n > 1 && r >= 8) {
    const t = document.createElementNS(SVG, "text");
    t.setAttribute("class", "map-count");
    t.setAttribute("x", String(x));
    t.dataset["y"] = String(y);
    t.setAttribute("aria-hidden", "true");
    t.textContent = count(n);
    at.append(t);
  }
  return at;
}

/** A text as CQL2 has it, for an address. */
function quoted(text: string): string {
  return encodeURIComponent(`'${text.replaceAll("'", "''")}'`).replaceAll("'", "%27");
}

function middle(e: Element): { x: number; y: number } {
  const r = e.getBoundingClientRect();
  return { x: r.x + r.width / 2, y: r.y + r.height / 2 };
}

/** A name without marks and capitals: "hung yen" finds "Hưng Yên". */
function fold(s: string): string {
  return s.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase().trim();
}
