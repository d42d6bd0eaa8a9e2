// Draws the hexagon with ECharts. Loaded lazily: see hexagon.ts.

import { init, use, type ComposeOption, type ECharts } from "echarts/core";
import { CustomChart, type CustomSeriesOption } from "echarts/charts";
import { RadarComponent, type RadarComponentOption } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { language, say } from "./page";

export interface Criterion {
  label: string;
  /** 0 to 100, or null when it is not measured. */
  value: number | null;
}

use([RadarComponent, CustomChart, CanvasRenderer]);

type Option = ComposeOption<RadarComponentOption | CustomSeriesOption>;
type Point = [number, number];

interface Geometry {
  centre: Point;
  radius: number;
}

/** Draws criteria into box and keeps the drawing right when it or the theme changes. */
export function radar(box: HTMLElement, criteria: Criterion[]): ECharts {
  const chart = init(box, null, { renderer: "canvas" });
  const paint = (): void => chart.setOption(option(box, criteria), true);
  paint();

  const size = new ResizeObserver(() => {
    if (!box.isConnected) {
      size.disconnect();
      theme.disconnect();
      chart.dispose();
      return;
    }
    chart.resize();
    paint();
  });
  const theme = new MutationObserver(paint);
  size.observe(box);
  theme.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  // Canvas text is measured when drawn: draw again when our type has come.
  void document.fonts.ready.then(() => chart.isDisposed() || paint());
  return chart;
}

function option(box: HTMLElement, criteria: Criterion[]): Option {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const geometry = measure(box);
  return {
    animation: false,
    textStyle: { fontFamily: style.fontFamily },
    radar: {
      center: geometry.centre,
      radius: geometry.radius,
      shape: "polygon",
      clockwise: true,
      splitNumber: 4,
      indicator: criteria.map((c) => ({ name: c.label, max: 100, min: 0 })),
      axisName: {
        formatter: (name) => caption(criteria, name ?? ""),
        rich: {
          name: { color: colour("--ph-ink"), fontSize: 13, fontWeight: 600, lineHeight: 18, align: "center" },
          value: { color: colour("--ph-ink-soft"), fontSize: 13, lineHeight: 18, align: "center" },
          none: { color: colour("--ph-unmeasured"), fontSize: 12, lineHeight: 18, align: "center" },
        },
      },
      axisNameGap: 10,
      splitArea: { show: false },
      splitLine: { lineStyle: { color: colour("--ph-line") } },
      axisLine: { lineStyle: { color: colour("--ph-line") } },
    },
    series: [
      {
        type: "custom",
        coordinateSystem: "none",
        silent: true,
        data: [0],
        renderItem: () => ({
          type: "group",
          children: shapes(criteria, geometry, colour("--ph-primary")),
        }),
      },
    ],
  };
}

function measure(box: HTMLElement): Geometry {
  const width = box.clientWidth;
  const height = box.clientHeight;
  // Room for two lines of caption above and below, and for words at the sides.
  const radius = Math.max(20, Math.min(height / 2 - 44, width / 2 - 76));
  return { centre: [width / 2, height / 2], radius };
}

function caption(criteria: Criterion[], name: string): string {
  const value = criteria.find((c) => c.label === name)?.value ?? null;
  if (value === null) {
    return `{name|${name}}\n{none|${say("chưa đo", "not measured")}}`;
  }
  // Rounded down, as everywhere: 99.96 is not 100.
  const text = (Math.floor(value * 10) / 10).toLocaleString(language() === "en" ? "en-GB" : "vi-VN", { maximumFractionDigits: 1 });
  return `{name|${name}}\n{value|${text}}`;
}

/**
 * The drawn area. ECharts' own radar series puts a missing value in the middle,
 * as if it were nought; here what is not measured is a gap: each run of
 * measured neighbours is one slice, open where the next is not measured.
 */
function shapes(criteria: Criterion[], geometry: Geometry, colour: string): Shape[] {
  const drawn: Shape[] = [];
  for (const run of runs(criteria)) {
    const points = run.map((i) => point(criteria, geometry, i));
    const closed = run.length === criteria.length;
    drawn.push({
      type: "polygon",
      shape: { points: closed ? points : [geometry.centre, ...points] },
      style: { fill: colour, opacity: 0.18 },
    });
    drawn.push({
      type: closed ? "polygon" : "polyline",
      shape: { points },
      style: { fill: "none", stroke: colour, lineWidth: 2 },
    });
    for (const [cx, cy] of points) {
      drawn.push({ type: "circle", shape: { cx, cy, r: 3.5 }, style: { fill: colour } });
    }
  }
  return drawn;
}

type Shape =
  | { type: "polygon" | "polyline"; shape: { points: Point[] }; style: object }
  | { type: "circle"; shape: { cx: number; cy: number; r: number }; style: object };

/** The measured criteria as runs of neighbours around the hexagon. */
export function runs(criteria: Criterion[]): number[][] {
  const n = criteria.length;
  const measured = (i: number): boolean => (criteria[i % n]?.value ?? null) !== null;
  const gap = criteria.findIndex((c) => c.value === null);
  if (gap < 0) {
    return [criteria.map((_, i) => i)];
  }
  const found: number[][] = [];
  let run: number[] = [];
  for (let i = gap + 1; i <= gap + n; i++) {
    if (measured(i)) {
      run.push(i % n);
    } else if (run.length > 0) {
      found.push(run);
      run = [];
    }
  }
  return found;
}

/** Where a value stands: the first axis points up, the rest follow clockwise, as the axes do. */
function point(criteria: Criterion[], { centre, radius }: Geometry, index: number): Point {
  const angle = Math.PI / 2 - (2 * Math.PI * index) / criteria.length;
  const r = (radius * Math.max(0, Math.min(100, criteria[index]?.value ?? 0))) / 100;
  return [centre[0] + r * Math.cos(angle), centre[1] - r * Math.sin(angle)];
}
