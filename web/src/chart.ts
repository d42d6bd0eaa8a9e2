// Draws figures over time with ECharts. Only the page with a chart loads it.
//
//   <div data-chart="id of a table" data-kind="line" data-bucket="day" data-describes="…"></div>
//
// The table has the figures, the newest first: <th data-at="2024-06-01T00:00:00">
// and <td data-value="28.6">. It stays for everybody; the chart is a picture above
// it.

import { init, use, type ComposeOption, type ECharts } from "echarts/core";
import { BarChart, LineChart, type BarSeriesOption, type LineSeriesOption } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  type AriaComponentOption,
  type GridComponentOption,
  type LegendComponentOption,
  type TooltipComponentOption,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { language, once } from "./page";

interface Drawing {
  kind: "line" | "bar";
  bucket: string;
  describes: string;
  /** What the table calls each point in time. */
  labels: Map<number, string>;
  series: { name: string; points: { at: number; value: number | null; text: string }[] }[];
}

use([LineChart, BarChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);

type Option = ComposeOption<
  LineSeriesOption | BarSeriesOption | GridComponentOption | TooltipComponentOption | LegendComponentOption | AriaComponentOption
>;

/** Draws into box and keeps the drawing right when it or the theme changes. */
function chart(box: HTMLElement, drawing: Drawing): ECharts {
  const made = init(box, null, { renderer: "canvas" });
  const paint = (): void => made.setOption(option(box, drawing), true);
  paint();
  const size = new ResizeObserver(() => {
    if (!box.isConnected) {
      size.disconnect();
      theme.disconnect();
      made.dispose();
      return;
    }
    made.resize();
    paint();
  });
  const theme = new MutationObserver(paint);
  size.observe(box);
  theme.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  void document.fonts.ready.then(() => made.isDisposed() || paint());
  return made;
}

// Beside its colour each line has a mark and a dash of its own.
const marks = ["circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow", "emptyCircle"];
const dashes: ("solid" | number[])[] = ["solid", [7, 4], [2, 3], [10, 3, 2, 3]];
const mostMarks = 40;

function option(box: HTMLElement, drawing: Drawing): Option {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const ink = colour("--ph-ink");
  const soft = colour("--ph-ink-soft");
  const line = colour("--ph-line");
  const number = numbers();
  const several = drawing.series.length > 1;
  const narrow = box.clientWidth < 520;
  return {
    animation: false,
    aria: { enabled: true, label: { description: drawing.describes } },
    textStyle: { fontFamily: style.fontFamily, color: ink },
    grid: { left: 8, right: narrow ? 12 : 24, top: several ? 56 : 24, bottom: 8, containLabel: true },
    legend: {
      show: several,
      type: "scroll",
      top: 0,
      left: 0,
      right: 0,
      orient: "horizontal",
      textStyle: { color: ink, fontSize: 13, lineHeight: 24, width: narrow ? box.clientWidth - 120 : 320, overflow: "truncate" },
      pageTextStyle: { color: ink },
      pageIconColor: colour("--ph-primary"),
      pageIconInactiveColor: line,
      itemWidth: 28,
      padding: [4, 5], // marks above letters are cut off otherwise
      inactiveColor: soft,
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: colour("--ph-surface"),
      borderColor: line,
      textStyle: { color: ink, fontFamily: style.fontFamily, fontSize: 13 },
      axisPointer: { type: drawing.kind === "bar" ? "shadow" : "line", lineStyle: { color: soft } },
      formatter: (hit) => words(drawing, Array.isArray(hit) ? hit : [hit]),
    },
    xAxis: {
      type: "time",
      axisLine: { lineStyle: { color: soft } },
      axisTick: { lineStyle: { color: soft } },
      axisLabel: { color: soft, fontSize: 12, hideOverlap: true, formatter: (at: number) => day(at, drawing.bucket) },
      minInterval: drawing.bucket === "hour" ? 3600e3 : drawing.bucket === "day" ? 864e5 : drawing.bucket === "" || drawing.bucket === "year" ? 365 * 864e5 : 28 * 864e5,
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      scale: drawing.kind === "line",
      axisLabel: { color: soft, fontSize: 12, formatter: (v: number) => number.format(v) },
      splitLine: { lineStyle: { color: line } },
    },
    series: drawing.series.map((one, i) => {
      const shade = i < 8 ? colour(`--ph-series-${i + 1}`) : soft;
      const data = one.points.map((p) => [p.at, p.value]);
      if (drawing.kind === "bar") {
        return { type: "bar", name: one.name, data, itemStyle: { color: shade }, barMaxWidth: 36 };
      }
      return {
        type: "line",
        name: one.name,
        data,
        connectNulls: true,
        symbol: marks[i % marks.length] ?? "circle",
        symbolSize: 7,
        showSymbol: one.points.length <= mostMarks,
        showAllSymbol: one.points.length <= mostMarks,
        lineStyle: { color: shade, width: 2, type: several ? (dashes[i % dashes.length] ?? "solid") : "solid" },
        itemStyle: { color: shade },
        emphasis: { focus: several ? "series" : "none" },
      } as LineSeriesOption;
    }),
  };
}

function numbers(): Intl.NumberFormat {
  return new Intl.NumberFormat(language() === "en" ? "en-GB" : "vi-VN", { maximumFractionDigits: 6 });
}

/** What stands below the axis. */
function day(at: number, bucket: string): string {
  const d = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const year = String(d.getFullYear());
  const month = two(d.getMonth() + 1);
  const english = language() === "en";
  if (bucket === "year" || bucket === "") {
    return year;
  }
  if (bucket === "month" || bucket === "quarter") {
    return english ? `${year}-${month}` : `${month}/${year}`;
  }
  const date = english ? `${year}-${month}-${two(d.getDate())}` : `${two(d.getDate())}/${month}/${year}`;
  return bucket === "hour" ? `${two(d.getHours())}:00\n${date}` : date;
}

/** The figures of one point in time, as the table writes them. Text is never HTML here. */
function words(drawing: Drawing, hits: { seriesIndex?: number; dataIndex: number; marker?: unknown }[]): string | HTMLElement {
  const box = document.createElement("div");
  const first = hits[0];
  const at = first === undefined ? undefined : drawing.series[first.seriesIndex ?? 0]?.points[first.dataIndex]?.at;
  const head = document.createElement("strong");
  head.textContent = at === undefined ? "" : (drawing.labels.get(at) ?? "");
  box.append(head);
  for (const hit of hits) {
    const one = drawing.series[hit.seriesIndex ?? 0];
    const point = one?.points[hit.dataIndex];
    if (one === undefined || point === undefined || point.value === null) {
      continue;
    }
    const row = document.createElement("div");
    row.textContent = `${one.name}: ${point.text}`;
    box.append(row);
  }
  return box;
}

function drawAll(): void {
  for (const place of once<HTMLElement>(document, "[data-chart]")) {
    const table = document.getElementById(place.dataset["chart"] ?? "");
    if (!(table instanceof HTMLTableElement)) {
      continue;
    }
    const box = document.createElement("div");
    box.className = "chart-box";
    place.append(box);
    try {
      chart(box, read(place, table));
    } catch (err) {
      // The table is still there, so the reader has lost nothing.
      console.warn("chart:", err);
      box.remove();
    }
  }
}

function read(place: HTMLElement, table: HTMLTableElement): Drawing {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1);
  const series = heads.map((head) => ({ name: head.textContent ?? "", points: [] as Drawing["series"][number]["points"] }));
  const labels = new Map<number, string>();
  for (const row of [...(table.tBodies[0]?.rows ?? [])].reverse()) {
    const head = row.cells[0];
    const at = Date.parse(head?.dataset["at"] ?? "");
    labels.set(at, head?.textContent ?? "");
    series.forEach((one, i) => {
      const cell = row.cells[i + 1];
      const value = cell?.dataset["value"] ?? "";
      one.points.push({ at, value: value === "" ? null : Number(value), text: cell?.textContent ?? "" });
    });
  }
  return {
    kind: place.dataset["kind"] === "bar" ? "bar" : "line",
    bucket: place.dataset["bucket"] ?? "",
    describes: place.dataset["describes"] ?? "",
    labels,
    series,
  };
}

drawAll();
